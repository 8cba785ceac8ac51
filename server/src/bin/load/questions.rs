//! Questions of officers over very many needs: how long the storage takes to answer a page. The server around it adds the same to each.

use super::{Folder, content, need, say};
use anyhow::Context;
use domain::needs::{NeedState, Topic};
use domain::{Entity, Level, Millis, Need, RegionCode};
use serde_json::json;
use server::regions::Regions;
use server::storage::browse::BrowseQuery;
use server::storage::figures::EntityFacts;
use server::storage::projection::ProjectionRow;
use server::storage::work_rows::{ChangedEntity, WorkRows};
use server::storage::{Location, SharedStorage};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

/// How many needs one transaction writes.
const BATCH: u64 = 2_000;
/// How many times each question is asked, each time of another region, word or time.
const TIMES: u64 = 200;
/// How many needs a page shows; one more is asked for.
const PAGE: i64 = 51;
/// One need a minute: a million of them are about two years.
const MINUTE: i64 = 60_000;
const FIRST: i64 = 1_700_000_000_000;

/// What is asked for, from common to rare: the first is in about a sixth of all needs, each following one rarer.
const THINGS: [&str; 28] = [
    "太阳能路灯",
    "饮水管道",
    "村小课桌",
    "血压计",
    "轮椅",
    "灌溉水渠",
    "柑橘销路",
    "留守儿童陪伴",
    "卫生室药柜",
    "农机维修",
    "防洪沙袋",
    "养老床位",
    "图书角",
    "村道硬化",
    "垃圾清运车",
    "油茶苗木",
    "广播喇叭",
    "篮球架",
    "冬季棉被",
    "电商培训",
    "护栏",
    "厕所改造",
    "木桥修缮",
    "蜂箱",
    "助听器",
    "鱼苗",
    "大棚薄膜",
    "钢琴",
];
const WHY: [&str; 10] = [
    "去年汛期山洪冲毁了旧的，全组四十余户出行不便",
    "村里老人多，年轻人在外务工",
    "村委会已筹集部分资金但仍有缺口",
    "希望在春耕之前完工",
    "材料可以在县城采购，运输车辆能开到村口",
    "孩子们放学以后没有去处",
    "现有的已用了十多年，坏了没有零件",
    "离乡镇卫生院有二十多公里山路",
    "今年收成好，本地收购价低",
    "请能提供技术指导的组织联系我们",
];
/// In a third of the oldest tenth of all needs, and in none since.
const OLD: &str = "口罩";
/// In one need of twenty thousand.
const RARE: [&str; 3] = ["芦笙", "铜鼓", "侗锦"];
/// In one need of a hundred and of two hundred: the scan in order goes far for the one, and is not enough for the other.
const MIDDLING: [&str; 2] = ["皮影", "傩戏"];
/// In no need, though each of its characters is in many.
const ABSENT: [&str; 3] = ["灯渠", "椅苗", "桥药"];

struct Village {
    code: RegionCode,
    place: domain::Place,
}

/// Numbers that look random and are the same in every run (SplitMix64).
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One of them, small numbers more often than large ones.
fn skewed(random: u64, n: usize) -> usize {
    let unit = (random % 10_000) as f64 / 10_000.0;
    ((unit * unit * n as f64) as usize).min(n - 1)
}

pub(super) async fn measure(
    folder: &Path,
    cluster: Option<&str>,
    needs: u64,
) -> anyhow::Result<()> {
    let folder = Folder::new(folder)?;
    let mut databases = vec![("SQLite", Location::File(folder.0.join("xiangdan.sqlite")))];
    if let Some(cluster) = cluster {
        databases.push(("PostgreSQL", super::new_database(cluster).await?));
    }
    let regions = Regions::hunan()?;
    let villages: Vec<Village> = regions
        .level(Level::Village)
        .filter_map(|v| {
            Some(Village {
                code: v.code,
                place: regions.place(v.code)?,
            })
        })
        .collect();
    for (name, location) in databases {
        let started = Instant::now();
        let storage = server::storage::open(&location).await?;
        let index = drop_index(&location).await?;
        fill(&storage, &villages, needs).await?;
        make_index(&location, index).await?;
        let filled = started.elapsed().as_secs();
        let mut rows = Vec::new();
        for (question, make) in questions(&villages, needs) {
            rows.push(ask(&storage, question, &*make).await?);
        }
        storage.close().await;
        say(&json!({
            "bench": "server.questions", "unit": "ms", "database": name, "needs": needs, "times": TIMES,
            "seconds_to_fill": filled, "questions": rows,
        }))?;
    }
    Ok(())
}

/// PostgreSQL merges new rows into an index of many terms one by one; as after a restore, the index is made when all rows are there.
async fn drop_index(location: &Location) -> anyhow::Result<Option<String>> {
    let Location::Postgres(url) = location else {
        return Ok(None);
    };
    let mut connection = PgConnection::connect(url).await?;
    let sql = "SELECT indexdef FROM pg_indexes WHERE indexname = 'projection_terms'";
    let definition = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
    sqlx::query("DROP INDEX projection_terms")
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(Some(definition))
}

async fn make_index(location: &Location, definition: Option<String>) -> anyhow::Result<()> {
    let (Location::Postgres(url), Some(definition)) = (location, definition) else {
        return Ok(());
    };
    let mut connection = PgConnection::connect(url).await?;
    for sql in [
        "SET maintenance_work_mem = '512MB'",
        &definition,
        "VACUUM ANALYZE",
    ] {
        sqlx::query(AssertSqlSafe(sql.to_owned()))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;
    Ok(())
}

async fn fill(storage: &SharedStorage, villages: &[Village], needs: u64) -> anyhow::Result<()> {
    for first in (0..needs).step_by(BATCH as usize) {
        let mut rows = WorkRows::default();
        for n in first..needs.min(first + BATCH) {
            let entity = Entity::Need(Box::new(one(n, villages, needs)));
            rows.projections.extend(ProjectionRow::of(&entity));
            rows.facts.extend(EntityFacts::of(&entity));
            rows.entities.push(ChangedEntity {
                kind: "need",
                id: entity.key().id(),
                rev: 1,
                body: entity.to_json()?,
                public: None,
            });
        }
        let mut transaction = storage.begin().await?;
        transaction.write(&rows).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Needs are written in an order that is neither that of their identifiers nor of their times.
fn one(n: u64, villages: &[Village], needs: u64) -> Need {
    let random = mixed(n);
    let rank = random % needs;
    let at = Millis(FIRST + rank as i64 * MINUTE);
    let village = &villages[(mixed(random) % villages.len() as u64) as usize];
    let thing = THINGS[skewed(mixed(random ^ 1), THINGS.len())];
    let mut need = need(n);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&random.to_be_bytes());
    id[8..].copy_from_slice(&n.to_be_bytes());
    need.id = domain::NeedId::from_random(id);
    need.place = village.place.clone();
    need.content = content();
    need.content.title = format!("{}需要{thing}", village.place.village_name);
    let why = |salt| WHY[(mixed(random ^ salt) % WHY.len() as u64) as usize];
    need.content.details = format!("{}。{}。", why(3), why(4));
    if rank < needs / 10 && random.is_multiple_of(3) {
        need.content.details.push_str("另需口罩两百只。");
    }
    if mixed(random ^ 5).is_multiple_of(20_000) {
        let rare = RARE[(random % 3) as usize];
        need.content.details.push_str(rare);
        need.content.details.push_str("队传承人可以教孩子们。");
    }
    for (word, share) in MIDDLING.into_iter().zip([100, 200]) {
        if mixed(random ^ share).is_multiple_of(share) {
            need.content.details.push_str("会演");
            need.content.details.push_str(word);
            need.content.details.push_str("的老人想收学生。");
        }
    }
    thing.clone_into(&mut need.content.items[0].name);
    need.content.topic = Topic::ALL[skewed(mixed(random ^ 6), Topic::ALL.len())];
    if mixed(random ^ 7).is_multiple_of(400) {
        need.state = NeedState::Submitted { at };
    }
    need.updated_at = at;
    need
}

type Make = Box<dyn Fn(u64) -> BrowseQuery + Send + Sync>;

/// Questions by name; the n-th time each is asked of something else.
fn questions(villages: &[Village], needs: u64) -> Vec<(&'static str, Make)> {
    let at = |level: Level| {
        let mut codes: Vec<RegionCode> = villages.iter().map(|v| v.code.at(level)).collect();
        codes.dedup();
        move |n: u64| codes[(mixed(n) % codes.len() as u64) as usize]
    };
    let province = at(Level::Province);
    let of = |level: Level| -> Make {
        let region = at(level);
        Box::new(move |n| BrowseQuery::of(region(n), PAGE))
    };
    let with = |level: Level, all: &'static [&'static str], characters: usize| -> Make {
        let region = at(level);
        Box::new(move |n| {
            let word = all[(mixed(n ^ 9) % all.len() as u64) as usize];
            let word: String = word.chars().take(characters).collect();
            BrowseQuery {
                words: vec![word],
                ..BrowseQuery::of(region(n), PAGE)
            }
        })
    };
    // After the page at any time: deep in the list as well as near its top.
    let later = move |make: Make| -> Make {
        Box::new(move |n| BrowseQuery {
            after: Some((
                FIRST + (mixed(n ^ 11) % needs) as i64 * MINUTE,
                String::new(),
            )),
            ..make(n)
        })
    };
    let cities = ["长沙市", "株洲市", "湘潭市", "衡阳市", "邵阳市", "岳阳市"];
    let abroad: Make = Box::new(move |n| BrowseQuery {
        words: vec![cities[(n % 6) as usize].chars().take(2).collect()],
        // Of Huaihua.
        ..BrowseQuery::of(
            RegionCode::try_from(431_200_000_000).unwrap_or_else(|_| unreachable!()),
            PAGE,
        )
    });
    let waiting: Make = Box::new(move |n| BrowseQuery {
        stage: Some("submitted".to_owned()),
        ..BrowseQuery::of(province(n), PAGE)
    });
    // A list of one village in so many.
    let lens = |one_in: u64| -> Make {
        let villages = villages
            .iter()
            .filter(|v| mixed(v.code.number()).is_multiple_of(one_in));
        let mut regions: Vec<(i64, i64)> = villages
            .map(|v| (v.code.number().cast_signed(), v.code.number().cast_signed()))
            .collect();
        regions.sort_unstable();
        let province = at(Level::Province);
        Box::new(move |n| BrowseQuery {
            regions: Some(regions.clone()),
            ..BrowseQuery::of(province(n), PAGE)
        })
    };
    let (often, seldom) = (lens(5), lens(500));
    let often_later = later(lens(5));
    let topic = at(Level::County);
    let topic: Make = Box::new(move |n| BrowseQuery {
        topic: Some("consumption".to_owned()),
        ..BrowseQuery::of(topic(n), PAGE)
    });
    vec![
        ("first page of the province", of(Level::Province)),
        ("first page of a city", of(Level::City)),
        ("first page of a county", of(Level::County)),
        ("first page of a town", of(Level::Town)),
        ("any later page of the province", later(of(Level::Province))),
        ("any later page of a city", later(of(Level::City))),
        ("any later page of a county", later(of(Level::County))),
        ("those waiting in the province, one in 400", waiting),
        ("a topic in a county", topic),
        ("under a list of one village in 5", often),
        (
            "under a list of one village in 5, any later page",
            often_later,
        ),
        ("under a list of one village in 500", seldom),
        ("one character", with(Level::Province, &THINGS, 1)),
        (
            "two characters, common",
            with(Level::Province, &THINGS[..4], 2),
        ),
        (
            "two characters, common, any later page",
            later(with(Level::Province, &THINGS[..4], 2)),
        ),
        (
            "two characters, in one need of 50 to 60",
            with(Level::Province, &THINGS[22..], 2),
        ),
        (
            "two characters, in one need of 100",
            with(Level::Province, &MIDDLING[..1], 2),
        ),
        (
            "two characters, in one need of 200",
            with(Level::Province, &MIDDLING[1..], 2),
        ),
        (
            "two characters, in one need of 200, any later page",
            later(with(Level::Province, &MIDDLING[1..], 2)),
        ),
        (
            "two characters, rare, any later page",
            later(with(Level::Province, &RARE, 2)),
        ),
        ("two characters, rare", with(Level::Province, &RARE, 2)),
        ("two characters, absent", with(Level::Province, &ABSENT, 2)),
        (
            "two characters, common, in a city",
            with(Level::City, &THINGS[..4], 2),
        ),
        (
            "two characters, common, in a county",
            with(Level::County, &THINGS[..4], 2),
        ),
        ("two characters, the name of another city", abroad),
        (
            "five characters",
            with(Level::Province, &["太阳能路灯", "垃圾清运车"], 5),
        ),
        (
            "five characters, absent",
            with(Level::Province, &["灯太阳能路", "卫生室水渠"], 5),
        ),
        (
            "the slow case: a word of old needs alone, one in 30",
            with(Level::Province, &[OLD], 2),
        ),
    ]
}

async fn ask(
    storage: &SharedStorage,
    question: &str,
    make: &(dyn Fn(u64) -> BrowseQuery + Send + Sync),
) -> anyhow::Result<serde_json::Value> {
    let (mut times, mut found) = (Vec::new(), Vec::new());
    for n in 0..TIMES {
        let query = make(n);
        let started = Instant::now();
        let page = storage.browse(&query).await?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
        found.push(page.len());
    }
    times.sort_by(f64::total_cmp);
    found.sort_unstable();
    let at = |share: f64| {
        times
            .get((times.len() as f64 * share) as usize)
            .context("asked")
    };
    let (p50, p95) = (at(0.5)?, at(0.95)?);
    writeln!(
        std::io::stderr(),
        "{question}: p50 {p50:.2} ms, p95 {p95:.2} ms"
    )?;
    Ok(
        json!({ "question": question, "p50_ms": p50, "p95_ms": p95, "found": found[found.len() / 2] }),
    )
}
