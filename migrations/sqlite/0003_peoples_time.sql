-- The rules database, version 3: people's time, and calls that wait together.
--
--   * absences take the place of agents.away_from and away_until, so that a second leave can be entered before the first
--     is over. The leaves that are there are carried over, and both columns go.
--   * stand_ins (a shift that somebody else takes), holidays with schedules.on_holidays, weekly hours of each 2nd, 3rd ...
--     week, and names for hotlines.
--   * groups.spread, rules.priority, and the settings missed_rings and missed_rest_minutes.
--   * An agent who owns callers is no longer deleted in silence.
--   * What a database browser makes of the tables: DB Browser 3.12 takes an unquoted replace for the statement, and writes
--     an empty text where somebody empties a cell, so the sentences say how NULL is written there.
--
-- Texts of tables, triggers and the view are changed as in version 2.

----------------------------------------------------------------------------------------------------------------- columns
-- Before anything else: they come behind whatever columns somebody has added.
ALTER TABLE schedules ADD COLUMN on_holidays TEXT NOT NULL DEFAULT 'usual'
    -- On the dates in holidays: usual = hours as on any other day, closed = no window starts, sun = the hours of a
    -- Sunday. Dated rows of schedule_hours come before holidays.
    CONSTRAINT "schedules.on_holidays must be usual, closed or sun"
    CHECK (on_holidays IN ('usual', 'closed', 'sun'));

ALTER TABLE schedule_hours ADD COLUMN every_weeks INTEGER NOT NULL DEFAULT 1
    -- On a weekly row: 1 = each week, 2 = each 2nd week, 3 = each 3rd ... Fill week_of first.
    CONSTRAINT "schedule_hours.every_weeks must be 1 (each week) to 52"
    CHECK (typeof(every_weeks) = 'integer' AND every_weeks BETWEEN 1 AND 52);

ALTER TABLE schedule_hours ADD COLUMN week_of TEXT
    -- With every_weeks above 1: any date in a week that counts, such as 2026-11-28. Weeks begin on Monday.
    CONSTRAINT "schedule_hours.week_of must be a date such as 2026-11-28, or NULL"
    CHECK (week_of IS NULL
      OR (week_of GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND week_of IS date(week_of, '+0 days')));

ALTER TABLE groups ADD COLUMN spread INTEGER
    -- 1 = calls that wait at the same time begin with different agents; 0 = each call has its list as if it were alone;
    -- NULL = 1 for longest_idle and fewest_calls, 0 for the others.
    CONSTRAINT "groups.spread must be 1 (calls that wait together begin with different agents), 0 or NULL for the usual"
    CHECK (spread IS NULL OR (typeof(spread) = 'integer' AND spread IN (0, 1)));

ALTER TABLE rules ADD COLUMN priority INTEGER NOT NULL DEFAULT 0
    -- Which of the calls that are asked about together chooses its agents first: 9 before 0, then who has waited longer.
    CONSTRAINT "rules.priority must be 0 to 9; 9 chooses first"
    CHECK (typeof(priority) = 'integer' AND priority BETWEEN 0 AND 9);

PRAGMA writable_schema = ON;

---------------------------------------------------------------------------------------------------------------- settings
UPDATE sqlite_master SET sql = replace(replace(replace(replace(replace(sql,
  '''last_agent_days'')',
  '''last_agent_days'', ''missed_rings'', ''missed_rest_minutes'')'),
  'max_agents or last_agent_days',
  'max_agents, last_agent_days, missed_rings or missed_rest_minutes'),
  'remembers who took a call; 1 to 365, default 30',
  'remembers who took a call; 1 to 365, default 30
    -- missed_rings    who lets so many rings in a row pass is put last for a while; 0 to 20, default 0 = never
    -- missed_rest_minutes  for how long; 1 to 1440 minutes, default 10'),
  'CONSTRAINT "settings.value of last_agent_days must be',
  'CONSTRAINT "settings.value of missed_rings must be 0 (never) to 20, such as 2"
    CHECK (key <> ''missed_rings''
      OR (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 0 AND 20)),
  CONSTRAINT "settings.value of missed_rest_minutes must be 1 to 1440, such as 10"
    CHECK (key <> ''missed_rest_minutes''
      OR (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 1 AND 1440)),
  CONSTRAINT "settings.value of last_agent_days must be'),
  'UNION ALL
SELECT ''error'', ''settings'', key, ''value'', value, ''is not a country code''',
  'UNION ALL
SELECT ''error'', ''settings'', key, ''value'', value, ''is not a number from 0 to 20'', ''write such as 2, or 0 for never''
FROM settings
WHERE key = ''missed_rings''
  AND NOT (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 0 AND 20)
UNION ALL
SELECT ''error'', ''settings'', key, ''value'', value, ''is not a number of minutes from 1 to 1440'', ''write such as 10''
FROM settings
WHERE key = ''missed_rest_minutes''
  AND NOT (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 1 AND 1440)
UNION ALL
SELECT ''error'', ''settings'', key, ''value'', value, ''is not a country code''')
WHERE name IN ('settings', 'problems') AND type IN ('table', 'view');

UPDATE sqlite_master SET sql = replace(replace(replace(replace(sql,
  ', every_weeks', ',
  every_weeks'),
  ', week_of', ',
  week_of'),
  'CONSTRAINT "schedule_hours.date_to must not lie before date_from"',
  'CONSTRAINT "schedule_hours.every_weeks above 1 needs week_of: write a date in a week that counts first, such as 2026-11-28"
    CHECK (every_weeks = 1 OR week_of IS NOT NULL),
  CONSTRAINT "schedule_hours.every_weeks and week_of belong to weekly rows: a dated row has 1 and NULL"
    CHECK (days IS NOT NULL OR (every_weeks = 1 AND week_of IS NULL)),
  CONSTRAINT "schedule_hours.date_to must not lie before date_from"'),
  'replace(',
  '"replace"(')
WHERE name = 'schedule_hours' AND type = 'table';

-- As the other columns are written.
UPDATE sqlite_master SET sql = replace(replace(replace(sql,
  '
, on_holidays', ',
  on_holidays'),
  '
, spread', ',
  spread'),
  ', priority', ',
  priority')
WHERE name IN ('schedules', 'groups', 'rules') AND type = 'table';

-- The changes log writes them down as well.
UPDATE sqlite_master SET sql = replace(replace(replace(sql,
  '''note'', NEW.note)', '''note'', NEW.note, ''on_holidays'', NEW.on_holidays)'),
  '''note'', OLD.note)', '''note'', OLD.note, ''on_holidays'', OLD.on_holidays)'),
  'OLD.note IS NEW.note)', 'OLD.note IS NEW.note AND OLD.on_holidays IS NEW.on_holidays)')
WHERE tbl_name = 'schedules' AND type = 'trigger';

UPDATE sqlite_master SET sql = replace(replace(replace(sql,
  '''note'', NEW.note)', '''note'', NEW.note,
      ''every_weeks'', NEW.every_weeks, ''week_of'', NEW.week_of)'),
  '''note'', OLD.note)', '''note'', OLD.note,
      ''every_weeks'', OLD.every_weeks, ''week_of'', OLD.week_of)'),
  'OLD.note IS NEW.note)', 'OLD.note IS NEW.note AND
  OLD.every_weeks IS NEW.every_weeks AND OLD.week_of IS NEW.week_of)')
WHERE tbl_name = 'schedule_hours' AND type = 'trigger';

UPDATE sqlite_master SET sql = replace(replace(replace(sql,
  '''note'', NEW.note)', '''note'', NEW.note, ''spread'', NEW.spread)'),
  '''note'', OLD.note)', '''note'', OLD.note, ''spread'', OLD.spread)'),
  'OLD.note IS NEW.note)', 'OLD.note IS NEW.note AND OLD.spread IS NEW.spread)')
WHERE tbl_name = 'groups' AND type = 'trigger';

UPDATE sqlite_master SET sql = replace(replace(replace(sql,
  '''note'', NEW.note)', '''note'', NEW.note, ''priority'', NEW.priority)'),
  '''note'', OLD.note)', '''note'', OLD.note, ''priority'', OLD.priority)'),
  'OLD.note IS NEW.note)', 'OLD.note IS NEW.note AND OLD.priority IS NEW.priority)')
WHERE tbl_name = 'rules' AND type = 'trigger';

------------------------------------------------------------------------------------------------------------------ agents
UPDATE sqlite_master SET sql = replace(replace(sql,
  '  CONSTRAINT "agents.away_until must lie after away_from"
    CHECK (away_until > away_from),
', ''),
  '-- Who takes the callers they own while they are away or disabled.',
  '-- Who takes the callers they own while they are disabled, or away where the absence names nobody else.')
WHERE name = 'agents' AND type = 'table';

UPDATE sqlite_master SET sql = replace(replace(replace(replace(replace(sql,
  ' ''enabled'', NEW.enabled, ''away_from'', NEW.away_from,
      ''away_until'', NEW.away_until, ''cover_id''',
  ' ''enabled'', NEW.enabled,
      ''cover_id'''),
  ' ''enabled'', OLD.enabled, ''away_from'', OLD.away_from,
      ''away_until'', OLD.away_until, ''cover_id''',
  ' ''enabled'', OLD.enabled,
      ''cover_id'''),
  ' AND OLD.away_from IS NEW.away_from AND
  OLD.away_until IS NEW.away_until AND',
  ' AND'),
  '  UPDATE rule_steps SET agent_id = NEW.id WHERE agent_id = OLD.id;
',
  '  UPDATE rule_steps SET agent_id = NEW.id WHERE agent_id = OLD.id;
  UPDATE absences SET agent_id = NEW.id WHERE agent_id = OLD.id;
  UPDATE absences SET cover_id = NEW.id WHERE cover_id = OLD.id;
  UPDATE stand_ins SET agent_id = NEW.id WHERE agent_id = OLD.id;
  UPDATE stand_ins SET by_id = NEW.id WHERE by_id = OLD.id;
'),
  '  UPDATE callers SET owner_id = NULL WHERE owner_id = OLD.id;
',
  '  DELETE FROM absences WHERE agent_id = OLD.id;
  UPDATE absences SET cover_id = NULL WHERE cover_id = OLD.id;
  DELETE FROM stand_ins WHERE agent_id = OLD.id;
  UPDATE stand_ins SET by_id = NULL WHERE by_id = OLD.id;
')
WHERE tbl_name = 'agents' AND type = 'trigger';

UPDATE sqlite_master SET sql = replace(sql,
  '  WHERE EXISTS (SELECT 1 FROM rule_steps WHERE agent_id = OLD.id);
',
  '  WHERE EXISTS (SELECT 1 FROM rule_steps WHERE agent_id = OLD.id);
  SELECT RAISE(ABORT, ''this agent still owns callers (owner_id): give those another owner or NULL first, or keep the agent with agents.enabled 0 and a cover_id, who then takes them'')
  WHERE EXISTS (SELECT 1 FROM callers WHERE owner_id = OLD.id);
')
WHERE name = 'agents_still_used' AND type = 'trigger';

UPDATE sqlite_master SET sql = replace(replace(sql,
  '  UPDATE rule_steps SET and_group_id = NEW.id WHERE and_group_id = OLD.id;
',
  '  UPDATE rule_steps SET and_group_id = NEW.id WHERE and_group_id = OLD.id;
  UPDATE stand_ins SET group_id = NEW.id WHERE group_id = OLD.id;
'),
  '  DELETE FROM group_members WHERE group_id = OLD.id;
',
  '  DELETE FROM group_members WHERE group_id = OLD.id;
  DELETE FROM stand_ins WHERE group_id = OLD.id;
')
WHERE tbl_name = 'groups' AND type = 'trigger';

------------------------------------------------------------------------------------------------------- how NULL is written
UPDATE sqlite_master SET sql = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(sql,
  'or NULL"', 'or NULL (DB Browser: Set as NULL)"'),
  'or NULL for any"', 'or NULL for any (DB Browser: Set as NULL)"'),
  'or NULL for all"', 'or NULL for all (DB Browser: Set as NULL)"'),
  'or NULL for all levels"', 'or NULL for all levels (DB Browser: Set as NULL)"'),
  'or NULL for no end"', 'or NULL for no end (DB Browser: Set as NULL)"'),
  'or NULL for the usual"', 'or NULL for the usual (DB Browser: Set as NULL)"'),
  'or NULL for the one in settings"', 'or NULL for the one in settings (DB Browser: Set as NULL)"'),
  'or NULL for the agent''s own"', 'or NULL for the agent''s own (DB Browser: Set as NULL)"'),
  'or NULL for the member''s own"', 'or NULL for the member''s own (DB Browser: Set as NULL)"'),
  'or NULL for an anonymous caller"', 'or NULL for an anonymous caller (DB Browser: Set as NULL)"'),
  'without + or leading 0, such as 84909992666"',
  'without + or leading 0, such as 84909992666, or NULL (DB Browser: Set as NULL)"')
WHERE type = 'table';

UPDATE sqlite_master SET sql = replace(replace(replace(replace(replace(sql,
  '''daily'' (mon tue wed thu fri sat sun)"',
  '''daily'' (mon tue wed thu fri sat sun), or NULL on a dated row (DB Browser: Set as NULL)"'),
  'date_from must be a date such as 2027-02-05"',
  'date_from must be a date such as 2027-02-05, or NULL on a weekly row (DB Browser: Set as NULL)"'),
  'date_to must be a date such as 2027-02-11"',
  'date_to must be a date such as 2027-02-11, or NULL on a weekly row (DB Browser: Set as NULL)"'),
  'start_time must be a time from 00:00 to 23:59, such as 08:00"',
  'start_time must be a time from 00:00 to 23:59, such as 08:00, or NULL for closed dates (DB Browser: Set as NULL)"'),
  'end_time must be a time from 00:00 to 24:00, such as 17:30"',
  'end_time must be a time from 00:00 to 24:00, such as 17:30, or NULL for closed dates (DB Browser: Set as NULL)"')
WHERE name = 'schedule_hours' AND type = 'table';

UPDATE sqlite_master SET sql = replace(sql, 'or write NULL'')', 'or write NULL (DB Browser: Set as NULL)'')')
WHERE type = 'trigger';

---------------------------------------------------------------------------------------------------------------- problems
UPDATE sqlite_master SET sql = replace(replace(replace(replace(replace(replace(sql,
  '  SELECT ''moment?'', ''agents'', id, ''away_from'', away_from FROM agents UNION ALL
  SELECT ''moment?'', ''agents'', id, ''away_until'', away_until FROM agents UNION ALL
',
  ''),
  'UNION ALL
SELECT ''error'', ''agents'', id, ''away_until'', away_until, ''does not lie after away_from'', ''write a later date and time''
FROM agents WHERE away_until <= away_from
',
  'UNION ALL
SELECT ''error'', ''absences'', id, ''ends_at'', ends_at, ''does not lie after starts_at'',
  ''write a later date, the same date for a single day, or NULL for until further notice''
FROM absences
WHERE ends_at IS NOT NULL AND substr(ends_at || '' 24:00'', 1, 16) <= substr(starts_at || '' 00:00'', 1, 16)
UNION ALL
SELECT ''error'', ''holidays'', id, ''date_to'', date_to, ''lies before date_from'', ''write date_from or a later date''
FROM holidays WHERE date_to < date_from
UNION ALL
SELECT ''error'', ''stand_ins'', id, ''date_to'', date_to, ''lies before date_from'', ''write date_from or a later date''
FROM stand_ins WHERE date_to < date_from
UNION ALL
SELECT ''error'', ''stand_ins'', id, ''agent_id'', agent_id,
  ''has another row for the same group and date'', ''delete one of the two, or give them dates that do not overlap''
FROM stand_ins
WHERE EXISTS (
  SELECT 1 FROM stand_ins other
  WHERE other.id < stand_ins.id AND other.agent_id = stand_ins.agent_id
    AND other.date_from <= stand_ins.date_to AND other.date_to >= stand_ins.date_from
    AND (other.group_id IS NULL OR stand_ins.group_id IS NULL OR other.group_id = stand_ins.group_id))
UNION ALL
SELECT ''error'', ''schedule_hours'', id, ''week_of'', week_of, ''does not fit every_weeks'',
  ''with every_weeks above 1 write a date in a week that counts; on a dated row leave 1 and NULL''
FROM schedule_hours
WHERE (every_weeks > 1 AND week_of IS NULL) OR (days IS NULL AND (every_weeks > 1 OR week_of IS NOT NULL))
'),
  '  SELECT ''note'', ''schedules'', id, ''note'', note FROM schedules UNION ALL
',
  '  SELECT ''note'', ''schedules'', id, ''note'', note FROM schedules UNION ALL
  SELECT ''holidays'', ''schedules'', id, ''on_holidays'', on_holidays FROM schedules UNION ALL
  SELECT ''weeks'', ''schedule_hours'', id, ''every_weeks'', every_weeks FROM schedule_hours UNION ALL
  SELECT ''date?'', ''schedule_hours'', id, ''week_of'', week_of FROM schedule_hours UNION ALL
  SELECT ''flag?'', ''groups'', id, ''spread'', spread FROM groups UNION ALL
  SELECT ''priority'', ''rules'', id, ''priority'', priority FROM rules UNION ALL
  SELECT ''text'', ''hotlines'', number, ''number'', number FROM hotlines UNION ALL
  SELECT ''text'', ''hotlines'', number, ''name'', name FROM hotlines UNION ALL
  SELECT ''note'', ''hotlines'', number, ''note'', note FROM hotlines UNION ALL
  SELECT ''text'', ''holidays'', id, ''name'', name FROM holidays UNION ALL
  SELECT ''date'', ''holidays'', id, ''date_from'', date_from FROM holidays UNION ALL
  SELECT ''date'', ''holidays'', id, ''date_to'', date_to FROM holidays UNION ALL
  SELECT ''flag'', ''holidays'', id, ''every_year'', every_year FROM holidays UNION ALL
  SELECT ''note'', ''holidays'', id, ''note'', note FROM holidays UNION ALL
  SELECT ''begin'', ''absences'', id, ''starts_at'', starts_at FROM absences UNION ALL
  SELECT ''begin?'', ''absences'', id, ''ends_at'', ends_at FROM absences UNION ALL
  SELECT ''note'', ''absences'', id, ''note'', note FROM absences UNION ALL
  SELECT ''date'', ''stand_ins'', id, ''date_from'', date_from FROM stand_ins UNION ALL
  SELECT ''date'', ''stand_ins'', id, ''date_to'', date_to FROM stand_ins UNION ALL
  SELECT ''note'', ''stand_ins'', id, ''note'', note FROM stand_ins UNION ALL
'),
  '    WHEN kind = ''date?'' THEN value GLOB ''[0-9]*'' AND value IS date(value, ''+0 days'')
',
  '    WHEN kind IN (''date'', ''date?'') THEN value GLOB ''[0-9]*'' AND value IS date(value, ''+0 days'')
    WHEN kind IN (''begin'', ''begin?'') THEN value GLOB ''[0-9]*''
      AND (value IS date(value, ''+0 days'') OR value IS strftime(''%Y-%m-%d %H:%M'', value, ''+0 days''))
    WHEN kind = ''holidays'' THEN value IN (''usual'', ''closed'', ''sun'')
'),
  '    WHEN kind = ''weight'' THEN value BETWEEN 0 AND 1000
',
  '    WHEN kind = ''weight'' THEN value BETWEEN 0 AND 1000
    WHEN kind = ''weeks'' THEN value BETWEEN 1 AND 52
    WHEN kind = ''priority'' THEN value BETWEEN 0 AND 9
'),
  '    WHEN ''weight'' THEN ''a whole number from 0 to 1000''
',
  '    WHEN ''weight'' THEN ''a whole number from 0 to 1000''
    WHEN ''weeks'' THEN ''a whole number from 1 to 52''
    WHEN ''priority'' THEN ''a whole number from 0 to 9''
    WHEN ''begin'' THEN ''a local date and time such as 2027-02-05 08:00, or a date such as 2027-02-05''
    WHEN ''holidays'' THEN ''usual, closed or sun''
')
WHERE name = 'problems' AND type = 'view';

UPDATE sqlite_master SET sql = replace(sql,
  '  SELECT ''groups'', ''rule_steps'', rule_id || ''/'' || step, ''and_group_id'', and_group_id FROM rule_steps
  WHERE and_group_id IS NOT NULL
),',
  '  SELECT ''groups'', ''rule_steps'', rule_id || ''/'' || step, ''and_group_id'', and_group_id FROM rule_steps
  WHERE and_group_id IS NOT NULL UNION ALL
  SELECT ''agents'', ''absences'', id, ''agent_id'', agent_id FROM absences UNION ALL
  SELECT ''agents'', ''absences'', id, ''cover_id'', cover_id FROM absences WHERE cover_id IS NOT NULL UNION ALL
  SELECT ''agents'', ''stand_ins'', id, ''agent_id'', agent_id FROM stand_ins UNION ALL
  SELECT ''agents'', ''stand_ins'', id, ''by_id'', by_id FROM stand_ins WHERE by_id IS NOT NULL UNION ALL
  SELECT ''groups'', ''stand_ins'', id, ''group_id'', group_id FROM stand_ins WHERE group_id IS NOT NULL
),')
WHERE name = 'problems' AND type = 'view';

-- The new tables first: what names them is read when the texts are.
PRAGMA writable_schema = OFF;

---------------------------------------------------------------------------------------------------------------- hotlines
CREATE TABLE hotlines (
  -- Names for the numbers that callers dial, for people and their tools. A number that is not listed is routed too.
  number TEXT PRIMARY KEY NOT NULL
    -- The number in any form people write: 842473082666, 024 7308 2666, 1900 1234.
    CONSTRAINT "hotlines.number must be a number such as 842473082666"
    CHECK (typeof(number) = 'text' AND trim(number) <> '' AND instr(number, '*') = 0 AND instr(number, char(0)) = 0),
  name TEXT NOT NULL
    -- What people call it.
    CONSTRAINT "hotlines.name must be text without NUL characters, not empty"
    CHECK (typeof(name) = 'text' AND trim(name) <> '' AND instr(name, char(0)) = 0),
  note TEXT
    -- For people.
    CONSTRAINT "hotlines.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0)
);

---------------------------------------------------------------------------------------------------------------- holidays
CREATE TABLE holidays (
  -- Dates on which schedules may have other hours: see schedules.on_holidays.
  id INTEGER PRIMARY KEY,
    -- Given by SQLite.
  name TEXT NOT NULL
    -- What people call it.
    CONSTRAINT "holidays.name must be text without NUL characters, not empty"
    CHECK (typeof(name) = 'text' AND trim(name) <> '' AND instr(name, char(0)) = 0),
  date_from TEXT NOT NULL
    -- The first date, such as 2027-02-05.
    CONSTRAINT "holidays.date_from must be a date such as 2027-02-05"
    CHECK (date_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND date_from IS date(date_from, '+0 days')),
  date_to TEXT NOT NULL
    -- The last date, included. The same as date_from for a single day.
    CONSTRAINT "holidays.date_to must be a date such as 2027-02-11"
    CHECK (date_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND date_to IS date(date_to, '+0 days')),
  every_year INTEGER NOT NULL DEFAULT 0
    -- 1 = on the same days of each later year as well. Not for Tết and other days of the lunar calendar.
    CONSTRAINT "holidays.every_year must be 1 (each later year as well) or 0 (these dates only)"
    CHECK (typeof(every_year) = 'integer' AND every_year IN (0, 1)),
  note TEXT
    -- For people.
    CONSTRAINT "holidays.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0),

  CONSTRAINT "holidays.date_to must not lie before date_from"
    CHECK (date_to >= date_from),
  CONSTRAINT "holidays with every_year 1 must be shorter than a year"
    CHECK (every_year = 0 OR date_to < date(date_from, '+1 year'))
);

---------------------------------------------------------------------------------------------------------------- absences
CREATE TABLE absences (
  -- When agents are away: leave, illness, a course. They are not rung meanwhile, and come back by themselves. Any number
  -- of rows per agent.
  id INTEGER PRIMARY KEY,
    -- Given by SQLite.
  agent_id TEXT NOT NULL REFERENCES agents (id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- Who is away.
  starts_at TEXT NOT NULL
    -- Local time in settings.time_zone, such as 2027-02-01 08:00; a date alone (2027-02-01): from its beginning.
    CONSTRAINT "absences.starts_at must be a local date and time such as 2027-02-01 08:00, or a date such as 2027-02-01"
    CHECK ((starts_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]'
        AND starts_at IS strftime('%Y-%m-%d %H:%M', starts_at, '+0 days'))
      OR (starts_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND starts_at IS date(starts_at, '+0 days'))),
  ends_at TEXT
    -- When they are rung again; a date alone: from its end on. NULL = until further notice.
    CONSTRAINT "absences.ends_at must be a local date and time such as 2027-02-15 08:00, a date such as 2027-02-15 (included), or NULL (DB Browser: Set as NULL)"
    CHECK (ends_at IS NULL OR (ends_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]'
        AND ends_at IS strftime('%Y-%m-%d %H:%M', ends_at, '+0 days'))
      OR (ends_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND ends_at IS date(ends_at, '+0 days'))),
  cover_id TEXT REFERENCES agents (id) ON UPDATE CASCADE ON DELETE SET NULL,
    -- Who takes the callers they own meanwhile; NULL = as in agents.cover_id.
  note TEXT
    -- For people.
    CONSTRAINT "absences.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0),

  CONSTRAINT "absences.ends_at must lie after starts_at (a single day: the same date without a time)"
    CHECK (ends_at IS NULL OR substr(ends_at || ' 24:00', 1, 16) > substr(starts_at || ' 00:00', 1, 16)),
  CONSTRAINT "absences.cover_id must be somebody else, or NULL (DB Browser: Set as NULL)"
    CHECK (cover_id <> agent_id)
);
CREATE INDEX absences_agent_id ON absences (agent_id);
CREATE INDEX absences_cover_id ON absences (cover_id) WHERE cover_id IS NOT NULL;

--------------------------------------------------------------------------------------------------------------- stand_ins
CREATE TABLE stand_ins (
  -- Who takes whose place in a group on some dates: level, position, weight, shift, device and ring time stay those of the
  -- member. Two people who swap are two rows. A row counts for the shifts that start on its dates, a night to its end.
  id INTEGER PRIMARY KEY,
    -- Given by SQLite.
  agent_id TEXT NOT NULL REFERENCES agents (id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- Whose place is taken.
  by_id TEXT REFERENCES agents (id) ON UPDATE CASCADE ON DELETE SET NULL,
    -- Who takes it; NULL = nobody does.
  group_id TEXT REFERENCES groups (id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- In which group; NULL = in all.
  date_from TEXT NOT NULL
    -- The first date, such as 2027-02-05.
    CONSTRAINT "stand_ins.date_from must be a date such as 2027-02-05"
    CHECK (date_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND date_from IS date(date_from, '+0 days')),
  date_to TEXT NOT NULL
    -- The last date, included. The same as date_from for a single day or night.
    CONSTRAINT "stand_ins.date_to must be a date such as 2027-02-11"
    CHECK (date_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND date_to IS date(date_to, '+0 days')),
  note TEXT
    -- For people.
    CONSTRAINT "stand_ins.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0),

  CONSTRAINT "stand_ins.date_to must not lie before date_from"
    CHECK (date_to >= date_from),
  CONSTRAINT "stand_ins.by_id must be somebody else, or NULL if nobody takes the place (DB Browser: Set as NULL)"
    CHECK (by_id <> agent_id)
);
CREATE INDEX stand_ins_agent_id ON stand_ins (agent_id);
CREATE INDEX stand_ins_by_id ON stand_ins (by_id) WHERE by_id IS NOT NULL;
CREATE INDEX stand_ins_group_id ON stand_ins (group_id) WHERE group_id IS NOT NULL;

-- The new texts are read again here, and a fault in them would undo all of this.
PRAGMA writable_schema = RESET;

------------------------------------------------------------------------------------------------------------- references
CREATE TRIGGER absences_reference_insert BEFORE INSERT ON absences
BEGIN
  SELECT RAISE(ABORT, 'absences.agent_id must be the id of a row in agents: add that agent first')
  WHERE NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id);
  SELECT RAISE(ABORT, 'absences.cover_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)')
  WHERE NEW.cover_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.cover_id);
END;

CREATE TRIGGER absences_reference_update BEFORE UPDATE OF agent_id, cover_id ON absences
BEGIN
  SELECT RAISE(ABORT, 'absences.agent_id must be the id of a row in agents: add that agent first')
  WHERE NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id);
  SELECT RAISE(ABORT, 'absences.cover_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)')
  WHERE NEW.cover_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.cover_id);
END;

CREATE TRIGGER stand_ins_reference_insert BEFORE INSERT ON stand_ins
BEGIN
  SELECT RAISE(ABORT, 'stand_ins.agent_id must be the id of a row in agents: add that agent first')
  WHERE NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id);
  SELECT RAISE(ABORT, 'stand_ins.by_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)')
  WHERE NEW.by_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.by_id);
  SELECT RAISE(ABORT, 'stand_ins.group_id must be the id of a row in groups: add that group first, or write NULL (DB Browser: Set as NULL)')
  WHERE NEW.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
END;

CREATE TRIGGER stand_ins_reference_update BEFORE UPDATE OF agent_id, by_id, group_id ON stand_ins
BEGIN
  SELECT RAISE(ABORT, 'stand_ins.agent_id must be the id of a row in agents: add that agent first')
  WHERE NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id);
  SELECT RAISE(ABORT, 'stand_ins.by_id must be the id of a row in agents: add that agent first, or write NULL (DB Browser: Set as NULL)')
  WHERE NEW.by_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.by_id);
  SELECT RAISE(ABORT, 'stand_ins.group_id must be the id of a row in groups: add that group first, or write NULL (DB Browser: Set as NULL)')
  WHERE NEW.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
END;

-------------------------------------------------------------------------------------------------------- the changes log
CREATE TRIGGER hotlines_inserted AFTER INSERT ON hotlines
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'hotlines', NEW.number, 'insert',
    NULL,
    json_object('number', NEW.number, 'name', NEW.name, 'note', NEW.note));
END;

CREATE TRIGGER hotlines_updated AFTER UPDATE ON hotlines
WHEN NOT (
  OLD.number IS NEW.number AND OLD.name IS NEW.name AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'hotlines', OLD.number, 'update',
    json_object('number', OLD.number, 'name', OLD.name, 'note', OLD.note),
    json_object('number', NEW.number, 'name', NEW.name, 'note', NEW.note));
END;

CREATE TRIGGER hotlines_deleted AFTER DELETE ON hotlines
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'hotlines', OLD.number, 'delete',
    json_object('number', OLD.number, 'name', OLD.name, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER holidays_inserted AFTER INSERT ON holidays
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'holidays', NEW.id, 'insert',
    NULL,
    json_object(
      'id', NEW.id, 'name', NEW.name, 'date_from', NEW.date_from, 'date_to', NEW.date_to,
      'every_year', NEW.every_year, 'note', NEW.note));
END;

CREATE TRIGGER holidays_updated AFTER UPDATE ON holidays
WHEN NOT (
  OLD.id IS NEW.id AND OLD.name IS NEW.name AND OLD.date_from IS NEW.date_from AND OLD.date_to IS NEW.date_to AND
  OLD.every_year IS NEW.every_year AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'holidays', OLD.id, 'update',
    json_object(
      'id', OLD.id, 'name', OLD.name, 'date_from', OLD.date_from, 'date_to', OLD.date_to,
      'every_year', OLD.every_year, 'note', OLD.note),
    json_object(
      'id', NEW.id, 'name', NEW.name, 'date_from', NEW.date_from, 'date_to', NEW.date_to,
      'every_year', NEW.every_year, 'note', NEW.note));
END;

CREATE TRIGGER holidays_deleted AFTER DELETE ON holidays
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'holidays', OLD.id, 'delete',
    json_object(
      'id', OLD.id, 'name', OLD.name, 'date_from', OLD.date_from, 'date_to', OLD.date_to,
      'every_year', OLD.every_year, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER absences_inserted AFTER INSERT ON absences
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'absences', NEW.id, 'insert',
    NULL,
    json_object(
      'id', NEW.id, 'agent_id', NEW.agent_id, 'starts_at', NEW.starts_at, 'ends_at', NEW.ends_at,
      'cover_id', NEW.cover_id, 'note', NEW.note));
END;

CREATE TRIGGER absences_updated AFTER UPDATE ON absences
WHEN NOT (
  OLD.id IS NEW.id AND OLD.agent_id IS NEW.agent_id AND OLD.starts_at IS NEW.starts_at AND
  OLD.ends_at IS NEW.ends_at AND OLD.cover_id IS NEW.cover_id AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'absences', OLD.id, 'update',
    json_object(
      'id', OLD.id, 'agent_id', OLD.agent_id, 'starts_at', OLD.starts_at, 'ends_at', OLD.ends_at,
      'cover_id', OLD.cover_id, 'note', OLD.note),
    json_object(
      'id', NEW.id, 'agent_id', NEW.agent_id, 'starts_at', NEW.starts_at, 'ends_at', NEW.ends_at,
      'cover_id', NEW.cover_id, 'note', NEW.note));
END;

CREATE TRIGGER absences_deleted AFTER DELETE ON absences
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'absences', OLD.id, 'delete',
    json_object(
      'id', OLD.id, 'agent_id', OLD.agent_id, 'starts_at', OLD.starts_at, 'ends_at', OLD.ends_at,
      'cover_id', OLD.cover_id, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER stand_ins_inserted AFTER INSERT ON stand_ins
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'stand_ins', NEW.id, 'insert',
    NULL,
    json_object(
      'id', NEW.id, 'agent_id', NEW.agent_id, 'by_id', NEW.by_id, 'group_id', NEW.group_id,
      'date_from', NEW.date_from, 'date_to', NEW.date_to, 'note', NEW.note));
END;

CREATE TRIGGER stand_ins_updated AFTER UPDATE ON stand_ins
WHEN NOT (
  OLD.id IS NEW.id AND OLD.agent_id IS NEW.agent_id AND OLD.by_id IS NEW.by_id AND OLD.group_id IS NEW.group_id AND
  OLD.date_from IS NEW.date_from AND OLD.date_to IS NEW.date_to AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'stand_ins', OLD.id, 'update',
    json_object(
      'id', OLD.id, 'agent_id', OLD.agent_id, 'by_id', OLD.by_id, 'group_id', OLD.group_id,
      'date_from', OLD.date_from, 'date_to', OLD.date_to, 'note', OLD.note),
    json_object(
      'id', NEW.id, 'agent_id', NEW.agent_id, 'by_id', NEW.by_id, 'group_id', NEW.group_id,
      'date_from', NEW.date_from, 'date_to', NEW.date_to, 'note', NEW.note));
END;

CREATE TRIGGER stand_ins_deleted AFTER DELETE ON stand_ins
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'stand_ins', OLD.id, 'delete',
    json_object(
      'id', OLD.id, 'agent_id', OLD.agent_id, 'by_id', OLD.by_id, 'group_id', OLD.group_id,
      'date_from', OLD.date_from, 'date_to', OLD.date_to, 'note', OLD.note),
    NULL);
END;

----------------------------------------------------------------------------------------------------- what is carried over
INSERT INTO absences (agent_id, starts_at, ends_at, note)
SELECT id, coalesce(away_from, '2000-01-01'), away_until, CASE WHEN away_from IS NULL THEN 'away since ever' END
FROM agents WHERE away_from IS NOT NULL OR away_until IS NOT NULL
ORDER BY id;

UPDATE changes SET actor = 'stringee-router', reason = 'version 3 of the tables: a leave is a row of absences'
WHERE table_name = 'absences';

ALTER TABLE agents DROP COLUMN away_from;
ALTER TABLE agents DROP COLUMN away_until;

PRAGMA user_version = 3;
