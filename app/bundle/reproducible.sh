#!/usr/bin/env bash
# Builds the site twice, from two fresh checkouts of the last commit in folders of different names, the second time with a
# CARGO_HOME of its own, and compares every byte. Called by `make reproducible`; takes as long as two first builds.
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo_home=${CARGO_HOME:-$HOME/.cargo}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git diff --quiet HEAD || printf 'reproducible: what is not committed yet is not built\n'

# site FOLDER CARGO_HOME: a fresh checkout and its site. A site over its budget is complete too; only making none is a failure.
site() {
  git clone --quiet --no-hardlinks . "$1"
  cp -R end2end/node_modules "$1/end2end/"
  (cd "$1" && env -u CARGO_TARGET_DIR -u XIANGDAN_SITE CARGO_HOME="$2" cargo run --quiet --package bundle) || true
  [ -f "$1/target/site/index.html" ]
}

site "$work/one" "$cargo_home"
rm -rf "$work/one/target/debug" "$work/one/target/wasm32-unknown-unknown"
# The second one has the same crates, unpacked anew under another path.
mkdir -p "$work/a home with another name/registry"
for part in index cache; do
  [ ! -d "$cargo_home/registry/$part" ] || cp -R "$cargo_home/registry/$part" "$work/a home with another name/registry/"
done
site "$work/elsewhere/much deeper/two" "$work/a home with another name"

diff -r "$work/one/target/site" "$work/elsewhere/much deeper/two/target/site"
files=$(find "$work/one/target/site" -type f | wc -l)
printf 'reproducible: all %d files of both sites are the same\n' "$files"
