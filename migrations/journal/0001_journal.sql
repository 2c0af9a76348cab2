-- The journal, version 1: what was answered, and what was changed. The server's own file; people read it.
--
-- All times are UTC with milliseconds, such as 2026-11-23T03:00:00.000Z, so that they sort as texts.
-- Read it while the server runs: sqlite3 -readonly data/state/journal.db "select * from decisions limit 10"

-- 0x53525254 + 1, "SRRU": tells this file from a rules database.
PRAGMA application_id = 1397903957;
PRAGMA user_version = 1;

--------------------------------------------------------------------------------------------------------------- decisions
CREATE TABLE decisions (
  -- Who was offered for a call: one row per call and distinct answer, however often the call was asked about.
  id INTEGER PRIMARY KEY,
    -- Given by SQLite.
  key INTEGER NOT NULL UNIQUE,
    -- A hash of call_id, queue_id, outcome, rule_id and agents: the same answer to the same call is the same row.
  call_id TEXT NOT NULL,
    -- The callId as Stringee sent it.
  first_at TEXT NOT NULL,
    -- When this answer was first given.
  last_at TEXT NOT NULL,
    -- When it was last given.
  asks INTEGER NOT NULL,
    -- How many times it was given.
  waited INTEGER NOT NULL,
    -- For how many seconds the call had waited at first_at.
  queue_id TEXT NOT NULL,
    -- The queueId as Stringee sent it.
  from_number TEXT,
    -- The caller in the form that rules are compared with (84986776777); NULL = anonymous. Masked (…777) if configured.
  to_number TEXT,
    -- The hotline, in the same form.
  outcome TEXT NOT NULL,
    -- rule = by a rule, blocked = a rule says nobody, fallback = by settings.fallback_group, nobody = nobody was found.
  rule_id INTEGER,
    -- rules.id of the rule, with the outcomes rule and blocked.
  rule TEXT,
    -- Its name at that time.
  agents TEXT NOT NULL,
    -- Who was offered, in order: a JSON array of [id, routing_type, answer_timeout], and as a fourth item the
    -- telephone number with routing_type 2.
  version INTEGER NOT NULL,
    -- The version of the rules that gave this answer first, as in x-rules-version.
  rules_hash TEXT NOT NULL
    -- The hash of that version's rows, as in x-rules-version and /status.
);
CREATE INDEX decisions_call_id ON decisions (call_id);
CREATE INDEX decisions_first_at ON decisions (first_at);
CREATE INDEX decisions_last_at ON decisions (last_at);
CREATE INDEX decisions_from_number ON decisions (from_number, first_at) WHERE from_number IS NOT NULL;

---------------------------------------------------------------------------------------------------------------- versions
CREATE TABLE versions (
  -- The versions of the rules that were accepted.
  number INTEGER PRIMARY KEY,
    -- 1, 2, 3 ...; `undo` takes it.
  at TEXT NOT NULL,
    -- When it was accepted.
  hash TEXT NOT NULL,
    -- The hash of its rows, as in x-rules-version and /status.
  source TEXT NOT NULL,
    -- Where it came from, as in /status.
  changes INTEGER NOT NULL,
    -- How many rows differ from the version before. The first version of a journal is compared with nothing: 0.
  not_logged INTEGER NOT NULL
    -- How many of them the changes log of the rules database does not explain.
);
CREATE INDEX versions_at ON versions (at);

CREATE TABLE version_changes (
  -- The rows in which an accepted version differs from the accepted version before it. The server finds them by
  -- comparing the two, so they are true whatever tool was used. Who and why comes from the changes log of the rules
  -- database, where that log explains the row.
  version INTEGER NOT NULL REFERENCES versions (number) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    -- The later version.
  number INTEGER NOT NULL,
    -- 1, 2, 3 ... within the version; `undo` takes 41.2 for the second change of version 41.
  table_name TEXT NOT NULL,
    -- The table of the rules database.
  row_key TEXT NOT NULL,
    -- The row's key; two key columns are joined by /, and a / inside of them is doubled.
  op TEXT NOT NULL
    -- insert, update or delete. A row whose key was changed is a deleted one and an inserted one.
    CONSTRAINT "version_changes.op must be insert, update or delete"
    CHECK (op IN ('insert', 'update', 'delete')),
  before TEXT,
    -- All columns in the version before, as a JSON object; NULL for an insert.
  after TEXT,
    -- All columns in this version, as a JSON object; NULL for a delete.
  logged INTEGER NOT NULL DEFAULT 0,
    -- 1 = the changes log of the rules database has an entry that led to this content; 0 = the edit bypassed it.
  actor TEXT,
    -- Who, as logged; unknown for an edit in a database tool that did not say.
  reason TEXT,
    -- Why, as logged.
  edited_at TEXT,
    -- When, as logged.
  PRIMARY KEY (version, number)
);
CREATE UNIQUE INDEX version_changes_row ON version_changes (version, table_name, row_key);
