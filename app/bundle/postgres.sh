#!/usr/bin/env bash
# Runs a command beside a PostgreSQL cluster of its own, which is gone afterwards:
#
#   app/bundle/postgres.sh cargo nextest run --package server
#
# The command finds it by XIANGDAN_TEST_POSTGRES, a URL of the maintenance database; tests make a database each. The cluster
# listens on a socket in its temporary folder and nowhere else. It forgets everything if the machine stops (fsync=off): tests kill
# our servers, never the database.
set -uo pipefail

[ $# -gt 0 ] || { echo 'usage: app/bundle/postgres.sh COMMAND…' >&2; exit 2; }
bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -n1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb 2>/dev/null)" 2>/dev/null)
[ -x "$bin/initdb" ] || { echo 'postgres.sh: PostgreSQL is missing; app/bundle/setup.sh installs it' >&2; exit 1; }

folder=$(mktemp -d /tmp/xiangdan-postgres.XXXXXX)
# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  owner=postgres
  id postgres >/dev/null 2>&1 || owner=nobody
  chown "$owner" "$folder"
  as_owner() { (cd / && setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups env HOME="$folder" LC_ALL=C.UTF-8 "$@"); }
else
  as_owner() { env LC_ALL=C.UTF-8 "$@"; }
fi

stop() {
  as_owner "$bin/pg_ctl" --pgdata "$folder/data" --mode immediate --silent --wait stop >/dev/null 2>&1
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start() {
  as_owner "$bin/initdb" --pgdata "$folder/data" --username xiangdan --auth trust --encoding UTF8 --no-sync >"$folder/initdb.log" 2>&1 &&
    as_owner "$bin/pg_ctl" --pgdata "$folder/data" --log "$folder/server.log" --silent --wait start -o "-k $folder -c listen_addresses='' \
      -c fsync=${XIANGDAN_TEST_FSYNC:-off} -c full_page_writes=off -c max_connections=300 -c shared_buffers=${XIANGDAN_TEST_BUFFERS:-64MB} \
      -c max_wal_size=512MB -c autovacuum_naptime=10s" >/dev/null
}
if ! start; then
  cat "$folder"/*.log >&2
  echo 'postgres.sh: the cluster does not start' >&2
  exit 1
fi
export XIANGDAN_TEST_POSTGRES="postgres:///postgres?host=$folder&user=xiangdan"
"$@"
