//! What a first visit may cost on a village's network, and the table that shows what it does cost.

use crate::compress::Packed;
use crate::site::Site;
use std::collections::BTreeMap;

/// What the first visit may load at most, all together, in bytes of brotli.
pub const FIRST_VISIT: usize = 300_000;
/// Of that, the style.
pub const STYLE: usize = 12_000;

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
}

/// The sizes of a site.
#[derive(Clone, Debug)]
pub struct Sizes(Vec<Row>);

impl Sizes {
    /// Measures the site: what the first visit loads first, the largest first.
    #[must_use]
    pub fn of(site: &Site, packed: &BTreeMap<String, Packed>) -> Self {
        let rows = site.files.iter().map(|(path, content)| {
            let raw = content.len();
            let packed = packed.get(path);
            Row {
                path: path.clone(),
                raw,
                gzip: packed.map_or(raw, |packed| packed.gzip.len()),
                brotli: packed.map_or(raw, |packed| packed.brotli.len()),
                first_visit: site.first_visit.contains(path),
            }
        });
        let mut rows: Vec<Row> = rows.collect();
        rows.sort_by_key(|row| {
            (
                !row.first_visit,
                std::cmp::Reverse(row.brotli),
                row.path.clone(),
            )
        });
        Self(rows)
    }

    fn first_visit(&self) -> usize {
        self.0
            .iter()
            .filter(|row| row.first_visit)
            .map(|row| row.brotli)
            .sum()
    }

    fn style(&self) -> usize {
        let style = |row: &&Row| row.first_visit && row.path.ends_with(".css");
        self.0.iter().filter(style).map(|row| row.brotli).sum()
    }

    /// The table, for a person to read.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = format!(
            "{:<44}{:>10}{:>10}{:>10}\n",
            "first visit", "raw", "gzip", "brotli"
        );
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
        for row in &first {
            line(&row.path, [row.raw, row.gzip, row.brotli]);
        }
        line("together", sum(&first));
        line(
            &format!("{} files more, kept for offline", later.len()),
            sum(&later),
        );
        let (visit, style) = (kilobytes(self.first_visit()), kilobytes(self.style()));
        let (visit_limit, style_limit) = (FIRST_VISIT / 1000, STYLE / 1000);
        out + &format!(
            "budget: first visit {visit} of {visit_limit} kB, style {style} of {style_limit} kB, brotli\n"
        )
    }

    /// What is over the budget, one sentence each.
    #[must_use]
    pub fn over_budget(&self) -> Vec<String> {
        let limits = [
            ("the first visit loads", self.first_visit(), FIRST_VISIT),
            ("the style has", self.style(), STYLE),
        ];
        let over = limits.into_iter().filter(|(_, size, limit)| size > limit);
        over.map(|(what, size, limit)| {
            format!(
                "{what} {} kB, over its budget of {} kB",
                kilobytes(size),
                limit / 1000
            )
        })
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

    fn sizes(files: &[(&str, usize, bool)]) -> Sizes {
        let site = Site {
            id: "x".into(),
            files: files
                .iter()
                .map(|(path, bytes, _)| ((*path).to_owned(), vec![0; *bytes]))
                .collect(),
            first_visit: files
                .iter()
                .filter(|(.., first)| *first)
                .map(|(path, ..)| (*path).to_owned())
                .collect::<BTreeSet<_>>(),
        };
        Sizes::of(&site, &BTreeMap::new())
    }

    #[test]
    fn exactly_the_budget_is_within_it_and_a_byte_more_is_not() {
        assert!(
            sizes(&[
                ("a.wasm", FIRST_VISIT - STYLE, true),
                ("a.css", STYLE, true)
            ])
            .over_budget()
            .is_empty()
        );
        let over = sizes(&[
            ("a.wasm", FIRST_VISIT - STYLE + 1, true),
            ("a.css", STYLE, true),
        ])
        .over_budget();
        assert_eq!(
            over,
            ["the first visit loads 300.1 kB, over its budget of 300 kB"]
        );
        let over = sizes(&[("a.css", STYLE + 1, true)]).over_budget();
        assert_eq!(over, ["the style has 12.1 kB, over its budget of 12 kB"]);
    }

    #[test]
    fn what_the_first_visit_does_not_load_is_free() {
        assert!(
            sizes(&[("big.png", FIRST_VISIT * 2, false)])
                .over_budget()
                .is_empty()
        );
    }

    #[test]
    fn compressed_sizes_count() {
        let site = Site {
            id: "x".into(),
            files: BTreeMap::from([("a.wasm".to_owned(), vec![0; 900_000])]),
            first_visit: BTreeSet::from(["a.wasm".to_owned()]),
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
