//! The table of administrative regions: parsing, validation and look-up.
//!
//! Hunan's table is part of the program (`server/data/SOURCE.md` says where it comes from); a newer one, or another
//! province's, is loaded from a file of the same form.

use domain::{Day, Level, Place, RegionCode};
use flate2::read::GzDecoder;
use std::io::Read;

static HUNAN: &[u8] = include_bytes!("../data/regions-hunan.csv.gz");
const HEADER: &str = "code,name,valid_from,valid_to,successor";

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Twelve digits.
    pub code: RegionCode,
    /// The name as the source writes it: `水坪村委会`.
    pub name: String,
    /// The first day this code was in use, where the source says so.
    pub valid_from: Option<Day>,
    /// The last day this code was in use; `None` while it is.
    pub valid_to: Option<Day>,
    /// The code that took its place.
    pub successor: Option<RegionCode>,
}

/// Why a table of regions cannot be used. Lines count from 1, the header included.
#[derive(Debug, thiserror::Error)]
pub enum RegionsError {
    /// The packed file is damaged.
    #[error("the file cannot be unpacked: {0}")]
    Packing(#[from] std::io::Error),
    /// The first line is not the header this program knows.
    #[error("the first line should be `{HEADER}`")]
    Header,
    /// No region at all: whoever loads it would have an installation without any place.
    #[error("the table has a header and no region")]
    Empty,
    /// A line that is not a region.
    #[error("line {line} is not a region: {text}")]
    Line {
        /// Which line.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// The same code twice, or a line out of order.
    #[error("line {line}: {code} is there twice or out of order; rows are sorted by code")]
    Order {
        /// Which line.
        line: usize,
        /// The code.
        code: RegionCode,
    },
    /// A region whose parent is missing.
    #[error("{code} {name} lies in {parent}, which is not in the table")]
    Orphan {
        /// The region.
        code: RegionCode,
        /// Its name.
        name: String,
        /// The code that is missing.
        parent: RegionCode,
    },
    /// A successor that is missing or of another level.
    #[error(
        "{code} is followed by {successor}, which is not a region of the same level in the table"
    )]
    Successor {
        /// The region.
        code: RegionCode,
        /// The code that is missing.
        successor: RegionCode,
    },
}

/// A checked table: sorted by code, every parent and successor is there.
#[derive(Clone, Debug)]
pub struct Regions {
    rows: Vec<Region>,
}

impl Region {
    /// Province, city, county, town or village.
    #[must_use]
    pub fn level(&self) -> Level {
        self.code.level()
    }

    /// The region it lies in; the province has none.
    #[must_use]
    pub fn parent(&self) -> Option<RegionCode> {
        self.code.parent()
    }

    /// Whether this is a villagers' committee (村民委员会) and not a residents' one: the bureau of statistics gives the
    /// former the numbers 200 to 399 within a town.
    #[must_use]
    pub fn is_rural(&self) -> bool {
        self.level() == Level::Village
            && (200..400).contains(&(self.code.number() % 1_000))
            && !self.is_statistical()
    }

    /// Whether this row exists for statistics only (虚拟社区, 类似村, …): nobody there posts a need.
    #[must_use]
    pub fn is_statistical(&self) -> bool {
        STATISTICAL_ENDINGS
            .iter()
            .any(|end| self.name.ends_with(end))
    }
}

impl Regions {
    /// The table of Hunan that is part of the program.
    pub fn hunan() -> Result<Self, RegionsError> {
        Self::unpack(HUNAN)
    }

    /// Reads a gzip-packed table.
    pub fn unpack(gz: &[u8]) -> Result<Self, RegionsError> {
        let mut csv = String::new();
        GzDecoder::new(gz).read_to_string(&mut csv)?;
        Self::parse(&csv)
    }

    /// Reads a table and checks it.
    pub fn parse(csv: &str) -> Result<Self, RegionsError> {
        let mut lines = (1..).zip(csv.trim_start_matches('\u{feff}').lines());
        if lines.next().map(|(_, header)| header) != Some(HEADER) {
            return Err(RegionsError::Header);
        }
        let mut rows: Vec<Region> = Vec::new();
        for (line, text) in lines.filter(|(_, text)| !text.is_empty()) {
            let row = row(text).ok_or_else(|| RegionsError::Line {
                line,
                text: text.to_owned(),
            })?;
            if rows.last().is_some_and(|last| last.code >= row.code) {
                return Err(RegionsError::Order {
                    line,
                    code: row.code,
                });
            }
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(RegionsError::Empty);
        }
        let table = Self { rows };
        table.check()?;
        Ok(table)
    }

    /// Rows as a database has them, which were checked before.
    #[must_use]
    pub fn of(mut rows: Vec<Region>) -> Self {
        rows.sort_by_key(|row| row.code);
        Self { rows }
    }

    fn check(&self) -> Result<(), RegionsError> {
        for row in &self.rows {
            if let Some(parent) = row.parent().filter(|parent| self.get(*parent).is_none()) {
                return Err(RegionsError::Orphan {
                    code: row.code,
                    name: row.name.clone(),
                    parent,
                });
            }
            let known = |next: &RegionCode| {
                self.get(*next)
                    .is_some_and(|found| found.level() == row.level())
            };
            if let Some(successor) = row.successor.filter(|next| !known(next)) {
                return Err(RegionsError::Successor {
                    code: row.code,
                    successor,
                });
            }
        }
        Ok(())
    }

    /// All rows, sorted by code, so that every region comes after the one it lies in.
    #[must_use]
    pub fn rows(&self) -> &[Region] {
        &self.rows
    }

    /// The rows of one level.
    pub fn level(&self, level: Level) -> impl Iterator<Item = &Region> {
        self.rows.iter().filter(move |row| row.level() == level)
    }

    /// The row of a code.
    #[must_use]
    pub fn get(&self, code: RegionCode) -> Option<&Region> {
        self.rows
            .binary_search_by_key(&code, |row| row.code)
            .ok()
            .map(|at| &self.rows[at])
    }

    /// Everything that lies in a region, at any depth, without the region itself.
    pub fn inside(&self, code: RegionCode) -> impl Iterator<Item = &Region> {
        let first = self.rows.partition_point(|row| row.code <= code);
        self.rows[first..]
            .iter()
            .take_while(move |row| code.contains(row.code))
    }

    /// What people call a region; for a village the short name.
    #[must_use]
    pub fn short_name(&self, code: RegionCode) -> Option<String> {
        let row = self.get(code)?;
        if row.level() != Level::Village {
            return Some(row.name.clone());
        }
        let county = self.get(code.county())?;
        let town = self.get(code.at(Level::Town))?;
        Some(short_name(&row.name, &county.name, &town.name))
    }

    /// A village with the names of the regions it lies in; `None` for a code that is no village of this table.
    #[must_use]
    pub fn place(&self, village: RegionCode) -> Option<Place> {
        if village.level() != Level::Village {
            return None;
        }
        Some(Place {
            village,
            city_name: self.short_name(village.at(Level::City))?,
            county_name: self.short_name(village.county())?,
            town_name: self.short_name(village.at(Level::Town))?,
            village_name: self.short_name(village)?,
        })
    }
}

fn row(text: &str) -> Option<Region> {
    let mut fields = text.split(',');
    let code = fields.next()?.parse().ok()?;
    let name = fields.next().filter(|name| !name.trim().is_empty())?;
    let valid_from = optional(fields.next()?)?;
    let valid_to = optional(fields.next()?)?;
    let successor = optional(fields.next()?)?;
    fields.next().is_none().then(|| Region {
        code,
        name: name.to_owned(),
        valid_from,
        valid_to,
        successor,
    })
}

/// An empty field is `Some(None)`, an unreadable one `None`.
fn optional<T: std::str::FromStr>(field: &str) -> Option<Option<T>> {
    match field {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    }
}

/// Endings of villagers' committees, the source's slips of the pen included, longest first.
const VILLAGE_ENDINGS: [&str; 7] = [
    "村民委员会会",
    "村民委员会",
    "村民委委会",
    "村民居委会",
    "村委会会",
    "村委会",
    "村季会",
];
/// Endings of residents' committees.
const COMMUNITY_ENDINGS: [&str; 5] = [
    "居民委员会会",
    "居民委员会",
    "社区委员会",
    "居委会会",
    "居委会",
];
/// Endings of rows that exist for statistics only; what stands before them is a name of its own.
const STATISTICAL_ENDINGS: [&str; 3] = ["虚拟生活区", "虚拟社区", "类似村"];

/// What people call a village: `社山坪村村委会` and `社山坪村委会` are 社山坪村, `凤凰居民委员会` is 凤凰社区,
/// `韶山市清溪镇清溪村村民委员会` is 清溪村 in its town.
#[must_use]
pub fn short_name(name: &str, county: &str, town: &str) -> String {
    if let Some(own) = STATISTICAL_ENDINGS
        .iter()
        .find_map(|end| name.strip_suffix(end))
    {
        return own.to_owned();
    }
    // A second committee of the same name.
    if let Some(first) = name.strip_suffix("居委会二") {
        return format!("{first}二");
    }
    let stem_in = |name: &str| {
        let village = VILLAGE_ENDINGS
            .iter()
            .find_map(|end| name.strip_suffix(end));
        let community = || {
            COMMUNITY_ENDINGS
                .iter()
                .find_map(|end| name.strip_suffix(end))
        };
        match village {
            Some(stem) => named(stem, "村"),
            None => community().map_or_else(|| name.to_owned(), |stem| named(stem, "社区")),
        }
    };
    let whole = stem_in(name);
    let without_county = whole.strip_prefix(county).unwrap_or(&whole);
    let without_town = without_county.strip_prefix(town).unwrap_or(without_county);
    // 严塘镇居委会 lies in 严塘镇: without the town nothing would be left of its name.
    match without_town {
        "村" | "社区" | "生活区" | "管理区" => whole,
        short => short.to_owned(),
    }
}

fn named(stem: &str, kind: &str) -> String {
    if stem.ends_with(kind) || stem.ends_with("社区") {
        stem.to_owned()
    } else {
        format!("{stem}{kind}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn hunan() -> Regions {
        Regions::hunan().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn hunan_has_the_numbers_its_source_has() {
        let table = hunan();
        let count = |level| table.level(level).count();
        assert_eq!(count(Level::Province), 1);
        assert_eq!(count(Level::City), 14);
        assert_eq!(count(Level::County), 134);
        assert_eq!(count(Level::Town), 2_008);
        assert_eq!(count(Level::Village), 29_534);
        assert_eq!(table.rows().len(), 31_691);
    }

    #[test]
    fn no_county_is_a_pseudo_row_and_each_has_villages() {
        let table = hunan();
        for county in table.level(Level::County) {
            assert!(
                !county.name.contains("市辖区") && !county.name.contains("直辖"),
                "{}",
                county.name
            );
            let rural = |row: &&Region| row.level() == Level::Village && row.is_rural();
            assert!(
                table.inside(county.code).any(|row| rural(&row)),
                "{}",
                county.name
            );
        }
    }

    #[test]
    fn twelve_counties_are_zones_that_only_statistics_knows() {
        let zones: Vec<_> = hunan()
            .level(Level::County)
            .filter(|county| (71..80).contains(&(county.code.number() / 1_000_000 % 100)))
            .map(|county| county.name.clone())
            .collect();
        assert_eq!(zones.len(), 12, "{zones:?}");
    }

    #[test]
    fn every_village_has_a_short_name_that_reads_like_one() {
        let table = hunan();
        let (mut odd, mut statistical) = (BTreeSet::new(), 0);
        for village in table.level(Level::Village) {
            let short = table.short_name(village.code).unwrap_or_default();
            if village.is_statistical() {
                statistical += 1;
                continue;
            }
            let ending = ["村", "社区", "生活区", "管理区"]
                .iter()
                .find(|end| short.ends_with(*end));
            let bare = ending.is_none_or(|end| short.chars().count() <= end.chars().count());
            let formal = ["委员会", "居委会", "村委会", "居民", "村民"]
                .iter()
                .any(|rest| short.contains(rest));
            if bare || formal || (village.is_rural() && !matches!(ending, Some(&("村" | "社区"))))
            {
                odd.insert(short);
            }
        }
        // The second committee of 红星社区 in 雨花区.
        assert_eq!(odd.into_iter().collect::<Vec<_>>(), ["红星社区二"]);
        assert_eq!(statistical, 42);
    }

    #[test]
    fn villagers_and_residents_committees_are_told_apart() {
        let table = hunan();
        assert_eq!(
            table.rows().iter().filter(|row| row.is_rural()).count(),
            23_582
        );
        let wrong: Vec<_> = table
            .rows()
            .iter()
            .filter(|row| {
                !row.is_rural() && row.level() == Level::Village && row.name.ends_with("村村委会")
            })
            .collect();
        assert_eq!(wrong, Vec::<&Region>::new());
    }

    #[test]
    fn within_a_town_short_names_tell_villages_apart() {
        let table = hunan();
        let mut seen: BTreeMap<(RegionCode, String), RegionCode> = BTreeMap::new();
        let mut twice = Vec::new();
        for village in table.level(Level::Village) {
            let short = table.short_name(village.code).unwrap_or_default();
            if let Some(first) =
                seen.insert((village.code.at(Level::Town), short.clone()), village.code)
            {
                twice.push(format!("{first} {} {short}", village.code));
            }
        }
        assert_eq!(twice, Vec::<String>::new());
    }

    #[test]
    fn committees_become_the_names_people_say() {
        let cases = [
            ("木脚村", "木脚村"),
            ("水坪村委会", "水坪村"),
            ("社山坪村村委会", "社山坪村"),
            ("木脚村村民委员会", "木脚村"),
            ("九峰村民委员会", "九峰村"),
            ("象塘新村委会", "象塘新村"),
            ("新村居委会", "新村社区"),
            ("楠竹社区居委会", "楠竹社区"),
            ("凤凰居民委员会", "凤凰社区"),
            ("白竹湖社区委员会", "白竹湖社区"),
            ("龙归坪社区村民委员会", "龙归坪社区"),
            ("竹木町农村社区", "竹木町农村社区"),
            ("鸡公垭村村民居委会", "鸡公垭村"),
            ("罗巷新村村民委委会", "罗巷新村"),
            ("桂花村季会", "桂花村"),
            ("红星社区居委会二", "红星社区二"),
            ("君山农业科学研究所类似村", "君山农业科学研究所"),
        ];
        for (official, short) in cases {
            assert_eq!(short_name(official, "某县", "某镇"), short);
        }
    }

    #[test]
    fn the_names_above_are_left_out_unless_nothing_would_be_left() {
        let short = |name, town| short_name(name, "韶山市", town);
        assert_eq!(
            short("韶山市清溪镇韶山冲社区居民委员会会", "清溪镇"),
            "韶山冲社区"
        );
        assert_eq!(short("韶山市韶山乡新联村民委员会", "韶山乡"), "新联村");
        assert_eq!(short("严塘镇居委会", "严塘镇"), "严塘镇社区");
        assert_eq!(short("花岩溪林场社区", "花岩溪林场"), "花岩溪林场社区");
        assert_eq!(short("衡州监狱虚拟生活区", "衡州监狱"), "衡州监狱");
    }

    #[test]
    fn a_village_knows_its_place() {
        let village = "431230108211".parse().unwrap_or_else(|_| panic!("a code"));
        let place = hunan().place(village).map(|place| place.line());
        assert_eq!(place.as_deref(), Some("通道侗族自治县 · 万佛山镇 · 木脚村"));
        assert_eq!(hunan().place(village.county()), None);
    }

    #[test]
    fn what_lies_inside_is_found_without_what_lies_beside() {
        let table = hunan();
        let city = table.level(Level::City).nth(1).map(|city| city.code);
        let inside: Vec<_> = city
            .into_iter()
            .flat_map(|city| table.inside(city))
            .collect();
        assert_eq!(
            inside
                .iter()
                .filter(|row| row.level() == Level::County)
                .count(),
            9
        );
        assert!(
            inside
                .iter()
                .all(|row| Some(row.code.at(Level::City)) == city)
        );
    }

    #[test]
    fn a_table_that_does_not_hold_together_is_refused() {
        let table = |rows: &str| Regions::parse(&format!("{HEADER}\n{rows}"));
        assert!(matches!(
            Regions::parse("code,name\n"),
            Err(RegionsError::Header)
        ));
        assert!(matches!(
            table("43,湖南省,,,"),
            Err(RegionsError::Line { line: 2, .. })
        ));
        assert!(matches!(
            table("430000000000,,,,"),
            Err(RegionsError::Line { .. })
        ));
        let twice = "430000000000,湖南省,,,\n430000000000,湖南省,,,";
        assert!(matches!(
            table(twice),
            Err(RegionsError::Order { line: 3, .. })
        ));
        let orphan = "430000000000,湖南省,,,\n430102000000,芙蓉区,,,";
        assert!(matches!(table(orphan), Err(RegionsError::Orphan { .. })));
        let lost = "430000000000,湖南省,,,\n430100000000,长沙市,,2020-01-01,430200000000";
        assert!(matches!(table(lost), Err(RegionsError::Successor { .. })));
        let merged = "430000000000,湖南省,,,\n430100000000,长沙市,,2020-01-01,430200000000\n430200000000,株洲市,2020-01-02,,";
        assert!(table(merged).is_ok());
        assert!(matches!(
            Regions::unpack(b"not packed"),
            Err(RegionsError::Packing(_))
        ));
    }
}
