-- The journal, version 4: rings that agents have let pass, as Stringee's call events tell (POST /events).

CREATE TABLE missed_rings (
  rung_at TEXT NOT NULL,
    -- When the event arrived that says that they were rung.
  agent TEXT NOT NULL,
    -- agents.id of who was rung.
  call_id TEXT NOT NULL,
    -- The call_id of the events: the callId that decisions have.
  PRIMARY KEY (rung_at, agent, call_id)
) WITHOUT ROWID;

PRAGMA user_version = 4;
