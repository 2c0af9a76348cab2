#!/usr/bin/env bash
# spread.sh [SEED...]: an hour of emulated calls in three minutes, with groups.spread and without, all at once.
#
# 60 agents in one group with longest_idle; one in ten is offline, calls last three minutes: 0.27 calls a second are 90 %
# of what they can talk. $PROGRAM is the server (target/debug/stringee-router), $OPTIONS go to `emulate calls`, for example
# --when-rung skipped.
set -euo pipefail
program=$(realpath "${PROGRAM:-target/debug/stringee-router}")
[ $# -gt 0 ] || set -- 1 2 3
directory=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$directory"' EXIT

# hour SEED SPREAD
hour() {
  local at=$directory/$1-$2 address server
  mkdir "$at" && cd "$at"
  "$program" emulate state center.json --agents 60 --queues 1 > config.toml 2> emulate.log
  "$program" init > init.log
  "$program" sql --yes --no-wait "
    with recursive number (i) as (select 1 union all select i + 1 from number where i < 60)
      insert into agents (id, name) select 'agent_' || i, 'Agent ' || i from number;
    insert into groups (id, name, strategy, spread) values ('all', 'All', 'longest_idle', $2);
    insert into group_members (group_id, agent_id) select 'all', id from agents;
    insert into rules (id, position, name) values (1, 1, 'All');
    insert into rule_steps (rule_id, step, group_id) values (1, 1, 'all')" > sql.log
  "$program" serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --waiting-speed 20 > serve.log 2>&1 &
  server=$!
  until address=$(grep -o 'webhook=127.0.0.1:[0-9]*' serve.log | cut -d= -f2 | head -n1) && [ -n "$address" ]; do sleep 0.1; done
  "$program" emulate calls center.json --minutes 60 --speed 20 --calls-per-second 0.27 --seed "$1" --json \
    --url "http://$address/get_list_agents" --events-url "http://$address/events" ${OPTIONS:-} > summary.json 2> minutes.log || true
  kill "$server"
  jq -r "\"seed $1, spread $2: \(.calls) calls, \(.answered) answered, half within \(.wait_seconds.half) s, nine in ten within \" +
    \"\(.wait_seconds.nine_in_ten) s; \(.rings) rings, \(.rings_in_vain) in vain; \(.broken | length) promises broken\", (.broken[] | \"  \(.invariant): \(.examples[0])\")" summary.json
}

hours=()
for seed; do
  for spread in 0 1; do
    hour "$seed" "$spread" & hours+=($!)
  done
done
wait "${hours[@]}"
