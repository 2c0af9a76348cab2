#!/usr/bin/env bash
# DB Browser for SQLite reads the definition of every table with a parser of its own. A table that it does not understand
# can be looked at there, and takes no new row.
set -euo pipefail
database=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work

# It stays open until it is ended.
open() { xvfb-run -a timeout 8 sqlitebrowser "$@" 2>&1 || true; }

# What is known not to be understood, so that silence means something.
sqlite3 "$work/control.db" "CREATE TABLE t (a TEXT CHECK (replace(a, ' ', '') <> ''))"
said=$(open -t t "$work/control.db")
grep -q "Sqlite parse error" <<<"$said" \
  || { echo "DB Browser does not say any more what it does not understand"; exit 1; }

said=$(open -t settings "$database")
if grep "syntax error" -A1 <<<"$said"; then
  echo "DB Browser does not understand this table"
  exit 1
fi

# A row by its hand, with the checks and triggers as they are.
cp "$database" "$work/edited.db"
echo "INSERT INTO schedule_hours (schedule_id, days, start_time, end_time) SELECT id, 'sun', '08:00', '09:30' FROM schedules LIMIT 1;" >"$work/edit.sql"
open -s "$work/edit.sql" -t schedule_hours "$work/edited.db" >/dev/null
[ "$(sqlite3 "$work/edited.db" "SELECT count(*) FROM schedule_hours WHERE end_time = '09:30'")" = 1 ] \
  || { echo "DB Browser could not add a row"; exit 1; }
