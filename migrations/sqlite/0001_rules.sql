-- The rules database, version 1: who is rung for a waiting call, and when.
--
-- Written for people who edit by hand: text ids, NULL = "any" or "as usual", a note wherever a person would want one.
-- `.schema agents` shows these comments, `select * from problems` says what is wrong, `select * from changes` what was
-- done.
--
-- Three things hold a row to what it should be:
--   * CHECK constraints, whose names are sentences that say what to write instead. SQLite prints the name.
--   * Triggers, for what concerns two tables. They hold the references as well, because foreign keys are off in a plain
--     `sqlite3` shell; with foreign keys on they find nothing left to do.
--   * The view `problems`, for what slipped past both (`PRAGMA ignore_check_constraints`, a dropped trigger).
-- `INSERT OR REPLACE` deletes the old row without its triggers: the row's old content is not in `changes`, and with
-- foreign keys on whatever belongs to it goes too. Write `INSERT ... ON CONFLICT (id) DO UPDATE SET ...` instead.
--
-- Every statement is understood by SQLite 3.35, which database browsers still bring along. Dates are compared with
-- themselves plus 0 days, because without the addition older versions leave 2027-02-30 as it stands.

-- 0x53525254, "SRRT": tells `file`, our own programs and other tools whose database this is. A `.dump` of the shell leaves
-- both numbers out: set them again in the restored database.
PRAGMA application_id = 1397903956;
PRAGMA user_version = 1;

---------------------------------------------------------------------------------------------------------------- settings
CREATE TABLE settings (
  -- Values for the whole installation, one row per key. A key without a row has the default named here.
  key TEXT PRIMARY KEY NOT NULL
    -- time_zone       zone of schedules, leave and expiry dates, such as Asia/Ho_Chi_Minh (the default)
    -- country_code    put in front of national numbers; default 84
    -- answer_timeout  how many seconds an agent is rung where nothing else says so; 3 to 120, default 15
    -- fallback_group  id of the group that is rung for a call that no rule leads to anybody; none by default
    -- max_agents      the longest list ever answered; 1 to 100, default 20
    CONSTRAINT "settings.key must be time_zone, country_code, answer_timeout, fallback_group or max_agents"
    CHECK (key IN ('time_zone', 'country_code', 'answer_timeout', 'fallback_group', 'max_agents')),
  value TEXT NOT NULL
    -- The value, always as text.
    CONSTRAINT "settings.value must be text without NUL characters, not empty; delete the row to have the default"
    CHECK (typeof(value) = 'text' AND instr(value, char(0)) = 0 AND trim(value) <> ''),
  note TEXT
    -- For people.
    CONSTRAINT "settings.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0),

  CONSTRAINT "settings.value of country_code must be 1 to 3 digits without a leading 0, such as 84"
    CHECK (key <> 'country_code'
      OR (value NOT GLOB '*[^0-9]*' AND value NOT GLOB '0*' AND length(value) BETWEEN 1 AND 3)),
  CONSTRAINT "settings.value of answer_timeout must be 3 to 120 seconds, such as 15"
    CHECK (key <> 'answer_timeout'
      OR (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 3 AND 120)),
  CONSTRAINT "settings.value of max_agents must be 1 to 100, such as 20"
    CHECK (key <> 'max_agents'
      OR (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 1 AND 100))
);

INSERT INTO settings (key, value, note) VALUES
  ('time_zone', 'Asia/Ho_Chi_Minh', 'zone of schedules, leave and expiry dates'),
  ('country_code', '84', 'put in front of national numbers'),
  ('answer_timeout', '15', 'seconds an agent is rung where nothing else says so'),
  ('max_agents', '20', 'the longest list ever answered');

------------------------------------------------------------------------------------------------------------------ queues
CREATE TABLE queues (
  -- Names for queue ids, for people and their tools. A queue that is not listed is routed too.
  id TEXT PRIMARY KEY NOT NULL
    -- The queueId as Stringee sends it, such as QU_N5QCBUD0FEXRPJRZ.
    CONSTRAINT "queues.id must be the queueId as Stringee sends it, without commas or blanks around it"
    CHECK (typeof(id) = 'text' AND id <> '' AND id = trim(id, char(9, 10, 13, 32, 160))
      AND instr(id, ',') = 0 AND instr(id, char(0)) = 0),
  name TEXT NOT NULL
    -- What people call it.
    CONSTRAINT "queues.name must be text without NUL characters, not empty"
    CHECK (typeof(name) = 'text' AND trim(name) <> '' AND instr(name, char(0)) = 0),
  note TEXT
    -- For people.
    CONSTRAINT "queues.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0)
);

--------------------------------------------------------------------------------------------------------------- schedules
CREATE TABLE schedules (
  -- Named hours: opening hours, shifts, duty times. The hours themselves stand in schedule_hours.
  id TEXT PRIMARY KEY NOT NULL
    -- A short word, such as office or night; rules and members name it.
    CONSTRAINT "schedules.id must be a short word, such as office, without commas or blanks around it"
    CHECK (typeof(id) = 'text' AND id <> '' AND id = trim(id, char(9, 10, 13, 32, 160))
      AND instr(id, ',') = 0 AND instr(id, char(0)) = 0),
  name TEXT NOT NULL
    -- What people call it.
    CONSTRAINT "schedules.name must be text without NUL characters, not empty"
    CHECK (typeof(name) = 'text' AND trim(name) <> '' AND instr(name, char(0)) = 0),
  time_zone TEXT
    -- An IANA zone, such as America/New_York; NULL = the one in settings.
    CONSTRAINT "schedules.time_zone must be a zone such as Asia/Ho_Chi_Minh, or NULL for the one in settings"
    CHECK (typeof(time_zone) IN ('text', 'null') AND trim(time_zone) <> '' AND instr(time_zone, char(0)) = 0),
  note TEXT
    -- For people.
    CONSTRAINT "schedules.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0)
);

---------------------------------------------------------------------------------------------------------- schedule_hours
CREATE TABLE schedule_hours (
  -- The hours of a schedule, one window per row. A weekly row fills days; a dated row (holiday, special hours) fills
  -- date_from and date_to and replaces the weekly rows on those dates. A window belongs to the day on which it starts.
  id INTEGER PRIMARY KEY,
    -- Given by SQLite.
  schedule_id TEXT NOT NULL REFERENCES schedules (id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- The schedule that these hours belong to.
  days TEXT
    -- On a weekly row: mon-fri, or sat,sun, or daily. English names and no numbers, because "thứ 2" is Monday.
    CONSTRAINT "schedule_hours.days must be such as 'mon-fri', 'sat,sun' or 'daily' (mon tue wed thu fri sat sun)"
    CHECK (typeof(days) IN ('text', 'null') AND trim(days) <> '' AND instr(days, char(0)) = 0
      AND replace(replace(replace(replace(replace(replace(replace(replace(
        lower(days), 'mon', ''), 'tue', ''), 'wed', ''), 'thu', ''), 'fri', ''), 'sat', ''), 'sun', ''), 'daily', '')
        NOT GLOB '*[^ ,-]*'),
  date_from TEXT
    -- On a dated row: the first date, such as 2027-02-05.
    CONSTRAINT "schedule_hours.date_from must be a date such as 2027-02-05"
    CHECK (date_from IS NULL
      OR (date_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND date_from IS date(date_from, '+0 days'))),
  date_to TEXT
    -- On a dated row: the last date, included. The same as date_from for a single day.
    CONSTRAINT "schedule_hours.date_to must be a date such as 2027-02-11"
    CHECK (date_to IS NULL
      OR (date_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND date_to IS date(date_to, '+0 days'))),
  start_time TEXT
    -- When the window begins, such as 08:00. NULL together with end_time on a dated row = closed on those dates.
    CONSTRAINT "schedule_hours.start_time must be a time from 00:00 to 23:59, such as 08:00"
    CHECK (start_time IS NULL
      OR (start_time GLOB '[0-9][0-9]:[0-9][0-9]' AND start_time IS strftime('%H:%M', start_time, '+0 days'))),
  end_time TEXT
    -- When it ends, not included, up to 24:00. At or before start_time = it runs past midnight into the next day.
    CONSTRAINT "schedule_hours.end_time must be a time from 00:00 to 24:00, such as 17:30"
    CHECK (end_time IS NULL OR end_time = '24:00'
      OR (end_time GLOB '[0-9][0-9]:[0-9][0-9]' AND end_time IS strftime('%H:%M', end_time, '+0 days'))),
  note TEXT
    -- For people.
    CONSTRAINT "schedule_hours.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0),

  CONSTRAINT "schedule_hours needs either days (a weekly row) or both date_from and date_to (a dated row; one day: both the same)"
    CHECK ((days IS NULL) = (date_from IS NOT NULL) AND (date_from IS NULL) = (date_to IS NULL)),
  CONSTRAINT "schedule_hours.date_to must not lie before date_from"
    CHECK (date_to >= date_from),
  CONSTRAINT "schedule_hours needs both start_time and end_time; only a dated row may leave both NULL (closed on those dates)"
    CHECK ((start_time IS NULL) = (end_time IS NULL) AND (start_time IS NOT NULL OR days IS NULL))
);
CREATE INDEX schedule_hours_schedule_id ON schedule_hours (schedule_id);

------------------------------------------------------------------------------------------------------------------ agents
CREATE TABLE agents (
  -- The people who answer calls.
  id TEXT PRIMARY KEY NOT NULL
    -- The stringee_user_id (not the agent id AG_...).
    CONSTRAINT "agents.id must be the stringee_user_id, such as agent_1, without commas or blanks around it"
    CHECK (typeof(id) = 'text' AND id <> '' AND id = trim(id, char(9, 10, 13, 32, 160))
      AND instr(id, ',') = 0 AND instr(id, char(0)) = 0),
  name TEXT NOT NULL
    -- What people call them.
    CONSTRAINT "agents.name must be text without NUL characters, not empty"
    CHECK (typeof(name) = 'text' AND trim(name) <> '' AND instr(name, char(0)) = 0),
  phone_number TEXT
    -- Their telephone, rung with routing_type 2. International digits, because Stringee is sent it as it stands.
    CONSTRAINT "agents.phone_number must be digits in international form without + or leading 0, such as 84909992666"
    CHECK (typeof(phone_number) IN ('text', 'null') AND phone_number NOT GLOB '*[^0-9]*'
      AND phone_number NOT GLOB '0*' AND length(phone_number) BETWEEN 7 AND 15 AND instr(phone_number, char(0)) = 0),
  routing_type INTEGER NOT NULL DEFAULT 1
    -- 1 = ring the app or SIP phone; 2 = ring phone_number.
    CONSTRAINT "agents.routing_type must be 1 (app or SIP phone) or 2 (phone_number)"
    CHECK (typeof(routing_type) = 'integer' AND routing_type IN (1, 2)),
  answer_timeout INTEGER
    -- How many seconds they are rung; NULL = as in settings.
    CONSTRAINT "agents.answer_timeout must be 3 to 120 seconds, or NULL for the one in settings"
    CHECK (answer_timeout IS NULL OR (typeof(answer_timeout) = 'integer' AND answer_timeout BETWEEN 3 AND 120)),
  enabled INTEGER NOT NULL DEFAULT 1
    -- 0 = never rung.
    CONSTRAINT "agents.enabled must be 1 (yes) or 0 (no)"
    CHECK (typeof(enabled) = 'integer' AND enabled IN (0, 1)),
  away_from TEXT
    -- Leave begins, local time in settings.time_zone. NULL with away_until filled = away since ever.
    CONSTRAINT "agents.away_from must be a local date and time such as 2027-02-01 08:00"
    CHECK (away_from IS NULL OR (away_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]'
      AND away_from IS strftime('%Y-%m-%d %H:%M', away_from, '+0 days'))),
  away_until TEXT
    -- Leave ends and they are rung again, by itself. NULL with away_from filled = until further notice.
    CONSTRAINT "agents.away_until must be a local date and time such as 2027-02-15 08:00"
    CHECK (away_until IS NULL OR (away_until GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]'
      AND away_until IS strftime('%Y-%m-%d %H:%M', away_until, '+0 days'))),
  cover_id TEXT REFERENCES agents (id) ON UPDATE CASCADE ON DELETE SET NULL,
    -- Who takes the callers they own while they are away or disabled.
  note TEXT
    -- For people.
    CONSTRAINT "agents.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0),

  CONSTRAINT "agents.phone_number is needed with routing_type 2: write the number first, or routing_type 1"
    CHECK (routing_type <> 2 OR phone_number IS NOT NULL),
  CONSTRAINT "agents.away_until must lie after away_from"
    CHECK (away_until > away_from),
  CONSTRAINT "agents.cover_id must be somebody else, or NULL"
    CHECK (cover_id <> id)
);
CREATE INDEX agents_cover_id ON agents (cover_id) WHERE cover_id IS NOT NULL;

------------------------------------------------------------------------------------------------------------------ groups
CREATE TABLE groups (
  -- Named sets of agents: a team, a skill, a language, a duty list.
  id TEXT PRIMARY KEY NOT NULL
    -- A short word, such as sales or english; steps and members name it.
    CONSTRAINT "groups.id must be a short word, such as sales, without commas or blanks around it"
    CHECK (typeof(id) = 'text' AND id <> '' AND id = trim(id, char(9, 10, 13, 32, 160))
      AND instr(id, ',') = 0 AND instr(id, char(0)) = 0),
  name TEXT NOT NULL
    -- What people call it.
    CONSTRAINT "groups.name must be text without NUL characters, not empty"
    CHECK (typeof(name) = 'text' AND trim(name) <> '' AND instr(name, char(0)) = 0),
  strategy TEXT NOT NULL DEFAULT 'weighted'
    -- The order inside a level: ordered (by position), weighted (shares by weight), rotate (one further with each new
    -- call), sticky (a caller meets the same agent again).
    CONSTRAINT "groups.strategy must be ordered, weighted, rotate or sticky"
    CHECK (strategy IN ('ordered', 'weighted', 'rotate', 'sticky')),
  note TEXT
    -- For people.
    CONSTRAINT "groups.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0)
);

----------------------------------------------------------------------------------------------------------- group_members
CREATE TABLE group_members (
  -- Who is in which group.
  group_id TEXT NOT NULL REFERENCES groups (id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- The group.
  agent_id TEXT NOT NULL REFERENCES agents (id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- The agent.
  level INTEGER NOT NULL DEFAULT 1
    -- The ring: 1 is rung first, 9 last.
    CONSTRAINT "group_members.level must be 1 (rung first) to 9"
    CHECK (typeof(level) = 'integer' AND level BETWEEN 1 AND 9),
  position INTEGER NOT NULL DEFAULT 100
    -- The order inside a level, for the strategies ordered and rotate; lower is rung first.
    CONSTRAINT "group_members.position must be a whole number; lower is rung first"
    CHECK (typeof(position) = 'integer'),
  weight INTEGER NOT NULL DEFAULT 100
    -- The share inside a level, for the strategies weighted and sticky; 20 beside 100 = a fifth as often first; 0 = last.
    CONSTRAINT "group_members.weight must be 0 (always last) to 1000"
    CHECK (typeof(weight) = 'integer' AND weight BETWEEN 0 AND 1000),
  schedule_id TEXT REFERENCES schedules (id) ON UPDATE CASCADE,
    -- Their shift in this group; NULL = always.
  routing_type INTEGER
    -- As in agents, for this group only; NULL = as the agent's.
    CONSTRAINT "group_members.routing_type must be 1 (app or SIP phone), 2 (phone_number) or NULL for the agent's own"
    CHECK (routing_type IS NULL OR (typeof(routing_type) = 'integer' AND routing_type IN (1, 2))),
  answer_timeout INTEGER
    -- As in agents, for this group only; NULL = as the agent's.
    CONSTRAINT "group_members.answer_timeout must be 3 to 120 seconds, or NULL for the agent's own"
    CHECK (answer_timeout IS NULL OR (typeof(answer_timeout) = 'integer' AND answer_timeout BETWEEN 3 AND 120)),
  PRIMARY KEY (group_id, agent_id)
);
CREATE INDEX group_members_agent_id ON group_members (agent_id);
CREATE INDEX group_members_schedule_id ON group_members (schedule_id) WHERE schedule_id IS NOT NULL;

----------------------------------------------------------------------------------------------------------------- callers
CREATE TABLE callers (
  -- Known callers: who looks after them, and what they are.
  number TEXT PRIMARY KEY NOT NULL
    -- A number in any form people write (84986776777, 0986 776 777, +84 98 677 6777), or a prefix that ends in *
    -- (84779*). The exact number counts before a prefix, a longer prefix before a shorter one.
    CONSTRAINT "callers.number must be a number such as 84986776777, or a prefix such as 84779*"
    CHECK (typeof(number) = 'text' AND trim(number) <> '' AND number NOT GLOB '*[*]?*' AND instr(number, char(0)) = 0),
  name TEXT
    -- What people call them.
    CONSTRAINT "callers.name must be text without NUL characters"
    CHECK (typeof(name) IN ('text', 'null') AND instr(name, char(0)) = 0),
  owner_id TEXT REFERENCES agents (id) ON UPDATE CASCADE ON DELETE SET NULL,
    -- The agent who looks after them; a step with target owner rings them.
  tags TEXT
    -- Words that rules can ask for, with commas: vip,en
    CONSTRAINT "callers.tags must be words with commas, such as vip,en, or NULL"
    CHECK (typeof(tags) IN ('text', 'null') AND trim(tags) <> '' AND instr(tags, char(0)) = 0),
  expires_on TEXT
    -- The last date on which the row counts, in settings.time_zone; NULL = for good.
    CONSTRAINT "callers.expires_on must be a date such as 2027-12-31, or NULL"
    CHECK (expires_on IS NULL
      OR (expires_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND expires_on IS date(expires_on, '+0 days'))),
  note TEXT
    -- For people.
    CONSTRAINT "callers.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0)
);
CREATE INDEX callers_owner_id ON callers (owner_id) WHERE owner_id IS NOT NULL;

------------------------------------------------------------------------------------------------------------------- rules
CREATE TABLE rules (
  -- When a call is routed how. Rules are tried by position; the first one whose conditions all hold and whose steps
  -- find at least one agent wins. A condition that is NULL holds for every call.
  id INTEGER PRIMARY KEY,
    -- Given by SQLite. It stays as it is: split_percent is drawn by it.
  position INTEGER NOT NULL
    -- The order in which rules are tried; lower is first. Leave gaps (10, 20, 30).
    CONSTRAINT "rules.position must be a whole number; lower is tried first"
    CHECK (typeof(position) = 'integer'),
  name TEXT NOT NULL
    -- What people, explanations and rule_tests call it.
    CONSTRAINT "rules.name must be text without NUL characters, not empty"
    CHECK (typeof(name) = 'text' AND trim(name) <> '' AND instr(name, char(0)) = 0),
  enabled INTEGER NOT NULL DEFAULT 1
    -- 0 = skipped.
    CONSTRAINT "rules.enabled must be 1 (yes) or 0 (no)"
    CHECK (typeof(enabled) = 'integer' AND enabled IN (0, 1)),
  queue_id TEXT
    -- Condition: the call waits in this queue; several with commas.
    CONSTRAINT "rules.queue_id must be one or more queueIds with commas between them, or NULL for any"
    CHECK (typeof(queue_id) IN ('text', 'null') AND trim(queue_id) <> '' AND instr(queue_id, char(0)) = 0),
  to_number TEXT
    -- Condition: the called number (hotline); several with commas, a prefix ends in *.
    CONSTRAINT "rules.to_number must be numbers or prefixes such as 842473082666,0247*, or NULL for any"
    CHECK (typeof(to_number) IN ('text', 'null') AND trim(to_number) <> '' AND instr(to_number, char(0)) = 0),
  from_number TEXT
    -- Condition: the caller's number; several with commas, a prefix ends in *.
    CONSTRAINT "rules.from_number must be numbers or prefixes such as 84986776777,84779*, or NULL for any"
    CHECK (typeof(from_number) IN ('text', 'null') AND trim(from_number) <> '' AND instr(from_number, char(0)) = 0),
  caller_tag TEXT
    -- Condition: the caller's row has one of these tags, with commas.
    CONSTRAINT "rules.caller_tag must be one or more tags with commas between them, such as vip, or NULL for any"
    CHECK (typeof(caller_tag) IN ('text', 'null') AND trim(caller_tag) <> '' AND instr(caller_tag, char(0)) = 0),
  has_owner INTEGER
    -- Condition: 1 = only callers with an owner, 0 = only callers without one.
    CONSTRAINT "rules.has_owner must be 1 (only with an owner), 0 (only without) or NULL for any"
    CHECK (has_owner IS NULL OR (typeof(has_owner) = 'integer' AND has_owner IN (0, 1))),
  schedule_id TEXT REFERENCES schedules (id) ON UPDATE CASCADE,
    -- Condition: this schedule is open now (or closed, see when_open).
  when_open INTEGER NOT NULL DEFAULT 1
    -- 1 = while schedule_id is open, 0 = while it is closed.
    CONSTRAINT "rules.when_open must be 1 (while the schedule is open) or 0 (while it is closed)"
    CHECK (typeof(when_open) = 'integer' AND when_open IN (0, 1)),
  split_percent INTEGER
    -- Condition: this share of the calls, drawn by callId.
    CONSTRAINT "rules.split_percent must be 1 to 99 (percent of the calls), or NULL for all"
    CHECK (split_percent IS NULL OR (typeof(split_percent) = 'integer' AND split_percent BETWEEN 1 AND 99)),
  action TEXT NOT NULL DEFAULT 'ring'
    -- ring = ring what the steps say; nobody = answer an empty list, for a blocked caller.
    CONSTRAINT "rules.action must be ring or nobody"
    CHECK (action IN ('ring', 'nobody')),
  note TEXT
    -- For people.
    CONSTRAINT "rules.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0),

  CONSTRAINT "rules.when_open 0 needs a schedule_id: which schedule is to be closed?"
    CHECK (when_open <> 0 OR schedule_id IS NOT NULL)
);
CREATE INDEX rules_schedule_id ON rules (schedule_id) WHERE schedule_id IS NOT NULL;

-------------------------------------------------------------------------------------------------------------- rule_steps
CREATE TABLE rule_steps (
  -- Who is rung by a rule, and from which second on. The lists of all steps in force are joined in the order of step.
  rule_id INTEGER NOT NULL REFERENCES rules (id) ON DELETE CASCADE,
    -- The rule.
  step INTEGER NOT NULL
    -- 1, 2, 3 ...
    CONSTRAINT "rule_steps.step must be a whole number from 1"
    CHECK (typeof(step) = 'integer' AND step >= 1),
  after_seconds INTEGER NOT NULL DEFAULT 0
    -- In force once the call has waited this long.
    CONSTRAINT "rule_steps.after_seconds must be 0 to 86400 seconds of waiting"
    CHECK (typeof(after_seconds) = 'integer' AND after_seconds BETWEEN 0 AND 86400),
  until_seconds INTEGER
    -- No longer in force from this second on; NULL = for good.
    CONSTRAINT "rule_steps.until_seconds must be seconds of waiting, more than after_seconds, or NULL for no end"
    CHECK (until_seconds IS NULL OR (typeof(until_seconds) = 'integer' AND until_seconds BETWEEN 1 AND 86400
      AND until_seconds > after_seconds)),
  target TEXT NOT NULL DEFAULT 'group'
    -- group = the members of group_id; agent = agent_id; owner = the caller's owner (or who covers for them).
    CONSTRAINT "rule_steps.target must be group, agent or owner"
    CHECK (target IN ('group', 'agent', 'owner')),
  group_id TEXT REFERENCES groups (id) ON UPDATE CASCADE,
    -- With target group: the group. With target owner: the owner must be on shift in this group, NULL = at any time.
  agent_id TEXT REFERENCES agents (id) ON UPDATE CASCADE,
    -- With target agent: the agent.
  and_group_id TEXT REFERENCES groups (id) ON UPDATE CASCADE,
    -- Only those who are in this group as well: a second skill.
  max_level INTEGER
    -- Only members up to this level; NULL = all levels.
    CONSTRAINT "rule_steps.max_level must be 1 to 9, or NULL for all levels"
    CHECK (max_level IS NULL OR (typeof(max_level) = 'integer' AND max_level BETWEEN 1 AND 9)),
  max_agents INTEGER
    -- At most so many agents from this step; NULL = all.
    CONSTRAINT "rule_steps.max_agents must be 1 to 100, or NULL for all"
    CHECK (max_agents IS NULL OR (typeof(max_agents) = 'integer' AND max_agents BETWEEN 1 AND 100)),
  routing_type INTEGER
    -- As in agents, for this step only: 2 rings the mobiles. NULL = as the member's or agent's.
    CONSTRAINT "rule_steps.routing_type must be 1 (app or SIP phone), 2 (phone_number) or NULL for the member's own"
    CHECK (routing_type IS NULL OR (typeof(routing_type) = 'integer' AND routing_type IN (1, 2))),
  answer_timeout INTEGER
    -- As in agents, for this step only; NULL = as the member's or agent's.
    CONSTRAINT "rule_steps.answer_timeout must be 3 to 120 seconds, or NULL for the member's own"
    CHECK (answer_timeout IS NULL OR (typeof(answer_timeout) = 'integer' AND answer_timeout BETWEEN 3 AND 120)),
  PRIMARY KEY (rule_id, step),

  CONSTRAINT "rule_steps with target group need group_id and no agent_id (target agent rings one agent)"
    CHECK (target <> 'group' OR (group_id IS NOT NULL AND agent_id IS NULL)),
  CONSTRAINT "rule_steps with target agent need agent_id and no group_id"
    CHECK (target <> 'agent' OR (agent_id IS NOT NULL AND group_id IS NULL)),
  CONSTRAINT "rule_steps with target owner take no agent_id: the owner stands in callers.owner_id"
    CHECK (target <> 'owner' OR agent_id IS NULL)
);
CREATE INDEX rule_steps_group_id ON rule_steps (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX rule_steps_agent_id ON rule_steps (agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX rule_steps_and_group_id ON rule_steps (and_group_id) WHERE and_group_id IS NOT NULL;

-------------------------------------------------------------------------------------------------------------- rule_tests
CREATE TABLE rule_tests (
  -- The rules' own tests: a call, and what is expected of it. They run before each new version goes live.
  id INTEGER PRIMARY KEY,
    -- Given by SQLite. The test's call has the callId test-<id>.
  name TEXT NOT NULL
    -- What is tested, as a sentence.
    CONSTRAINT "rule_tests.name must be text without NUL characters, not empty"
    CHECK (typeof(name) = 'text' AND trim(name) <> '' AND instr(name, char(0)) = 0),
  queue_id TEXT NOT NULL
    -- The queue the call waits in.
    CONSTRAINT "rule_tests.queue_id must be one queueId"
    CHECK (typeof(queue_id) = 'text' AND trim(queue_id) <> '' AND instr(queue_id, char(0)) = 0),
  from_number TEXT
    -- The caller's number; NULL = anonymous.
    CONSTRAINT "rule_tests.from_number must be a number such as 84986776777, or NULL for an anonymous caller"
    CHECK (typeof(from_number) IN ('text', 'null') AND trim(from_number) <> '' AND instr(from_number, char(0)) = 0),
  to_number TEXT
    -- The called number.
    CONSTRAINT "rule_tests.to_number must be a number such as 842473082666, or NULL"
    CHECK (typeof(to_number) IN ('text', 'null') AND trim(to_number) <> '' AND instr(to_number, char(0)) = 0),
  at TEXT NOT NULL
    -- When the call is asked about: local time in settings.time_zone.
    CONSTRAINT "rule_tests.at must be a local date and time such as 2026-11-23 10:00"
    CHECK (at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]'
      AND at IS strftime('%Y-%m-%d %H:%M', at, '+0 days')),
  waited INTEGER NOT NULL DEFAULT 0
    -- For how many seconds it has waited by then.
    CONSTRAINT "rule_tests.waited must be 0 to 86400 seconds"
    CHECK (typeof(waited) = 'integer' AND waited BETWEEN 0 AND 86400),
  expect_rule TEXT
    -- The name of the rule that must win; NULL = any.
    CONSTRAINT "rule_tests.expect_rule must be the name of a rule, or NULL for any"
    CHECK (typeof(expect_rule) IN ('text', 'null') AND trim(expect_rule) <> '' AND instr(expect_rule, char(0)) = 0),
  expect_agents TEXT
    -- The agents that must be rung, in order: hoa,minh. Empty text = nobody; ending in ,* = the list begins with these;
    -- NULL = any.
    CONSTRAINT "rule_tests.expect_agents must be agent ids such as hoa,minh ('' = nobody, ending in ,* = begins with), or NULL"
    CHECK (typeof(expect_agents) IN ('text', 'null') AND instr(expect_agents, char(0)) = 0),
  note TEXT
    -- For people.
    CONSTRAINT "rule_tests.note must be text without NUL characters"
    CHECK (typeof(note) IN ('text', 'null') AND instr(note, char(0)) = 0),

  CONSTRAINT "rule_tests need expect_rule or expect_agents: what is expected?"
    CHECK (expect_rule IS NOT NULL OR expect_agents IS NOT NULL)
);

----------------------------------------------------------------------------------------------------- changes, and editor
CREATE TABLE changes (
  -- What was edited, by whatever tool; written by triggers. What an edit set off in other tables stands before it
  -- (a lower id). Undone one by one from the newest on, each row is found as `after` has it, or already as `before` has
  -- it, because the undone edit brought it along. An update that changed nothing is not here. Old rows may be deleted.
  id INTEGER PRIMARY KEY,
    -- Given by SQLite; newer is higher.
  at TEXT NOT NULL,
    -- When, UTC: 2026-11-23T03:00:00.000Z
  actor TEXT NOT NULL,
    -- Who, from the table editor; unknown for an edit in a database tool.
  reason TEXT,
    -- Why, from the table editor.
  table_name TEXT NOT NULL,
    -- The table edited.
  row_key TEXT NOT NULL,
    -- The row's key before the edit (of an insert: its key); several key columns are joined by /
  op TEXT NOT NULL
    -- insert, update or delete.
    CONSTRAINT "changes.op must be insert, update or delete"
    CHECK (op IN ('insert', 'update', 'delete')),
  before TEXT,
    -- All columns before the edit, as a JSON object; NULL for an insert.
  after TEXT
    -- All columns after the edit, as a JSON object; NULL for a delete.
);

CREATE TABLE editor (
  -- Who is editing, for the changes log: at most one row, written at the beginning of a transaction and deleted at its
  -- end. You may do the same by hand:
  --   BEGIN; INSERT INTO editor (actor, reason) VALUES ('hoa', 'Tết hours'); ...; DELETE FROM editor; COMMIT;
  actor TEXT NOT NULL
    -- Who.
    CONSTRAINT "editor.actor must be a name"
    CHECK (typeof(actor) = 'text' AND trim(actor) <> '' AND instr(actor, char(0)) = 0),
  reason TEXT
    -- Why.
    CONSTRAINT "editor.reason must be text without NUL characters"
    CHECK (typeof(reason) IN ('text', 'null') AND instr(reason, char(0)) = 0)
);

CREATE TRIGGER editor_is_one BEFORE INSERT ON editor
WHEN EXISTS (SELECT 1 FROM editor)
BEGIN
  SELECT RAISE(ABORT, 'editor has a row already: DELETE FROM editor first');
END;

------------------------------------------------------------------------------------------------------------- references
-- A row may name only what exists. The sentence says what to add first.

CREATE TRIGGER schedule_hours_reference_insert BEFORE INSERT ON schedule_hours
WHEN NOT EXISTS (SELECT 1 FROM schedules WHERE id = NEW.schedule_id)
BEGIN
  SELECT RAISE(ABORT, 'schedule_hours.schedule_id must be the id of a row in schedules: add that schedule first');
END;

CREATE TRIGGER schedule_hours_reference_update BEFORE UPDATE OF schedule_id ON schedule_hours
WHEN NOT EXISTS (SELECT 1 FROM schedules WHERE id = NEW.schedule_id)
BEGIN
  SELECT RAISE(ABORT, 'schedule_hours.schedule_id must be the id of a row in schedules: add that schedule first');
END;

CREATE TRIGGER agents_reference_insert BEFORE INSERT ON agents
WHEN NEW.cover_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.cover_id)
BEGIN
  SELECT RAISE(ABORT, 'agents.cover_id must be the id of a row in agents: add that agent first, or write NULL');
END;

CREATE TRIGGER agents_reference_update BEFORE UPDATE OF cover_id ON agents
WHEN NEW.cover_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.cover_id)
BEGIN
  SELECT RAISE(ABORT, 'agents.cover_id must be the id of a row in agents: add that agent first, or write NULL');
END;

CREATE TRIGGER group_members_reference_insert BEFORE INSERT ON group_members
BEGIN
  SELECT RAISE(ABORT, 'group_members.group_id must be the id of a row in groups: add that group first')
  WHERE NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'group_members.agent_id must be the id of a row in agents: add that agent first')
  WHERE NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id);
  SELECT RAISE(ABORT, 'group_members.schedule_id must be the id of a row in schedules: add that schedule first, or write NULL')
  WHERE NEW.schedule_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM schedules WHERE id = NEW.schedule_id);
END;

CREATE TRIGGER group_members_reference_update BEFORE UPDATE OF group_id, agent_id, schedule_id ON group_members
BEGIN
  SELECT RAISE(ABORT, 'group_members.group_id must be the id of a row in groups: add that group first')
  WHERE NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'group_members.agent_id must be the id of a row in agents: add that agent first')
  WHERE NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id);
  SELECT RAISE(ABORT, 'group_members.schedule_id must be the id of a row in schedules: add that schedule first, or write NULL')
  WHERE NEW.schedule_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM schedules WHERE id = NEW.schedule_id);
END;

CREATE TRIGGER callers_reference_insert BEFORE INSERT ON callers
WHEN NEW.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.owner_id)
BEGIN
  SELECT RAISE(ABORT, 'callers.owner_id must be the id of a row in agents: add that agent first, or write NULL');
END;

CREATE TRIGGER callers_reference_update BEFORE UPDATE OF owner_id ON callers
WHEN NEW.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.owner_id)
BEGIN
  SELECT RAISE(ABORT, 'callers.owner_id must be the id of a row in agents: add that agent first, or write NULL');
END;

CREATE TRIGGER rules_reference_insert BEFORE INSERT ON rules
WHEN NEW.schedule_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM schedules WHERE id = NEW.schedule_id)
BEGIN
  SELECT RAISE(ABORT, 'rules.schedule_id must be the id of a row in schedules: add that schedule first, or write NULL');
END;

CREATE TRIGGER rules_reference_update BEFORE UPDATE OF schedule_id ON rules
WHEN NEW.schedule_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM schedules WHERE id = NEW.schedule_id)
BEGIN
  SELECT RAISE(ABORT, 'rules.schedule_id must be the id of a row in schedules: add that schedule first, or write NULL');
END;

CREATE TRIGGER rule_steps_reference_insert BEFORE INSERT ON rule_steps
BEGIN
  SELECT RAISE(ABORT, 'rule_steps.rule_id must be the id of a row in rules: add that rule first')
  WHERE NOT EXISTS (SELECT 1 FROM rules WHERE id = NEW.rule_id);
  SELECT RAISE(ABORT, 'rule_steps.group_id must be the id of a row in groups: add that group first, or write NULL')
  WHERE NEW.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'rule_steps.agent_id must be the id of a row in agents: add that agent first, or write NULL')
  WHERE NEW.agent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id);
  SELECT RAISE(ABORT, 'rule_steps.and_group_id must be the id of a row in groups: add that group first, or write NULL')
  WHERE NEW.and_group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.and_group_id);
END;

CREATE TRIGGER rule_steps_reference_update BEFORE UPDATE OF rule_id, group_id, agent_id, and_group_id ON rule_steps
BEGIN
  SELECT RAISE(ABORT, 'rule_steps.rule_id must be the id of a row in rules: add that rule first')
  WHERE NOT EXISTS (SELECT 1 FROM rules WHERE id = NEW.rule_id);
  SELECT RAISE(ABORT, 'rule_steps.group_id must be the id of a row in groups: add that group first, or write NULL')
  WHERE NEW.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'rule_steps.agent_id must be the id of a row in agents: add that agent first, or write NULL')
  WHERE NEW.agent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id);
  SELECT RAISE(ABORT, 'rule_steps.and_group_id must be the id of a row in groups: add that group first, or write NULL')
  WHERE NEW.and_group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.and_group_id);
END;

CREATE TRIGGER settings_reference_insert BEFORE INSERT ON settings
WHEN NEW.key = 'fallback_group' AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.value)
BEGIN
  SELECT RAISE(ABORT, 'settings.value of fallback_group must be the id of a row in groups: add that group first');
END;

CREATE TRIGGER settings_reference_update BEFORE UPDATE OF key, value ON settings
WHEN NEW.key = 'fallback_group' AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.value)
BEGIN
  SELECT RAISE(ABORT, 'settings.value of fallback_group must be the id of a row in groups: add that group first');
END;

------------------------------------------------------------------------------------------------------------- still used
-- What somebody else still needs is not deleted. The sentence says who.

CREATE TRIGGER schedules_still_used BEFORE DELETE ON schedules
BEGIN
  SELECT RAISE(ABORT, 'this schedule is still the shift of group_members (schedule_id): give those another schedule or NULL first')
  WHERE EXISTS (SELECT 1 FROM group_members WHERE schedule_id = OLD.id);
  SELECT RAISE(ABORT, 'this schedule is still a condition of rules (schedule_id): give those another schedule or NULL first')
  WHERE EXISTS (SELECT 1 FROM rules WHERE schedule_id = OLD.id);
END;

CREATE TRIGGER agents_still_used BEFORE DELETE ON agents
BEGIN
  SELECT RAISE(ABORT, 'this agent is still rung by rule_steps (agent_id): change or delete those steps first, or set agents.enabled to 0 instead')
  WHERE EXISTS (SELECT 1 FROM rule_steps WHERE agent_id = OLD.id);
END;

CREATE TRIGGER groups_still_used BEFORE DELETE ON groups
BEGIN
  SELECT RAISE(ABORT, 'this group is still rung by rule_steps (group_id): change or delete those steps first')
  WHERE EXISTS (SELECT 1 FROM rule_steps WHERE group_id = OLD.id);
  SELECT RAISE(ABORT, 'this group is still asked for by rule_steps (and_group_id): change or delete those steps first')
  WHERE EXISTS (SELECT 1 FROM rule_steps WHERE and_group_id = OLD.id);
  SELECT RAISE(ABORT, 'this group is still the fallback_group of settings: name another group there first')
  WHERE EXISTS (SELECT 1 FROM settings WHERE key = 'fallback_group' AND value = OLD.id);
END;

CREATE TRIGGER rules_id_stays BEFORE UPDATE OF id ON rules
WHEN NEW.id IS NOT OLD.id AND EXISTS (SELECT 1 FROM rule_steps WHERE rule_id = OLD.id)
BEGIN
  SELECT RAISE(ABORT, 'rules.id stays as it is while the rule has rule_steps: use rules.position to reorder rules');
END;

------------------------------------------------------------------------------------------ cascades, and the changes log
-- What the foreign keys declare (ON UPDATE CASCADE, ON DELETE CASCADE or SET NULL) is done here as well. The log's row
-- of an edit comes after those of what it set off, with foreign keys on or off.

CREATE TRIGGER settings_inserted AFTER INSERT ON settings
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'settings', NEW.key, 'insert',
    NULL,
    json_object('key', NEW.key, 'value', NEW.value, 'note', NEW.note));
END;

CREATE TRIGGER settings_updated AFTER UPDATE ON settings
WHEN NOT (
  OLD.key IS NEW.key AND OLD.value IS NEW.value AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'settings', OLD.key, 'update',
    json_object('key', OLD.key, 'value', OLD.value, 'note', OLD.note),
    json_object('key', NEW.key, 'value', NEW.value, 'note', NEW.note));
END;

CREATE TRIGGER settings_deleted AFTER DELETE ON settings
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'settings', OLD.key, 'delete',
    json_object('key', OLD.key, 'value', OLD.value, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER queues_inserted AFTER INSERT ON queues
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'queues', NEW.id, 'insert',
    NULL,
    json_object('id', NEW.id, 'name', NEW.name, 'note', NEW.note));
END;

CREATE TRIGGER queues_updated AFTER UPDATE ON queues
WHEN NOT (
  OLD.id IS NEW.id AND OLD.name IS NEW.name AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'queues', OLD.id, 'update',
    json_object('id', OLD.id, 'name', OLD.name, 'note', OLD.note),
    json_object('id', NEW.id, 'name', NEW.name, 'note', NEW.note));
END;

CREATE TRIGGER queues_deleted AFTER DELETE ON queues
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'queues', OLD.id, 'delete',
    json_object('id', OLD.id, 'name', OLD.name, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER schedules_inserted AFTER INSERT ON schedules
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'schedules', NEW.id, 'insert',
    NULL,
    json_object('id', NEW.id, 'name', NEW.name, 'time_zone', NEW.time_zone, 'note', NEW.note));
END;

CREATE TRIGGER schedules_renamed AFTER UPDATE OF id ON schedules
WHEN NEW.id IS NOT OLD.id
BEGIN
  UPDATE schedule_hours SET schedule_id = NEW.id WHERE schedule_id = OLD.id;
  UPDATE group_members SET schedule_id = NEW.id WHERE schedule_id = OLD.id;
  UPDATE rules SET schedule_id = NEW.id WHERE schedule_id = OLD.id;
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'schedules', OLD.id, 'update',
    json_object('id', OLD.id, 'name', OLD.name, 'time_zone', OLD.time_zone, 'note', OLD.note),
    json_object('id', NEW.id, 'name', NEW.name, 'time_zone', NEW.time_zone, 'note', NEW.note));
END;

CREATE TRIGGER schedules_updated AFTER UPDATE ON schedules
WHEN NEW.id IS OLD.id AND NOT (
  OLD.name IS NEW.name AND OLD.time_zone IS NEW.time_zone AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'schedules', OLD.id, 'update',
    json_object('id', OLD.id, 'name', OLD.name, 'time_zone', OLD.time_zone, 'note', OLD.note),
    json_object('id', NEW.id, 'name', NEW.name, 'time_zone', NEW.time_zone, 'note', NEW.note));
END;

CREATE TRIGGER schedules_deleted AFTER DELETE ON schedules
BEGIN
  DELETE FROM schedule_hours WHERE schedule_id = OLD.id;
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'schedules', OLD.id, 'delete',
    json_object('id', OLD.id, 'name', OLD.name, 'time_zone', OLD.time_zone, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER schedule_hours_inserted AFTER INSERT ON schedule_hours
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'schedule_hours', NEW.id, 'insert',
    NULL,
    json_object(
      'id', NEW.id, 'schedule_id', NEW.schedule_id, 'days', NEW.days, 'date_from', NEW.date_from,
      'date_to', NEW.date_to, 'start_time', NEW.start_time, 'end_time', NEW.end_time, 'note', NEW.note));
END;

CREATE TRIGGER schedule_hours_updated AFTER UPDATE ON schedule_hours
WHEN NOT (
  OLD.id IS NEW.id AND OLD.schedule_id IS NEW.schedule_id AND OLD.days IS NEW.days AND
  OLD.date_from IS NEW.date_from AND OLD.date_to IS NEW.date_to AND OLD.start_time IS NEW.start_time AND
  OLD.end_time IS NEW.end_time AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'schedule_hours', OLD.id, 'update',
    json_object(
      'id', OLD.id, 'schedule_id', OLD.schedule_id, 'days', OLD.days, 'date_from', OLD.date_from,
      'date_to', OLD.date_to, 'start_time', OLD.start_time, 'end_time', OLD.end_time, 'note', OLD.note),
    json_object(
      'id', NEW.id, 'schedule_id', NEW.schedule_id, 'days', NEW.days, 'date_from', NEW.date_from,
      'date_to', NEW.date_to, 'start_time', NEW.start_time, 'end_time', NEW.end_time, 'note', NEW.note));
END;

CREATE TRIGGER schedule_hours_deleted AFTER DELETE ON schedule_hours
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'schedule_hours', OLD.id, 'delete',
    json_object(
      'id', OLD.id, 'schedule_id', OLD.schedule_id, 'days', OLD.days, 'date_from', OLD.date_from,
      'date_to', OLD.date_to, 'start_time', OLD.start_time, 'end_time', OLD.end_time, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER agents_inserted AFTER INSERT ON agents
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'agents', NEW.id, 'insert',
    NULL,
    json_object(
      'id', NEW.id, 'name', NEW.name, 'phone_number', NEW.phone_number, 'routing_type', NEW.routing_type,
      'answer_timeout', NEW.answer_timeout, 'enabled', NEW.enabled, 'away_from', NEW.away_from,
      'away_until', NEW.away_until, 'cover_id', NEW.cover_id, 'note', NEW.note));
END;

CREATE TRIGGER agents_renamed AFTER UPDATE OF id ON agents
WHEN NEW.id IS NOT OLD.id
BEGIN
  UPDATE agents SET cover_id = NEW.id WHERE cover_id = OLD.id;
  UPDATE group_members SET agent_id = NEW.id WHERE agent_id = OLD.id;
  UPDATE callers SET owner_id = NEW.id WHERE owner_id = OLD.id;
  UPDATE rule_steps SET agent_id = NEW.id WHERE agent_id = OLD.id;
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'agents', OLD.id, 'update',
    json_object(
      'id', OLD.id, 'name', OLD.name, 'phone_number', OLD.phone_number, 'routing_type', OLD.routing_type,
      'answer_timeout', OLD.answer_timeout, 'enabled', OLD.enabled, 'away_from', OLD.away_from,
      'away_until', OLD.away_until, 'cover_id', OLD.cover_id, 'note', OLD.note),
    json_object(
      'id', NEW.id, 'name', NEW.name, 'phone_number', NEW.phone_number, 'routing_type', NEW.routing_type,
      'answer_timeout', NEW.answer_timeout, 'enabled', NEW.enabled, 'away_from', NEW.away_from,
      'away_until', NEW.away_until, 'cover_id', NEW.cover_id, 'note', NEW.note));
END;

CREATE TRIGGER agents_updated AFTER UPDATE ON agents
WHEN NEW.id IS OLD.id AND NOT (
  OLD.name IS NEW.name AND OLD.phone_number IS NEW.phone_number AND OLD.routing_type IS NEW.routing_type AND
  OLD.answer_timeout IS NEW.answer_timeout AND OLD.enabled IS NEW.enabled AND OLD.away_from IS NEW.away_from AND
  OLD.away_until IS NEW.away_until AND OLD.cover_id IS NEW.cover_id AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'agents', OLD.id, 'update',
    json_object(
      'id', OLD.id, 'name', OLD.name, 'phone_number', OLD.phone_number, 'routing_type', OLD.routing_type,
      'answer_timeout', OLD.answer_timeout, 'enabled', OLD.enabled, 'away_from', OLD.away_from,
      'away_until', OLD.away_until, 'cover_id', OLD.cover_id, 'note', OLD.note),
    json_object(
      'id', NEW.id, 'name', NEW.name, 'phone_number', NEW.phone_number, 'routing_type', NEW.routing_type,
      'answer_timeout', NEW.answer_timeout, 'enabled', NEW.enabled, 'away_from', NEW.away_from,
      'away_until', NEW.away_until, 'cover_id', NEW.cover_id, 'note', NEW.note));
END;

CREATE TRIGGER agents_deleted AFTER DELETE ON agents
BEGIN
  UPDATE agents SET cover_id = NULL WHERE cover_id = OLD.id;
  DELETE FROM group_members WHERE agent_id = OLD.id;
  UPDATE callers SET owner_id = NULL WHERE owner_id = OLD.id;
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'agents', OLD.id, 'delete',
    json_object(
      'id', OLD.id, 'name', OLD.name, 'phone_number', OLD.phone_number, 'routing_type', OLD.routing_type,
      'answer_timeout', OLD.answer_timeout, 'enabled', OLD.enabled, 'away_from', OLD.away_from,
      'away_until', OLD.away_until, 'cover_id', OLD.cover_id, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER groups_inserted AFTER INSERT ON groups
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'groups', NEW.id, 'insert',
    NULL,
    json_object('id', NEW.id, 'name', NEW.name, 'strategy', NEW.strategy, 'note', NEW.note));
END;

CREATE TRIGGER groups_renamed AFTER UPDATE OF id ON groups
WHEN NEW.id IS NOT OLD.id
BEGIN
  UPDATE settings SET value = NEW.id WHERE key = 'fallback_group' AND value = OLD.id;
  UPDATE group_members SET group_id = NEW.id WHERE group_id = OLD.id;
  UPDATE rule_steps SET group_id = NEW.id WHERE group_id = OLD.id;
  UPDATE rule_steps SET and_group_id = NEW.id WHERE and_group_id = OLD.id;
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'groups', OLD.id, 'update',
    json_object('id', OLD.id, 'name', OLD.name, 'strategy', OLD.strategy, 'note', OLD.note),
    json_object('id', NEW.id, 'name', NEW.name, 'strategy', NEW.strategy, 'note', NEW.note));
END;

CREATE TRIGGER groups_updated AFTER UPDATE ON groups
WHEN NEW.id IS OLD.id AND NOT (
  OLD.name IS NEW.name AND OLD.strategy IS NEW.strategy AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'groups', OLD.id, 'update',
    json_object('id', OLD.id, 'name', OLD.name, 'strategy', OLD.strategy, 'note', OLD.note),
    json_object('id', NEW.id, 'name', NEW.name, 'strategy', NEW.strategy, 'note', NEW.note));
END;

CREATE TRIGGER groups_deleted AFTER DELETE ON groups
BEGIN
  DELETE FROM group_members WHERE group_id = OLD.id;
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'groups', OLD.id, 'delete',
    json_object('id', OLD.id, 'name', OLD.name, 'strategy', OLD.strategy, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER group_members_inserted AFTER INSERT ON group_members
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'group_members', NEW.group_id || '/' || NEW.agent_id, 'insert',
    NULL,
    json_object(
      'group_id', NEW.group_id, 'agent_id', NEW.agent_id, 'level', NEW.level, 'position', NEW.position,
      'weight', NEW.weight, 'schedule_id', NEW.schedule_id, 'routing_type', NEW.routing_type,
      'answer_timeout', NEW.answer_timeout));
END;

CREATE TRIGGER group_members_updated AFTER UPDATE ON group_members
WHEN NOT (
  OLD.group_id IS NEW.group_id AND OLD.agent_id IS NEW.agent_id AND OLD.level IS NEW.level AND
  OLD.position IS NEW.position AND OLD.weight IS NEW.weight AND OLD.schedule_id IS NEW.schedule_id AND
  OLD.routing_type IS NEW.routing_type AND OLD.answer_timeout IS NEW.answer_timeout)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'group_members', OLD.group_id || '/' || OLD.agent_id, 'update',
    json_object(
      'group_id', OLD.group_id, 'agent_id', OLD.agent_id, 'level', OLD.level, 'position', OLD.position,
      'weight', OLD.weight, 'schedule_id', OLD.schedule_id, 'routing_type', OLD.routing_type,
      'answer_timeout', OLD.answer_timeout),
    json_object(
      'group_id', NEW.group_id, 'agent_id', NEW.agent_id, 'level', NEW.level, 'position', NEW.position,
      'weight', NEW.weight, 'schedule_id', NEW.schedule_id, 'routing_type', NEW.routing_type,
      'answer_timeout', NEW.answer_timeout));
END;

CREATE TRIGGER group_members_deleted AFTER DELETE ON group_members
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'group_members', OLD.group_id || '/' || OLD.agent_id, 'delete',
    json_object(
      'group_id', OLD.group_id, 'agent_id', OLD.agent_id, 'level', OLD.level, 'position', OLD.position,
      'weight', OLD.weight, 'schedule_id', OLD.schedule_id, 'routing_type', OLD.routing_type,
      'answer_timeout', OLD.answer_timeout),
    NULL);
END;

CREATE TRIGGER callers_inserted AFTER INSERT ON callers
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'callers', NEW.number, 'insert',
    NULL,
    json_object(
      'number', NEW.number, 'name', NEW.name, 'owner_id', NEW.owner_id, 'tags', NEW.tags,
      'expires_on', NEW.expires_on, 'note', NEW.note));
END;

CREATE TRIGGER callers_updated AFTER UPDATE ON callers
WHEN NOT (
  OLD.number IS NEW.number AND OLD.name IS NEW.name AND OLD.owner_id IS NEW.owner_id AND OLD.tags IS NEW.tags AND
  OLD.expires_on IS NEW.expires_on AND OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'callers', OLD.number, 'update',
    json_object(
      'number', OLD.number, 'name', OLD.name, 'owner_id', OLD.owner_id, 'tags', OLD.tags,
      'expires_on', OLD.expires_on, 'note', OLD.note),
    json_object(
      'number', NEW.number, 'name', NEW.name, 'owner_id', NEW.owner_id, 'tags', NEW.tags,
      'expires_on', NEW.expires_on, 'note', NEW.note));
END;

CREATE TRIGGER callers_deleted AFTER DELETE ON callers
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'callers', OLD.number, 'delete',
    json_object(
      'number', OLD.number, 'name', OLD.name, 'owner_id', OLD.owner_id, 'tags', OLD.tags,
      'expires_on', OLD.expires_on, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER rules_inserted AFTER INSERT ON rules
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rules', NEW.id, 'insert',
    NULL,
    json_object(
      'id', NEW.id, 'position', NEW.position, 'name', NEW.name, 'enabled', NEW.enabled, 'queue_id', NEW.queue_id,
      'to_number', NEW.to_number, 'from_number', NEW.from_number, 'caller_tag', NEW.caller_tag,
      'has_owner', NEW.has_owner, 'schedule_id', NEW.schedule_id, 'when_open', NEW.when_open,
      'split_percent', NEW.split_percent, 'action', NEW.action, 'note', NEW.note));
END;

CREATE TRIGGER rules_updated AFTER UPDATE ON rules
WHEN NOT (
  OLD.id IS NEW.id AND OLD.position IS NEW.position AND OLD.name IS NEW.name AND OLD.enabled IS NEW.enabled AND
  OLD.queue_id IS NEW.queue_id AND OLD.to_number IS NEW.to_number AND OLD.from_number IS NEW.from_number AND
  OLD.caller_tag IS NEW.caller_tag AND OLD.has_owner IS NEW.has_owner AND OLD.schedule_id IS NEW.schedule_id AND
  OLD.when_open IS NEW.when_open AND OLD.split_percent IS NEW.split_percent AND OLD.action IS NEW.action AND
  OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rules', OLD.id, 'update',
    json_object(
      'id', OLD.id, 'position', OLD.position, 'name', OLD.name, 'enabled', OLD.enabled, 'queue_id', OLD.queue_id,
      'to_number', OLD.to_number, 'from_number', OLD.from_number, 'caller_tag', OLD.caller_tag,
      'has_owner', OLD.has_owner, 'schedule_id', OLD.schedule_id, 'when_open', OLD.when_open,
      'split_percent', OLD.split_percent, 'action', OLD.action, 'note', OLD.note),
    json_object(
      'id', NEW.id, 'position', NEW.position, 'name', NEW.name, 'enabled', NEW.enabled, 'queue_id', NEW.queue_id,
      'to_number', NEW.to_number, 'from_number', NEW.from_number, 'caller_tag', NEW.caller_tag,
      'has_owner', NEW.has_owner, 'schedule_id', NEW.schedule_id, 'when_open', NEW.when_open,
      'split_percent', NEW.split_percent, 'action', NEW.action, 'note', NEW.note));
END;

CREATE TRIGGER rules_deleted AFTER DELETE ON rules
BEGIN
  DELETE FROM rule_steps WHERE rule_id = OLD.id;
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rules', OLD.id, 'delete',
    json_object(
      'id', OLD.id, 'position', OLD.position, 'name', OLD.name, 'enabled', OLD.enabled, 'queue_id', OLD.queue_id,
      'to_number', OLD.to_number, 'from_number', OLD.from_number, 'caller_tag', OLD.caller_tag,
      'has_owner', OLD.has_owner, 'schedule_id', OLD.schedule_id, 'when_open', OLD.when_open,
      'split_percent', OLD.split_percent, 'action', OLD.action, 'note', OLD.note),
    NULL);
END;

CREATE TRIGGER rule_steps_inserted AFTER INSERT ON rule_steps
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rule_steps', NEW.rule_id || '/' || NEW.step, 'insert',
    NULL,
    json_object(
      'rule_id', NEW.rule_id, 'step', NEW.step, 'after_seconds', NEW.after_seconds,
      'until_seconds', NEW.until_seconds, 'target', NEW.target, 'group_id', NEW.group_id, 'agent_id', NEW.agent_id,
      'and_group_id', NEW.and_group_id, 'max_level', NEW.max_level, 'max_agents', NEW.max_agents,
      'routing_type', NEW.routing_type, 'answer_timeout', NEW.answer_timeout));
END;

CREATE TRIGGER rule_steps_updated AFTER UPDATE ON rule_steps
WHEN NOT (
  OLD.rule_id IS NEW.rule_id AND OLD.step IS NEW.step AND OLD.after_seconds IS NEW.after_seconds AND
  OLD.until_seconds IS NEW.until_seconds AND OLD.target IS NEW.target AND OLD.group_id IS NEW.group_id AND
  OLD.agent_id IS NEW.agent_id AND OLD.and_group_id IS NEW.and_group_id AND OLD.max_level IS NEW.max_level AND
  OLD.max_agents IS NEW.max_agents AND OLD.routing_type IS NEW.routing_type AND
  OLD.answer_timeout IS NEW.answer_timeout)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rule_steps', OLD.rule_id || '/' || OLD.step, 'update',
    json_object(
      'rule_id', OLD.rule_id, 'step', OLD.step, 'after_seconds', OLD.after_seconds,
      'until_seconds', OLD.until_seconds, 'target', OLD.target, 'group_id', OLD.group_id, 'agent_id', OLD.agent_id,
      'and_group_id', OLD.and_group_id, 'max_level', OLD.max_level, 'max_agents', OLD.max_agents,
      'routing_type', OLD.routing_type, 'answer_timeout', OLD.answer_timeout),
    json_object(
      'rule_id', NEW.rule_id, 'step', NEW.step, 'after_seconds', NEW.after_seconds,
      'until_seconds', NEW.until_seconds, 'target', NEW.target, 'group_id', NEW.group_id, 'agent_id', NEW.agent_id,
      'and_group_id', NEW.and_group_id, 'max_level', NEW.max_level, 'max_agents', NEW.max_agents,
      'routing_type', NEW.routing_type, 'answer_timeout', NEW.answer_timeout));
END;

CREATE TRIGGER rule_steps_deleted AFTER DELETE ON rule_steps
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rule_steps', OLD.rule_id || '/' || OLD.step, 'delete',
    json_object(
      'rule_id', OLD.rule_id, 'step', OLD.step, 'after_seconds', OLD.after_seconds,
      'until_seconds', OLD.until_seconds, 'target', OLD.target, 'group_id', OLD.group_id, 'agent_id', OLD.agent_id,
      'and_group_id', OLD.and_group_id, 'max_level', OLD.max_level, 'max_agents', OLD.max_agents,
      'routing_type', OLD.routing_type, 'answer_timeout', OLD.answer_timeout),
    NULL);
END;

CREATE TRIGGER rule_tests_inserted AFTER INSERT ON rule_tests
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rule_tests', NEW.id, 'insert',
    NULL,
    json_object(
      'id', NEW.id, 'name', NEW.name, 'queue_id', NEW.queue_id, 'from_number', NEW.from_number,
      'to_number', NEW.to_number, 'at', NEW.at, 'waited', NEW.waited, 'expect_rule', NEW.expect_rule,
      'expect_agents', NEW.expect_agents, 'note', NEW.note));
END;

CREATE TRIGGER rule_tests_updated AFTER UPDATE ON rule_tests
WHEN NOT (
  OLD.id IS NEW.id AND OLD.name IS NEW.name AND OLD.queue_id IS NEW.queue_id AND
  OLD.from_number IS NEW.from_number AND OLD.to_number IS NEW.to_number AND OLD.at IS NEW.at AND
  OLD.waited IS NEW.waited AND OLD.expect_rule IS NEW.expect_rule AND OLD.expect_agents IS NEW.expect_agents AND
  OLD.note IS NEW.note)
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rule_tests', OLD.id, 'update',
    json_object(
      'id', OLD.id, 'name', OLD.name, 'queue_id', OLD.queue_id, 'from_number', OLD.from_number,
      'to_number', OLD.to_number, 'at', OLD.at, 'waited', OLD.waited, 'expect_rule', OLD.expect_rule,
      'expect_agents', OLD.expect_agents, 'note', OLD.note),
    json_object(
      'id', NEW.id, 'name', NEW.name, 'queue_id', NEW.queue_id, 'from_number', NEW.from_number,
      'to_number', NEW.to_number, 'at', NEW.at, 'waited', NEW.waited, 'expect_rule', NEW.expect_rule,
      'expect_agents', NEW.expect_agents, 'note', NEW.note));
END;

CREATE TRIGGER rule_tests_deleted AFTER DELETE ON rule_tests
BEGIN
  INSERT INTO changes (at, actor, reason, table_name, row_key, op, before, after) VALUES (
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT actor FROM editor), 'unknown'), (SELECT reason FROM editor),
    'rule_tests', OLD.id, 'delete',
    json_object(
      'id', OLD.id, 'name', OLD.name, 'queue_id', OLD.queue_id, 'from_number', OLD.from_number,
      'to_number', OLD.to_number, 'at', OLD.at, 'waited', OLD.waited, 'expect_rule', OLD.expect_rule,
      'expect_agents', OLD.expect_agents, 'note', OLD.note),
    NULL);
END;


--------------------------------------------------------------------------------------------------------------- problems
CREATE VIEW problems (severity, table_name, row_key, column_name, value, problem, remedy) AS
-- What is wrong with the rules, as far as SQL can see it; ask before leaving the shell. No row = nothing found.
-- An error keeps the new version from going live, a warning does not. `stringee-router check` sees more (time zones,
-- days, the rules' own tests).
WITH RECURSIVE
-- Every value that has a form of its own. The kind says which; a kind that ends in ? may be NULL.
cells (kind, table_name, row_key, column_name, value) AS (
  SELECT 'setting', 'settings', key, 'key', key FROM settings UNION ALL
  SELECT 'text', 'settings', key, 'value', value FROM settings UNION ALL
  SELECT 'note', 'settings', key, 'note', note FROM settings UNION ALL
  SELECT 'id', 'queues', id, 'id', id FROM queues UNION ALL
  SELECT 'text', 'queues', id, 'name', name FROM queues UNION ALL
  SELECT 'note', 'queues', id, 'note', note FROM queues UNION ALL
  SELECT 'id', 'schedules', id, 'id', id FROM schedules UNION ALL
  SELECT 'text', 'schedules', id, 'name', name FROM schedules UNION ALL
  SELECT 'text?', 'schedules', id, 'time_zone', time_zone FROM schedules UNION ALL
  SELECT 'note', 'schedules', id, 'note', note FROM schedules UNION ALL
  SELECT 'days?', 'schedule_hours', id, 'days', days FROM schedule_hours UNION ALL
  SELECT 'date?', 'schedule_hours', id, 'date_from', date_from FROM schedule_hours UNION ALL
  SELECT 'date?', 'schedule_hours', id, 'date_to', date_to FROM schedule_hours UNION ALL
  SELECT 'start?', 'schedule_hours', id, 'start_time', start_time FROM schedule_hours UNION ALL
  SELECT 'end?', 'schedule_hours', id, 'end_time', end_time FROM schedule_hours UNION ALL
  SELECT 'note', 'schedule_hours', id, 'note', note FROM schedule_hours UNION ALL
  SELECT 'id', 'agents', id, 'id', id FROM agents UNION ALL
  SELECT 'text', 'agents', id, 'name', name FROM agents UNION ALL
  SELECT 'phone?', 'agents', id, 'phone_number', phone_number FROM agents UNION ALL
  SELECT 'routing', 'agents', id, 'routing_type', routing_type FROM agents UNION ALL
  SELECT 'timeout?', 'agents', id, 'answer_timeout', answer_timeout FROM agents UNION ALL
  SELECT 'flag', 'agents', id, 'enabled', enabled FROM agents UNION ALL
  SELECT 'moment?', 'agents', id, 'away_from', away_from FROM agents UNION ALL
  SELECT 'moment?', 'agents', id, 'away_until', away_until FROM agents UNION ALL
  SELECT 'note', 'agents', id, 'note', note FROM agents UNION ALL
  SELECT 'id', 'groups', id, 'id', id FROM groups UNION ALL
  SELECT 'text', 'groups', id, 'name', name FROM groups UNION ALL
  SELECT 'strategy', 'groups', id, 'strategy', strategy FROM groups UNION ALL
  SELECT 'note', 'groups', id, 'note', note FROM groups UNION ALL
  SELECT 'level', 'group_members', group_id || '/' || agent_id, 'level', level FROM group_members UNION ALL
  SELECT 'whole', 'group_members', group_id || '/' || agent_id, 'position', position FROM group_members UNION ALL
  SELECT 'weight', 'group_members', group_id || '/' || agent_id, 'weight', weight FROM group_members UNION ALL
  SELECT 'routing?', 'group_members', group_id || '/' || agent_id, 'routing_type', routing_type FROM group_members UNION ALL
  SELECT 'timeout?', 'group_members', group_id || '/' || agent_id, 'answer_timeout', answer_timeout FROM group_members UNION ALL
  SELECT 'text', 'callers', number, 'number', number FROM callers UNION ALL
  SELECT 'note', 'callers', number, 'name', name FROM callers UNION ALL
  SELECT 'text?', 'callers', number, 'tags', tags FROM callers UNION ALL
  SELECT 'date?', 'callers', number, 'expires_on', expires_on FROM callers UNION ALL
  SELECT 'note', 'callers', number, 'note', note FROM callers UNION ALL
  SELECT 'whole', 'rules', id, 'position', position FROM rules UNION ALL
  SELECT 'text', 'rules', id, 'name', name FROM rules UNION ALL
  SELECT 'flag', 'rules', id, 'enabled', enabled FROM rules UNION ALL
  SELECT 'text?', 'rules', id, 'queue_id', queue_id FROM rules UNION ALL
  SELECT 'text?', 'rules', id, 'to_number', to_number FROM rules UNION ALL
  SELECT 'text?', 'rules', id, 'from_number', from_number FROM rules UNION ALL
  SELECT 'text?', 'rules', id, 'caller_tag', caller_tag FROM rules UNION ALL
  SELECT 'flag?', 'rules', id, 'has_owner', has_owner FROM rules UNION ALL
  SELECT 'flag', 'rules', id, 'when_open', when_open FROM rules UNION ALL
  SELECT 'percent?', 'rules', id, 'split_percent', split_percent FROM rules UNION ALL
  SELECT 'action', 'rules', id, 'action', action FROM rules UNION ALL
  SELECT 'note', 'rules', id, 'note', note FROM rules UNION ALL
  SELECT 'step', 'rule_steps', rule_id || '/' || step, 'step', step FROM rule_steps UNION ALL
  SELECT 'seconds', 'rule_steps', rule_id || '/' || step, 'after_seconds', after_seconds FROM rule_steps UNION ALL
  SELECT 'seconds?', 'rule_steps', rule_id || '/' || step, 'until_seconds', until_seconds FROM rule_steps UNION ALL
  SELECT 'target', 'rule_steps', rule_id || '/' || step, 'target', target FROM rule_steps UNION ALL
  SELECT 'level?', 'rule_steps', rule_id || '/' || step, 'max_level', max_level FROM rule_steps UNION ALL
  SELECT 'count?', 'rule_steps', rule_id || '/' || step, 'max_agents', max_agents FROM rule_steps UNION ALL
  SELECT 'routing?', 'rule_steps', rule_id || '/' || step, 'routing_type', routing_type FROM rule_steps UNION ALL
  SELECT 'timeout?', 'rule_steps', rule_id || '/' || step, 'answer_timeout', answer_timeout FROM rule_steps UNION ALL
  SELECT 'text', 'rule_tests', id, 'name', name FROM rule_tests UNION ALL
  SELECT 'text', 'rule_tests', id, 'queue_id', queue_id FROM rule_tests UNION ALL
  SELECT 'text?', 'rule_tests', id, 'from_number', from_number FROM rule_tests UNION ALL
  SELECT 'text?', 'rule_tests', id, 'to_number', to_number FROM rule_tests UNION ALL
  SELECT 'moment', 'rule_tests', id, 'at', at FROM rule_tests UNION ALL
  SELECT 'seconds', 'rule_tests', id, 'waited', waited FROM rule_tests UNION ALL
  SELECT 'text?', 'rule_tests', id, 'expect_rule', expect_rule FROM rule_tests UNION ALL
  SELECT 'note', 'rule_tests', id, 'expect_agents', expect_agents FROM rule_tests UNION ALL
  SELECT 'note', 'rule_tests', id, 'note', note FROM rule_tests
),
-- Those of them that do not have it.
misshapen AS (
  SELECT kind, table_name, row_key, column_name, value FROM cells
  WHERE NOT CASE
    WHEN kind LIKE '%?' AND value IS NULL THEN 1
    WHEN kind = 'id' THEN typeof(value) = 'text' AND value <> '' AND value = trim(value, char(9, 10, 13, 32, 160))
      AND instr(value, ',') = 0 AND instr(value, char(0)) = 0
    WHEN kind IN ('text', 'text?') THEN typeof(value) = 'text' AND trim(value) <> '' AND instr(value, char(0)) = 0
    WHEN kind = 'note' THEN typeof(value) = 'null' OR (typeof(value) = 'text' AND instr(value, char(0)) = 0)
    WHEN kind = 'setting' THEN
      value IN ('time_zone', 'country_code', 'answer_timeout', 'fallback_group', 'max_agents')
    WHEN kind = 'phone?' THEN typeof(value) = 'text' AND value NOT GLOB '*[^0-9]*' AND value NOT GLOB '0*'
      AND length(value) BETWEEN 7 AND 15 AND instr(value, char(0)) = 0
    WHEN kind = 'days?' THEN typeof(value) = 'text' AND trim(value) <> '' AND value NOT GLOB '*[0-9]*'
      AND instr(value, char(0)) = 0
    WHEN kind = 'date?' THEN value GLOB '[0-9]*' AND value IS date(value, '+0 days')
    WHEN kind IN ('moment', 'moment?') THEN value GLOB '[0-9]*'
      AND value IS strftime('%Y-%m-%d %H:%M', value, '+0 days')
    WHEN kind = 'start?' THEN value GLOB '[0-9][0-9]:*' AND value IS strftime('%H:%M', value, '+0 days')
    WHEN kind = 'end?' THEN value IS '24:00'
      OR (value GLOB '[0-9][0-9]:*' AND value IS strftime('%H:%M', value, '+0 days'))
    WHEN kind = 'strategy' THEN value IN ('ordered', 'weighted', 'rotate', 'sticky')
    WHEN kind = 'target' THEN value IN ('group', 'agent', 'owner')
    WHEN kind = 'action' THEN value IN ('ring', 'nobody')
    WHEN typeof(value) <> 'integer' THEN 0
    WHEN kind IN ('flag', 'flag?') THEN value IN (0, 1)
    WHEN kind IN ('routing', 'routing?') THEN value IN (1, 2)
    WHEN kind = 'timeout?' THEN value BETWEEN 3 AND 120
    WHEN kind IN ('level', 'level?') THEN value BETWEEN 1 AND 9
    WHEN kind = 'weight' THEN value BETWEEN 0 AND 1000
    WHEN kind = 'percent?' THEN value BETWEEN 1 AND 99
    WHEN kind = 'count?' THEN value BETWEEN 1 AND 100
    WHEN kind = 'step' THEN value >= 1
    WHEN kind IN ('seconds', 'seconds?') THEN value BETWEEN 0 AND 86400
    ELSE 1
  END
),
-- Every reference, and the table in which it must be found.
reference_cells (target, table_name, row_key, column_name, value) AS (
  SELECT 'groups', 'settings', key, 'value', value FROM settings WHERE key = 'fallback_group' UNION ALL
  SELECT 'schedules', 'schedule_hours', id, 'schedule_id', schedule_id FROM schedule_hours UNION ALL
  SELECT 'agents', 'agents', id, 'cover_id', cover_id FROM agents WHERE cover_id IS NOT NULL UNION ALL
  SELECT 'groups', 'group_members', group_id || '/' || agent_id, 'group_id', group_id FROM group_members UNION ALL
  SELECT 'agents', 'group_members', group_id || '/' || agent_id, 'agent_id', agent_id FROM group_members UNION ALL
  SELECT 'schedules', 'group_members', group_id || '/' || agent_id, 'schedule_id', schedule_id FROM group_members
  WHERE schedule_id IS NOT NULL UNION ALL
  SELECT 'agents', 'callers', number, 'owner_id', owner_id FROM callers WHERE owner_id IS NOT NULL UNION ALL
  SELECT 'schedules', 'rules', id, 'schedule_id', schedule_id FROM rules WHERE schedule_id IS NOT NULL UNION ALL
  SELECT 'rules', 'rule_steps', rule_id || '/' || step, 'rule_id', rule_id FROM rule_steps UNION ALL
  SELECT 'groups', 'rule_steps', rule_id || '/' || step, 'group_id', group_id FROM rule_steps
  WHERE group_id IS NOT NULL UNION ALL
  SELECT 'agents', 'rule_steps', rule_id || '/' || step, 'agent_id', agent_id FROM rule_steps
  WHERE agent_id IS NOT NULL UNION ALL
  SELECT 'groups', 'rule_steps', rule_id || '/' || step, 'and_group_id', and_group_id FROM rule_steps
  WHERE and_group_id IS NOT NULL
),
dangling AS (
  SELECT target, table_name, row_key, column_name, value FROM reference_cells
  WHERE NOT CASE target
    WHEN 'agents' THEN EXISTS (SELECT 1 FROM agents WHERE id = value)
    WHEN 'groups' THEN EXISTS (SELECT 1 FROM groups WHERE id = value)
    WHEN 'rules' THEN EXISTS (SELECT 1 FROM rules WHERE id = value)
    ELSE EXISTS (SELECT 1 FROM schedules WHERE id = value)
  END
),
-- Who covers for whom, followed as far as a call follows it.
cover (agent_id, cover_id, hops) AS (
  SELECT id, cover_id, 1 FROM agents WHERE cover_id IS NOT NULL
  UNION ALL
  SELECT cover.agent_id, agents.cover_id, cover.hops + 1
  FROM cover JOIN agents ON agents.id = cover.cover_id
  WHERE agents.cover_id IS NOT NULL AND cover.cover_id <> cover.agent_id AND cover.hops < 5
)
SELECT 'error', table_name, row_key, column_name, CASE WHEN typeof(value) = 'blob' THEN quote(value) ELSE value END,
  CASE
    WHEN value IS NULL THEN 'is missing'
    WHEN typeof(value) = 'blob' THEN 'is not text'
    WHEN instr(value, char(0)) > 0 THEN 'contains a NUL character'
    WHEN trim(value) = '' THEN 'is empty'
    ELSE 'has the wrong form'
  END,
  'write ' || CASE rtrim(kind, '?')
    WHEN 'id' THEN 'a word without commas or blanks around it'
    WHEN 'text' THEN 'a text without NUL characters'
    WHEN 'note' THEN 'a text without NUL characters'
    WHEN 'setting' THEN 'time_zone, country_code, answer_timeout, fallback_group or max_agents'
    WHEN 'phone' THEN 'digits in international form, such as 84909992666'
    WHEN 'days' THEN 'such as mon-fri, sat,sun or daily'
    WHEN 'date' THEN 'a date such as 2027-02-05'
    WHEN 'moment' THEN 'a local date and time such as 2027-02-05 08:00'
    WHEN 'start' THEN 'a time such as 08:00'
    WHEN 'end' THEN 'a time such as 17:30, up to 24:00'
    WHEN 'strategy' THEN 'ordered, weighted, rotate or sticky'
    WHEN 'target' THEN 'group, agent or owner'
    WHEN 'action' THEN 'ring or nobody'
    WHEN 'flag' THEN '1 or 0'
    WHEN 'routing' THEN '1 (app or SIP phone) or 2 (phone_number)'
    WHEN 'timeout' THEN 'a whole number from 3 to 120'
    WHEN 'level' THEN 'a whole number from 1 to 9'
    WHEN 'weight' THEN 'a whole number from 0 to 1000'
    WHEN 'percent' THEN 'a whole number from 1 to 99'
    WHEN 'count' THEN 'a whole number from 1 to 100'
    WHEN 'step' THEN 'a whole number from 1'
    WHEN 'seconds' THEN 'a whole number from 0 to 86400'
    ELSE 'a whole number'
  END || CASE WHEN kind LIKE '%?' THEN ', or NULL' ELSE '' END
FROM misshapen
UNION ALL
SELECT 'error', table_name, row_key, column_name, value,
  'is not the id of a row in ' || target, 'add that row to ' || target || ', or change this one'
FROM dangling
UNION ALL
SELECT 'error', 'settings', key, 'value', value, 'is not a number of seconds from 3 to 120', 'write such as 15'
FROM settings
WHERE key = 'answer_timeout'
  AND NOT (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 3 AND 120)
UNION ALL
SELECT 'error', 'settings', key, 'value', value, 'is not a number from 1 to 100', 'write such as 20'
FROM settings
WHERE key = 'max_agents'
  AND NOT (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 1 AND 100)
UNION ALL
SELECT 'error', 'settings', key, 'value', value, 'is not a country code', 'write 1 to 3 digits, such as 84'
FROM settings
WHERE key = 'country_code' AND (value GLOB '*[^0-9]*' OR value GLOB '0*' OR length(value) > 3)
UNION ALL
SELECT 'error', 'schedule_hours', id, 'days', days, 'is neither a weekly row nor a dated one',
  'fill either days or both date_from and date_to'
FROM schedule_hours
WHERE (days IS NULL) <> (date_from IS NOT NULL) OR (date_from IS NULL) <> (date_to IS NULL)
UNION ALL
SELECT 'error', 'schedule_hours', id, 'date_to', date_to, 'lies before date_from', 'write date_from or a later date'
FROM schedule_hours WHERE date_to < date_from
UNION ALL
SELECT 'error', 'schedule_hours', id, 'start_time', start_time, 'is half a window',
  'fill both start_time and end_time; only a dated row may leave both NULL (closed)'
FROM schedule_hours
WHERE (start_time IS NULL) <> (end_time IS NULL) OR (start_time IS NULL AND days IS NOT NULL)
UNION ALL
SELECT 'error', 'agents', id, 'phone_number', NULL, 'is missing, and routing_type is 2',
  'write the number in international form, such as 84909992666, or set routing_type to 1'
FROM agents WHERE routing_type = 2 AND phone_number IS NULL
UNION ALL
SELECT 'error', 'agents', id, 'away_until', away_until, 'does not lie after away_from', 'write a later date and time'
FROM agents WHERE away_until <= away_from
UNION ALL
SELECT 'warning', 'agents', agent_id, 'cover_id', (SELECT cover_id FROM agents WHERE id = agent_id),
  'leads back to this agent', 'let somebody outside this circle cover for one of them'
FROM cover WHERE cover_id = agent_id
UNION ALL
SELECT 'error', 'rules', id, 'when_open', when_open, 'asks for a closed schedule but names none',
  'fill schedule_id, or set when_open to 1'
FROM rules WHERE when_open = 0 AND schedule_id IS NULL
UNION ALL
SELECT 'error', 'rule_steps', rule_id || '/' || step, 'until_seconds', until_seconds, 'is not more than after_seconds',
  'write more than after_seconds, or NULL for no end'
FROM rule_steps WHERE until_seconds <= after_seconds
UNION ALL
SELECT 'error', 'rule_steps', rule_id || '/' || step, 'target', target, 'does not fit group_id and agent_id',
  'group needs group_id and no agent_id, agent needs agent_id and no group_id, owner takes no agent_id'
FROM rule_steps
WHERE CASE target
  WHEN 'group' THEN group_id IS NULL OR agent_id IS NOT NULL
  WHEN 'agent' THEN agent_id IS NULL OR group_id IS NOT NULL
  WHEN 'owner' THEN agent_id IS NOT NULL
END
UNION ALL
SELECT 'error', 'rule_tests', id, 'expect_agents', NULL, 'is missing, and so is expect_rule', 'fill one of them'
FROM rule_tests WHERE expect_rule IS NULL AND expect_agents IS NULL
UNION ALL
SELECT 'error', 'rule_tests', id, 'expect_rule', expect_rule, 'is not the name of a rule', 'write a name from rules'
FROM rule_tests WHERE expect_rule IS NOT NULL AND expect_rule NOT IN (SELECT name FROM rules)
UNION ALL
SELECT 'warning', 'rules', id, 'action', action, 'has no steps: it never rings anybody',
  'add rule_steps, or write nobody to answer an empty list'
FROM rules WHERE action = 'ring' AND enabled = 1 AND id NOT IN (SELECT rule_id FROM rule_steps)
UNION ALL
SELECT 'warning', 'rule_steps', rule_id || '/' || step, 'group_id', group_id, 'has no members',
  'add group_members to this group'
FROM rule_steps JOIN groups ON groups.id = rule_steps.group_id
WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_members.group_id = rule_steps.group_id)
UNION ALL
SELECT 'warning', 'rule_steps', rule_id || '/' || step, 'and_group_id', and_group_id, 'has no members',
  'add group_members to this group'
FROM rule_steps JOIN groups ON groups.id = rule_steps.and_group_id
WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_members.group_id = rule_steps.and_group_id)
UNION ALL
SELECT 'warning', 'settings', key, 'value', value, 'has no members', 'add group_members to this group'
FROM settings JOIN groups ON groups.id = settings.value
WHERE key = 'fallback_group'
  AND NOT EXISTS (SELECT 1 FROM group_members WHERE group_members.group_id = settings.value)
UNION ALL
SELECT 'warning', 'group_members', group_id || '/' || agent_id, 'routing_type', group_members.routing_type,
  'rings a telephone, and the agent has no phone_number', 'fill agents.phone_number'
FROM group_members JOIN agents ON agents.id = group_members.agent_id
WHERE group_members.routing_type = 2 AND agents.phone_number IS NULL
UNION ALL
SELECT 'warning', 'rule_steps', rule_id || '/' || step, 'routing_type', rule_steps.routing_type,
  'rings a telephone, and ' || agents.id || ' has no phone_number', 'fill agents.phone_number'
FROM rule_steps
  LEFT JOIN group_members ON rule_steps.target = 'group' AND group_members.group_id = rule_steps.group_id
  JOIN agents ON agents.id = coalesce(rule_steps.agent_id, group_members.agent_id)
WHERE rule_steps.routing_type = 2 AND agents.phone_number IS NULL
UNION ALL
SELECT 'warning', 'schedules', id, 'id', id, 'has no hours: it is always closed', 'add schedule_hours'
FROM schedules
WHERE id NOT IN (SELECT schedule_id FROM schedule_hours)
  AND (id IN (SELECT schedule_id FROM rules) OR id IN (SELECT schedule_id FROM group_members))
UNION ALL
SELECT 'warning', 'rules', id, 'name', name, 'is the name of another rule too', 'give each rule its own name'
FROM rules WHERE name IN (SELECT name FROM rules GROUP BY name HAVING count(*) > 1);
