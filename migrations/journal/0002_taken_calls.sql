-- The journal, version 2: who took the calls, as Stringee's call events tell (POST /events).

CREATE TABLE taken_calls (
  -- One row per call and agent who took it. A call that is handed on has a row for each of the two.
  call_id TEXT NOT NULL,
    -- The call_id of the events: the callId that decisions have.
  agent TEXT NOT NULL,
    -- agents.id of who took it.
  from_number TEXT,
    -- The caller in the form that rules are compared with (84986776777); NULL = anonymous. Masked (…777) if configured.
  answered_at TEXT NOT NULL,
    -- When the event that says so arrived.
  ended_at TEXT,
    -- When the event arrived that says that the call, or the agent's part in it, is over; NULL = not yet, or it got lost.
  PRIMARY KEY (call_id, agent)
);
CREATE INDEX taken_calls_answered_at ON taken_calls (answered_at);
CREATE INDEX taken_calls_from_number ON taken_calls (from_number, answered_at) WHERE from_number IS NOT NULL;

PRAGMA user_version = 2;
