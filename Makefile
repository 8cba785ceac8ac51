# Everything one does with Xiangdan. Each target needs nothing done before it: app/bundle/setup.sh installs what is missing.
#
#   make run       the release server with demonstration data, on XIANGDAN_ADDR (127.0.0.1:3000), data in XIANGDAN_DATA (./data)
#   make dev       the same, rebuilt quickly at every change of a page or the style
#   make test      every check and every test; ends with "N passed, N failed" (", N skipped")
#   make simulate  the sync simulation with SEEDS=20000 seeds
#   make two-servers  two servers on one PostgreSQL database, one killed now and then, for SECONDS=60
#   make reproducible  builds the site from two fresh checkouts and compares every byte
#   make bench     the measurements of docs/BENCHMARKS.md
#   make site, make build, make doc, make clean

XIANGDAN_ADDR ?= 127.0.0.1:3000
XIANGDAN_DATA ?= ./data
export XIANGDAN_ADDR XIANGDAN_DATA

ifeq ($(filter clean,$(MAKECMDGOALS)),)
# The set-up runs before anything else and names the toolchain; a second time it takes a moment.
include target/toolchain.env
export RUSTUP_TOOLCHAIN
endif

target := $(or $(CARGO_TARGET_DIR),target)
say = @printf '\n== %s\n'
# Fills a new data folder, once and whole, and shows every time what `xiangdan demo` said of its accounts. A database elsewhere
# (DATABASE_URL) is filled only by who says `xiangdan demo`.
demonstrate = @data="$(XIANGDAN_DATA)"; new="$$data/unfinished"; if [ -z "$$DATABASE_URL" ] && [ ! -e "$$data/xiangdan.sqlite" ]; then \
	  printf '\n== %s\n' "Filling $$data with demonstration data"; rm -rf "$$new"; mkdir -p "$$new"; \
	  RUST_LOG=warn $(target)/$(1)/xiangdan --data "$$new" demo >"$$new/demo.txt" && \
	  mv "$$new"/demo.txt "$$new"/xiangdan.sqlite* "$$data/" && rmdir "$$new" || exit 1; \
	fi; if [ -e "$$data/demo.txt" ]; then printf '\n'; cat "$$data/demo.txt"; fi

.PHONY: run dev test site build simulate two-servers reproducible bench doc clean always
.DEFAULT_GOAL := run

target/toolchain.env: always
	@app/bundle/setup.sh $(if $(filter test bench simulate two-servers,$(MAKECMDGOALS)),all,build)
always:

site:
	$(say) 'Building the site'
	@cargo run --quiet --package bundle

# One binary with the site inside it.
build: site
	$(say) 'Building the server (some minutes the first time)'
	@cargo build --release --package server --features embed

run: build
	$(call demonstrate,release)
	$(say) 'Starting the server, data in $(XIANGDAN_DATA), stop with Ctrl-C'
	@exec $(target)/release/xiangdan serve

# The page is rebuilt at every change, reload to see it; the server is started once.
dev: export XIANGDAN_SITE = $(abspath $(target))/site-dev
dev:
	$(say) 'Building the page and the server quickly'
	@cargo build --quiet --package bundle --package server
	@$(target)/debug/bundle --dev
	$(call demonstrate,debug)
	@$(target)/debug/bundle --dev --watch & watch=$$!; trap 'kill $$watch' EXIT; $(target)/debug/xiangdan serve

test:
	@app/bundle/test.sh

# Any number of seeds, or a single one with SEED=…, as a failure prints it.
SEEDS ?= 20000
simulate: export XIANGDAN_SEEDS = $(SEEDS)
simulate: export XIANGDAN_SEED = $(SEED)
simulate:
	$(say) '$(if $(SEED),Simulating seed $(SEED),Simulating $(SEEDS) seeds)'
	@app/bundle/postgres.sh cargo nextest run --profile simulate --package server --features faults --test simulation

# The cluster waits for its disk, as in operation.
SECONDS ?= 60
two-servers: export XIANGDAN_TWO_SERVERS_SECONDS = $(SECONDS)
two-servers: export XIANGDAN_TEST_FSYNC = on
two-servers:
	$(say) 'Two servers on one database for $(SECONDS) seconds'
	@app/bundle/postgres.sh cargo test --quiet --package server --features faults --test storage two_processes -- --nocapture

reproducible:
	$(say) 'Building the site twice, from two fresh checkouts'
	@app/bundle/reproducible.sh

bench: site
	$(say) 'Building the benchmark page and a server with its routes'
	@cargo run --quiet --package bundle -- --bench
	@cargo build --release --package server --features embed,bench --bins
	@mkdir -p $(target)/bench-bin
	@cp $(target)/release/xiangdan $(target)/release/xiangdan-load $(target)/bench-bin/
	$(say) 'Measuring'
	@XIANGDAN_BENCH_BIN=$(abspath $(target))/bench-bin node end2end/bench/run.mjs $(BENCH)

doc:
	$(say) 'Documentation of all crates, in $(target)/doc'
	@cargo doc --no-deps --workspace

clean:
	rm -rf target end2end/test-results end2end/playwright-report end2end/bench/out
