//! Figures: numbers by region, and the lists behind them.

use super::{entity, write};
use domain::figures::{ALL, OVERDUE, UNMATCHED};
use domain::{Day, Level, RegionCode};
use server::storage::browse::BrowseQuery;
use server::storage::figures::{EntityFacts, FactRow, FiguresQuery, recomputed};
use server::storage::projection::ProjectionRow;
use server::storage::work_rows::WorkRows;
use server::storage::{SharedStorage, Storage};
use std::collections::{BTreeMap, BTreeSet};

/// Villages of three counties in two cities, and what is registered at a county, a city and the province.
const REGIONS: [i64; 8] = [
    431_230_104_201,
    431_230_104_202,
    431_230_105_201,
    431_229_100_200,
    430_102_001_200,
    431_230_000_000,
    431_200_000_000,
    430_000_000_000,
];
const TODAY: Day = Day(20_000);

fn region(code: i64) -> RegionCode {
    RegionCode::try_from(code.cast_unsigned()).expect("a code")
}

/// What an entity counts as, made of a number.
fn facts(id: usize, n: u64) -> EntityFacts {
    let region = REGIONS[(n % 8) as usize];
    let mut figures = vec![(ALL.to_owned(), 0)];
    match n / 8 % 4 {
        0 => figures.clear(),
        1 => figures.push((UNMATCHED.to_owned(), 0)),
        2 => figures.push((OVERDUE.to_owned(), i64::from(TODAY.0) + 1)),
        _ => {
            figures.push((OVERDUE.to_owned(), i64::from(TODAY.0)));
            figures.push((UNMATCHED.to_owned(), 0));
        }
    }
    figures.sort();
    EntityFacts {
        kind: "need".to_owned(),
        id: format!("{id:03}"),
        region,
        figures,
    }
}

async fn put(storage: &dyn Storage, all: &mut BTreeMap<String, EntityFacts>, new: EntityFacts) {
    let rev = if all.contains_key(&new.id) { 2 } else { 1 };
    let projection = ProjectionRow {
        kind: new.kind.clone(),
        id: new.id.clone(),
        region: new.region,
        topic: "care".to_owned(),
        stage: if new.figures.is_empty() {
            "draft"
        } else {
            "published"
        }
        .to_owned(),
        updated_at: i64::try_from(new.id.len()).expect("small"),
        text: "路灯".to_owned(),
    };
    let rows = WorkRows {
        entities: vec![entity(&new.id, rev)],
        projections: vec![projection],
        facts: vec![new.clone()],
        ..WorkRows::default()
    };
    write(storage, &rows).await;
    all.insert(new.id.clone(), new);
}

/// What a person would count.
fn naive(
    all: &BTreeMap<String, EntityFacts>,
    name: &str,
    in_region: RegionCode,
) -> BTreeSet<String> {
    let counts = |facts: &&EntityFacts| {
        let has = |(figure, from): &(String, i64)| figure == name && *from <= i64::from(TODAY.0);
        in_region.contains(region(facts.region)) && facts.figures.iter().any(has)
    };
    all.values()
        .filter(counts)
        .map(|facts| facts.id.clone())
        .collect()
}

async fn agrees(storage: &dyn Storage, all: &BTreeMap<String, EntityFacts>) {
    for (code, below) in [
        (430_000_000_000, Level::City),
        (431_200_000_000, Level::County),
        (431_230_000_000, Level::Town),
        (431_230_104_000, Level::Village),
        (431_230_104_201, Level::Village),
    ] {
        let query = FiguresQuery {
            region: region(code),
            level: below,
            today: TODAY,
        };
        let found = storage.figures(&query).await.expect("counts");
        for name in [ALL, UNMATCHED, OVERDUE] {
            let expected = naive(all, name, region(code));
            let number: u64 = found.iter().filter(|f| f.name == name).map(|f| f.n).sum();
            assert_eq!(number, expected.len() as u64, "{name} in {code}");
            for part in found.iter().filter(|f| f.name == name) {
                // What lies in no region of the level stands at the region itself.
                let parts = all.values().filter(|facts| {
                    region(facts.region).at(below) == part.region
                        && naive(all, name, region(code)).contains(&facts.id)
                });
                assert_eq!(part.n, parts.count() as u64, "{name} in {:?}", part.region);
            }
            // The list behind the number, by every plan.
            for budget in [0, 3, 8_000] {
                let query = BrowseQuery {
                    figure: Some((name.to_owned(), TODAY)),
                    budget,
                    ..BrowseQuery::of(region(code), 1_000)
                };
                let list = storage.browse(&query).await.expect("browses");
                let list: BTreeSet<String> = list.into_iter().map(|found| found.id).collect();
                assert_eq!(list, expected, "{name} in {code}");
            }
        }
    }
}

/// Whatever is written in whatever order, the tallies are what a recount of all facts finds (incremental = recomputed).
pub(super) async fn numbers_are_what_a_recount_finds(storage: SharedStorage) {
    let mut all = BTreeMap::new();
    let mut chance = 0x9E37_79B9_u64;
    for step in 0..60 {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        put(
            &*storage,
            &mut all,
            facts((chance % 25) as usize, chance >> 8),
        )
        .await;
        if step % 20 != 19 {
            continue;
        }
        let stored = storage.inspect().await.expect("inspects");
        let expected: BTreeSet<FactRow> = all.values().flat_map(EntityFacts::rows).collect();
        assert_eq!(stored.facts.into_iter().collect::<BTreeSet<_>>(), expected);
        let tallies: BTreeSet<_> = stored.tallies.into_iter().collect();
        assert_eq!(tallies, recomputed(expected.iter()));
        agrees(&*storage, &all).await;
    }
}

/// A lens: only some regions, which may lie in one another's range or outside of what is asked for.
pub(super) async fn some_regions_alone_are_found(storage: SharedStorage) {
    let mut all = BTreeMap::new();
    for (id, n) in (0..16).zip(8..) {
        put(&*storage, &mut all, facts(id, n)).await;
    }
    let ranges = vec![
        (430_102_001_200, 430_102_001_200),
        (431_230_104_000, 431_230_104_999),
    ];
    for (code, expected) in [
        (
            430_000_000_000,
            vec![430_102_001_200, 431_230_104_201, 431_230_104_202],
        ),
        (431_230_000_000, vec![431_230_104_201, 431_230_104_202]),
        (431_229_000_000, vec![]),
    ] {
        // With and without rows enough to look at in order.
        for (words, budget) in [
            (vec![], 0),
            (vec![], 8_000),
            (vec!["路灯".to_owned()], 0),
            (vec!["路灯".to_owned()], 8_000),
        ] {
            let query = BrowseQuery {
                regions: Some(ranges.clone()),
                words,
                budget,
                ..BrowseQuery::of(region(code), 100)
            };
            let found = storage.browse(&query).await.expect("browses");
            let regions = found.iter().map(|found| all[&found.id].region);
            let regions: BTreeSet<i64> = regions.collect();
            assert_eq!(regions.into_iter().collect::<Vec<_>>(), expected, "{code}");
        }
    }
}
