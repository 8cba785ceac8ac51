//! Questions over needs: regions, topics, stages, words, and pages.

use super::{entity, write};
use server::storage::browse::BrowseQuery;
use server::storage::projection::ProjectionRow;
use server::storage::tables::TABLES;
use server::storage::work_rows::WorkRows;
use server::storage::{SharedStorage, Storage};
use std::collections::BTreeMap;

/// Two cities, three counties, towns and villages in them.
const VILLAGES: [i64; 6] = [
    431_230_104_201,
    431_230_104_202,
    431_230_105_201,
    431_229_100_200,
    430_102_001_200,
    430_102_001_201,
];
const TOPICS: [&str; 2] = ["health", "public_service"];
const STAGES: [&str; 3] = ["published", "submitted", "draft"];

fn row(id: &str, region: i64, updated_at: i64, text: &str) -> ProjectionRow {
    ProjectionRow {
        kind: "need".to_owned(),
        id: id.to_owned(),
        region,
        topic: TOPICS[0].to_owned(),
        stage: STAGES[0].to_owned(),
        updated_at,
        text: text.to_owned(),
    }
}

/// Commits projections with their entities; those whose identifier ends in `5` have no public view.
async fn put(storage: &dyn Storage, rev: i64, projections: Vec<ProjectionRow>) {
    let entities = projections.iter().map(|row| {
        let mut entity = entity(&row.id, rev);
        if row.id.ends_with('5') {
            entity.public = None;
        }
        entity
    });
    let rows = WorkRows {
        entities: entities.collect(),
        projections,
        ..WorkRows::default()
    };
    write(storage, &rows).await;
}

fn region(code: i64) -> domain::RegionCode {
    domain::RegionCode::try_from(code.cast_unsigned()).expect("a code")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// The identifiers, by both plans: they must agree.
async fn found(storage: &dyn Storage, query: &BrowseQuery) -> Vec<String> {
    let mut answers = Vec::new();
    for budget in [0, query.budget, i64::MAX / 2] {
        let query = BrowseQuery {
            budget,
            ..query.clone()
        };
        let found = storage.browse(&query).await.expect("browses");
        answers.push(found.into_iter().map(|f| f.id).collect::<Vec<_>>());
    }
    assert_eq!(answers[0], answers[1], "{query:?}");
    assert_eq!(answers[0], answers[2], "{query:?}");
    answers.remove(0)
}

pub(super) async fn needs_are_found_by_region_topic_stage_and_words(storage: SharedStorage) {
    let (here, there) = (VILLAGES[0], VILLAGES[4]);
    let mut needs = vec![
        row("1", here, 0, "路灯 100% 坏了_"),
        row("2", here, 1, "水管 abc"),
        row("3", VILLAGES[2], 1, "路灯 木脚村"),
        row("4", VILLAGES[1], 2, "路灯"),
        row("6", there, 2, "路灯"),
    ];
    needs[1].topic = "care".to_owned();
    needs[3].stage = "draft".to_owned();
    put(&*storage, 1, needs).await;
    let base = BrowseQuery::of(region(431_230_000_000), 10);
    let ids = async |query: BrowseQuery| found(&*storage, &query).await.join(" ");
    let with = |asked: &[&str]| BrowseQuery {
        words: words(asked),
        ..base.clone()
    };
    assert_eq!(ids(base.clone()).await, "3 2 1", "newest first, no drafts");
    assert_eq!(ids(with(&["路灯"])).await, "3 1");
    assert_eq!(ids(with(&["路灯", "木脚"])).await, "3");
    // Nothing in a word stands for something else.
    assert_eq!(ids(with(&["100%"])).await, "1");
    assert_eq!(ids(with(&["_"])).await, "1");
    assert_eq!(ids(with(&["a%c"])).await, "");
    assert_eq!(ids(with(&["stage:published"])).await, "");
    let topic = BrowseQuery {
        topic: Some("care".to_owned()),
        ..base.clone()
    };
    assert_eq!(ids(topic).await, "2");
    let public = BrowseQuery {
        full: false,
        ..base.clone()
    };
    assert_eq!(ids(public).await, "4 3 2 1");
    let after = BrowseQuery {
        after: Some((1, "3".to_owned())),
        ..base.clone()
    };
    assert_eq!(
        ids(after).await,
        "2 1",
        "the same time, an identifier before"
    );
    let one = BrowseQuery {
        need: Some("2".to_owned()),
        stage: Some("published".to_owned()),
        ..base.clone()
    };
    assert_eq!(ids(one).await, "2");
    for (code, expected) in [
        (430_000_000_000, "6 3 2 1"),
        (431_200_000_000, "3 2 1"),
        (431_230_104_000, "2 1"),
        (here, "2 1"),
        (there, "6"),
        (431_231_000_000, ""),
    ] {
        let query = BrowseQuery {
            region: region(code),
            ..base.clone()
        };
        assert_eq!(ids(query).await, expected, "{code}");
    }
}

/// A sequence that looks random and is the same in every run (xorshift).
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Few different characters, so that words repeat: Chinese, Latin, wide, one beyond the first plane, signs of SQL and of queries.
    fn text(&mut self, length: usize, white_space: bool) -> String {
        const LETTERS: [char; 18] = [
            '路', '灯', '水', '管', 'a', 'B', '4', 'Ａ', '４', '。', '📦', '%', '_', '\'', '"',
            '*', ' ', '\u{3000}',
        ];
        let letters = if white_space {
            &LETTERS[..]
        } else {
            &LETTERS[..16]
        };
        (0..length).map(|_| self.of(letters)).collect()
    }
}

fn naive(rows: &[ProjectionRow], query: &BrowseQuery) -> Vec<String> {
    let fits = |row: &&ProjectionRow| {
        query.region.contains(region(row.region))
            && if query.full {
                row.stage != "draft"
            } else {
                !row.id.ends_with('5')
            }
            && query.topic.as_ref().is_none_or(|t| row.topic == *t)
            && query.stage.as_ref().is_none_or(|s| row.stage == *s)
            && query.words.iter().all(|w| row.text.contains(w))
            && (query.after.as_ref()).is_none_or(|(at, id)| (row.updated_at, &row.id) < (*at, id))
    };
    let mut rows: Vec<&ProjectionRow> = rows.iter().filter(fits).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.updated_at, &row.id)));
    let ids = rows.into_iter().map(|row| row.id.clone());
    ids.take(usize::try_from(query.limit).expect("small"))
        .collect()
}

pub(super) async fn a_search_finds_what_a_naive_filter_finds(storage: SharedStorage) {
    let mut random = Sequence(0x5eed);
    let rows: Vec<ProjectionRow> = (0..400)
        .map(|n| {
            let length = 1 + random.below(25);
            let text = domain::text::fold(random.text(length, true));
            let mut row = row(
                &format!("{n:03}"),
                random.of(&VILLAGES),
                random.below(100) as i64,
                &text,
            );
            row.topic = random.of(&TOPICS).to_owned();
            row.stage = random.of(&STAGES).to_owned();
            row
        })
        .collect();
    put(&*storage, 1, rows.clone()).await;
    let mut hits = 0;
    for _ in 0..250 {
        let level = random.of(&[10_000_000_000, 100_000_000, 1_000_000, 1_000, 1]);
        let asked: Vec<String> = (0..random.below(3))
            .map(|_| {
                let length = 1 + random.below(4);
                random.text(length, false)
            })
            .collect();
        let mut query = BrowseQuery::of(
            region(random.of(&VILLAGES) / level * level),
            random.of(&[1, 7, 500]),
        );
        query.words = domain::text::words(&asked.join(" "));
        query.full = random.below(3) > 0;
        query.topic = (random.below(4) == 0).then(|| random.of(&TOPICS).to_owned());
        query.stage = (random.below(4) == 0).then(|| random.of(&STAGES).to_owned());
        query.after = (random.below(3) == 0).then(|| {
            (
                random.below(100) as i64,
                format!("{:03}", random.below(400)),
            )
        });
        query.budget = random.below(40) as i64;
        let expected = naive(&rows, &query);
        hits += usize::from(!expected.is_empty() && !query.words.is_empty());
        assert_eq!(found(&*storage, &query).await, expected, "{query:?}");
    }
    assert!(hits > 40, "only {hits} searches found something");
}

pub(super) async fn every_need_is_on_one_page_while_others_change(storage: SharedStorage) {
    // Ten have the same time, so identifiers decide.
    let rows = (0..200).map(|n| row(&format!("{n:03}"), VILLAGES[n % 3], n as i64 / 10, "路灯"));
    put(&*storage, 1, rows.collect()).await;
    for asked in [&[][..], &["路灯"], &["路"]] {
        let mut random = Sequence(7);
        let mut query = BrowseQuery::of(region(431_230_000_000), 7);
        query.words = words(asked);
        query.budget = 20;
        let (mut seen, mut changed) = (BTreeMap::<String, usize>::new(), Vec::new());
        for round in 0.. {
            let found = storage.browse(&query).await.expect("browses");
            let Some(last) = found.last() else { break };
            query.after = Some((last.updated_at, last.id.clone()));
            for need in found {
                *seen.entry(need.id).or_default() += 1;
            }
            // One need changes: it moves to the top, where this reading has been already.
            let id = format!("{:03}", random.below(200));
            put(
                &*storage,
                2,
                vec![row(&id, VILLAGES[0], 1_000 + round, "路灯 改")],
            )
            .await;
            changed.push(id);
        }
        for n in 0..200 {
            let id = format!("{n:03}");
            let times = seen.get(&id).copied().unwrap_or(0);
            assert!(times <= 1, "{id} was on {times} pages of {asked:?}");
            assert!(
                times == 1 || changed.contains(&id),
                "{id} was left out of {asked:?}"
            );
        }
        assert!(seen.len() > 150 && changed.len() > 20);
        let rows =
            (0..200).map(|n| row(&format!("{n:03}"), VILLAGES[n % 3], n as i64 / 10, "路灯"));
        put(&*storage, 3, rows.collect()).await;
    }
}

pub(super) async fn words_that_come_and_go_are_followed(storage: SharedStorage) {
    let base = BrowseQuery::of(region(431_230_000_000), 10);
    let ids = async |asked: &str| {
        let query = BrowseQuery {
            words: words(&[asked]),
            ..base.clone()
        };
        found(&*storage, &query).await.join(" ")
    };
    let here = VILLAGES[0];
    put(
        &*storage,
        1,
        vec![row("a", here, 1, "路灯"), row("b", here, 2, "水管")],
    )
    .await;
    assert_eq!(
        (ids("路灯").await, ids("水管").await),
        ("a".into(), "b".into())
    );
    // Another text, another time alone, another stage, and a new row, in one unit of work.
    let mut submitted = row("b", here, 3, "水管");
    submitted.stage = "submitted".to_owned();
    put(
        &*storage,
        2,
        vec![row("a", here, 4, "水管 路牌"), submitted],
    )
    .await;
    put(&*storage, 1, vec![row("c", here, 5, "路灯")]).await;
    assert_eq!(
        (ids("路灯").await, ids("水管").await),
        ("c".into(), "a b".into())
    );
    put(&*storage, 2, vec![row("c", here, 6, "路灯")]).await;
    assert_eq!(
        (ids("路").await, ids("灯").await),
        ("c a".into(), "c".into())
    );
    let stage = BrowseQuery {
        stage: Some("submitted".to_owned()),
        ..base.clone()
    };
    assert_eq!(found(&*storage, &stage).await, ["b"]);
    // A village that went to another county.
    put(&*storage, 3, vec![row("c", VILLAGES[3], 7, "路灯")]).await;
    assert_eq!(ids("路灯").await, "");
    assert_eq!(storage.count_needs().await.expect("counts"), 3);
    let mut transaction = storage.begin().await.expect("begins");
    for table in TABLES.iter().filter(|t| t.is_synchronised) {
        transaction.empty(table).await.expect("empties");
    }
    transaction.commit().await.expect("commits");
    assert_eq!(
        (ids("水管").await, found(&*storage, &base).await.len()),
        (String::new(), 0)
    );
    put(&*storage, 1, vec![row("d", here, 1, "路牌")]).await;
    assert_eq!(
        (ids("水管").await, ids("路牌").await),
        (String::new(), "d".into())
    );
}
