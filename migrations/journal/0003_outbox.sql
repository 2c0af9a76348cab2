-- The journal, version 3: what is on its way to PostgreSQL, where several servers write one journal there (database.url).

CREATE TABLE outbox (
  -- Pieces that were written here and are not there yet, in the order in which they were written.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- PostgreSQL keeps the number of the last piece that it got: so none is counted twice.
  kind TEXT NOT NULL CHECK (kind IN ('new', 'repeated', 'taken')),
    -- New answers, answers given again, or calls that agents took.
  rows TEXT NOT NULL
    -- A JSON array of objects.
);

CREATE TABLE outbox_source (
  -- One row: whose pieces they are.
  id TEXT NOT NULL
);
INSERT INTO outbox_source VALUES (lower(hex(randomblob(16))));

PRAGMA user_version = 3;
