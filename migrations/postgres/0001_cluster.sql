-- What a PostgreSQL database holds beside the rules, version 1: the projects and their versions, the log of edits, who may
-- edit what, and what the servers tell each other. PostgreSQL 15 or later. A file of this kind is never changed once it
-- has landed; the next one follows it. The rules' own tables stand in rules.sql.

CREATE TABLE cluster (
  -- One row.
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  seed bigint NOT NULL DEFAULT ('x' || substr(md5(gen_random_uuid()::text), 1, 16))::bit(64)::bigint,
    -- Of the hashes by which servers speak of calls.
  base_version bigint NOT NULL,
    -- The number of the last file of this kind.
  schema_version bigint NOT NULL
    -- The version of the rules' tables, as in SQLite.
);

CREATE TABLE projects (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  version bigint NOT NULL DEFAULT 0,
    -- Rises by one with each transaction that edits the project's rules.
  token uuid NOT NULL DEFAULT gen_random_uuid(),
    -- New with each version: tells that edits were lost, or that another database is asked.
  changed_at timestamptz,
  changed_tx xid8
);

CREATE TABLE editors (
  -- Which roles edit which projects. While it is empty, everybody edits project 0.
  role name NOT NULL,
  project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  PRIMARY KEY (role, project_id)
);

----------------------------------------------------------------------------------------------------- whose rows are whose
CREATE FUNCTION my_projects() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
  SELECT CASE WHEN EXISTS (SELECT 1 FROM editors)
    THEN coalesce((SELECT array_agg(DISTINCT project_id ORDER BY project_id) FROM editors
      WHERE pg_has_role(session_user, role, 'member')), '{}')
    ELSE '{0}' END
$$;

-- The project of a row that names none: what `SET stringee.project = 7` says, else the editor's first.
CREATE FUNCTION my_project() RETURNS bigint LANGUAGE sql STABLE
SET search_path = stringee, pg_temp AS $$
  SELECT coalesce(nullif(current_setting('stringee.project', true), '')::bigint, (my_projects())[1], 0)
$$;

-------------------------------------------------------------------------------------------------------- what a row must be
CREATE FUNCTION must(sentence text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = sentence, ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION is_date(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN value !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' THEN false
    ELSE substr(value, 9, 2)::int <= CASE
      WHEN substr(value, 6, 2) IN ('04', '06', '09', '11') THEN 30
      WHEN substr(value, 6, 2) <> '02' THEN 31
      WHEN substr(value, 1, 4)::int % 4 = 0
        AND (substr(value, 1, 4)::int % 100 <> 0 OR substr(value, 1, 4)::int % 400 = 0) THEN 29
      ELSE 28 END END
$$;

CREATE FUNCTION is_time(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT value ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
$$;

CREATE FUNCTION is_moment(value text) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = stringee, pg_temp AS $$
  SELECT is_date(substr(value, 1, 10)) AND substr(value, 11, 1) = ' ' AND is_time(substr(value, 12))
$$;

CREATE FUNCTION a_year_after(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN value < '9999' THEN lpad((substr(value, 1, 4)::int + 1)::text, 4, '0') || substr(value, 5) END
$$;

CREATE FUNCTION is_whole(value text, low bigint, high bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN value ~ '^(0|-?[1-9][0-9]{0,17})$' THEN value::bigint BETWEEN low AND high ELSE value IS NULL END
$$;

-------------------------------------------------------------------------------------------------------------- the log
CREATE TABLE changes (
  -- What was edited, by whatever tool; written by triggers. What an edit set off in other tables stands before it.
  project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  id bigint GENERATED ALWAYS AS IDENTITY,
  version bigint NOT NULL,
    -- Of the project; one for all that a transaction did.
  at text NOT NULL,
    -- When, UTC: 2026-11-23T03:00:00.000Z
  actor text NOT NULL,
    -- editor.actor, else what `SET stringee.actor = 'hoa'` says, else who is logged in.
  reason text,
  table_name text NOT NULL,
  row_key text NOT NULL,
    -- The row's key before the edit (of an insert: its key); several key columns are joined by /
  op text NOT NULL CHECK (op IN ('insert', 'update', 'delete')),
  before json,
  after json,
  PRIMARY KEY (project_id, version, id)
);

CREATE TABLE editor (
  -- Who is editing, for the changes log: at most one row, written at the beginning of a transaction. You may do so by hand:
  --   BEGIN; INSERT INTO editor (actor, reason) VALUES ('hoa', 'Tết hours'); ...; COMMIT;
  actor text NOT NULL CHECK (CASE WHEN (trim(actor) <> '') IS FALSE THEN must('editor.actor must be a name') ELSE true END),
  reason text,
  tx xid8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE FUNCTION editor_is_one() RETURNS trigger LANGUAGE plpgsql
SET search_path = stringee, pg_temp AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  IF EXISTS (SELECT 1 FROM editor WHERE tx = NEW.tx) THEN
    PERFORM must('editor has a row already: DELETE FROM editor first');
  END IF;
  DELETE FROM editor WHERE tx < pg_snapshot_xmin(pg_current_snapshot());
  RETURN NEW;
END $$;
CREATE TRIGGER editor_is_one BEFORE INSERT ON editor FOR EACH ROW EXECUTE FUNCTION editor_is_one();

CREATE FUNCTION actor() RETURNS text LANGUAGE sql STABLE
SET search_path = stringee, pg_temp AS $$
  SELECT coalesce((SELECT actor FROM editor WHERE tx = pg_current_xact_id_if_assigned()),
    nullif(current_setting('stringee.actor', true), ''), session_user::text)
$$;

CREATE FUNCTION reason() RETURNS text LANGUAGE sql STABLE
SET search_path = stringee, pg_temp AS $$
  SELECT coalesce((SELECT reason FROM editor WHERE tx = pg_current_xact_id_if_assigned()),
    nullif(current_setting('stringee.reason', true), ''))
$$;

CREATE FUNCTION edited_at() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- The version of a project that this transaction makes.
CREATE FUNCTION edited(p bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
DECLARE
  v bigint;
  me xid8 := pg_current_xact_id();
BEGIN
  -- A restored database counts its transactions anew, so the number alone does not say that it is this one.
  SELECT version INTO v FROM projects WHERE id = p AND changed_tx = me AND changed_at >= transaction_timestamp();
  IF v IS NULL THEN
    UPDATE projects SET version = version + 1, token = gen_random_uuid(), changed_tx = me, changed_at = clock_timestamp()
    WHERE id = p RETURNING version INTO v;
  END IF;
  RETURN v;
END $$;

-- Who edits a project waits for who edits it, from the first statement on: locks that were taken later would be taken
-- in another order by each.
CREATE FUNCTION lock_project() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  PERFORM 1 FROM projects WHERE id = my_project() FOR UPDATE;
  RETURN NULL;
END $$;

-- The id of a row that has none: the greatest plus one.
CREATE FUNCTION next_id() RETURNS trigger LANGUAGE plpgsql
SET search_path = stringee, pg_temp AS $$
BEGIN
  EXECUTE format('SELECT coalesce(max(id), 0) + 1 FROM %I WHERE project_id = $1', TG_TABLE_NAME)
  INTO NEW.id USING NEW.project_id;
  RETURN NEW;
END $$;

------------------------------------------------------------------------------------------------- what servers say of rules
CREATE TABLE verdicts (
  -- What each server says of a version.
  project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  version bigint NOT NULL,
  replica text NOT NULL,
  hash text NOT NULL,
  verdict text NOT NULL,
  reasons text[] NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (project_id, version, replica)
);

CREATE TABLE accepted (
  -- Versions that somebody has accepted although they were held.
  project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  version bigint NOT NULL,
  hash text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (project_id, version)
);

------------------------------------------------------------------------------------------------- what servers know of calls
-- A number for each connection of a server: what was asked on one that was given up may be done after rows of the next.
CREATE SEQUENCE writers;

CREATE TABLE replicas (
  writer bigint PRIMARY KEY,
  name text NOT NULL,
  version text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE facts (
  -- What one server learned in one round. Each numbers its own rows and commits them one after the other, so that a reader
  -- who keeps one number per writer misses none.
  writer bigint NOT NULL,
  seq bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  body bytea NOT NULL,
  PRIMARY KEY (writer, seq)
);
ALTER TABLE facts ALTER COLUMN body SET STORAGE EXTERNAL;

---------------------------------------------------------------------------------------------------------------- rights
REVOKE EXECUTE ON FUNCTION edited(bigint) FROM PUBLIC;
ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON changes TO stringee_router USING (true);
CREATE POLICY editor ON changes TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON projects TO stringee_router USING (true);
CREATE POLICY editor ON projects TO stringee_editor USING (id = ANY ((SELECT my_projects())::bigint[]));
GRANT USAGE ON SCHEMA stringee TO stringee_router, stringee_editor, stringee_reader;
GRANT SELECT ON cluster, projects, changes TO stringee_router, stringee_editor;
GRANT SELECT, INSERT, DELETE ON editor TO stringee_router, stringee_editor;
GRANT UPDATE (version) ON projects TO stringee_router;
GRANT DELETE ON changes TO stringee_router;
GRANT SELECT, INSERT, UPDATE, DELETE ON verdicts, accepted, replicas, facts TO stringee_router;
GRANT USAGE ON SEQUENCE writers TO stringee_router;
