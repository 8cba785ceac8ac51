//! What administrators see and load: the state of the installation, the table of regions, lists of designations.

use crate::backend::{StorageBackend, unavailable};
use crate::designation_loads;
use crate::designations::{self, Loader};
use crate::group_commit::Write;
use crate::loading::{Loading, Row, TableError, rows};
use crate::regions::{Region, Regions, RegionsError};
use crate::storage::figures::FiguresQuery;
use crate::storage::regions::RegionsQuery;
use crate::storage::work_rows::AuditRow;
use crate::storage::{Storage, StorageError};
use api::{
    ApiError, CheckResult, Differs, InstallationAnswer, LoadAnswer, LoadRequest, SignedInPerson,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::figures::ALL;
use domain::{Actor, Level, Millis, RegionCode, Role, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Where `meta` keeps what the last check has found.
const CHECKED_KEY: &str = "checked";
/// How many findings of a check are kept.
const LINES: usize = 20;

/// Where `meta` keeps what counting everything again in the night has found.
const RECOUNTED_KEY: &str = "recounted";

/// What counting everything again has found last.
pub(crate) async fn last_recount(
    storage: &dyn Storage,
) -> Result<Option<CheckResult>, StorageError> {
    let json = storage.meta(RECOUNTED_KEY).await?;
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
}

/// Counts everything again, keeps what was found, and says it in the log.
pub(crate) async fn recount(storage: &dyn Storage, now: Millis) -> Result<(), StorageError> {
    let found = storage.recount().await?;
    let (entities, entries, differences) = (found.entities, found.entries, found.differences);
    for line in found.lines.iter().take(LINES) {
        tracing::error!("the nightly recount: {line}");
    }
    if differences == 0 {
        tracing::info!(entities, entries, "the nightly recount found no difference");
    } else {
        tracing::error!(
            entities,
            entries,
            differences,
            "THE NIGHTLY RECOUNT FOUND DIFFERENCES: run `xiangdan check`, and keep a copy of the database"
        );
    }
    let result = CheckResult {
        at: now,
        entities: entities as u64,
        wrong: differences as u64,
        lines: found.lines.into_iter().take(LINES).collect(),
    };
    storage
        .set_meta(RECOUNTED_KEY, &serde_json::to_string(&result)?)
        .await
}

impl StorageBackend {
    /// What counting everything again in the night has found last; none before the first night, or while the database does not answer.
    pub(crate) async fn last_recount(&self) -> Option<CheckResult> {
        last_recount(&*self.storage).await.unwrap_or(None)
    }

    /// Counts everything again if it is night and no server has in this one, and says whether it did: what [`Self::start_jobs`] does as time
    /// passes.
    pub async fn recount_at_night(&self) -> Result<bool, StorageError> {
        crate::jobs::recount_at_night(&*self.storage, self.clock.now()).await
    }

    /// The state of the installation, for an administrator.
    pub(crate) async fn state(
        &self,
        actor: &Actor,
        check: bool,
    ) -> Result<InstallationAnswer, ApiError> {
        if actor.role != Role::Administrator {
            return Err(ApiError::Forbidden);
        }
        let failing = self.writing_fails().await.map(str::to_owned);
        self.read_state(failing, check)
            .await
            .map_err(|e| unavailable(&e))
    }

    async fn read_state(
        &self,
        failing: Option<String>,
        check: bool,
    ) -> Result<InstallationAnswer, StorageError> {
        if check {
            self.look().await?;
        }
        let now = self.clock.now();
        let state = self.storage.state(now).await?;
        let signed_in = state.signed_in.into_iter();
        let signed_in = signed_in
            .map(|(actor, devices, last)| {
                Ok(SignedInPerson {
                    actor: serde_json::from_str(&actor)?,
                    devices: u32::try_from(devices).unwrap_or(u32::MAX),
                    last: Millis(last),
                })
            })
            .collect::<Result<_, StorageError>>()?;
        let checked = self.storage.meta(CHECKED_KEY).await?;
        Ok(InstallationAnswer {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database: state.database.to_owned(),
            bytes: state.bytes.unsigned_abs(),
            migration: state.migration,
            accounts: self.storage.count_accounts().await?.unsigned_abs(),
            regions: self.storage.count_regions().await?.unsigned_abs(),
            failing,
            last_backup: state.last_backup,
            last_check: checked.and_then(|json| serde_json::from_str(&json).ok()),
            last_recount: last_recount(&*self.storage).await?,
            people: state.people.unsigned_abs(),
            signed_in,
            faults: state.faults,
            as_of: now,
        })
    }

    /// Looks whether everything stored agrees with itself, and keeps what was found.
    async fn look(&self) -> Result<(), StorageError> {
        let found = self.storage.check().await?;
        let result = CheckResult {
            at: self.clock.now(),
            entities: found.entities as u64,
            wrong: found.wrong.len() as u64,
            lines: found.wrong.into_iter().take(LINES).collect(),
        };
        self.storage
            .set_meta(CHECKED_KEY, &serde_json::to_string(&result)?)
            .await
    }

    /// Looks through a list of designations, or loads it.
    pub(crate) async fn load_list(
        &self,
        actor: &Actor,
        request: &LoadRequest,
    ) -> Result<LoadAnswer, ApiError> {
        let region = domain::designations::may_load(actor).ok_or(ApiError::Forbidden)?;
        let rows = match table(request).await {
            Ok(rows) => rows,
            Err(answer) => return Ok(answer),
        };
        let loader = Loader {
            user: actor.user,
            region,
            now: self.clock.now(),
        };
        let answer = self
            .load_designations_of(rows, loader, |loading| {
                loading.may_apply(request.apply.as_deref())
            })
            .await;
        answer.map_err(|e| unavailable(&e))
    }

    /// Compares a list with what is there, and loads it if that is wanted.
    pub async fn load_designations_of(
        &self,
        rows: Vec<Row>,
        loader: Loader,
        wanted: impl FnOnce(&Loading<domain::Designation>) -> bool,
    ) -> Result<LoadAnswer, StorageError> {
        let _lead = designation_loads::begin(&*self.storage, &self.writer).await?;
        let regions = Regions::of(self.storage.regions(&RegionsQuery::all()).await?);
        let there = designations::there(&*self.storage, loader.region).await?;
        let looks = move || designations::compare(&rows, &there, &regions, loader);
        let loading = beside(looks).await?;
        let apply = wanted(&loading);
        if apply {
            let puts = loading.puts.clone();
            let (storage, writer) = (&*self.storage, &self.writer);
            designation_loads::apply(storage, writer, loader.user, loader.now, puts).await?;
        }
        Ok(loading.answer(apply))
    }

    /// Looks through a table of regions, or loads it.
    pub(crate) async fn load_table_of_regions(
        &self,
        actor: &Actor,
        request: &LoadRequest,
    ) -> Result<LoadAnswer, ApiError> {
        if actor.role != Role::Administrator {
            return Err(ApiError::Forbidden);
        }
        let content = request.content.clone();
        let read = beside(move || {
            let text = STANDARD.decode(content).ok();
            let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
            text.as_deref().map(Regions::parse)
        });
        let read = match read.await.map_err(|e| unavailable(&e))? {
            Some(Ok(regions)) => regions,
            Some(Err(error)) => return Ok(unreadable(regions_problem(&error))),
            None => {
                return Ok(unreadable(
                    "这个文件的文字编码看不懂，请存成 CSV UTF-8。".to_owned(),
                ));
            }
        };
        let user = actor.user;
        let loaded = self.load_regions_of(read, user, |loading| {
            loading.may_apply(request.apply.as_deref())
        });
        loaded.await.map_err(|e| unavailable(&e))
    }

    /// Compares a table of regions with the present one, and puts it in its place if that is wanted.
    pub async fn load_regions_of(
        &self,
        regions: Regions,
        user: UserId,
        wanted: impl FnOnce(&Loading<()>) -> bool,
    ) -> Result<LoadAnswer, StorageError> {
        let there = self.storage.regions(&RegionsQuery::all()).await?;
        let used = self.used(&there).await?;
        let (loading, regions) =
            beside(move || (compare(&there, &regions, &used), regions)).await?;
        let apply = wanted(&loading);
        let answer = loading.answer(apply);
        if apply {
            let (now, rows) = (self.clock.now(), regions.rows().to_vec());
            self.write(Write::PutRegions(rows)).await?;
            let after = serde_json::json!({
                "rows": answer.rows, "new": answer.new, "changed": answer.changed, "gone": answer.gone,
            });
            self.write(Write::Note(Box::new(AuditRow {
                at: now,
                user: Some(user),
                client: None,
                mutation: None,
                command: "LoadRegions".to_owned(),
                kind: "region".into(),
                id: "all".to_owned(),
                region: None,
                refused: None,
                after: Some(after.to_string()),
                change: None,
            })))
            .await?;
        }
        Ok(answer)
    }

    /// How many records and accounts stand under each code.
    async fn used(&self, there: &[Region]) -> Result<BTreeMap<RegionCode, u64>, StorageError> {
        let provinces: BTreeSet<RegionCode> = there
            .iter()
            .map(|row| row.code.at(Level::Province))
            .collect();
        let mut used = BTreeMap::new();
        // Some records lie in a county as a whole, as organizations do, or in what is above.
        let levels = [
            Level::Village,
            Level::Town,
            Level::County,
            Level::City,
            Level::Province,
        ];
        for (region, level) in provinces.into_iter().flat_map(|r| levels.map(|l| (r, l))) {
            let query = FiguresQuery {
                region,
                level,
                today: self.clock.now().day(),
            };
            let found = self.storage.figures(&query).await?;
            let found = found
                .into_iter()
                .filter(|found| found.name == ALL && found.region.level() == level);
            for found in found {
                *used.entry(found.region).or_default() += found.n;
            }
        }
        for (region, n) in self.storage.accounts_by_region().await? {
            *used.entry(region).or_default() += n;
        }
        Ok(used)
    }
}

/// Looks through a table where that holds up nobody else; a damaged file may make the reader panic, which ends only this task.
async fn beside<T: Send + 'static>(
    looks: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StorageError> {
    let looked = tokio::task::spawn_blocking(looks).await;
    looked.map_err(|_| StorageError::Data("looking through a table panicked".to_owned()))
}

async fn table(request: &LoadRequest) -> Result<Vec<Row>, LoadAnswer> {
    let (file, content) = (request.file.clone(), request.content.clone());
    let read = beside(move || {
        let content = STANDARD.decode(content);
        let content = content.map_err(|_| "这个文件没有传完，请再选一次。".to_owned())?;
        rows(&file, &content).map_err(|error| error.to_string())
    });
    let read = read.await;
    let read = read.unwrap_or_else(|_| Err(TableError::Damaged.to_string()));
    read.map_err(unreadable)
}

/// A file of which nothing can be loaded.
fn unreadable(problem: String) -> LoadAnswer {
    let mut loading = Loading::<()>::default();
    let first = Row {
        line: 1,
        cells: Vec::new(),
    };
    loading.bad(&first, problem);
    loading.answer(false)
}

/// What a table of regions would change.
fn compare(there: &[Region], regions: &Regions, used: &BTreeMap<RegionCode, u64>) -> Loading<()> {
    let mut out = Loading {
        rows: u32::try_from(regions.rows().len()).unwrap_or(u32::MAX),
        ..Loading::default()
    };
    let old: BTreeMap<RegionCode, &Region> = there.iter().map(|row| (row.code, row)).collect();
    let title = |row: &Region| format!("{} {}", row.code, row.name);
    for row in regions.rows() {
        match old.get(&row.code) {
            Some(before) if *before == row => out.same += 1,
            Some(before) => out.differs(
                Differs::Changed,
                title(row),
                changed(before, row, regions),
                (),
            ),
            None => out.differs(Differs::New, title(row), ended(row, regions), ()),
        }
    }
    for row in there.iter().filter(|row| regions.get(row.code).is_none()) {
        match used.get(&row.code) {
            // Records would lie in no region any more.
            Some(n) => out.bad(
                &Row {
                    line: 0,
                    cells: vec![title(row)],
                },
                format!("这个代码下面还有 {n} 条记录或账号，不能去掉。请留着这一行，写上停用日期（valid_to）和接替的代码（successor）。"),
            ),
            None => out.differs(Differs::Gone, title(row), "新表里没有这个代码。".to_owned(), ()),
        }
    }
    out
}

fn changed(before: &Region, row: &Region, regions: &Regions) -> String {
    let mut words = Vec::new();
    if before.name != row.name {
        words.push(format!("原来叫{}", before.name));
    }
    if (before.valid_to, before.successor) != (row.valid_to, row.successor) {
        let ended = ended(row, regions);
        words.push(if ended.is_empty() {
            "恢复使用".to_owned()
        } else {
            ended
        });
    }
    if before.valid_from != row.valid_from {
        words.push("启用日期改了".to_owned());
    }
    words.join("；")
}

/// When a code ends, and what takes its place.
fn ended(row: &Region, regions: &Regions) -> String {
    let Some(last) = row.valid_to else {
        return String::new();
    };
    match row.successor {
        None => format!("用到 {last}，没有接替的代码"),
        Some(next) => format!(
            "用到 {last}，由 {next} {} 接替",
            regions.short_name(next).unwrap_or_default()
        ),
    }
}

fn regions_problem(error: &RegionsError) -> String {
    match error {
        RegionsError::Packing(_) => "这个文件打不开。".to_owned(),
        RegionsError::Header => "第一行要写：code,name,valid_from,valid_to,successor。".to_owned(),
        RegionsError::Empty => "表里一个地区也没有。".to_owned(),
        RegionsError::Line { line, text } => format!("第 {line} 行看不懂：{text}"),
        RegionsError::Order { line, code } => {
            format!("第 {line} 行的 {code} 重复，或者没有按代码从小到大排。")
        }
        RegionsError::Orphan { code, name, parent } => {
            format!("{code} {name} 属于 {parent}，表里没有 {parent}。")
        }
        RegionsError::Successor { code, successor } => {
            format!("{code} 由 {successor} 接替，表里没有同一级的 {successor}。")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &str) -> Regions {
        let text =
            format!("code,name,valid_from,valid_to,successor\n430000000000,湖南省,,,\n{rows}");
        Regions::parse(&text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn loaded(new: &str, used: &[(&str, u64)]) -> Loading<()> {
        let old = table("430100000000,长沙市,,,\n430200000000,株洲市,,,\n");
        let used = used
            .iter()
            .map(|(code, n)| (code.parse().expect("a code"), *n));
        compare(old.rows(), &table(new), &used.collect())
    }

    #[test]
    fn a_new_table_says_what_it_changes() {
        let changes = loaded(
            "430100000000,长沙市,,2026-01-01,430300000000\n430200000000,株州市,,,\n430300000000,新市,2026-01-02,,\n",
            &[],
        );
        let told: Vec<_> = changes
            .differences
            .iter()
            .map(|d| (d.what, d.title.as_str(), d.words.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    Differs::Changed,
                    "430100000000 长沙市",
                    "用到 2026-01-01，由 430300000000 新市 接替"
                ),
                (Differs::Changed, "430200000000 株州市", "原来叫株洲市"),
                (Differs::New, "430300000000 新市", ""),
            ]
        );
        assert_eq!(changes.same, 1);
        assert!(changes.may_apply(Some(&changes.digest())) && !changes.may_apply(None));
    }

    #[test]
    fn a_code_under_which_something_lies_is_not_taken_away() {
        let new = "430100000000,长沙市,,,\n";
        assert_eq!(loaded(new, &[]).count(Differs::Gone), 1);
        let refused = loaded(new, &[("430200000000", 3)]);
        assert!(refused.bad[0].problem.contains("3 条记录"));
        assert!(!refused.may_apply(Some(&refused.digest())));
    }
}
