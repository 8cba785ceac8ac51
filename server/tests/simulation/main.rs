//! Deterministic simulation testing: several devices with real engines, a network and disks that fail, and the real server on
//! SQLite in memory, or two servers on PostgreSQL. The oracle runs the domain serially in the server's order. Every promise of
//! `docs/SYNC.md` is checked by name; a failure prints its seed, and `make simulate SEED=…` runs that one again.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a simulation reports by panicking"
)]

#[path = "../storage/databases.rs"]
mod databases;
mod device;
mod oracle;
mod people;
mod remote;
mod what_to_do;
mod world;

use server::faults::Fault;
use std::ops::Range;
use sync::engine::Sabotage;
use world::{Kind, Mistake, World};

/// How many seeds `make test` runs; `XIANGDAN_SEEDS` asks for another number, `XIANGDAN_SEED` for a single one.
const SEEDS: u64 = 2_400;
/// One in this many seeds also runs on PostgreSQL, where each takes longer.
const POSTGRES_SHARE: u64 = 40;
/// How many tests share them, so that all cores work.
const SHARDS: u64 = 6;
/// How many seeds a mistake gets to be noticed in.
const SEEDS_PER_MISTAKE: u64 = 4_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs one seed; `Err` says what was broken.
fn run(seed: u64, mistake: Option<Mistake>, on: Kind) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    let local = tokio::task::LocalSet::new();
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        local.block_on(&runtime, async {
            let mut world = World::new(seed, mistake, on).await;
            world.run().await;
        });
    }));
    ran.map_err(|cause| {
        let text = cause.downcast_ref::<String>().cloned();
        text.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_default()
    })
}

fn run_all(seeds: Range<u64>, on: Kind) {
    for seed in seeds {
        if let Err(broken) = run(seed, None, on) {
            panic!("seed {seed}: {broken}\nagain: make simulate SEED={seed}");
        }
    }
}

fn shard(n: u64) {
    if let Some(seed) = number("XIANGDAN_SEED") {
        if n == 0 {
            run_all(seed..seed + 1, Kind::Sqlite);
        }
        return;
    }
    let each = number("XIANGDAN_SEEDS").unwrap_or(SEEDS).div_ceil(SHARDS);
    run_all(n * each..(n + 1) * each, Kind::Sqlite);
}

macro_rules! shards {
    ($($name:ident = $n:literal),*) => {
        $(#[test]
        fn $name() {
            shard($n);
        })*
    };
}
shards!(
    every_promise_holds_in_the_first_sixth_of_the_seeds = 0,
    every_promise_holds_in_the_second_sixth_of_the_seeds = 1,
    every_promise_holds_in_the_third_sixth_of_the_seeds = 2,
    every_promise_holds_in_the_fourth_sixth_of_the_seeds = 3,
    every_promise_holds_in_the_fifth_sixth_of_the_seeds = 4,
    every_promise_holds_in_the_last_sixth_of_the_seeds = 5
);

fn postgres_shard(n: u64) {
    if let Some(seed) = number("XIANGDAN_SEED") {
        if n == 0 {
            run_all(seed..seed + 1, Kind::Postgres);
        }
        return;
    }
    let seeds = number("XIANGDAN_SEEDS").unwrap_or(SEEDS);
    let each = seeds.div_ceil(POSTGRES_SHARE * 2);
    run_all(n * each..(n + 1) * each, Kind::Postgres);
}

#[test]
fn every_promise_holds_on_postgres_in_the_first_half_of_its_seeds() {
    postgres_shard(0);
}

#[test]
fn every_promise_holds_on_postgres_in_the_second_half_of_its_seeds() {
    postgres_shard(1);
}

/// An injected fault is detected when some seed breaks a promise with it that holds without it.
fn is_noticed(mistake: Mistake, on: Kind) {
    // What a caught panic prints is not wanted hundreds of times.
    std::panic::set_hook(Box::new(|_| {}));
    let found =
        (0..SEEDS_PER_MISTAKE).find_map(|seed| Some((seed, run(seed, Some(mistake), on).err()?)));
    drop(std::panic::take_hook());
    let Some((seed, broken)) = found else {
        panic!("{mistake:?} was not noticed in {SEEDS_PER_MISTAKE} seeds");
    };
    eprintln!("{mistake:?} noticed at seed {seed}: {broken}");
}

#[test]
fn every_mistake_of_a_server_is_noticed() {
    Fault::ALL
        .into_iter()
        .map(Mistake::Server)
        .for_each(|mistake| is_noticed(mistake, Kind::Sqlite));
}

#[test]
fn every_mistake_of_a_server_is_noticed_on_postgres() {
    Fault::ALL
        .into_iter()
        .map(Mistake::Server)
        .for_each(|mistake| is_noticed(mistake, Kind::Postgres));
}

#[test]
fn every_mistake_of_a_device_is_noticed() {
    Sabotage::ALL
        .into_iter()
        .map(Mistake::Device)
        .for_each(|mistake| is_noticed(mistake, Kind::Sqlite));
}
