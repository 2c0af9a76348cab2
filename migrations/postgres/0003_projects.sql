-- What a PostgreSQL database holds beside the rules, version 3: several projects, each with keys and people of its own.

ALTER TABLE projects ADD COLUMN signature text
  CONSTRAINT projects_signature CHECK (CASE WHEN (signature IN ('require', 'observe', 'off')) IS FALSE
    THEN must('projects.signature must be require, observe, off, or NULL: require as soon as there is a signing key') ELSE true END);
  -- What the signature of a request is for.

CREATE TABLE project_keys (
  -- By what a request proves which project it is of. Several of a kind are all right, so that one can be replaced.
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  kind text NOT NULL
    CONSTRAINT project_keys_kind CHECK (CASE WHEN (kind IN ('signing_key', 'path_secret')) IS FALSE
      THEN must('project_keys.kind must be signing_key or path_secret') ELSE true END),
    -- signing_key = the project's signing secret key at Stringee, path_secret = the last segment of the webhook's path.
  value text NOT NULL
    CONSTRAINT project_keys_value CHECK (CASE WHEN (value <> '' AND value = btrim(value, e'\t\n\r ')) IS FALSE
      THEN must('project_keys.value must be the key itself, without blanks around it') ELSE true END),
  note text,
    -- For people.
  added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (project_id, kind, value),
  CONSTRAINT project_keys_secret CHECK (CASE WHEN (kind <> 'path_secret' OR value ~ '^[A-Za-z0-9_-]{16,}$') IS FALSE
    THEN must('project_keys.value of a path_secret must be at least 16 characters of A-Z a-z 0-9 _ -') ELSE true END)
);
-- A secret names its project where the request does not.
CREATE UNIQUE INDEX project_keys_one ON project_keys (value) WHERE kind = 'path_secret';

-- Servers ask 20 times a second what is new.
CREATE INDEX verdicts_at ON verdicts (at) WHERE verdict = 'hold';
CREATE INDEX accepted_at ON accepted (at);

-- Of which projects somebody reads the journal: of those that they edit, if there are any, else of all.
CREATE FUNCTION read_projects() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
  SELECT CASE WHEN EXISTS (SELECT 1 FROM editors WHERE pg_has_role(session_user, role, 'member'))
    THEN my_projects() ELSE (SELECT array_agg(id) FROM projects) END
$$;

-- Nobody keeps those from editing whose project is not theirs.
CREATE OR REPLACE FUNCTION lock_project() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  PERFORM 1 FROM projects WHERE id = my_project()
    AND (id = ANY (my_projects()) OR pg_has_role(session_user, 'stringee_router', 'member')
      OR pg_has_role(session_user, 'stringee_owner', 'member')) FOR UPDATE;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION editor_is_one() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  NEW.tx := pg_current_xact_id();
  IF EXISTS (SELECT 1 FROM editor WHERE tx = NEW.tx) THEN
    PERFORM must('editor has a row already: DELETE FROM editor first');
  END IF;
  DELETE FROM editor WHERE tx < pg_snapshot_xmin(pg_current_snapshot());
  RETURN NEW;
END $$;

-- Removes a project with its rules, its keys and its log; its journal goes with its days. For who owns the tables.
CREATE FUNCTION remove_project(p bigint) RETURNS void LANGUAGE plpgsql
SET search_path = stringee, pg_temp AS $$
DECLARE
  name text;
BEGIN
  PERFORM set_config('stringee.project', p::text, true);
  -- What others refer to goes last.
  FOREACH name IN ARRAY ARRAY['settings', 'rule_tests', 'rule_steps', 'rules', 'callers', 'stand_ins', 'absences',
    'hotlines', 'holidays', 'group_members', 'groups', 'agents', 'schedule_hours', 'schedules', 'queues'] LOOP
    EXECUTE format('DELETE FROM %I WHERE project_id = $1', name) USING p;
  END LOOP;
  DELETE FROM projects WHERE id = p;
END $$;

---------------------------------------------------------------------------------------------------------------- rights
REVOKE EXECUTE ON FUNCTION remove_project(bigint) FROM PUBLIC;
ALTER TABLE editor ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON editor TO stringee_router, stringee_editor USING (tx = pg_current_xact_id_if_assigned()) WITH CHECK (true);
ALTER TABLE project_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON project_keys TO stringee_router USING (true);
CREATE POLICY editor ON project_keys TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
ALTER TABLE decisions ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON decisions TO stringee_router USING (true);
CREATE POLICY reader ON decisions TO stringee_reader USING (project_id = ANY ((SELECT read_projects())::bigint[]));
ALTER TABLE taken_calls ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON taken_calls TO stringee_router USING (true);
CREATE POLICY reader ON taken_calls TO stringee_reader USING (project_id = ANY ((SELECT read_projects())::bigint[]));
GRANT SELECT ON project_keys TO stringee_router;
GRANT SELECT, INSERT, UPDATE, DELETE ON project_keys TO stringee_editor;
GRANT UPDATE (signature) ON projects TO stringee_editor;
