-- What a PostgreSQL database holds beside the rules, version 2: the journal of all servers, and how far their clocks are off.

ALTER TABLE replicas ADD COLUMN clock_ms bigint;
  -- By how many milliseconds the server's clock is ahead of PostgreSQL's.

--------------------------------------------------------------------------------------------------------------- journal
CREATE TABLE decisions (
  -- Who was offered for a call: one row per call and distinct answer, however often and by whichever server it was given.
  project_id bigint NOT NULL,
  day date NOT NULL,
    -- The UTC day of the call's first ask. Each day is a partition, which is dropped as a whole when it is too old.
  key bigint NOT NULL,
    -- A hash of call_id, queue_id, outcome, rule_id and agents: the same answer to the same call is the same row.
  call_id text COLLATE "C" NOT NULL,
    -- The callId as Stringee sent it.
  first_at timestamptz NOT NULL,
    -- When this answer was first given.
  last_at timestamptz NOT NULL,
    -- When it was last given.
  asks bigint NOT NULL,
    -- How many times it was given.
  waited bigint NOT NULL,
    -- For how many seconds the call had waited at first_at.
  queue_id text COLLATE "C" NOT NULL,
    -- The queueId as Stringee sent it.
  from_number text COLLATE "C",
    -- The caller in the form that rules are compared with (84986776777); NULL = anonymous. Masked (…777) if configured.
  to_number text COLLATE "C",
    -- The hotline, in the same form.
  outcome text NOT NULL,
    -- rule = by a rule, blocked = a rule says nobody, fallback = by settings.fallback_group, nobody = nobody was found.
  rule_id bigint,
    -- rules.id of the rule, with the outcomes rule and blocked.
  rule text,
    -- Its name at that time.
  agents json NOT NULL,
    -- Who was offered, in order: [id, routing_type, answer_timeout], and as a fourth item the telephone number with
    -- routing_type 2.
  version bigint NOT NULL,
    -- The version of the rules that gave this answer first.
  rules_hash text NOT NULL,
    -- The hash of that version's rows.
  PRIMARY KEY (project_id, day, key)
) PARTITION BY RANGE (day);
CREATE INDEX decisions_call_id ON decisions (project_id, call_id);
CREATE INDEX decisions_first_at ON decisions (project_id, first_at);
CREATE INDEX decisions_from_number ON decisions (project_id, from_number, first_at) WHERE from_number IS NOT NULL;

CREATE TABLE taken_calls (
  -- One row per call and agent who took it. A call that is handed on has a row for each of the two.
  project_id bigint NOT NULL,
  day date NOT NULL,
    -- The UTC day of answered_at.
  call_id text COLLATE "C" NOT NULL,
    -- The call_id of the events: the callId that decisions have.
  agent text COLLATE "C" NOT NULL,
    -- agents.id of who took it.
  from_number text COLLATE "C",
    -- The caller in the form that rules are compared with; NULL = anonymous. Masked (…777) if configured.
  answered_at timestamptz NOT NULL,
    -- When the event that says so arrived.
  ended_at timestamptz,
    -- When the event arrived that says that the call, or the agent's part in it, is over; NULL = not yet, or it got lost.
  PRIMARY KEY (project_id, day, call_id, agent)
) PARTITION BY RANGE (day);
CREATE INDEX taken_calls_call_id ON taken_calls (project_id, call_id);
CREATE INDEX taken_calls_answered_at ON taken_calls (project_id, answered_at);
CREATE INDEX taken_calls_from_number ON taken_calls (project_id, from_number, answered_at) WHERE from_number IS NOT NULL;

CREATE TABLE journal_batches (
  -- Up to which of its pieces each server's journal stands here: a piece that comes again is passed over.
  source text PRIMARY KEY,
    -- A server's journal.db.
  seq bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The day of a moment; of one that a clock far off has made up, today.
CREATE FUNCTION journal_day(moment timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT (CASE WHEN moment BETWEEN now() - interval '1 year' AND now() + interval '2 days' THEN moment ELSE now() END
    AT TIME ZONE 'UTC')::date
$$;

-- Makes the partitions of a day.
CREATE FUNCTION journal_open(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
DECLARE
  parent text;
  part text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['decisions', 'taken_calls'] LOOP
    part := parent || '_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass(part) IS NOT NULL;
    PERFORM pg_advisory_xact_lock(hashtext('stringee.journal_open'));
    CONTINUE WHEN to_regclass(part) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, day, day + 1);
  END LOOP;
END $$;

-- Drops the partitions of all days before one; the number of those that there were.
CREATE FUNCTION journal_forget(before date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = stringee, pg_temp AS $$
DECLARE
  part text;
  dropped bigint := 0;
BEGIN
  FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent IN ('decisions'::regclass, 'taken_calls'::regclass)
      AND right(c.relname, 8) ~ '^[0-9]{8}$' AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
  LOOP
    EXECUTE format('DROP TABLE %I', part);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;

---------------------------------------------------------------------------------------------------------------- rights
REVOKE EXECUTE ON FUNCTION journal_open(date), journal_forget(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journal_open(date), journal_forget(date) TO stringee_router;
GRANT SELECT, INSERT, UPDATE ON decisions, taken_calls, journal_batches TO stringee_router;
GRANT SELECT ON decisions, taken_calls TO stringee_reader;
