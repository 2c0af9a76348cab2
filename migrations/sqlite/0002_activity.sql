-- The rules database, version 2: the strategies longest_idle and fewest_calls, steps that ring a caller's last agent, and
-- the setting last_agent_days. All of them depend on Stringee's call events (POST /events).
--
-- Only what columns may hold grows: no column comes or goes, and a database of version 1 reads the same. So the words
-- are written into the texts of the tables and of the view, which is SQLite's own way to change a CHECK
-- (https://www.sqlite.org/lang_altertable.html#otheralter). Building the tables anew would take their triggers, and by
-- ON DELETE CASCADE the members of the groups.

PRAGMA writable_schema = ON;

UPDATE sqlite_master SET sql = replace(replace(replace(sql,
  '(''ordered'', ''weighted'', ''rotate'', ''sticky'')',
  '(''ordered'', ''weighted'', ''rotate'', ''sticky'', ''longest_idle'', ''fewest_calls'')'),
  'ordered, weighted, rotate or sticky',
  'ordered, weighted, rotate, sticky, longest_idle or fewest_calls'),
  'sticky (a caller meets the same agent again).',
  'sticky (a caller meets the same agent again), longest_idle (who has been free for longest), fewest_calls (who took
    -- the fewest calls in the last 24 hours); the last two know from call events, and without any are as weighted.')
WHERE name IN ('groups', 'problems') AND type IN ('table', 'view');

UPDATE sqlite_master SET sql = replace(replace(replace(replace(replace(replace(replace(replace(sql,
  '(''group'', ''agent'', ''owner'')',
  '(''group'', ''agent'', ''owner'', ''last_agent'')'),
  'group, agent or owner',
  'group, agent, owner or last_agent'),
  'owner = the caller''s owner (or who covers for them).',
  'owner = the caller''s owner (or who covers for them);
    -- last_agent = who took the caller''s last call within settings.last_agent_days, as call events tell.'),
  'With target owner: the owner must be on shift',
  'With target owner or last_agent: that agent must be on shift'),
  'rule_steps with target owner take no agent_id: the owner stands in callers.owner_id',
  'rule_steps with target owner or last_agent take no agent_id: the caller says who it is'),
  '(target <> ''owner'' OR agent_id IS NULL)',
  '(target NOT IN (''owner'', ''last_agent'') OR agent_id IS NULL)'),
  'owner takes no agent_id',
  'owner and last_agent take no agent_id'),
  'WHEN ''owner'' THEN agent_id IS NOT NULL',
  'WHEN ''owner'' THEN agent_id IS NOT NULL
  WHEN ''last_agent'' THEN agent_id IS NOT NULL')
WHERE name IN ('rule_steps', 'problems') AND type IN ('table', 'view');

UPDATE sqlite_master SET sql = replace(replace(replace(replace(replace(sql,
  '''fallback_group'', ''max_agents'')',
  '''fallback_group'', ''max_agents'', ''last_agent_days'')'),
  'fallback_group or max_agents',
  'fallback_group, max_agents or last_agent_days'),
  '-- max_agents      the longest list ever answered; 1 to 100, default 20',
  '-- max_agents      the longest list ever answered; 1 to 100, default 20
    -- last_agent_days for how many days a step with target last_agent remembers who took a call; 1 to 365, default 30'),
  'CONSTRAINT "settings.value of max_agents must be',
  'CONSTRAINT "settings.value of last_agent_days must be 1 to 365, such as 30"
    CHECK (key <> ''last_agent_days''
      OR (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 1 AND 365)),
  CONSTRAINT "settings.value of max_agents must be'),
  'UNION ALL
SELECT ''error'', ''settings'', key, ''value'', value, ''is not a country code''',
  'UNION ALL
SELECT ''error'', ''settings'', key, ''value'', value, ''is not a number of days from 1 to 365'', ''write such as 30''
FROM settings
WHERE key = ''last_agent_days''
  AND NOT (value = CAST(CAST(value AS INTEGER) AS TEXT) AND CAST(value AS INTEGER) BETWEEN 1 AND 365)
UNION ALL
SELECT ''error'', ''settings'', key, ''value'', value, ''is not a country code''')
WHERE name IN ('settings', 'problems') AND type IN ('table', 'view');

-- The new texts are read again here, and a fault in them would undo all of this.
PRAGMA writable_schema = RESET;

-- Whoever has the file open reads the tables' texts again only when something was made or dropped.
DROP INDEX IF EXISTS rule_steps_and_group_id;
CREATE INDEX rule_steps_and_group_id ON rule_steps (and_group_id) WHERE and_group_id IS NOT NULL;

PRAGMA user_version = 2;
