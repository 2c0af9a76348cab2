-- The console's own database, version 1: who may sign in, and what they are about to edit. The server's own file.
--
-- All times are UTC with milliseconds, such as 2026-11-23T03:00:00.000Z, so that they sort as texts.
-- Nothing in it opens a door by itself: of passwords, sessions, invitations and tokens only hashes are kept.

-- 0x53525254 + 2, "SRRV": tells this file from a rules database and from a journal.
PRAGMA application_id = 1397903958;
PRAGMA user_version = 1;

------------------------------------------------------------------------------------------------------------------- users
CREATE TABLE users (
  -- Who may sign in.
  name TEXT PRIMARY KEY COLLATE NOCASE,
    -- As it is typed to sign in, and as changes.actor has it.
  full_name TEXT,
    -- For people; NULL = the name.
  role TEXT NOT NULL CHECK (role IN ('viewer', 'supervisor', 'admin')),
    -- What they may do.
  group_ids TEXT,
    -- A supervisor's groups, with commas; NULL = all.
  language TEXT CHECK (language IN ('vi', 'en')),
    -- What they have chosen; NULL = as the browser asks.
  password TEXT,
    -- argon2id, as a PHC string; NULL = known by a proxy alone.
  enabled INTEGER NOT NULL DEFAULT 1,
    -- 0 = may not sign in.
  created_at TEXT NOT NULL,
  seen_at TEXT
    -- The last sign-in.
);

----------------------------------------------------------------------------------------------------------------- invites
CREATE TABLE invites (
  -- Links by which somebody chooses a password; each works once.
  hash BLOB PRIMARY KEY,
    -- SHA-256 of what stands in the link.
  user_name TEXT NOT NULL COLLATE NOCASE,
    -- Who is invited; with the name of a user, the link replaces that user's password.
  role TEXT NOT NULL CHECK (role IN ('viewer', 'supervisor', 'admin')),
  created_by TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

---------------------------------------------------------------------------------------------------------------- sessions
CREATE TABLE sessions (
  -- Browsers that are signed in.
  hash BLOB PRIMARY KEY,
    -- SHA-256 of the cookie.
  user_name TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON UPDATE CASCADE ON DELETE CASCADE,
  created_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
    -- The last request, to the minute.
  address TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_name);

------------------------------------------------------------------------------------------------------------------ tokens
CREATE TABLE tokens (
  -- What programs show to use the API.
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
    -- SHA-256 of the token.
  user_name TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON UPDATE CASCADE ON DELETE CASCADE,
  name TEXT NOT NULL,
    -- What it is for; edits by it have the actor 'hoa via token ci'.
  role TEXT NOT NULL CHECK (role IN ('viewer', 'supervisor', 'admin')),
    -- What it may do; never more than its user.
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
);

---------------------------------------------------------------------------------------------------------------- sign_ins
CREATE TABLE sign_ins (
  -- Who signed in, and who tried to; those of 90 days.
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  user_name TEXT NOT NULL COLLATE NOCASE,
    -- As typed; there may be no such user.
  address TEXT NOT NULL,
    -- Of the client; in IPv6 its network.
  outcome TEXT NOT NULL CHECK (outcome IN ('signed_in', 'refused', 'invited'))
);
CREATE INDEX sign_ins_at ON sign_ins (at);

------------------------------------------------------------------------------------------------------------------ drafts
CREATE TABLE drafts (
  -- Edits that somebody prepares.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_name TEXT NOT NULL COLLATE NOCASE,
    -- Whose it is.
  base_version INTEGER NOT NULL,
    -- The version of the rules that it was begun on, or brought to last.
  base_hash TEXT NOT NULL,
    -- Its hash, as /status shows it.
  revision INTEGER NOT NULL DEFAULT 1,
    -- Counts its changes, for If-Match.
  reason TEXT,
    -- What they wrote so far.
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  offered_at TEXT
    -- When it was offered to an admin; NULL = it was not.
);
CREATE INDEX drafts_user ON drafts (user_name);

CREATE TABLE draft_edits (
  draft_id INTEGER NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
    -- 1, 2, 3 ... in a draft.
  table_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
    -- As changes.row_key; of a row that is added, '' until the tables give it one.
  op TEXT NOT NULL CHECK (op IN ('add', 'set', 'delete')),
  base TEXT,
    -- The row as it was when this was begun, a JSON object; NULL = it is added.
  change TEXT,
    -- The columns and their new values, a JSON object; NULL = it is deleted.
  PRIMARY KEY (draft_id, number)
);

----------------------------------------------------------------------------------------------------------------- commits
CREATE TABLE commits (
  -- Drafts that were applied, with what was shown before.
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT,
  edits TEXT NOT NULL,
    -- A JSON array.
  preview TEXT,
    -- What was shown, as JSON.
  version INTEGER,
    -- The version of the rules that holds them; NULL = it was not in force when this was written.
  state TEXT NOT NULL
    -- in_force, held or waiting.
);

----------------------------------------------------------------------------------------------------------------- uploads
CREATE TABLE uploads (
  -- Files of callers that were sent, and what was found in them.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Never given twice: somebody may still have the address of a file that is gone.
  at TEXT NOT NULL,
  user_name TEXT NOT NULL COLLATE NOCASE,
  file_name TEXT NOT NULL,
  content BLOB NOT NULL,
    -- The file; removed after a day.
  state TEXT NOT NULL,
    -- reading, read, failed or applied.
  found TEXT
    -- Columns, samples, counts and lines left out, as JSON.
);
