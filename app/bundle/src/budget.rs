//! What the page may cost on a village's network, for each of those who open it, and the table that shows what it costs.

use crate::compress::Packed;
use crate::site::Site;
use crate::split;
use std::collections::BTreeMap;

/// Who opens the page, the area they load with all that comes before it, what that may have in bytes of brotli, and the aim.
/// A device decides every command itself, so everybody's `inside` has the rules of both libraries: that is what is far from the aims.
const ROLES: [(&str, Option<&str>, usize, usize); 5] = [
    ("the sign-in page", None, 130_000, 110_000),
    ("an invitation", Some(split::DOOR), 156_000, 120_000),
    ("a village's home", Some("needs"), 558_000, 330_000),
    ("an organization's home", Some("library"), 554_000, 360_000),
    ("a county's home", Some("review"), 733_000, 420_000),
];
/// What one area more may load, and the aim.
const AREA: (usize, usize) = (76_000, 60_000);
/// What the first page's style may have.
const STYLE: usize = 8_000;

/// The sizes of one file in bytes.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its path.
    pub path: String,
    /// Uncompressed.
    pub raw: usize,
    /// With gzip; uncompressed where compressing does not pay.
    pub gzip: usize,
    /// With brotli; uncompressed where compressing does not pay.
    pub brotli: usize,
    /// Whether the first visit loads it.
    pub first_visit: bool,
    /// Which part of the program it is, if it is one.
    pub part: Option<String>,
}

/// The sizes of a site.
#[derive(Clone, Debug)]
pub struct Sizes(Vec<Row>);

/// Something that has a budget.
struct Limited {
    what: String,
    size: usize,
    limit: usize,
    aim: usize,
}

impl Sizes {
    /// Measures the site: what the first visit loads first, the largest first, then the parts of the program.
    #[must_use]
    pub fn of(site: &Site, packed: &BTreeMap<String, Packed>) -> Self {
        let rows = site.files.iter().map(|(path, content)| {
            let raw = content.len();
            let packed = packed.get(path);
            let part = site.parts.iter().find(|(_, file)| *file == path);
            Row {
                path: path.clone(),
                raw,
                gzip: packed.map_or(raw, |packed| packed.gzip.len()),
                brotli: packed.map_or(raw, |packed| packed.brotli.len()),
                first_visit: site.first_visit.contains(path),
                part: part.map(|(part, _)| part.clone()),
            }
        });
        let mut rows: Vec<Row> = rows.collect();
        rows.sort_by_key(|row| {
            (
                !row.first_visit,
                row.part.is_none(),
                std::cmp::Reverse(row.brotli),
                row.path.clone(),
            )
        });
        Self(rows)
    }

    fn brotli(&self, counts: impl Fn(&Row) -> bool) -> usize {
        let rows = self.0.iter().filter(|row| counts(row));
        rows.map(|row| row.brotli).sum()
    }

    /// Everything that has a budget.
    fn limited(&self) -> Vec<Limited> {
        let mut all: Vec<Limited> = ROLES
            .iter()
            .map(|(what, area, limit, aim)| Limited {
                what: (*what).to_owned(),
                size: self.brotli(|row| {
                    let loads = |area: &str, part: &str| {
                        part == area || split::before(area).contains(&part)
                    };
                    row.first_visit
                        || area
                            .zip(row.part.as_deref())
                            .is_some_and(|(area, part)| loads(area, part))
                }),
                limit: *limit,
                aim: *aim,
            })
            .collect();
        let is_area = |row: &&Row| {
            let part = row.part.as_deref();
            part.is_some_and(|part| ![split::DOOR, split::INSIDE, split::SHARED].contains(&part))
        };
        if let Some(area) = self.0.iter().filter(is_area).max_by_key(|row| row.brotli) {
            all.push(Limited {
                what: format!(
                    "the largest area, {},",
                    area.part.as_deref().unwrap_or_default()
                ),
                size: area.brotli,
                limit: AREA.0,
                aim: AREA.1,
            });
        }
        all.push(Limited {
            what: "the style".to_owned(),
            size: self.brotli(|row| row.first_visit && row.path.ends_with(".css")),
            limit: STYLE,
            aim: STYLE,
        });
        all
    }

    /// The table, for a person to read.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, sizes: [usize; 3]| {
            let [raw, gzip, brotli] = sizes.map(kilobytes);
            out.push_str(&format!("{name:<44}{raw:>10}{gzip:>10}{brotli:>10}\n"));
        };
        let sum = |rows: &[&Row]| {
            rows.iter().fold([0; 3], |[a, b, c], row| {
                [a + row.raw, b + row.gzip, c + row.brotli]
            })
        };
        let (first, later): (Vec<&Row>, Vec<&Row>) = self.0.iter().partition(|row| row.first_visit);
        let (parts, later): (Vec<&Row>, Vec<&Row>) =
            later.into_iter().partition(|row| row.part.is_some());
        for row in first.iter().chain(&parts) {
            line(&row.path, [row.raw, row.gzip, row.brotli]);
        }
        line("the first visit together", sum(&first));
        if !parts.is_empty() {
            let all: Vec<&Row> = first.iter().chain(&parts).copied().collect();
            line("with all parts, which have no budget together", sum(&all));
        }
        line(
            &format!("{} files more, kept for offline", later.len()),
            sum(&later),
        );
        let head = format!(
            "{:<44}{:>10}{:>10}{:>10}\n",
            "first visit, then parts", "raw", "gzip", "brotli"
        );
        let budgets = self.limited().into_iter().map(|limited| {
            let [size, limit, aim] = [limited.size, limited.limit, limited.aim].map(kilobytes);
            format!("{:<44}{size:>10}{limit:>10}{aim:>10}\n", limited.what)
        });
        let budget_head = format!(
            "{:<44}{:>10}{:>10}{:>10}\n",
            "budgets, kB of brotli", "has", "may have", "aim"
        );
        head + &out + &budget_head + &budgets.collect::<String>()
    }

    /// What is over the budget, one sentence each.
    #[must_use]
    pub fn over_budget(&self) -> Vec<String> {
        let over = self.limited().into_iter().filter(|it| it.size > it.limit);
        over.map(
            |Limited {
                 what, size, limit, ..
             }| {
                format!(
                    "{what} has {} kB, over its budget of {} kB",
                    kilobytes(size),
                    limit / 1000
                )
            },
        )
        .collect()
    }
}

/// Thousands of bytes with one decimal.
fn kilobytes(bytes: usize) -> String {
    let tenths = bytes.div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A site of a first visit and parts, of so many bytes each.
    fn sizes(first: &[(&str, usize)], parts: &[(&str, usize)]) -> Sizes {
        let path = |part: &str| format!("assets/{part}-1.wasm");
        let zeros = |bytes: usize| vec![0; bytes];
        let first_files = first
            .iter()
            .map(|(path, bytes)| ((*path).to_owned(), zeros(*bytes)));
        let part_files = parts
            .iter()
            .map(|(part, bytes)| (path(part), zeros(*bytes)));
        let site = Site {
            id: "x".into(),
            files: first_files
                .chain(part_files)
                .chain([("big.png".to_owned(), zeros(900_000))])
                .collect(),
            first_visit: first
                .iter()
                .map(|(path, _)| (*path).to_owned())
                .collect::<BTreeSet<_>>(),
            parts: parts
                .iter()
                .map(|(part, _)| ((*part).to_owned(), path(part)))
                .collect(),
        };
        Sizes::of(&site, &BTreeMap::new())
    }

    #[test]
    fn exactly_the_budget_is_within_it_and_a_byte_more_is_not() {
        let within = sizes(&[("a.wasm", 122_000), ("a.css", 8_000)], &[]);
        assert_eq!(within.over_budget(), [] as [&str; 0]);
        let over = sizes(&[("a.wasm", 122_001), ("a.css", 8_000)], &[]);
        assert_eq!(
            over.over_budget(),
            ["the sign-in page has 130.1 kB, over its budget of 130 kB"]
        );
        let over = sizes(&[("a.css", 8_001)], &[]);
        assert_eq!(
            over.over_budget(),
            ["the style has 8.1 kB, over its budget of 8 kB"]
        );
    }

    #[test]
    fn each_role_is_charged_for_its_own_home_only() {
        let parts = |needs, library, review, shared| {
            let parts = [
                ("inside", 517_000),
                ("needs", needs),
                ("library", library),
                ("review", review),
                ("shared", shared),
            ];
            sizes(&[("a.wasm", 10_000)], &parts).over_budget()
        };
        assert_eq!(parts(31_000, 27_000, 76_000, 130_000), [] as [&str; 0]);
        assert_eq!(
            parts(31_001, 27_000, 76_000, 130_000),
            ["a village's home has 558.1 kB, over its budget of 558 kB"]
        );
        assert_eq!(
            parts(31_000, 27_001, 76_000, 130_000),
            ["an organization's home has 554.1 kB, over its budget of 554 kB"]
        );
        assert_eq!(
            parts(31_000, 27_000, 76_001, 130_000),
            [
                "a county's home has 733.1 kB, over its budget of 733 kB",
                "the largest area, review, has 76.1 kB, over its budget of 76 kB"
            ]
        );
    }

    #[test]
    fn what_no_role_loads_first_is_free_and_so_are_all_parts_together() {
        let areas = ["needs", "orders", "library", "review", "office", "account"];
        let areas = areas.map(|area| (area, 76_000));
        let sizes = sizes(&[("a.wasm", 100_000)], &areas);
        assert_eq!(sizes.over_budget(), [] as [&str; 0]);
        let table = sizes.table();
        assert!(
            table.contains("no budget together     556.0     556.0     556.0"),
            "{table}"
        );
        assert!(table.contains("1 files more"), "{table}");
    }

    #[test]
    fn compressed_sizes_count() {
        let site = Site {
            id: "x".into(),
            files: BTreeMap::from([("a.wasm".to_owned(), vec![0; 900_000])]),
            first_visit: BTreeSet::from(["a.wasm".to_owned()]),
            parts: BTreeMap::new(),
        };
        let packed = Packed {
            brotli: vec![0; 1000],
            gzip: vec![0; 2000],
        };
        let sizes = Sizes::of(&site, &BTreeMap::from([("a.wasm".to_owned(), packed)]));
        assert!(sizes.over_budget().is_empty());
        assert!(
            sizes.table().contains("900.0       2.0       1.0"),
            "{}",
            sizes.table()
        );
    }
}
