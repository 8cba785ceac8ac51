#!/usr/bin/env bash
# Every check and every test, one part after another; all parts run, also after a failure. Ends with one line:
# "N passed, N failed", and ", N skipped" if something cannot be checked on this machine. Called by `make test`, which sets
# the toolchain.
set -uo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

# The crates that run on this machine, and those that need a browser.
browser=(--package app --package store --package bench)
host=(--workspace --exclude app --exclude store --exclude bench)
features=(--features server/bench,server/faults,server/shuttle,sync/testkit)

passed=0
failed=0
skipped=0
report=()
started=$SECONDS

# count PART PASSED FAILED: adds up; a part that counts nothing did not run, which is a failure.
count() {
  local part=$1 good=$2 bad=$3
  if [ $((good + bad)) = 0 ]; then
    bad=1
    printf '%s: nothing ran\n' "$part"
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  report+=("$(printf '%-34s %6d passed %4d failed %6d s' "$part" "$good" "$bad" $((SECONDS - part_started)))")
}
part() {
  part_started=$SECONDS
  printf '\n== %s\n' "$1"
}
# check NAME COMMAND…: a check that passes or fails as a whole.
check() {
  local name=$1
  shift
  part "$name"
  if "$@"; then count "$name" 1 0; else count "$name" 0 1; fi
}
# skip NAME WHY: a check that cannot be made on this machine. It has not passed, and the report says so.
skip() {
  part "$1"
  printf 'SKIPPED, not passed: %s\n' "$2"
  skipped=$((skipped + 1))
  report+=("$(printf '%-34s skipped: %s' "$1" "$2")")
}
# libtest NAME COMMAND…: tests whose output has libtest's "test result" lines. A command that fails without a failed test
# (it did not build, the browser did not start) is one failure.
libtest() {
  local name=$1 log good bad status
  shift
  part "$name"
  log=$(mktemp)
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  good=$(awk '/^test result:/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ /^passed/) n += $i } END { print n + 0 }' "$log")
  bad=$(awk '/^test result:/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ /^failed/) n += $i } END { print n + 0 }' "$log")
  rm -f "$log"
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  count "$name" "$good" "$bad"
}

native_tests() {
  local junit=target/nextest/test/junit.xml good=0 bad=0 tests bad_tests which=()
  if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
    skip 'behind nginx' 'nginx is not installed, and the set-up could not install it'
    which=(-E 'not test(/^proxy::/)')
  fi
  part 'native tests'
  rm -f "$junit"
  # Beside a PostgreSQL cluster of their own, which is gone afterwards.
  if ! app/bundle/postgres.sh cargo nextest run "${host[@]}" "${features[@]}" "${which[@]}" --profile test --no-tests fail; then bad=1; fi
  if [ -f "$junit" ]; then
    read -r tests bad_tests < <(node -e '
      const suites = require("fs").readFileSync(process.argv[1], "utf8").match(/<testsuites [^>]*>/)[0];
      const number = (name) => Number((suites.match(new RegExp(` ${name}="(\\d+)"`)) || [0, 0])[1]);
      console.log(number("tests"), number("failures") + number("errors"));
    ' "$junit")
    good=$((tests - bad_tests))
    [ "$bad_tests" -gt "$bad" ] && bad=$bad_tests
  fi
  count 'native tests' "$good" "$bad"
}

browser_stories() {
  local file=end2end/test-results/report.json good=0 bad=0 status
  part 'stories in a browser'
  rm -f "$file"
  (cd end2end && CI=true npx --no-install playwright test)
  status=$?
  if [ -f "$file" ]; then
    # A story that passed only at the second attempt, or was skipped, has not passed.
    read -r good bad < <(node -e '
      const { stats, errors } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
      console.log(stats.expected, stats.unexpected + stats.flaky + stats.skipped + errors.length);
    ' "$file")
  fi
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  count 'stories in a browser' "$good" "$bad"
}

# deny.toml says what may be a dependency. The database of known vulnerabilities lies on github.com, which not every machine
# reaches.
dependencies() {
  local strict=(--deny unmatched-skip --deny unnecessary-skip)
  check 'dependencies' cargo deny --locked --offline check "${strict[@]}" licenses bans sources
  if timeout 120 cargo deny --locked fetch db >/dev/null 2>&1; then
    check 'known vulnerabilities' cargo deny --locked check advisories
  else
    skip 'known vulnerabilities' 'the RustSec database cannot be fetched from here'
  fi
}

# Tests that look at the whole workspace's dependencies do so without a network.
cargo fetch --quiet --locked
check 'formatting' cargo fmt --all --check
dependencies
check 'clippy, host' cargo clippy --quiet "${host[@]}" "${features[@]}" --all-targets -- -D warnings
check 'clippy, browser' cargo clippy --quiet "${browser[@]}" --all-targets --target wasm32-unknown-unknown -- -D warnings
native_tests
# The pages' own words and arithmetic need no browser; apart, since their features and the server's exclude each other.
libtest 'tests of the pages' cargo test --quiet --package app --lib
check 'documentation examples' cargo test --quiet --doc "${host[@]}" "${features[@]}"
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner CHROMEDRIVER=$(command -v chromedriver) \
  libtest 'tests in Chromium' cargo test --package store --target wasm32-unknown-unknown
check 'the site, within its budget' cargo run --quiet --package bundle
check 'the release server' cargo build --quiet --release --package server --features embed
if [ -x "$target/release/xiangdan" ]; then browser_stories; else check 'stories in a browser' false; fi

printf '\n'
printf '%s\n' "${report[@]}"
printf '%-34s %27s %6d s\n' 'together' '' $((SECONDS - started))
printf '\n%d passed, %d failed' "$passed" "$failed"
[ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
printf '\n'
[ "$failed" = 0 ]
