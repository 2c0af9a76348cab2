-- The rules, version 3 of the tables, for PostgreSQL 15 or later. Written by generate.py from the SQLite
-- migrations: change those, and run `migrations/postgres/generate.py --write`.

-------------------------------------------------------------------------------------------------------------- settings
CREATE TABLE settings (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  note text COLLATE "C",
  PRIMARY KEY (project_id, key),
  CONSTRAINT settings_01 CHECK (CASE WHEN (key IN ('time_zone', 'country_code', 'answer_timeout', 'fallback_group', 'max_agents', 'last_agent_days', 'missed_rings', 'missed_rest_minutes')) IS FALSE
    THEN must('settings.key must be time_zone, country_code, answer_timeout, fallback_group, max_agents, last_agent_days, missed_rings or missed_rest_minutes') ELSE true END),
  CONSTRAINT settings_02 CHECK (CASE WHEN (trim(value) <> '') IS FALSE
    THEN must('settings.value must be text without NUL characters, not empty; delete the row to have the default') ELSE true END),
  CONSTRAINT settings_03 CHECK (CASE WHEN (key <> 'country_code' OR (value !~ '[^0-9]' AND value !~ '^0' AND length(value) BETWEEN 1 AND 3)) IS FALSE
    THEN must('settings.value of country_code must be 1 to 3 digits without a leading 0, such as 84') ELSE true END),
  CONSTRAINT settings_04 CHECK (CASE WHEN (key <> 'answer_timeout' OR (is_whole(value, 3, 120))) IS FALSE
    THEN must('settings.value of answer_timeout must be 3 to 120 seconds, such as 15') ELSE true END),
  CONSTRAINT settings_05 CHECK (CASE WHEN (key <> 'missed_rings' OR (is_whole(value, 0, 20))) IS FALSE
    THEN must('settings.value of missed_rings must be 0 (never) to 20, such as 2') ELSE true END),
  CONSTRAINT settings_06 CHECK (CASE WHEN (key <> 'missed_rest_minutes' OR (is_whole(value, 1, 1440))) IS FALSE
    THEN must('settings.value of missed_rest_minutes must be 1 to 1440, such as 10') ELSE true END),
  CONSTRAINT settings_07 CHECK (CASE WHEN (key <> 'last_agent_days' OR (is_whole(value, 1, 365))) IS FALSE
    THEN must('settings.value of last_agent_days must be 1 to 365, such as 30') ELSE true END),
  CONSTRAINT settings_08 CHECK (CASE WHEN (key <> 'max_agents' OR (is_whole(value, 1, 100))) IS FALSE
    THEN must('settings.value of max_agents must be 1 to 100, such as 20') ELSE true END)
);
COMMENT ON TABLE settings IS 'Values for the whole installation, one row per key. A key without a row has the default named here.';
COMMENT ON COLUMN settings.key IS 'time_zone zone of schedules, leave and expiry dates, such as Asia/Ho_Chi_Minh (the default) country_code put in front of national numbers; default 84 answer_timeout how many seconds an agent is rung where nothing else says so; 3 to 120, default 15 fallback_group id of the group that is rung for a call that no rule leads to anybody; none by default max_agents the longest list ever answered; 1 to 100, default 20 last_agent_days for how many days a step with target last_agent remembers who took a call; 1 to 365, default 30 missed_rings who lets so many rings in a row pass is put last for a while; 0 to 20, default 0 = never missed_rest_minutes for how long; 1 to 1440 minutes, default 10';
COMMENT ON COLUMN settings.value IS 'The value, always as text.';
COMMENT ON COLUMN settings.note IS 'For people.';

CREATE FUNCTION log_settings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'settings', fresh.key, 'insert', NULL::json, json_build_object(
        'key', fresh.key, 'value', fresh.value, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.key;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'settings', former.key, 'delete', json_build_object(
        'key', former.key, 'value', former.value, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.key;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.key, former.value, former.note)
      IS DISTINCT FROM (fresh.key, fresh.value, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'settings', former.key, 'update', json_build_object(
        'key', former.key, 'value', former.value, 'note', former.note), json_build_object(
        'key', fresh.key, 'value', fresh.value, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.key, former.value, former.note)
      IS DISTINCT FROM (fresh.key, fresh.value, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON settings REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_settings();
CREATE TRIGGER log_update AFTER UPDATE ON settings REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_settings();
CREATE TRIGGER log_delete AFTER DELETE ON settings REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_settings();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON settings
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON settings TO stringee_router USING (true);
CREATE POLICY editor ON settings TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON settings TO stringee_router, stringee_editor;

---------------------------------------------------------------------------------------------------------------- queues
CREATE TABLE queues (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  note text COLLATE "C",
  PRIMARY KEY (project_id, id),
  CONSTRAINT queues_01 CHECK (CASE WHEN (id <> '' AND id = btrim(id, e'\t\n\r \u00a0') AND strpos(id, ',') = 0) IS FALSE
    THEN must('queues.id must be the queueId as Stringee sends it, without commas or blanks around it') ELSE true END),
  CONSTRAINT queues_02 CHECK (CASE WHEN (trim(name) <> '') IS FALSE
    THEN must('queues.name must be text without NUL characters, not empty') ELSE true END)
);
COMMENT ON TABLE queues IS 'Names for queue ids, for people and their tools. A queue that is not listed is routed too.';
COMMENT ON COLUMN queues.id IS 'The queueId as Stringee sends it, such as QU_N5QCBUD0FEXRPJRZ.';
COMMENT ON COLUMN queues.name IS 'What people call it.';
COMMENT ON COLUMN queues.note IS 'For people.';

CREATE FUNCTION log_queues() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'queues', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'name', fresh.name, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'queues', former.id, 'delete', json_build_object(
        'id', former.id, 'name', former.name, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.name, former.note)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'queues', former.id, 'update', json_build_object(
        'id', former.id, 'name', former.name, 'note', former.note), json_build_object(
        'id', fresh.id, 'name', fresh.name, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.name, former.note)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON queues REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_queues();
CREATE TRIGGER log_update AFTER UPDATE ON queues REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_queues();
CREATE TRIGGER log_delete AFTER DELETE ON queues REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_queues();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON queues
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE queues ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON queues TO stringee_router USING (true);
CREATE POLICY editor ON queues TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON queues TO stringee_router, stringee_editor;

------------------------------------------------------------------------------------------------------------- schedules
CREATE TABLE schedules (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C",
  note text COLLATE "C",
  on_holidays text COLLATE "C" NOT NULL DEFAULT 'usual',
  PRIMARY KEY (project_id, id),
  CONSTRAINT schedules_01 CHECK (CASE WHEN (id <> '' AND id = btrim(id, e'\t\n\r \u00a0') AND strpos(id, ',') = 0) IS FALSE
    THEN must('schedules.id must be a short word, such as office, without commas or blanks around it') ELSE true END),
  CONSTRAINT schedules_02 CHECK (CASE WHEN (trim(name) <> '') IS FALSE
    THEN must('schedules.name must be text without NUL characters, not empty') ELSE true END),
  CONSTRAINT schedules_03 CHECK (CASE WHEN (trim(time_zone) <> '') IS FALSE
    THEN must('schedules.time_zone must be a zone such as Asia/Ho_Chi_Minh, or NULL for the one in settings (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT schedules_04 CHECK (CASE WHEN (on_holidays IN ('usual', 'closed', 'sun')) IS FALSE
    THEN must('schedules.on_holidays must be usual, closed or sun') ELSE true END)
);
COMMENT ON TABLE schedules IS 'Named hours: opening hours, shifts, duty times. The hours themselves stand in schedule_hours.';
COMMENT ON COLUMN schedules.id IS 'A short word, such as office or night; rules and members name it.';
COMMENT ON COLUMN schedules.name IS 'What people call it.';
COMMENT ON COLUMN schedules.time_zone IS 'An IANA zone, such as America/New_York; NULL = the one in settings.';
COMMENT ON COLUMN schedules.note IS 'For people.';
COMMENT ON COLUMN schedules.on_holidays IS 'On the dates in holidays: usual = hours as on any other day, closed = no window starts, sun = the hours of a Sunday. Dated rows of schedule_hours come before holidays.';

CREATE FUNCTION log_schedules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'schedules', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'name', fresh.name, 'time_zone', fresh.time_zone, 'note', fresh.note,
        'on_holidays', fresh.on_holidays)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'schedules', former.id, 'delete', json_build_object(
        'id', former.id, 'name', former.name, 'time_zone', former.time_zone, 'note', former.note,
        'on_holidays', former.on_holidays), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.name, former.time_zone, former.note, former.on_holidays)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.time_zone, fresh.note, fresh.on_holidays)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'schedules', former.id, 'update', json_build_object(
        'id', former.id, 'name', former.name, 'time_zone', former.time_zone, 'note', former.note,
        'on_holidays', former.on_holidays), json_build_object(
        'id', fresh.id, 'name', fresh.name, 'time_zone', fresh.time_zone, 'note', fresh.note,
        'on_holidays', fresh.on_holidays)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.name, former.time_zone, former.note, former.on_holidays)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.time_zone, fresh.note, fresh.on_holidays) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON schedules REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_schedules();
CREATE TRIGGER log_update AFTER UPDATE ON schedules REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_schedules();
CREATE TRIGGER log_delete AFTER DELETE ON schedules REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_schedules();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON schedules
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE schedules ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON schedules TO stringee_router USING (true);
CREATE POLICY editor ON schedules TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON schedules TO stringee_router, stringee_editor;

-------------------------------------------------------------------------------------------------------- schedule_hours
CREATE TABLE schedule_hours (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  schedule_id text COLLATE "C" NOT NULL,
  days text COLLATE "C",
  date_from text COLLATE "C",
  date_to text COLLATE "C",
  start_time text COLLATE "C",
  end_time text COLLATE "C",
  note text COLLATE "C",
  every_weeks bigint NOT NULL DEFAULT 1,
  week_of text COLLATE "C",
  PRIMARY KEY (project_id, id),
  CONSTRAINT schedule_hours_01 CHECK (CASE WHEN (trim(days) <> '' AND replace(replace(replace(replace(replace(replace(replace(replace( lower(days), 'mon', ''), 'tue', ''), 'wed', ''), 'thu', ''), 'fri', ''), 'sat', ''), 'sun', ''), 'daily', '') !~ '[^ ,-]') IS FALSE
    THEN must('schedule_hours.days must be such as ''mon-fri'', ''sat,sun'' or ''daily'' (mon tue wed thu fri sat sun), or NULL on a dated row (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT schedule_hours_02 CHECK (CASE WHEN (date_from IS NULL OR (is_date(date_from))) IS FALSE
    THEN must('schedule_hours.date_from must be a date such as 2027-02-05, or NULL on a weekly row (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT schedule_hours_03 CHECK (CASE WHEN (date_to IS NULL OR (is_date(date_to))) IS FALSE
    THEN must('schedule_hours.date_to must be a date such as 2027-02-11, or NULL on a weekly row (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT schedule_hours_04 CHECK (CASE WHEN (start_time IS NULL OR (is_time(start_time))) IS FALSE
    THEN must('schedule_hours.start_time must be a time from 00:00 to 23:59, such as 08:00, or NULL for closed dates (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT schedule_hours_05 CHECK (CASE WHEN (end_time IS NULL OR end_time = '24:00' OR (is_time(end_time))) IS FALSE
    THEN must('schedule_hours.end_time must be a time from 00:00 to 24:00, such as 17:30, or NULL for closed dates (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT schedule_hours_06 CHECK (CASE WHEN (every_weeks BETWEEN 1 AND 52) IS FALSE
    THEN must('schedule_hours.every_weeks must be 1 (each week) to 52') ELSE true END),
  CONSTRAINT schedule_hours_07 CHECK (CASE WHEN (week_of IS NULL OR (is_date(week_of))) IS FALSE
    THEN must('schedule_hours.week_of must be a date such as 2026-11-28, or NULL (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT schedule_hours_08 CHECK (CASE WHEN ((days IS NULL) = (date_from IS NOT NULL) AND (date_from IS NULL) = (date_to IS NULL)) IS FALSE
    THEN must('schedule_hours needs either days (a weekly row) or both date_from and date_to (a dated row; one day: both the same)') ELSE true END),
  CONSTRAINT schedule_hours_09 CHECK (CASE WHEN (every_weeks = 1 OR week_of IS NOT NULL) IS FALSE
    THEN must('schedule_hours.every_weeks above 1 needs week_of: write a date in a week that counts first, such as 2026-11-28') ELSE true END),
  CONSTRAINT schedule_hours_10 CHECK (CASE WHEN (days IS NOT NULL OR (every_weeks = 1 AND week_of IS NULL)) IS FALSE
    THEN must('schedule_hours.every_weeks and week_of belong to weekly rows: a dated row has 1 and NULL') ELSE true END),
  CONSTRAINT schedule_hours_11 CHECK (CASE WHEN (date_to >= date_from) IS FALSE
    THEN must('schedule_hours.date_to must not lie before date_from') ELSE true END),
  CONSTRAINT schedule_hours_12 CHECK (CASE WHEN ((start_time IS NULL) = (end_time IS NULL) AND (start_time IS NOT NULL OR days IS NULL)) IS FALSE
    THEN must('schedule_hours needs both start_time and end_time; only a dated row may leave both NULL (closed on those dates)') ELSE true END),
  CONSTRAINT schedule_hours_schedule_id FOREIGN KEY (project_id, schedule_id) REFERENCES schedules (project_id, id) ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE schedule_hours IS 'The hours of a schedule, one window per row. A weekly row fills days; a dated row (holiday, special hours) fills date_from and date_to and replaces the weekly rows on those dates. A window belongs to the day on which it starts.';
COMMENT ON COLUMN schedule_hours.id IS 'Given by the database.';
COMMENT ON COLUMN schedule_hours.schedule_id IS 'The schedule that these hours belong to.';
COMMENT ON COLUMN schedule_hours.days IS 'On a weekly row: mon-fri, or sat,sun, or daily. English names and no numbers, because "thứ 2" is Monday.';
COMMENT ON COLUMN schedule_hours.date_from IS 'On a dated row: the first date, such as 2027-02-05.';
COMMENT ON COLUMN schedule_hours.date_to IS 'On a dated row: the last date, included. The same as date_from for a single day.';
COMMENT ON COLUMN schedule_hours.start_time IS 'When the window begins, such as 08:00. NULL together with end_time on a dated row = closed on those dates.';
COMMENT ON COLUMN schedule_hours.end_time IS 'When it ends, not included, up to 24:00. At or before start_time = it runs past midnight into the next day.';
COMMENT ON COLUMN schedule_hours.note IS 'For people.';
COMMENT ON COLUMN schedule_hours.every_weeks IS 'On a weekly row: 1 = each week, 2 = each 2nd week, 3 = each 3rd ... Fill week_of first.';
COMMENT ON COLUMN schedule_hours.week_of IS 'With every_weeks above 1: any date in a week that counts, such as 2026-11-28. Weeks begin on Monday.';
CREATE INDEX schedule_hours_schedule_id ON schedule_hours (project_id, schedule_id);

CREATE TRIGGER b_id BEFORE INSERT ON schedule_hours
  FOR EACH ROW WHEN (NEW.id IS NULL) EXECUTE FUNCTION next_id();

CREATE FUNCTION log_schedule_hours() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'schedule_hours', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'schedule_id', fresh.schedule_id, 'days', fresh.days, 'date_from', fresh.date_from,
        'date_to', fresh.date_to, 'start_time', fresh.start_time, 'end_time', fresh.end_time, 'note', fresh.note,
        'every_weeks', fresh.every_weeks, 'week_of', fresh.week_of)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'schedule_hours', former.id, 'delete', json_build_object(
        'id', former.id, 'schedule_id', former.schedule_id, 'days', former.days, 'date_from', former.date_from,
        'date_to', former.date_to, 'start_time', former.start_time, 'end_time', former.end_time, 'note', former.note,
        'every_weeks', former.every_weeks, 'week_of', former.week_of), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.schedule_id, former.days, former.date_from, former.date_to, former.start_time, former.end_time, former.note, former.every_weeks, former.week_of)
      IS DISTINCT FROM (fresh.id, fresh.schedule_id, fresh.days, fresh.date_from, fresh.date_to, fresh.start_time, fresh.end_time, fresh.note, fresh.every_weeks, fresh.week_of)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'schedule_hours', former.id, 'update', json_build_object(
        'id', former.id, 'schedule_id', former.schedule_id, 'days', former.days, 'date_from', former.date_from,
        'date_to', former.date_to, 'start_time', former.start_time, 'end_time', former.end_time, 'note', former.note,
        'every_weeks', former.every_weeks, 'week_of', former.week_of), json_build_object(
        'id', fresh.id, 'schedule_id', fresh.schedule_id, 'days', fresh.days, 'date_from', fresh.date_from,
        'date_to', fresh.date_to, 'start_time', fresh.start_time, 'end_time', fresh.end_time, 'note', fresh.note,
        'every_weeks', fresh.every_weeks, 'week_of', fresh.week_of)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.schedule_id, former.days, former.date_from, former.date_to, former.start_time, former.end_time, former.note, former.every_weeks, former.week_of)
      IS DISTINCT FROM (fresh.id, fresh.schedule_id, fresh.days, fresh.date_from, fresh.date_to, fresh.start_time, fresh.end_time, fresh.note, fresh.every_weeks, fresh.week_of) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON schedule_hours REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_schedule_hours();
CREATE TRIGGER log_update AFTER UPDATE ON schedule_hours REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_schedule_hours();
CREATE TRIGGER log_delete AFTER DELETE ON schedule_hours REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_schedule_hours();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON schedule_hours
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE schedule_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON schedule_hours TO stringee_router USING (true);
CREATE POLICY editor ON schedule_hours TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON schedule_hours TO stringee_router, stringee_editor;

---------------------------------------------------------------------------------------------------------------- agents
CREATE TABLE agents (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  phone_number text COLLATE "C",
  routing_type bigint NOT NULL DEFAULT 1,
  answer_timeout bigint,
  enabled bigint NOT NULL DEFAULT 1,
  cover_id text COLLATE "C",
  note text COLLATE "C",
  PRIMARY KEY (project_id, id),
  CONSTRAINT agents_01 CHECK (CASE WHEN (id <> '' AND id = btrim(id, e'\t\n\r \u00a0') AND strpos(id, ',') = 0) IS FALSE
    THEN must('agents.id must be the stringee_user_id, such as agent_1, without commas or blanks around it') ELSE true END),
  CONSTRAINT agents_02 CHECK (CASE WHEN (trim(name) <> '') IS FALSE
    THEN must('agents.name must be text without NUL characters, not empty') ELSE true END),
  CONSTRAINT agents_03 CHECK (CASE WHEN (phone_number !~ '[^0-9]' AND phone_number !~ '^0' AND length(phone_number) BETWEEN 7 AND 15) IS FALSE
    THEN must('agents.phone_number must be digits in international form without + or leading 0, such as 84909992666, or NULL (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT agents_04 CHECK (CASE WHEN (routing_type IN (1, 2)) IS FALSE
    THEN must('agents.routing_type must be 1 (app or SIP phone) or 2 (phone_number)') ELSE true END),
  CONSTRAINT agents_05 CHECK (CASE WHEN (answer_timeout IS NULL OR (answer_timeout BETWEEN 3 AND 120)) IS FALSE
    THEN must('agents.answer_timeout must be 3 to 120 seconds, or NULL for the one in settings (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT agents_06 CHECK (CASE WHEN (enabled IN (0, 1)) IS FALSE
    THEN must('agents.enabled must be 1 (yes) or 0 (no)') ELSE true END),
  CONSTRAINT agents_07 CHECK (CASE WHEN (routing_type <> 2 OR phone_number IS NOT NULL) IS FALSE
    THEN must('agents.phone_number is needed with routing_type 2: write the number first, or routing_type 1') ELSE true END),
  CONSTRAINT agents_08 CHECK (CASE WHEN (cover_id <> id) IS FALSE
    THEN must('agents.cover_id must be somebody else, or NULL (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT agents_cover_id FOREIGN KEY (project_id, cover_id) REFERENCES agents (project_id, id) ON UPDATE CASCADE ON DELETE SET NULL (cover_id)
);
COMMENT ON TABLE agents IS 'The people who answer calls.';
COMMENT ON COLUMN agents.id IS 'The stringee_user_id (not the agent id AG_...).';
COMMENT ON COLUMN agents.name IS 'What people call them.';
COMMENT ON COLUMN agents.phone_number IS 'Their telephone, rung with routing_type 2. International digits, because Stringee is sent it as it stands.';
COMMENT ON COLUMN agents.routing_type IS '1 = ring the app or SIP phone; 2 = ring phone_number.';
COMMENT ON COLUMN agents.answer_timeout IS 'How many seconds they are rung; NULL = as in settings.';
COMMENT ON COLUMN agents.enabled IS '0 = never rung.';
COMMENT ON COLUMN agents.cover_id IS 'Who takes the callers they own while they are disabled, or away where the absence names nobody else.';
COMMENT ON COLUMN agents.note IS 'For people.';
CREATE INDEX agents_cover_id ON agents (project_id, cover_id) WHERE cover_id IS NOT NULL;

CREATE FUNCTION log_agents() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'agents', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'name', fresh.name, 'phone_number', fresh.phone_number, 'routing_type', fresh.routing_type,
        'answer_timeout', fresh.answer_timeout, 'enabled', fresh.enabled, 'cover_id', fresh.cover_id, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'agents', former.id, 'delete', json_build_object(
        'id', former.id, 'name', former.name, 'phone_number', former.phone_number, 'routing_type', former.routing_type,
        'answer_timeout', former.answer_timeout, 'enabled', former.enabled, 'cover_id', former.cover_id, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.name, former.phone_number, former.routing_type, former.answer_timeout, former.enabled, former.cover_id, former.note)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.phone_number, fresh.routing_type, fresh.answer_timeout, fresh.enabled, fresh.cover_id, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'agents', former.id, 'update', json_build_object(
        'id', former.id, 'name', former.name, 'phone_number', former.phone_number, 'routing_type', former.routing_type,
        'answer_timeout', former.answer_timeout, 'enabled', former.enabled, 'cover_id', former.cover_id, 'note', former.note), json_build_object(
        'id', fresh.id, 'name', fresh.name, 'phone_number', fresh.phone_number, 'routing_type', fresh.routing_type,
        'answer_timeout', fresh.answer_timeout, 'enabled', fresh.enabled, 'cover_id', fresh.cover_id, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.name, former.phone_number, former.routing_type, former.answer_timeout, former.enabled, former.cover_id, former.note)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.phone_number, fresh.routing_type, fresh.answer_timeout, fresh.enabled, fresh.cover_id, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON agents REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_agents();
CREATE TRIGGER log_update AFTER UPDATE ON agents REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_agents();
CREATE TRIGGER log_delete AFTER DELETE ON agents REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_agents();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON agents
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON agents TO stringee_router USING (true);
CREATE POLICY editor ON agents TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON agents TO stringee_router, stringee_editor;

---------------------------------------------------------------------------------------------------------------- groups
CREATE TABLE groups (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  strategy text COLLATE "C" NOT NULL DEFAULT 'weighted',
  note text COLLATE "C",
  spread bigint,
  PRIMARY KEY (project_id, id),
  CONSTRAINT groups_01 CHECK (CASE WHEN (id <> '' AND id = btrim(id, e'\t\n\r \u00a0') AND strpos(id, ',') = 0) IS FALSE
    THEN must('groups.id must be a short word, such as sales, without commas or blanks around it') ELSE true END),
  CONSTRAINT groups_02 CHECK (CASE WHEN (trim(name) <> '') IS FALSE
    THEN must('groups.name must be text without NUL characters, not empty') ELSE true END),
  CONSTRAINT groups_03 CHECK (CASE WHEN (strategy IN ('ordered', 'weighted', 'rotate', 'sticky', 'longest_idle', 'fewest_calls')) IS FALSE
    THEN must('groups.strategy must be ordered, weighted, rotate, sticky, longest_idle or fewest_calls') ELSE true END),
  CONSTRAINT groups_04 CHECK (CASE WHEN (spread IS NULL OR (spread IN (0, 1))) IS FALSE
    THEN must('groups.spread must be 1 (calls that wait together begin with different agents), 0 or NULL for the usual (DB Browser: Set as NULL)') ELSE true END)
);
COMMENT ON TABLE groups IS 'Named sets of agents: a team, a skill, a language, a duty list.';
COMMENT ON COLUMN groups.id IS 'A short word, such as sales or english; steps and members name it.';
COMMENT ON COLUMN groups.name IS 'What people call it.';
COMMENT ON COLUMN groups.strategy IS 'The order inside a level: ordered (by position), weighted (shares by weight), rotate (one further with each new call), sticky (a caller meets the same agent again), longest_idle (who has been free for longest), fewest_calls (who took the fewest calls in the last 24 hours); the last two know from call events, and without any are as weighted.';
COMMENT ON COLUMN groups.note IS 'For people.';
COMMENT ON COLUMN groups.spread IS '1 = calls that wait at the same time begin with different agents; 0 = each call has its list as if it were alone; NULL = 1 for longest_idle and fewest_calls, 0 for the others.';

CREATE FUNCTION log_groups() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'groups', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'name', fresh.name, 'strategy', fresh.strategy, 'note', fresh.note,
        'spread', fresh.spread)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'groups', former.id, 'delete', json_build_object(
        'id', former.id, 'name', former.name, 'strategy', former.strategy, 'note', former.note,
        'spread', former.spread), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.name, former.strategy, former.note, former.spread)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.strategy, fresh.note, fresh.spread)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'groups', former.id, 'update', json_build_object(
        'id', former.id, 'name', former.name, 'strategy', former.strategy, 'note', former.note,
        'spread', former.spread), json_build_object(
        'id', fresh.id, 'name', fresh.name, 'strategy', fresh.strategy, 'note', fresh.note,
        'spread', fresh.spread)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.name, former.strategy, former.note, former.spread)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.strategy, fresh.note, fresh.spread) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON groups REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_groups();
CREATE TRIGGER log_update AFTER UPDATE ON groups REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_groups();
CREATE TRIGGER log_delete AFTER DELETE ON groups REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_groups();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON groups
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE groups ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON groups TO stringee_router USING (true);
CREATE POLICY editor ON groups TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON groups TO stringee_router, stringee_editor;

--------------------------------------------------------------------------------------------------------- group_members
CREATE TABLE group_members (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  group_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  level bigint NOT NULL DEFAULT 1,
  position bigint NOT NULL DEFAULT 100,
  weight bigint NOT NULL DEFAULT 100,
  schedule_id text COLLATE "C",
  routing_type bigint,
  answer_timeout bigint,
  PRIMARY KEY (project_id, group_id, agent_id),
  CONSTRAINT group_members_01 CHECK (CASE WHEN (level BETWEEN 1 AND 9) IS FALSE
    THEN must('group_members.level must be 1 (rung first) to 9') ELSE true END),
  CONSTRAINT group_members_02 CHECK (CASE WHEN (weight BETWEEN 0 AND 1000) IS FALSE
    THEN must('group_members.weight must be 0 (always last) to 1000') ELSE true END),
  CONSTRAINT group_members_03 CHECK (CASE WHEN (routing_type IS NULL OR (routing_type IN (1, 2))) IS FALSE
    THEN must('group_members.routing_type must be 1 (app or SIP phone), 2 (phone_number) or NULL for the agent''s own (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT group_members_04 CHECK (CASE WHEN (answer_timeout IS NULL OR (answer_timeout BETWEEN 3 AND 120)) IS FALSE
    THEN must('group_members.answer_timeout must be 3 to 120 seconds, or NULL for the agent''s own (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT group_members_group_id FOREIGN KEY (project_id, group_id) REFERENCES groups (project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT group_members_agent_id FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT group_members_schedule_id FOREIGN KEY (project_id, schedule_id) REFERENCES schedules (project_id, id) ON UPDATE CASCADE
);
COMMENT ON TABLE group_members IS 'Who is in which group.';
COMMENT ON COLUMN group_members.group_id IS 'The group.';
COMMENT ON COLUMN group_members.agent_id IS 'The agent.';
COMMENT ON COLUMN group_members.level IS 'The ring: 1 is rung first, 9 last.';
COMMENT ON COLUMN group_members.position IS 'The order inside a level, for the strategies ordered and rotate; lower is rung first.';
COMMENT ON COLUMN group_members.weight IS 'The share inside a level, for the strategies weighted and sticky; 20 beside 100 = a fifth as often first; 0 = last.';
COMMENT ON COLUMN group_members.schedule_id IS 'Their shift in this group; NULL = always.';
COMMENT ON COLUMN group_members.routing_type IS 'As in agents, for this group only; NULL = as the agent''s.';
COMMENT ON COLUMN group_members.answer_timeout IS 'As in agents, for this group only; NULL = as the agent''s.';
CREATE INDEX group_members_agent_id ON group_members (project_id, agent_id);
CREATE INDEX group_members_schedule_id ON group_members (project_id, schedule_id) WHERE schedule_id IS NOT NULL;

CREATE FUNCTION log_group_members() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'group_members', fresh.group_id || '/' || fresh.agent_id, 'insert', NULL::json, json_build_object(
        'group_id', fresh.group_id, 'agent_id', fresh.agent_id, 'level', fresh.level, 'position', fresh.position,
        'weight', fresh.weight, 'schedule_id', fresh.schedule_id, 'routing_type', fresh.routing_type, 'answer_timeout', fresh.answer_timeout)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.group_id, fresh.agent_id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'group_members', former.group_id || '/' || former.agent_id, 'delete', json_build_object(
        'group_id', former.group_id, 'agent_id', former.agent_id, 'level', former.level, 'position', former.position,
        'weight', former.weight, 'schedule_id', former.schedule_id, 'routing_type', former.routing_type, 'answer_timeout', former.answer_timeout), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.group_id, former.agent_id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.group_id, former.agent_id, former.level, former.position, former.weight, former.schedule_id, former.routing_type, former.answer_timeout)
      IS DISTINCT FROM (fresh.group_id, fresh.agent_id, fresh.level, fresh.position, fresh.weight, fresh.schedule_id, fresh.routing_type, fresh.answer_timeout)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'group_members', former.group_id || '/' || former.agent_id, 'update', json_build_object(
        'group_id', former.group_id, 'agent_id', former.agent_id, 'level', former.level, 'position', former.position,
        'weight', former.weight, 'schedule_id', former.schedule_id, 'routing_type', former.routing_type, 'answer_timeout', former.answer_timeout), json_build_object(
        'group_id', fresh.group_id, 'agent_id', fresh.agent_id, 'level', fresh.level, 'position', fresh.position,
        'weight', fresh.weight, 'schedule_id', fresh.schedule_id, 'routing_type', fresh.routing_type, 'answer_timeout', fresh.answer_timeout)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.group_id, former.agent_id, former.level, former.position, former.weight, former.schedule_id, former.routing_type, former.answer_timeout)
      IS DISTINCT FROM (fresh.group_id, fresh.agent_id, fresh.level, fresh.position, fresh.weight, fresh.schedule_id, fresh.routing_type, fresh.answer_timeout) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON group_members REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_group_members();
CREATE TRIGGER log_update AFTER UPDATE ON group_members REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_group_members();
CREATE TRIGGER log_delete AFTER DELETE ON group_members REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_group_members();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON group_members
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE group_members ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON group_members TO stringee_router USING (true);
CREATE POLICY editor ON group_members TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON group_members TO stringee_router, stringee_editor;

--------------------------------------------------------------------------------------------------------------- callers
CREATE TABLE callers (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  number text COLLATE "C" NOT NULL,
  name text COLLATE "C",
  owner_id text COLLATE "C",
  tags text COLLATE "C",
  expires_on text COLLATE "C",
  note text COLLATE "C",
  PRIMARY KEY (project_id, number),
  CONSTRAINT callers_01 CHECK (CASE WHEN (trim(number) <> '' AND number !~ '[*].') IS FALSE
    THEN must('callers.number must be a number such as 84986776777, or a prefix such as 84779*') ELSE true END),
  CONSTRAINT callers_02 CHECK (CASE WHEN (trim(tags) <> '') IS FALSE
    THEN must('callers.tags must be words with commas, such as vip,en, or NULL (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT callers_03 CHECK (CASE WHEN (expires_on IS NULL OR (is_date(expires_on))) IS FALSE
    THEN must('callers.expires_on must be a date such as 2027-12-31, or NULL (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT callers_owner_id FOREIGN KEY (project_id, owner_id) REFERENCES agents (project_id, id) ON UPDATE CASCADE ON DELETE SET NULL (owner_id)
);
COMMENT ON TABLE callers IS 'Known callers: who looks after them, and what they are.';
COMMENT ON COLUMN callers.number IS 'A number in any form people write (84986776777, 0986 776 777, +84 98 677 6777), or a prefix that ends in * (84779*). The exact number counts before a prefix, a longer prefix before a shorter one.';
COMMENT ON COLUMN callers.name IS 'What people call them.';
COMMENT ON COLUMN callers.owner_id IS 'The agent who looks after them; a step with target owner rings them.';
COMMENT ON COLUMN callers.tags IS 'Words that rules can ask for, with commas: vip,en';
COMMENT ON COLUMN callers.expires_on IS 'The last date on which the row counts, in settings.time_zone; NULL = for good.';
COMMENT ON COLUMN callers.note IS 'For people.';
CREATE INDEX callers_owner_id ON callers (project_id, owner_id) WHERE owner_id IS NOT NULL;

CREATE FUNCTION log_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'callers', fresh.number, 'insert', NULL::json, json_build_object(
        'number', fresh.number, 'name', fresh.name, 'owner_id', fresh.owner_id, 'tags', fresh.tags,
        'expires_on', fresh.expires_on, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.number;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'callers', former.number, 'delete', json_build_object(
        'number', former.number, 'name', former.name, 'owner_id', former.owner_id, 'tags', former.tags,
        'expires_on', former.expires_on, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.number;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.number, former.name, former.owner_id, former.tags, former.expires_on, former.note)
      IS DISTINCT FROM (fresh.number, fresh.name, fresh.owner_id, fresh.tags, fresh.expires_on, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'callers', former.number, 'update', json_build_object(
        'number', former.number, 'name', former.name, 'owner_id', former.owner_id, 'tags', former.tags,
        'expires_on', former.expires_on, 'note', former.note), json_build_object(
        'number', fresh.number, 'name', fresh.name, 'owner_id', fresh.owner_id, 'tags', fresh.tags,
        'expires_on', fresh.expires_on, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.number, former.name, former.owner_id, former.tags, former.expires_on, former.note)
      IS DISTINCT FROM (fresh.number, fresh.name, fresh.owner_id, fresh.tags, fresh.expires_on, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON callers REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_callers();
CREATE TRIGGER log_update AFTER UPDATE ON callers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_callers();
CREATE TRIGGER log_delete AFTER DELETE ON callers REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_callers();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON callers
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE callers ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON callers TO stringee_router USING (true);
CREATE POLICY editor ON callers TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON callers TO stringee_router, stringee_editor;

----------------------------------------------------------------------------------------------------------------- rules
CREATE TABLE rules (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  position bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  enabled bigint NOT NULL DEFAULT 1,
  queue_id text COLLATE "C",
  to_number text COLLATE "C",
  from_number text COLLATE "C",
  caller_tag text COLLATE "C",
  has_owner bigint,
  schedule_id text COLLATE "C",
  when_open bigint NOT NULL DEFAULT 1,
  split_percent bigint,
  action text COLLATE "C" NOT NULL DEFAULT 'ring',
  note text COLLATE "C",
  priority bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (project_id, id),
  CONSTRAINT rules_01 CHECK (CASE WHEN (trim(name) <> '') IS FALSE
    THEN must('rules.name must be text without NUL characters, not empty') ELSE true END),
  CONSTRAINT rules_02 CHECK (CASE WHEN (enabled IN (0, 1)) IS FALSE
    THEN must('rules.enabled must be 1 (yes) or 0 (no)') ELSE true END),
  CONSTRAINT rules_03 CHECK (CASE WHEN (trim(queue_id) <> '') IS FALSE
    THEN must('rules.queue_id must be one or more queueIds with commas between them, or NULL for any (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rules_04 CHECK (CASE WHEN (trim(to_number) <> '') IS FALSE
    THEN must('rules.to_number must be numbers or prefixes such as 842473082666,0247*, or NULL for any (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rules_05 CHECK (CASE WHEN (trim(from_number) <> '') IS FALSE
    THEN must('rules.from_number must be numbers or prefixes such as 84986776777,84779*, or NULL for any (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rules_06 CHECK (CASE WHEN (trim(caller_tag) <> '') IS FALSE
    THEN must('rules.caller_tag must be one or more tags with commas between them, such as vip, or NULL for any (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rules_07 CHECK (CASE WHEN (has_owner IS NULL OR (has_owner IN (0, 1))) IS FALSE
    THEN must('rules.has_owner must be 1 (only with an owner), 0 (only without) or NULL for any (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rules_08 CHECK (CASE WHEN (when_open IN (0, 1)) IS FALSE
    THEN must('rules.when_open must be 1 (while the schedule is open) or 0 (while it is closed)') ELSE true END),
  CONSTRAINT rules_09 CHECK (CASE WHEN (split_percent IS NULL OR (split_percent BETWEEN 1 AND 99)) IS FALSE
    THEN must('rules.split_percent must be 1 to 99 (percent of the calls), or NULL for all (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rules_10 CHECK (CASE WHEN (action IN ('ring', 'nobody')) IS FALSE
    THEN must('rules.action must be ring or nobody') ELSE true END),
  CONSTRAINT rules_11 CHECK (CASE WHEN (priority BETWEEN 0 AND 9) IS FALSE
    THEN must('rules.priority must be 0 to 9; 9 chooses first') ELSE true END),
  CONSTRAINT rules_12 CHECK (CASE WHEN (when_open <> 0 OR schedule_id IS NOT NULL) IS FALSE
    THEN must('rules.when_open 0 needs a schedule_id: which schedule is to be closed?') ELSE true END),
  CONSTRAINT rules_schedule_id FOREIGN KEY (project_id, schedule_id) REFERENCES schedules (project_id, id) ON UPDATE CASCADE
);
COMMENT ON TABLE rules IS 'When a call is routed how. Rules are tried by position; the first one whose conditions all hold and whose steps find at least one agent wins. A condition that is NULL holds for every call.';
COMMENT ON COLUMN rules.id IS 'Given by the database. It stays as it is: split_percent is drawn by it.';
COMMENT ON COLUMN rules.position IS 'The order in which rules are tried; lower is first. Leave gaps (10, 20, 30).';
COMMENT ON COLUMN rules.name IS 'What people, explanations and rule_tests call it.';
COMMENT ON COLUMN rules.enabled IS '0 = skipped.';
COMMENT ON COLUMN rules.queue_id IS 'Condition: the call waits in this queue; several with commas.';
COMMENT ON COLUMN rules.to_number IS 'Condition: the called number (hotline); several with commas, a prefix ends in *.';
COMMENT ON COLUMN rules.from_number IS 'Condition: the caller''s number; several with commas, a prefix ends in *.';
COMMENT ON COLUMN rules.caller_tag IS 'Condition: the caller''s row has one of these tags, with commas.';
COMMENT ON COLUMN rules.has_owner IS 'Condition: 1 = only callers with an owner, 0 = only callers without one.';
COMMENT ON COLUMN rules.schedule_id IS 'Condition: this schedule is open now (or closed, see when_open).';
COMMENT ON COLUMN rules.when_open IS '1 = while schedule_id is open, 0 = while it is closed.';
COMMENT ON COLUMN rules.split_percent IS 'Condition: this share of the calls, drawn by callId.';
COMMENT ON COLUMN rules.action IS 'ring = ring what the steps say; nobody = answer an empty list, for a blocked caller.';
COMMENT ON COLUMN rules.note IS 'For people.';
COMMENT ON COLUMN rules.priority IS 'Which of the calls that are asked about together chooses its agents first: 9 before 0, then who has waited longer.';
CREATE INDEX rules_schedule_id ON rules (project_id, schedule_id) WHERE schedule_id IS NOT NULL;

CREATE TRIGGER b_id BEFORE INSERT ON rules
  FOR EACH ROW WHEN (NEW.id IS NULL) EXECUTE FUNCTION next_id();

CREATE FUNCTION log_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rules', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'position', fresh.position, 'name', fresh.name, 'enabled', fresh.enabled,
        'queue_id', fresh.queue_id, 'to_number', fresh.to_number, 'from_number', fresh.from_number, 'caller_tag', fresh.caller_tag,
        'has_owner', fresh.has_owner, 'schedule_id', fresh.schedule_id, 'when_open', fresh.when_open, 'split_percent', fresh.split_percent,
        'action', fresh.action, 'note', fresh.note, 'priority', fresh.priority)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rules', former.id, 'delete', json_build_object(
        'id', former.id, 'position', former.position, 'name', former.name, 'enabled', former.enabled,
        'queue_id', former.queue_id, 'to_number', former.to_number, 'from_number', former.from_number, 'caller_tag', former.caller_tag,
        'has_owner', former.has_owner, 'schedule_id', former.schedule_id, 'when_open', former.when_open, 'split_percent', former.split_percent,
        'action', former.action, 'note', former.note, 'priority', former.priority), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.position, former.name, former.enabled, former.queue_id, former.to_number, former.from_number, former.caller_tag, former.has_owner, former.schedule_id, former.when_open, former.split_percent, former.action, former.note, former.priority)
      IS DISTINCT FROM (fresh.id, fresh.position, fresh.name, fresh.enabled, fresh.queue_id, fresh.to_number, fresh.from_number, fresh.caller_tag, fresh.has_owner, fresh.schedule_id, fresh.when_open, fresh.split_percent, fresh.action, fresh.note, fresh.priority)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rules', former.id, 'update', json_build_object(
        'id', former.id, 'position', former.position, 'name', former.name, 'enabled', former.enabled,
        'queue_id', former.queue_id, 'to_number', former.to_number, 'from_number', former.from_number, 'caller_tag', former.caller_tag,
        'has_owner', former.has_owner, 'schedule_id', former.schedule_id, 'when_open', former.when_open, 'split_percent', former.split_percent,
        'action', former.action, 'note', former.note, 'priority', former.priority), json_build_object(
        'id', fresh.id, 'position', fresh.position, 'name', fresh.name, 'enabled', fresh.enabled,
        'queue_id', fresh.queue_id, 'to_number', fresh.to_number, 'from_number', fresh.from_number, 'caller_tag', fresh.caller_tag,
        'has_owner', fresh.has_owner, 'schedule_id', fresh.schedule_id, 'when_open', fresh.when_open, 'split_percent', fresh.split_percent,
        'action', fresh.action, 'note', fresh.note, 'priority', fresh.priority)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.position, former.name, former.enabled, former.queue_id, former.to_number, former.from_number, former.caller_tag, former.has_owner, former.schedule_id, former.when_open, former.split_percent, former.action, former.note, former.priority)
      IS DISTINCT FROM (fresh.id, fresh.position, fresh.name, fresh.enabled, fresh.queue_id, fresh.to_number, fresh.from_number, fresh.caller_tag, fresh.has_owner, fresh.schedule_id, fresh.when_open, fresh.split_percent, fresh.action, fresh.note, fresh.priority) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON rules REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rules();
CREATE TRIGGER log_update AFTER UPDATE ON rules REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rules();
CREATE TRIGGER log_delete AFTER DELETE ON rules REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rules();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON rules
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE rules ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON rules TO stringee_router USING (true);
CREATE POLICY editor ON rules TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON rules TO stringee_router, stringee_editor;

------------------------------------------------------------------------------------------------------------ rule_steps
CREATE TABLE rule_steps (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  rule_id bigint NOT NULL,
  step bigint NOT NULL,
  after_seconds bigint NOT NULL DEFAULT 0,
  until_seconds bigint,
  target text COLLATE "C" NOT NULL DEFAULT 'group',
  group_id text COLLATE "C",
  agent_id text COLLATE "C",
  and_group_id text COLLATE "C",
  max_level bigint,
  max_agents bigint,
  routing_type bigint,
  answer_timeout bigint,
  PRIMARY KEY (project_id, rule_id, step),
  CONSTRAINT rule_steps_01 CHECK (CASE WHEN (step >= 1) IS FALSE
    THEN must('rule_steps.step must be a whole number from 1') ELSE true END),
  CONSTRAINT rule_steps_02 CHECK (CASE WHEN (after_seconds BETWEEN 0 AND 86400) IS FALSE
    THEN must('rule_steps.after_seconds must be 0 to 86400 seconds of waiting') ELSE true END),
  CONSTRAINT rule_steps_03 CHECK (CASE WHEN (until_seconds IS NULL OR (until_seconds BETWEEN 1 AND 86400 AND until_seconds > after_seconds)) IS FALSE
    THEN must('rule_steps.until_seconds must be seconds of waiting, more than after_seconds, or NULL for no end (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rule_steps_04 CHECK (CASE WHEN (target IN ('group', 'agent', 'owner', 'last_agent')) IS FALSE
    THEN must('rule_steps.target must be group, agent, owner or last_agent') ELSE true END),
  CONSTRAINT rule_steps_05 CHECK (CASE WHEN (max_level IS NULL OR (max_level BETWEEN 1 AND 9)) IS FALSE
    THEN must('rule_steps.max_level must be 1 to 9, or NULL for all levels (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rule_steps_06 CHECK (CASE WHEN (max_agents IS NULL OR (max_agents BETWEEN 1 AND 100)) IS FALSE
    THEN must('rule_steps.max_agents must be 1 to 100, or NULL for all (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rule_steps_07 CHECK (CASE WHEN (routing_type IS NULL OR (routing_type IN (1, 2))) IS FALSE
    THEN must('rule_steps.routing_type must be 1 (app or SIP phone), 2 (phone_number) or NULL for the member''s own (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rule_steps_08 CHECK (CASE WHEN (answer_timeout IS NULL OR (answer_timeout BETWEEN 3 AND 120)) IS FALSE
    THEN must('rule_steps.answer_timeout must be 3 to 120 seconds, or NULL for the member''s own (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rule_steps_09 CHECK (CASE WHEN (target <> 'group' OR (group_id IS NOT NULL AND agent_id IS NULL)) IS FALSE
    THEN must('rule_steps with target group need group_id and no agent_id (target agent rings one agent)') ELSE true END),
  CONSTRAINT rule_steps_10 CHECK (CASE WHEN (target <> 'agent' OR (agent_id IS NOT NULL AND group_id IS NULL)) IS FALSE
    THEN must('rule_steps with target agent need agent_id and no group_id') ELSE true END),
  CONSTRAINT rule_steps_11 CHECK (CASE WHEN (target NOT IN ('owner', 'last_agent') OR agent_id IS NULL) IS FALSE
    THEN must('rule_steps with target owner or last_agent take no agent_id: the caller says who it is') ELSE true END),
  CONSTRAINT rule_steps_rule_id FOREIGN KEY (project_id, rule_id) REFERENCES rules (project_id, id) ON DELETE CASCADE,
  CONSTRAINT rule_steps_group_id FOREIGN KEY (project_id, group_id) REFERENCES groups (project_id, id) ON UPDATE CASCADE,
  CONSTRAINT rule_steps_agent_id FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON UPDATE CASCADE,
  CONSTRAINT rule_steps_and_group_id FOREIGN KEY (project_id, and_group_id) REFERENCES groups (project_id, id) ON UPDATE CASCADE
);
COMMENT ON TABLE rule_steps IS 'Who is rung by a rule, and from which second on. The lists of all steps in force are joined in the order of step.';
COMMENT ON COLUMN rule_steps.rule_id IS 'The rule.';
COMMENT ON COLUMN rule_steps.step IS '1, 2, 3 ...';
COMMENT ON COLUMN rule_steps.after_seconds IS 'In force once the call has waited this long.';
COMMENT ON COLUMN rule_steps.until_seconds IS 'No longer in force from this second on; NULL = for good.';
COMMENT ON COLUMN rule_steps.target IS 'group = the members of group_id; agent = agent_id; owner = the caller''s owner (or who covers for them); last_agent = who took the caller''s last call within settings.last_agent_days, as call events tell.';
COMMENT ON COLUMN rule_steps.group_id IS 'With target group: the group. With target owner or last_agent: that agent must be on shift in this group, NULL = at any time.';
COMMENT ON COLUMN rule_steps.agent_id IS 'With target agent: the agent.';
COMMENT ON COLUMN rule_steps.and_group_id IS 'Only those who are in this group as well: a second skill.';
COMMENT ON COLUMN rule_steps.max_level IS 'Only members up to this level; NULL = all levels.';
COMMENT ON COLUMN rule_steps.max_agents IS 'At most so many agents from this step; NULL = all.';
COMMENT ON COLUMN rule_steps.routing_type IS 'As in agents, for this step only: 2 rings the mobiles. NULL = as the member''s or agent''s.';
COMMENT ON COLUMN rule_steps.answer_timeout IS 'As in agents, for this step only; NULL = as the member''s or agent''s.';
CREATE INDEX rule_steps_group_id ON rule_steps (project_id, group_id) WHERE group_id IS NOT NULL;
CREATE INDEX rule_steps_agent_id ON rule_steps (project_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX rule_steps_and_group_id ON rule_steps (project_id, and_group_id) WHERE and_group_id IS NOT NULL;

CREATE FUNCTION log_rule_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rule_steps', fresh.rule_id || '/' || fresh.step, 'insert', NULL::json, json_build_object(
        'rule_id', fresh.rule_id, 'step', fresh.step, 'after_seconds', fresh.after_seconds, 'until_seconds', fresh.until_seconds,
        'target', fresh.target, 'group_id', fresh.group_id, 'agent_id', fresh.agent_id, 'and_group_id', fresh.and_group_id,
        'max_level', fresh.max_level, 'max_agents', fresh.max_agents, 'routing_type', fresh.routing_type, 'answer_timeout', fresh.answer_timeout)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.rule_id, fresh.step;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rule_steps', former.rule_id || '/' || former.step, 'delete', json_build_object(
        'rule_id', former.rule_id, 'step', former.step, 'after_seconds', former.after_seconds, 'until_seconds', former.until_seconds,
        'target', former.target, 'group_id', former.group_id, 'agent_id', former.agent_id, 'and_group_id', former.and_group_id,
        'max_level', former.max_level, 'max_agents', former.max_agents, 'routing_type', former.routing_type, 'answer_timeout', former.answer_timeout), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.rule_id, former.step;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.rule_id, former.step, former.after_seconds, former.until_seconds, former.target, former.group_id, former.agent_id, former.and_group_id, former.max_level, former.max_agents, former.routing_type, former.answer_timeout)
      IS DISTINCT FROM (fresh.rule_id, fresh.step, fresh.after_seconds, fresh.until_seconds, fresh.target, fresh.group_id, fresh.agent_id, fresh.and_group_id, fresh.max_level, fresh.max_agents, fresh.routing_type, fresh.answer_timeout)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rule_steps', former.rule_id || '/' || former.step, 'update', json_build_object(
        'rule_id', former.rule_id, 'step', former.step, 'after_seconds', former.after_seconds, 'until_seconds', former.until_seconds,
        'target', former.target, 'group_id', former.group_id, 'agent_id', former.agent_id, 'and_group_id', former.and_group_id,
        'max_level', former.max_level, 'max_agents', former.max_agents, 'routing_type', former.routing_type, 'answer_timeout', former.answer_timeout), json_build_object(
        'rule_id', fresh.rule_id, 'step', fresh.step, 'after_seconds', fresh.after_seconds, 'until_seconds', fresh.until_seconds,
        'target', fresh.target, 'group_id', fresh.group_id, 'agent_id', fresh.agent_id, 'and_group_id', fresh.and_group_id,
        'max_level', fresh.max_level, 'max_agents', fresh.max_agents, 'routing_type', fresh.routing_type, 'answer_timeout', fresh.answer_timeout)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.rule_id, former.step, former.after_seconds, former.until_seconds, former.target, former.group_id, former.agent_id, former.and_group_id, former.max_level, former.max_agents, former.routing_type, former.answer_timeout)
      IS DISTINCT FROM (fresh.rule_id, fresh.step, fresh.after_seconds, fresh.until_seconds, fresh.target, fresh.group_id, fresh.agent_id, fresh.and_group_id, fresh.max_level, fresh.max_agents, fresh.routing_type, fresh.answer_timeout) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON rule_steps REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rule_steps();
CREATE TRIGGER log_update AFTER UPDATE ON rule_steps REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rule_steps();
CREATE TRIGGER log_delete AFTER DELETE ON rule_steps REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rule_steps();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON rule_steps
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE rule_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON rule_steps TO stringee_router USING (true);
CREATE POLICY editor ON rule_steps TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON rule_steps TO stringee_router, stringee_editor;

------------------------------------------------------------------------------------------------------------ rule_tests
CREATE TABLE rule_tests (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  queue_id text COLLATE "C" NOT NULL,
  from_number text COLLATE "C",
  to_number text COLLATE "C",
  at text COLLATE "C" NOT NULL,
  waited bigint NOT NULL DEFAULT 0,
  expect_rule text COLLATE "C",
  expect_agents text COLLATE "C",
  note text COLLATE "C",
  PRIMARY KEY (project_id, id),
  CONSTRAINT rule_tests_01 CHECK (CASE WHEN (trim(name) <> '') IS FALSE
    THEN must('rule_tests.name must be text without NUL characters, not empty') ELSE true END),
  CONSTRAINT rule_tests_02 CHECK (CASE WHEN (trim(queue_id) <> '') IS FALSE
    THEN must('rule_tests.queue_id must be one queueId') ELSE true END),
  CONSTRAINT rule_tests_03 CHECK (CASE WHEN (trim(from_number) <> '') IS FALSE
    THEN must('rule_tests.from_number must be a number such as 84986776777, or NULL for an anonymous caller (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rule_tests_04 CHECK (CASE WHEN (trim(to_number) <> '') IS FALSE
    THEN must('rule_tests.to_number must be a number such as 842473082666, or NULL (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rule_tests_05 CHECK (CASE WHEN (is_moment(at)) IS FALSE
    THEN must('rule_tests.at must be a local date and time such as 2026-11-23 10:00') ELSE true END),
  CONSTRAINT rule_tests_06 CHECK (CASE WHEN (waited BETWEEN 0 AND 86400) IS FALSE
    THEN must('rule_tests.waited must be 0 to 86400 seconds') ELSE true END),
  CONSTRAINT rule_tests_07 CHECK (CASE WHEN (trim(expect_rule) <> '') IS FALSE
    THEN must('rule_tests.expect_rule must be the name of a rule, or NULL for any (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT rule_tests_08 CHECK (CASE WHEN (expect_rule IS NOT NULL OR expect_agents IS NOT NULL) IS FALSE
    THEN must('rule_tests need expect_rule or expect_agents: what is expected?') ELSE true END)
);
COMMENT ON TABLE rule_tests IS 'The rules'' own tests: a call, and what is expected of it. They run before each new version goes live.';
COMMENT ON COLUMN rule_tests.id IS 'Given by the database. The test''s call has the callId test-<id>.';
COMMENT ON COLUMN rule_tests.name IS 'What is tested, as a sentence.';
COMMENT ON COLUMN rule_tests.queue_id IS 'The queue the call waits in.';
COMMENT ON COLUMN rule_tests.from_number IS 'The caller''s number; NULL = anonymous.';
COMMENT ON COLUMN rule_tests.to_number IS 'The called number.';
COMMENT ON COLUMN rule_tests.at IS 'When the call is asked about: local time in settings.time_zone.';
COMMENT ON COLUMN rule_tests.waited IS 'For how many seconds it has waited by then.';
COMMENT ON COLUMN rule_tests.expect_rule IS 'The name of the rule that must win; NULL = any.';
COMMENT ON COLUMN rule_tests.expect_agents IS 'The agents that must be rung, in order: hoa,minh. Empty text = nobody; ending in ,* = the list begins with these; NULL = any.';
COMMENT ON COLUMN rule_tests.note IS 'For people.';

CREATE TRIGGER b_id BEFORE INSERT ON rule_tests
  FOR EACH ROW WHEN (NEW.id IS NULL) EXECUTE FUNCTION next_id();

CREATE FUNCTION log_rule_tests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rule_tests', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'name', fresh.name, 'queue_id', fresh.queue_id, 'from_number', fresh.from_number,
        'to_number', fresh.to_number, 'at', fresh.at, 'waited', fresh.waited, 'expect_rule', fresh.expect_rule,
        'expect_agents', fresh.expect_agents, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rule_tests', former.id, 'delete', json_build_object(
        'id', former.id, 'name', former.name, 'queue_id', former.queue_id, 'from_number', former.from_number,
        'to_number', former.to_number, 'at', former.at, 'waited', former.waited, 'expect_rule', former.expect_rule,
        'expect_agents', former.expect_agents, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.name, former.queue_id, former.from_number, former.to_number, former.at, former.waited, former.expect_rule, former.expect_agents, former.note)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.queue_id, fresh.from_number, fresh.to_number, fresh.at, fresh.waited, fresh.expect_rule, fresh.expect_agents, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'rule_tests', former.id, 'update', json_build_object(
        'id', former.id, 'name', former.name, 'queue_id', former.queue_id, 'from_number', former.from_number,
        'to_number', former.to_number, 'at', former.at, 'waited', former.waited, 'expect_rule', former.expect_rule,
        'expect_agents', former.expect_agents, 'note', former.note), json_build_object(
        'id', fresh.id, 'name', fresh.name, 'queue_id', fresh.queue_id, 'from_number', fresh.from_number,
        'to_number', fresh.to_number, 'at', fresh.at, 'waited', fresh.waited, 'expect_rule', fresh.expect_rule,
        'expect_agents', fresh.expect_agents, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.name, former.queue_id, former.from_number, former.to_number, former.at, former.waited, former.expect_rule, former.expect_agents, former.note)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.queue_id, fresh.from_number, fresh.to_number, fresh.at, fresh.waited, fresh.expect_rule, fresh.expect_agents, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON rule_tests REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rule_tests();
CREATE TRIGGER log_update AFTER UPDATE ON rule_tests REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rule_tests();
CREATE TRIGGER log_delete AFTER DELETE ON rule_tests REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_rule_tests();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON rule_tests
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE rule_tests ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON rule_tests TO stringee_router USING (true);
CREATE POLICY editor ON rule_tests TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON rule_tests TO stringee_router, stringee_editor;

-------------------------------------------------------------------------------------------------------------- hotlines
CREATE TABLE hotlines (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  number text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  note text COLLATE "C",
  PRIMARY KEY (project_id, number),
  CONSTRAINT hotlines_01 CHECK (CASE WHEN (trim(number) <> '' AND strpos(number, '*') = 0) IS FALSE
    THEN must('hotlines.number must be a number such as 842473082666') ELSE true END),
  CONSTRAINT hotlines_02 CHECK (CASE WHEN (trim(name) <> '') IS FALSE
    THEN must('hotlines.name must be text without NUL characters, not empty') ELSE true END)
);
COMMENT ON TABLE hotlines IS 'Names for the numbers that callers dial, for people and their tools. A number that is not listed is routed too.';
COMMENT ON COLUMN hotlines.number IS 'The number in any form people write: 842473082666, 024 7308 2666, 1900 1234.';
COMMENT ON COLUMN hotlines.name IS 'What people call it.';
COMMENT ON COLUMN hotlines.note IS 'For people.';

CREATE FUNCTION log_hotlines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'hotlines', fresh.number, 'insert', NULL::json, json_build_object(
        'number', fresh.number, 'name', fresh.name, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.number;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'hotlines', former.number, 'delete', json_build_object(
        'number', former.number, 'name', former.name, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.number;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.number, former.name, former.note)
      IS DISTINCT FROM (fresh.number, fresh.name, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'hotlines', former.number, 'update', json_build_object(
        'number', former.number, 'name', former.name, 'note', former.note), json_build_object(
        'number', fresh.number, 'name', fresh.name, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.number, former.name, former.note)
      IS DISTINCT FROM (fresh.number, fresh.name, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON hotlines REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_hotlines();
CREATE TRIGGER log_update AFTER UPDATE ON hotlines REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_hotlines();
CREATE TRIGGER log_delete AFTER DELETE ON hotlines REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_hotlines();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON hotlines
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE hotlines ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON hotlines TO stringee_router USING (true);
CREATE POLICY editor ON hotlines TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON hotlines TO stringee_router, stringee_editor;

-------------------------------------------------------------------------------------------------------------- holidays
CREATE TABLE holidays (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  date_from text COLLATE "C" NOT NULL,
  date_to text COLLATE "C" NOT NULL,
  every_year bigint NOT NULL DEFAULT 0,
  note text COLLATE "C",
  PRIMARY KEY (project_id, id),
  CONSTRAINT holidays_01 CHECK (CASE WHEN (trim(name) <> '') IS FALSE
    THEN must('holidays.name must be text without NUL characters, not empty') ELSE true END),
  CONSTRAINT holidays_02 CHECK (CASE WHEN (is_date(date_from)) IS FALSE
    THEN must('holidays.date_from must be a date such as 2027-02-05') ELSE true END),
  CONSTRAINT holidays_03 CHECK (CASE WHEN (is_date(date_to)) IS FALSE
    THEN must('holidays.date_to must be a date such as 2027-02-11') ELSE true END),
  CONSTRAINT holidays_04 CHECK (CASE WHEN (every_year IN (0, 1)) IS FALSE
    THEN must('holidays.every_year must be 1 (each later year as well) or 0 (these dates only)') ELSE true END),
  CONSTRAINT holidays_05 CHECK (CASE WHEN (date_to >= date_from) IS FALSE
    THEN must('holidays.date_to must not lie before date_from') ELSE true END),
  CONSTRAINT holidays_06 CHECK (CASE WHEN (every_year = 0 OR date_to < a_year_after(date_from)) IS FALSE
    THEN must('holidays with every_year 1 must be shorter than a year') ELSE true END)
);
COMMENT ON TABLE holidays IS 'Dates on which schedules may have other hours: see schedules.on_holidays.';
COMMENT ON COLUMN holidays.id IS 'Given by the database.';
COMMENT ON COLUMN holidays.name IS 'What people call it.';
COMMENT ON COLUMN holidays.date_from IS 'The first date, such as 2027-02-05.';
COMMENT ON COLUMN holidays.date_to IS 'The last date, included. The same as date_from for a single day.';
COMMENT ON COLUMN holidays.every_year IS '1 = on the same days of each later year as well. Not for Tết and other days of the lunar calendar.';
COMMENT ON COLUMN holidays.note IS 'For people.';

CREATE TRIGGER b_id BEFORE INSERT ON holidays
  FOR EACH ROW WHEN (NEW.id IS NULL) EXECUTE FUNCTION next_id();

CREATE FUNCTION log_holidays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'holidays', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'name', fresh.name, 'date_from', fresh.date_from, 'date_to', fresh.date_to,
        'every_year', fresh.every_year, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'holidays', former.id, 'delete', json_build_object(
        'id', former.id, 'name', former.name, 'date_from', former.date_from, 'date_to', former.date_to,
        'every_year', former.every_year, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.name, former.date_from, former.date_to, former.every_year, former.note)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.date_from, fresh.date_to, fresh.every_year, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'holidays', former.id, 'update', json_build_object(
        'id', former.id, 'name', former.name, 'date_from', former.date_from, 'date_to', former.date_to,
        'every_year', former.every_year, 'note', former.note), json_build_object(
        'id', fresh.id, 'name', fresh.name, 'date_from', fresh.date_from, 'date_to', fresh.date_to,
        'every_year', fresh.every_year, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.name, former.date_from, former.date_to, former.every_year, former.note)
      IS DISTINCT FROM (fresh.id, fresh.name, fresh.date_from, fresh.date_to, fresh.every_year, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON holidays REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_holidays();
CREATE TRIGGER log_update AFTER UPDATE ON holidays REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_holidays();
CREATE TRIGGER log_delete AFTER DELETE ON holidays REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_holidays();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON holidays
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE holidays ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON holidays TO stringee_router USING (true);
CREATE POLICY editor ON holidays TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON holidays TO stringee_router, stringee_editor;

-------------------------------------------------------------------------------------------------------------- absences
CREATE TABLE absences (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  starts_at text COLLATE "C" NOT NULL,
  ends_at text COLLATE "C",
  cover_id text COLLATE "C",
  note text COLLATE "C",
  PRIMARY KEY (project_id, id),
  CONSTRAINT absences_01 CHECK (CASE WHEN ((is_moment(starts_at)) OR (is_date(starts_at))) IS FALSE
    THEN must('absences.starts_at must be a local date and time such as 2027-02-01 08:00, or a date such as 2027-02-01') ELSE true END),
  CONSTRAINT absences_02 CHECK (CASE WHEN (ends_at IS NULL OR (is_moment(ends_at)) OR (is_date(ends_at))) IS FALSE
    THEN must('absences.ends_at must be a local date and time such as 2027-02-15 08:00, a date such as 2027-02-15 (included), or NULL (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT absences_03 CHECK (CASE WHEN (ends_at IS NULL OR substr(ends_at || ' 24:00', 1, 16) > substr(starts_at || ' 00:00', 1, 16)) IS FALSE
    THEN must('absences.ends_at must lie after starts_at (a single day: the same date without a time)') ELSE true END),
  CONSTRAINT absences_04 CHECK (CASE WHEN (cover_id <> agent_id) IS FALSE
    THEN must('absences.cover_id must be somebody else, or NULL (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT absences_agent_id FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT absences_cover_id FOREIGN KEY (project_id, cover_id) REFERENCES agents (project_id, id) ON UPDATE CASCADE ON DELETE SET NULL (cover_id)
);
COMMENT ON TABLE absences IS 'When agents are away: leave, illness, a course. They are not rung meanwhile, and come back by themselves. Any number of rows per agent.';
COMMENT ON COLUMN absences.id IS 'Given by the database.';
COMMENT ON COLUMN absences.agent_id IS 'Who is away.';
COMMENT ON COLUMN absences.starts_at IS 'Local time in settings.time_zone, such as 2027-02-01 08:00; a date alone (2027-02-01): from its beginning.';
COMMENT ON COLUMN absences.ends_at IS 'When they are rung again; a date alone: from its end on. NULL = until further notice.';
COMMENT ON COLUMN absences.cover_id IS 'Who takes the callers they own meanwhile; NULL = as in agents.cover_id.';
COMMENT ON COLUMN absences.note IS 'For people.';
CREATE INDEX absences_agent_id ON absences (project_id, agent_id);
CREATE INDEX absences_cover_id ON absences (project_id, cover_id) WHERE cover_id IS NOT NULL;

CREATE TRIGGER b_id BEFORE INSERT ON absences
  FOR EACH ROW WHEN (NEW.id IS NULL) EXECUTE FUNCTION next_id();

CREATE FUNCTION log_absences() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'absences', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'agent_id', fresh.agent_id, 'starts_at', fresh.starts_at, 'ends_at', fresh.ends_at,
        'cover_id', fresh.cover_id, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'absences', former.id, 'delete', json_build_object(
        'id', former.id, 'agent_id', former.agent_id, 'starts_at', former.starts_at, 'ends_at', former.ends_at,
        'cover_id', former.cover_id, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.agent_id, former.starts_at, former.ends_at, former.cover_id, former.note)
      IS DISTINCT FROM (fresh.id, fresh.agent_id, fresh.starts_at, fresh.ends_at, fresh.cover_id, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'absences', former.id, 'update', json_build_object(
        'id', former.id, 'agent_id', former.agent_id, 'starts_at', former.starts_at, 'ends_at', former.ends_at,
        'cover_id', former.cover_id, 'note', former.note), json_build_object(
        'id', fresh.id, 'agent_id', fresh.agent_id, 'starts_at', fresh.starts_at, 'ends_at', fresh.ends_at,
        'cover_id', fresh.cover_id, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.agent_id, former.starts_at, former.ends_at, former.cover_id, former.note)
      IS DISTINCT FROM (fresh.id, fresh.agent_id, fresh.starts_at, fresh.ends_at, fresh.cover_id, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON absences REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_absences();
CREATE TRIGGER log_update AFTER UPDATE ON absences REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_absences();
CREATE TRIGGER log_delete AFTER DELETE ON absences REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_absences();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON absences
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE absences ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON absences TO stringee_router USING (true);
CREATE POLICY editor ON absences TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON absences TO stringee_router, stringee_editor;

------------------------------------------------------------------------------------------------------------- stand_ins
CREATE TABLE stand_ins (
  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE,
  id bigint NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  by_id text COLLATE "C",
  group_id text COLLATE "C",
  date_from text COLLATE "C" NOT NULL,
  date_to text COLLATE "C" NOT NULL,
  note text COLLATE "C",
  PRIMARY KEY (project_id, id),
  CONSTRAINT stand_ins_01 CHECK (CASE WHEN (is_date(date_from)) IS FALSE
    THEN must('stand_ins.date_from must be a date such as 2027-02-05') ELSE true END),
  CONSTRAINT stand_ins_02 CHECK (CASE WHEN (is_date(date_to)) IS FALSE
    THEN must('stand_ins.date_to must be a date such as 2027-02-11') ELSE true END),
  CONSTRAINT stand_ins_03 CHECK (CASE WHEN (date_to >= date_from) IS FALSE
    THEN must('stand_ins.date_to must not lie before date_from') ELSE true END),
  CONSTRAINT stand_ins_04 CHECK (CASE WHEN (by_id <> agent_id) IS FALSE
    THEN must('stand_ins.by_id must be somebody else, or NULL if nobody takes the place (DB Browser: Set as NULL)') ELSE true END),
  CONSTRAINT stand_ins_agent_id FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT stand_ins_by_id FOREIGN KEY (project_id, by_id) REFERENCES agents (project_id, id) ON UPDATE CASCADE ON DELETE SET NULL (by_id),
  CONSTRAINT stand_ins_group_id FOREIGN KEY (project_id, group_id) REFERENCES groups (project_id, id) ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE stand_ins IS 'Who takes whose place in a group on some dates: level, position, weight, shift, device and ring time stay those of the member. Two people who swap are two rows. A row counts for the shifts that start on its dates, a night to its end.';
COMMENT ON COLUMN stand_ins.id IS 'Given by the database.';
COMMENT ON COLUMN stand_ins.agent_id IS 'Whose place is taken.';
COMMENT ON COLUMN stand_ins.by_id IS 'Who takes it; NULL = nobody does.';
COMMENT ON COLUMN stand_ins.group_id IS 'In which group; NULL = in all.';
COMMENT ON COLUMN stand_ins.date_from IS 'The first date, such as 2027-02-05.';
COMMENT ON COLUMN stand_ins.date_to IS 'The last date, included. The same as date_from for a single day or night.';
COMMENT ON COLUMN stand_ins.note IS 'For people.';
CREATE INDEX stand_ins_agent_id ON stand_ins (project_id, agent_id);
CREATE INDEX stand_ins_by_id ON stand_ins (project_id, by_id) WHERE by_id IS NOT NULL;
CREATE INDEX stand_ins_group_id ON stand_ins (project_id, group_id) WHERE group_id IS NOT NULL;

CREATE TRIGGER b_id BEFORE INSERT ON stand_ins
  FOR EACH ROW WHEN (NEW.id IS NULL) EXECUTE FUNCTION next_id();

CREATE FUNCTION log_stand_ins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM new_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT fresh.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'stand_ins', fresh.id, 'insert', NULL::json, json_build_object(
        'id', fresh.id, 'agent_id', fresh.agent_id, 'by_id', fresh.by_id, 'group_id', fresh.group_id,
        'date_from', fresh.date_from, 'date_to', fresh.date_to, 'note', fresh.note)
    FROM new_rows fresh JOIN edit ON edit.p = fresh.project_id ORDER BY fresh.id;
  END IF;
  IF TG_OP = 'DELETE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT project_id FROM old_rows) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'stand_ins', former.id, 'delete', json_build_object(
        'id', former.id, 'agent_id', former.agent_id, 'by_id', former.by_id, 'group_id', former.group_id,
        'date_from', former.date_from, 'date_to', former.date_to, 'note', former.note), NULL::json
    FROM old_rows former JOIN edit ON edit.p = former.project_id ORDER BY former.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    WITH edit AS MATERIALIZED (
      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason
      FROM (SELECT DISTINCT former.project_id FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)
    WHERE (former.id, former.agent_id, former.by_id, former.group_id, former.date_from, former.date_to, former.note)
      IS DISTINCT FROM (fresh.id, fresh.agent_id, fresh.by_id, fresh.group_id, fresh.date_from, fresh.date_to, fresh.note)) touched (p)
    )
    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)
    SELECT former.project_id, edit.version, edit.at, edit.actor, edit.reason,
      'stand_ins', former.id, 'update', json_build_object(
        'id', former.id, 'agent_id', former.agent_id, 'by_id', former.by_id, 'group_id', former.group_id,
        'date_from', former.date_from, 'date_to', former.date_to, 'note', former.note), json_build_object(
        'id', fresh.id, 'agent_id', fresh.agent_id, 'by_id', fresh.by_id, 'group_id', fresh.group_id,
        'date_from', fresh.date_from, 'date_to', fresh.date_to, 'note', fresh.note)
    FROM (SELECT row_number() OVER () AS n, * FROM old_rows) former
      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n) JOIN edit ON edit.p = former.project_id
    WHERE (former.id, former.agent_id, former.by_id, former.group_id, former.date_from, former.date_to, former.note)
      IS DISTINCT FROM (fresh.id, fresh.agent_id, fresh.by_id, fresh.group_id, fresh.date_from, fresh.date_to, fresh.note) ORDER BY n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_insert AFTER INSERT ON stand_ins REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_stand_ins();
CREATE TRIGGER log_update AFTER UPDATE ON stand_ins REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_stand_ins();
CREATE TRIGGER log_delete AFTER DELETE ON stand_ins REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION log_stand_ins();

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON stand_ins
  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();
ALTER TABLE stand_ins ENABLE ROW LEVEL SECURITY;
CREATE POLICY router ON stand_ins TO stringee_router USING (true);
CREATE POLICY editor ON stand_ins TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON stand_ins TO stringee_router, stringee_editor;

--------------------------------------------------------------------------------------------------------------- refusals

CREATE FUNCTION groups_renamed_in_settings() RETURNS trigger LANGUAGE plpgsql
SET search_path = stringee, pg_temp AS $$
BEGIN
  UPDATE settings SET value = NEW.id WHERE project_id = NEW.project_id AND key = 'fallback_group' AND value = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER groups_renamed_in_settings AFTER UPDATE OF id ON groups
  FOR EACH ROW WHEN (NEW.id IS DISTINCT FROM OLD.id) EXECUTE FUNCTION groups_renamed_in_settings();

CREATE FUNCTION schedule_hours_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM schedules WHERE project_id = NEW.project_id AND id = NEW.schedule_id) THEN
    PERFORM must('schedule_hours.schedule_id must be the id of a row in schedules: add that schedule first');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION agents_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NEW.cover_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE project_id = NEW.project_id AND id = NEW.cover_id) THEN
    PERFORM must('agents.cover_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION group_members_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM groups WHERE project_id = NEW.project_id AND id = NEW.group_id) THEN
    PERFORM must('group_members.group_id must be the id of a row in groups: add that group first');
  END IF;
  IF NOT EXISTS (SELECT 1 FROM agents WHERE project_id = NEW.project_id AND id = NEW.agent_id) THEN
    PERFORM must('group_members.agent_id must be the id of a row in agents: add that agent first');
  END IF;
  IF NEW.schedule_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM schedules WHERE project_id = NEW.project_id AND id = NEW.schedule_id) THEN
    PERFORM must('group_members.schedule_id must be the id of a row in schedules: add that schedule first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION callers_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NEW.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE project_id = NEW.project_id AND id = NEW.owner_id) THEN
    PERFORM must('callers.owner_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION rules_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NEW.schedule_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM schedules WHERE project_id = NEW.project_id AND id = NEW.schedule_id) THEN
    PERFORM must('rules.schedule_id must be the id of a row in schedules: add that schedule first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION rule_steps_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM rules WHERE project_id = NEW.project_id AND id = NEW.rule_id) THEN
    PERFORM must('rule_steps.rule_id must be the id of a row in rules: add that rule first');
  END IF;
  IF NEW.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE project_id = NEW.project_id AND id = NEW.group_id) THEN
    PERFORM must('rule_steps.group_id must be the id of a row in groups: add that group first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  IF NEW.agent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE project_id = NEW.project_id AND id = NEW.agent_id) THEN
    PERFORM must('rule_steps.agent_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  IF NEW.and_group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE project_id = NEW.project_id AND id = NEW.and_group_id) THEN
    PERFORM must('rule_steps.and_group_id must be the id of a row in groups: add that group first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION settings_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NEW.key = 'fallback_group' AND NOT EXISTS (SELECT 1 FROM groups WHERE project_id = NEW.project_id AND id = NEW.value) THEN
    PERFORM must('settings.value of fallback_group must be the id of a row in groups: add that group first');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION schedules_still_used() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM group_members WHERE project_id = OLD.project_id AND schedule_id = OLD.id) THEN
    PERFORM must('this schedule is still the shift of group_members (schedule_id): give those another schedule or NULL first');
  END IF;
  IF EXISTS (SELECT 1 FROM rules WHERE project_id = OLD.project_id AND schedule_id = OLD.id) THEN
    PERFORM must('this schedule is still a condition of rules (schedule_id): give those another schedule or NULL first');
  END IF;
  RETURN OLD;
END $$;

CREATE FUNCTION agents_still_used() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM rule_steps WHERE project_id = OLD.project_id AND agent_id = OLD.id) THEN
    PERFORM must('this agent is still rung by rule_steps (agent_id): change or delete those steps first, or set agents.enabled to 0 instead');
  END IF;
  IF EXISTS (SELECT 1 FROM callers WHERE project_id = OLD.project_id AND owner_id = OLD.id) THEN
    PERFORM must('this agent still owns callers (owner_id): give those another owner or NULL first, or keep the agent with agents.enabled 0 and a cover_id, who then takes them');
  END IF;
  RETURN OLD;
END $$;

CREATE FUNCTION groups_still_used() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM rule_steps WHERE project_id = OLD.project_id AND group_id = OLD.id) THEN
    PERFORM must('this group is still rung by rule_steps (group_id): change or delete those steps first');
  END IF;
  IF EXISTS (SELECT 1 FROM rule_steps WHERE project_id = OLD.project_id AND and_group_id = OLD.id) THEN
    PERFORM must('this group is still asked for by rule_steps (and_group_id): change or delete those steps first');
  END IF;
  IF EXISTS (SELECT 1 FROM settings WHERE project_id = OLD.project_id AND key = 'fallback_group' AND value = OLD.id) THEN
    PERFORM must('this group is still the fallback_group of settings: name another group there first');
  END IF;
  RETURN OLD;
END $$;

CREATE FUNCTION rules_id_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NEW.id IS DISTINCT FROM OLD.id AND EXISTS (SELECT 1 FROM rule_steps WHERE project_id = NEW.project_id AND rule_id = OLD.id) THEN
    PERFORM must('rules.id stays as it is while the rule has rule_steps: use rules.position to reorder rules');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION absences_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM agents WHERE project_id = NEW.project_id AND id = NEW.agent_id) THEN
    PERFORM must('absences.agent_id must be the id of a row in agents: add that agent first');
  END IF;
  IF NEW.cover_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE project_id = NEW.project_id AND id = NEW.cover_id) THEN
    PERFORM must('absences.cover_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION stand_ins_reference() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM agents WHERE project_id = NEW.project_id AND id = NEW.agent_id) THEN
    PERFORM must('stand_ins.agent_id must be the id of a row in agents: add that agent first');
  END IF;
  IF NEW.by_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE project_id = NEW.project_id AND id = NEW.by_id) THEN
    PERFORM must('stand_ins.by_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  IF NEW.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE project_id = NEW.project_id AND id = NEW.group_id) THEN
    PERFORM must('stand_ins.group_id must be the id of a row in groups: add that group first, or write NULL (DB Browser: Set as NULL)');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER schedule_hours_reference BEFORE INSERT OR UPDATE OF schedule_id ON schedule_hours
  FOR EACH ROW EXECUTE FUNCTION schedule_hours_reference();

CREATE TRIGGER agents_reference BEFORE INSERT OR UPDATE OF cover_id ON agents
  FOR EACH ROW EXECUTE FUNCTION agents_reference();

CREATE TRIGGER group_members_reference BEFORE INSERT OR UPDATE OF group_id, agent_id, schedule_id ON group_members
  FOR EACH ROW EXECUTE FUNCTION group_members_reference();

CREATE TRIGGER callers_reference BEFORE INSERT OR UPDATE OF owner_id ON callers
  FOR EACH ROW EXECUTE FUNCTION callers_reference();

CREATE TRIGGER rules_reference BEFORE INSERT OR UPDATE OF schedule_id ON rules
  FOR EACH ROW EXECUTE FUNCTION rules_reference();

CREATE TRIGGER rule_steps_reference BEFORE INSERT OR UPDATE OF rule_id, group_id, agent_id, and_group_id ON rule_steps
  FOR EACH ROW EXECUTE FUNCTION rule_steps_reference();

CREATE TRIGGER settings_reference BEFORE INSERT OR UPDATE OF key, value ON settings
  FOR EACH ROW EXECUTE FUNCTION settings_reference();

CREATE TRIGGER schedules_still_used BEFORE DELETE ON schedules
  FOR EACH ROW EXECUTE FUNCTION schedules_still_used();

CREATE TRIGGER agents_still_used BEFORE DELETE ON agents
  FOR EACH ROW EXECUTE FUNCTION agents_still_used();

CREATE TRIGGER groups_still_used BEFORE DELETE ON groups
  FOR EACH ROW EXECUTE FUNCTION groups_still_used();

CREATE TRIGGER rules_id_stays BEFORE UPDATE OF id ON rules
  FOR EACH ROW EXECUTE FUNCTION rules_id_stays();

CREATE TRIGGER absences_reference BEFORE INSERT OR UPDATE OF agent_id, cover_id ON absences
  FOR EACH ROW EXECUTE FUNCTION absences_reference();

CREATE TRIGGER stand_ins_reference BEFORE INSERT OR UPDATE OF agent_id, by_id, group_id ON stand_ins
  FOR EACH ROW EXECUTE FUNCTION stand_ins_reference();

----------------------------------------------------------------------------------------------------------- a new project
CREATE FUNCTION add_project(p bigint, called text) RETURNS void LANGUAGE sql
SET search_path = stringee, pg_temp AS $$
  INSERT INTO projects (id, name) VALUES (p, called);
  INSERT INTO settings (project_id, key, value, note) VALUES
    (p, 'time_zone', 'Asia/Ho_Chi_Minh', 'zone of schedules, leave and expiry dates'),
    (p, 'country_code', '84', 'put in front of national numbers'),
    (p, 'answer_timeout', '15', 'seconds an agent is rung where nothing else says so'),
    (p, 'max_agents', '20', 'the longest list ever answered');
$$;
