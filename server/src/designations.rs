//! Loading lists of designations: a table is read, compared with what is there, shown, and applied. Who may is a rule:
//! `domain::designations::may_load`.

use crate::designation_loads::as_it_holds;
use crate::loading::{Loading, Row, column, day};
use crate::regions::Regions;
use crate::storage::browse::BrowseQuery;
use crate::storage::{Storage, StorageError};
use api::{ApiError, DesignationList, DesignationsAnswer, DesignationsRequest, Differs};
use domain::designations::Lens;
use domain::{
    Actor, Day, Designation, DesignationId, EntityKind, Level, Millis, RegionCode, Role, UserId,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The columns of a table; the first line names them.
pub const COLUMNS: [&str; 6] = ["区划代码", "地名", "名录", "开始日期", "结束日期", "来源"];
/// A designation's name has so many characters at most.
const LONGEST_NAME: usize = 20;
/// The words of a source have so many characters at most.
const LONGEST_SOURCE: usize = 100;
/// How many designations are read at a time.
const PAGE: i64 = 5_000;

/// Who loads a list.
#[derive(Clone, Copy, Debug)]
pub struct Loader {
    /// Who.
    pub user: UserId,
    /// Regions outside of this one are refused; everywhere where there is none.
    pub region: Option<RegionCode>,
    /// When.
    pub now: Millis,
}

/// Reads a table and compares it with what is there.
#[must_use]
pub fn compare(
    rows: &[Row],
    there: &[Designation],
    regions: &Regions,
    loader: Loader,
) -> Loading<Designation> {
    let mut out = Loading::default();
    let Some(columns) = columns(rows, &mut out) else {
        return out;
    };
    let known: BTreeMap<DesignationId, &Designation> = there.iter().map(|d| (d.id, d)).collect();
    let mut seen: BTreeMap<DesignationId, u32> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for row in &rows[1..] {
        out.rows += 1;
        let read = match read(row, &columns, regions, loader) {
            Ok(read) => read,
            Err(problem) => {
                out.bad(row, problem);
                continue;
            }
        };
        if let Some(first) = seen.insert(read.id, row.line) {
            out.bad(row, format!("和第 {first} 行重复，请只留一行。"));
            continue;
        }
        names.insert(read.name.clone());
        match known.get(&read.id) {
            Some(old) if old.says_what(&read) => out.same += 1,
            Some(old) if !old.withdrawn => {
                let words = changed(old, &read);
                out.differs(Differs::Changed, title(&read), words, read);
            }
            _ => {
                let words = period(&read);
                out.differs(Differs::New, title(&read), words, read);
            }
        }
    }
    // A list is loaded whole: what it does not name any more has left it.
    for old in there {
        let is_of = names.contains(&old.name) && !old.withdrawn;
        let is_mine = loader.region.is_none_or(|own| own.contains(old.region));
        if is_of && is_mine && !seen.contains_key(&old.id) {
            let gone = Designation {
                withdrawn: true,
                loaded_by: loader.user,
                loaded_at: loader.now,
                ..old.clone()
            };
            out.differs(
                Differs::Gone,
                title(old),
                "这次的表里没有，名录里不再有它。".to_owned(),
                gone,
            );
        }
    }
    out
}

fn columns(rows: &[Row], out: &mut Loading<Designation>) -> Option<[Option<usize>; 6]> {
    let header = rows.first()?;
    let found = COLUMNS.map(|name| column(header, name));
    let missing: Vec<&str> = COLUMNS
        .into_iter()
        .zip(found)
        .filter(|(name, at)| at.is_none() && !matches!(*name, "地名" | "结束日期"))
        .map(|(name, _)| name)
        .collect();
    if missing.is_empty() {
        return Some(found);
    }
    out.bad(
        header,
        format!("第一行要写列名，缺少：{}。请照模板填。", missing.join("、")),
    );
    None
}

fn read(
    row: &Row,
    columns: &[Option<usize>; 6],
    regions: &Regions,
    loader: Loader,
) -> Result<Designation, String> {
    let cell = |n: usize| columns[n].map_or("", |at| row.cell(at));
    let region = region(cell(0), cell(1), regions, loader)?;
    let name = cell(2);
    let length = name.chars().count();
    if !(2..=LONGEST_NAME).contains(&length) {
        return Err(format!("名录的名字要有 2 到 {LONGEST_NAME} 个字。"));
    }
    let valid_from = day(cell(3))?.ok_or("没有写开始日期。不知道就写文件印发的那一天。")?;
    let valid_to = day(cell(4))?;
    if valid_to.is_some_and(|last| last < valid_from) {
        return Err("结束日期在开始日期前面。".to_owned());
    }
    let source = cell(5);
    if source.is_empty() {
        return Err("没有写来源。请写哪个部门、哪个文件、哪一天。".to_owned());
    }
    if source.chars().count() > LONGEST_SOURCE {
        return Err(format!("来源不超过 {LONGEST_SOURCE} 个字。"));
    }
    Ok(Designation {
        id: id(name, region),
        name: name.to_owned(),
        region,
        region_name: full_name(regions, region),
        valid_from,
        valid_to,
        source: source.to_owned(),
        loaded_by: loader.user,
        loaded_at: loader.now,
        withdrawn: false,
    })
}

fn region(code: &str, said: &str, regions: &Regions, loader: Loader) -> Result<RegionCode, String> {
    let digits = code.chars().filter(char::is_ascii_digit).count();
    let region: RegionCode = code.parse().map_err(|_| match digits {
        0 => "没有写区划代码（12 位数字）。".to_owned(),
        n if n < 12 && n == code.len() => {
            format!("区划代码少 {} 位，可能被表格当成了数字，请用模板。", 12 - n)
        }
        _ => "区划代码应为 12 位数字。".to_owned(),
    })?;
    let Some(row) = regions.get(region) else {
        return Err("区划表里没有这个代码，请核对。".to_owned());
    };
    if row.valid_to.is_some_and(|last| last < loader.now.day()) {
        return Err(match row.successor {
            Some(next) => format!(
                "这个代码已经停用，现在是 {next} {}。",
                regions.short_name(next).unwrap_or_default()
            ),
            None => "这个代码已经停用，请核对。".to_owned(),
        });
    }
    if loader.region.is_some_and(|own| !own.contains(region)) {
        return Err("这个地方不归你管，请删掉这一行。".to_owned());
    }
    let name = regions.short_name(region).unwrap_or_default();
    let is_said = said.is_empty() || said == name || said == row.name || said.ends_with(&name);
    if !is_said {
        return Err(format!("这个代码是“{name}”，表里写的是“{said}”，请核对。"));
    }
    if region.level() == Level::Province {
        return Err("全省不用列进名录。".to_owned());
    }
    Ok(region)
}

/// What people call a region, with what it lies in, from the county on.
fn full_name(regions: &Regions, region: RegionCode) -> String {
    let mut names: Vec<String> = Vec::new();
    for level in [Level::City, Level::County, Level::Town, Level::Village] {
        let code = region.at(level);
        if code.level() == level && (level != Level::City || region.level() == Level::City) {
            names.extend(regions.short_name(code));
        }
    }
    names.join(" · ")
}

/// The same list and region have the same identifier, however often they are loaded.
fn id(name: &str, region: RegionCode) -> DesignationId {
    let digest = Sha256::digest(format!("{name}\n{region}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    DesignationId::from_random(bytes)
}

fn title(designation: &Designation) -> String {
    format!("{} · {}", designation.name, designation.region_name)
}

fn period(designation: &Designation) -> String {
    match designation.valid_to {
        None => format!("从 {} 起", designation.valid_from),
        Some(last) => format!("{} 到 {last}", designation.valid_from),
    }
}

fn changed(old: &Designation, new: &Designation) -> String {
    let mut words = Vec::new();
    if period(old) != period(new) {
        words.push(format!("日期：{} → {}", period(old), period(new)));
    }
    if old.source != new.source {
        words.push(format!("来源：{} → {}", old.source, new.source));
    }
    if old.region_name != new.region_name {
        words.push(format!("地名：{} → {}", old.region_name, new.region_name));
    }
    words.join("；")
}

/// All designations in a region as they hold now, those that have left their lists too.
pub(crate) async fn there(
    storage: &dyn Storage,
    region: Option<RegionCode>,
) -> Result<Vec<Designation>, StorageError> {
    as_it_holds(storage, region).await
}

/// What is stored of them, which a load may be changing just now.
pub(crate) async fn stored(
    storage: &dyn Storage,
    region: Option<RegionCode>,
) -> Result<Vec<Designation>, StorageError> {
    let regions = match region {
        Some(region) => vec![region],
        None => {
            let provinces = crate::storage::regions::RegionsQuery::provinces();
            let rows = storage.regions(&provinces).await?;
            rows.iter().map(|row| row.code).collect()
        }
    };
    let mut out = Vec::new();
    for region in regions {
        let mut after = None;
        loop {
            let query = BrowseQuery {
                kind: EntityKind::Designation,
                // Drafts are what has left its list.
                with_drafts: true,
                after: after.take(),
                ..BrowseQuery::of(region, PAGE)
            };
            let found = storage.browse(&query).await?;
            let is_last = (found.len() as i64) < PAGE;
            after = found.last().map(|last| (last.updated_at, last.id.clone()));
            for found in found {
                out.push(serde_json::from_str(&found.body)?);
            }
            if is_last {
                break;
            }
        }
    }
    Ok(out)
}

/// The regions that bear a designation on a day, as far as they lie in a region or are what it lies in.
pub(crate) async fn lens(
    storage: &dyn Storage,
    name: &str,
    region: RegionCode,
    on: Day,
) -> Result<Lens, StorageError> {
    // A county that bears it counts for each of its villages.
    let top = region.at(Level::City);
    let all = there(storage, Some(top)).await?;
    let bears = all.iter().filter(|d| d.name == name && d.holds(on));
    Ok(Lens::new(bears.map(|d| d.region).collect()))
}

/// The lists of a region.
pub(crate) async fn lists(
    storage: &dyn Storage,
    actor: &Actor,
    request: &DesignationsRequest,
    now: Millis,
) -> Result<DesignationsAnswer, ApiError> {
    let region = match &actor.role {
        Role::Administrator => request.region,
        _ => Some(domain::figures::visible(actor, request.region).ok_or(ApiError::Forbidden)?),
    };
    let all = there(storage, region).await;
    let all = all.map_err(|e| crate::backend::unavailable(&e))?;
    let mut by_name: BTreeMap<String, DesignationList> = BTreeMap::new();
    for one in all.iter().filter(|one| !one.withdrawn) {
        let list = by_name
            .entry(one.name.clone())
            .or_insert_with(|| DesignationList {
                name: one.name.clone(),
                regions: 0,
                other_days: 0,
                source: one.source.clone(),
                loaded_at: one.loaded_at,
            });
        if one.holds(now.day()) {
            list.regions += 1;
        } else {
            list.other_days += 1;
        }
        if one.loaded_at > list.loaded_at {
            list.loaded_at = one.loaded_at;
            list.source.clone_from(&one.source);
        }
    }
    Ok(DesignationsAnswer {
        lists: by_name.into_values().collect(),
        as_of: now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loading::rows;

    const HEAD: &str = "区划代码,地名,名录,开始日期,结束日期,来源\n";

    fn loader(region: Option<&str>) -> Loader {
        Loader {
            user: UserId::from_random([1; 16]),
            region: region.map(|code| code.parse().expect("a code")),
            now: Millis(1_795_500_000_000),
        }
    }

    fn load(text: &str, there: &[Designation], region: Option<&str>) -> Loading<Designation> {
        let regions = Regions::hunan().expect("regions");
        let rows = rows("a.csv", format!("{HEAD}{text}").as_bytes()).expect("a table");
        compare(&rows, there, &regions, loader(region))
    }

    #[test]
    fn a_list_is_loaded_and_loading_it_again_changes_nothing() {
        let text = "431230104200,牙屯堡村,示范村,2026-01-01,,某局 2026 年 1 号文\n431230000000,,重点县,2026/1/1,2027.12.31,某厅\n";
        let first = load(text, &[], None);
        assert_eq!(
            (first.rows, first.count(Differs::New), first.bad.len()),
            (2, 2, 0)
        );
        let there: Vec<Designation> = first.puts.clone();
        assert_eq!(there[0].region_name, "通道侗族自治县 · 牙屯堡镇 · 牙屯堡村");
        assert_eq!(there[1].valid_to, Day::from_ymd(2027, 12, 31));
        let again = load(text, &there, None);
        assert_eq!((again.same, again.puts.len()), (2, 0));
    }

    #[test]
    fn what_a_list_does_not_name_any_more_ends_and_other_lists_stay() {
        let text = "431230104200,,示范村,2026-01-01,,甲\n431230000000,,重点县,2026-01-01,,甲\n";
        let there = load(text, &[], None).puts;
        let next = load("431230104202,,示范村,2026-02-01,,乙\n", &there, None);
        assert_eq!(
            (next.count(Differs::New), next.count(Differs::Gone)),
            (1, 1)
        );
        let gone = next.puts.iter().find(|d| d.withdrawn).expect("one");
        assert_eq!(
            (gone.name.as_str(), gone.region),
            ("示范村", there[0].region)
        );
        // It comes back.
        let back = load(
            "431230104200,,示范村,2026-01-01,,甲\n",
            std::slice::from_ref(gone),
            None,
        );
        assert_eq!(back.count(Differs::New), 1);
    }

    #[test]
    fn a_city_ends_nothing_of_another_city() {
        let text = "431230104200,,示范村,2026-01-01,,甲\n430102001001,,示范村,2026-01-01,,甲\n";
        let there = load(text, &[], None).puts;
        assert_eq!(there.len(), 2);
        let next = load(
            "431230104202,,示范村,2026-02-01,,乙\n",
            &there,
            Some("431200000000"),
        );
        assert_eq!(
            (next.count(Differs::New), next.count(Differs::Gone)),
            (1, 1)
        );
        let foreign = load(
            "430102001001,,示范村,2026-02-01,,乙\n",
            &there,
            Some("431200000000"),
        );
        assert_eq!(foreign.bad[0].problem, "这个地方不归你管，请删掉这一行。");
    }

    #[test]
    fn each_mistake_is_told_with_its_line_and_the_way_out() {
        let cases = [
            (",,示范村,2026-01-01,,甲", "没有写区划代码（12 位数字）。"),
            (
                "43123010420,,示范村,2026-01-01,,甲",
                "区划代码少 1 位，可能被表格当成了数字，请用模板。",
            ),
            (
                "431230104999,,示范村,2026-01-01,,甲",
                "区划表里没有这个代码，请核对。",
            ),
            (
                "431230104200,老寨村,示范村,2026-01-01,,甲",
                "这个代码是“牙屯堡村”，表里写的是“老寨村”，请核对。",
            ),
            (
                "431230104200,,村,2026-01-01,,甲",
                "名录的名字要有 2 到 20 个字。",
            ),
            (
                "431230104200,,示范村,,,甲",
                "没有写开始日期。不知道就写文件印发的那一天。",
            ),
            (
                "431230104200,,示范村,明年,,甲",
                "看不懂日期“明年”，请写成 2026-12-31 这样。",
            ),
            (
                "431230104200,,示范村,2026-05-01,2026-01-01,甲",
                "结束日期在开始日期前面。",
            ),
            (
                "431230104200,,示范村,2026-01-01,,",
                "没有写来源。请写哪个部门、哪个文件、哪一天。",
            ),
        ];
        for (row, problem) in cases {
            let loaded = load(row, &[], None);
            assert_eq!(loaded.bad.len(), 1, "{row}");
            assert_eq!(
                (loaded.bad[0].line, loaded.bad[0].problem.as_str()),
                (2, problem),
                "{row}"
            );
            assert!(loaded.puts.is_empty());
        }
        let twice = "431230104200,,示范村,2026-01-01,,甲\n431230104200,,示范村,2026-01-01,,甲";
        assert_eq!(
            load(twice, &[], None).bad[0].problem,
            "和第 2 行重复，请只留一行。"
        );
        let regions = Regions::hunan().expect("regions");
        let headless = rows("a.csv", "代码,名字\n".as_bytes()).expect("a table");
        let loaded = compare(&headless, &[], &regions, loader(None));
        assert!(
            loaded.bad[0]
                .problem
                .starts_with("第一行要写列名，缺少：区划代码、名录、开始日期、来源")
        );
    }
}
