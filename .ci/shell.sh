#!/usr/bin/env bash
# What an admin meets in the real `sqlite3` shell, which is older than the SQLite inside our program.
#
#   .ci/shell.sh RULES_DB    a database with the demo data; it is copied, not changed
set -euo pipefail

given=${1:?usage: .ci/shell.sh RULES_DB}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sqlite3 "$given" "VACUUM INTO '$work/demo.db'"
failures=0

# Every check gets a database of its own.
fresh() { rm -f "$work"/db*; cp "$work/demo.db" "$work/db"; }

fail() {
  failures=$((failures + 1))
  printf 'FAIL '
  printf '%s\n' "$@"
} >&2

# gives SQL EXPECTED: the last line that the statements print.
gives() {
  local said
  fresh
  said=$(sqlite3 "$work/db" "$1" 2>&1 | tail -n 1) || true
  [ "$said" = "$2" ] || fail "$1" "  said:     $said" "  expected: $2"
}

# refuses SQL SENTENCE: an error whose text contains the sentence, and no change.
refuses() {
  local said
  fresh
  if said=$(sqlite3 -bail "$work/db" "$1" 2>&1); then
    fail "accepted: $1"
  elif [[ $said != *"$2"* ]]; then
    fail "$1" "  said:     $said" "  expected: $2"
  fi
}

sqlite3 "$work/demo.db" 'SELECT sqlite_version()' | sed 's/^/sqlite3 /'

# The file is whole, nothing is wrong with it, and .schema explains it.
gives 'PRAGMA integrity_check' ok
gives 'SELECT count(*) FROM problems' 0
gives 'PRAGMA journal_mode' delete
gives 'PRAGMA foreign_keys' 0
fresh
for words in 'The stringee_user_id' 'A window belongs to the day on which it starts' 'Condition: the called number'; do
  grep -q "$words" <(sqlite3 "$work/db" .schema) || fail ".schema does not say: $words"
done

# A bad edit is refused, and the shell prints what to write instead.
refuses "UPDATE agents SET phone_number = '0909992666' WHERE id = 'hoa'" \
  'agents.phone_number must be digits in international form without + or leading 0, such as 84909992666'
refuses "UPDATE agents SET routing_type = 2 WHERE id = 'tuan'" 'agents.phone_number is needed with routing_type 2'
refuses "UPDATE absences SET ends_at = '2027-02-30 08:00' WHERE id = 1" \
  'absences.ends_at must be a local date and time such as 2027-02-15 08:00'
refuses "UPDATE schedule_hours SET date_from = '2027-02-29', date_to = '2027-03-01' WHERE days IS NULL" \
  'schedule_hours.date_from must be a date such as 2027-02-05'
refuses "UPDATE schedule_hours SET start_time = '24:00' WHERE days = 'sun'" \
  'schedule_hours.start_time must be a time from 00:00 to 23:59, such as 08:00'
refuses "INSERT INTO group_members (group_id, agent_id) VALUES ('vip', 'nobody')" \
  'group_members.agent_id must be the id of a row in agents: add that agent first'
refuses "INSERT INTO rule_steps (rule_id, step, agent_id) VALUES (7, 2, 'hoa')" \
  'rule_steps with target group need group_id and no agent_id (target agent rings one agent)'
refuses "INSERT INTO settings VALUES ('timezone', 'UTC', NULL)" 'settings.key must be time_zone, country_code'
refuses "DELETE FROM groups WHERE id = 'vip'" 'still rung by rule_steps (group_id): change or delete those steps first'
refuses "DELETE FROM agents WHERE id = 'hoa'" 'this agent still owns callers (owner_id): give those another owner or NULL first'
refuses "DELETE FROM schedules WHERE id = 'ca_sang'" 'still the shift of group_members (schedule_id)'
refuses 'ALTER TABLE agents DROP COLUMN note' 'error in trigger agents_inserted'

# References follow, with foreign keys off (the shell's default) and on.
for keys in 0 1; do
  gives "PRAGMA foreign_keys = $keys; UPDATE agents SET id = 'hoa2' WHERE id = 'hoa';
    SELECT (SELECT group_id FROM group_members WHERE agent_id = 'hoa2') || ' '
      || (SELECT number FROM callers WHERE owner_id = 'hoa2') || ' ' || (SELECT id FROM agents WHERE cover_id = 'hoa2')" \
    'kinh_doanh 0282220* lan'
  gives "PRAGMA foreign_keys = $keys; UPDATE callers SET owner_id = NULL WHERE owner_id = 'hoa'; DELETE FROM agents WHERE id = 'hoa';
    SELECT (SELECT count(*) FROM group_members WHERE agent_id = 'hoa') || ' '
      || (SELECT count(*) FROM callers WHERE owner_id = 'hoa') || ' ' || (SELECT count(*) FROM problems)" \
    '0 0 0'
  gives "PRAGMA foreign_keys = $keys; DELETE FROM rules; SELECT count(*) FROM rule_steps" 0
done

# Whoever edits is in the log, as far as anybody can know.
gives "UPDATE agents SET note = 'x' WHERE id = 'hoa'; SELECT actor || ' ' || op || ' ' || row_key FROM changes ORDER BY id" \
  'unknown update hoa'
gives "BEGIN; INSERT INTO editor (actor, reason) VALUES ('hoa', 'try'); DELETE FROM queues; DELETE FROM editor; COMMIT;
  SELECT actor || ' ' || reason || ' ' || op FROM changes ORDER BY id" 'hoa try delete'

# What slips past is named before the admin leaves the shell.
gives "PRAGMA ignore_check_constraints = 1; UPDATE agents SET answer_timeout = 'soon' WHERE id = 'hoa';
  SELECT severity || ' ' || table_name || '.' || column_name || ' ' || row_key || ' ' || value || ' ' || remedy FROM problems" \
  'error agents.answer_timeout hoa soon write a whole number from 3 to 120, or NULL'

# A table that comes from a spreadsheet, and the whole database through a dump and back.
fresh
printf '0911 000 %03d,Khách %d,hoa,vip,,\n' 1 1 2 2 3 3 >"$work/callers.csv"
sqlite3 "$work/db" '.mode csv' ".import $work/callers.csv callers" 2>"$work/errors" || true
grep -q 'callers.expires_on must be a date such as 2027-12-31, or NULL' "$work/errors" ||
  fail "an empty cell of a spreadsheet: $(cat "$work/errors")"
sqlite3 "$work/db" 'CREATE TEMP TABLE sheet (number, name, owner_id, tags, expires_on, note)' '.mode csv' \
  ".import $work/callers.csv sheet" "INSERT INTO callers
    SELECT number, name, owner_id, tags, nullif(expires_on, ''), nullif(note, '') FROM sheet"
[ "$(sqlite3 "$work/db" "SELECT count(*) FROM callers WHERE number LIKE '0911%'")" = 3 ] || fail 'import of callers'
sqlite3 "$work/db" .dump | sqlite3 "$work/db2"
[ "$(sqlite3 "$work/db2" 'SELECT count(*) FROM problems')" = 0 ] || fail 'problems after a dump'
[ "$(sqlite3 "$work/db2" .dump | sort)" = "$(sqlite3 "$work/db" .dump | sort)" ] || fail 'a dump of a dump differs'

if [ "$failures" -gt 0 ]; then
  echo "$failures checks failed" >&2
  exit 1
fi
echo 'every check passed'
