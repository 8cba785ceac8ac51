//! Tables that people load: rows of a file, and what loading them would change. Looked through first, then applied.

use crate::archive::{ArchiveError, measure};
use api::{BadRow, Difference, Differs, LoadAnswer};
use calamine::{DataRef, Reader as _, Xlsx};
use domain::Day;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Cursor;

/// How many rows a table has at most.
const MOST_ROWS: usize = 60_000;
/// How many columns it has at most.
const MOST_COLUMNS: usize = 64;
/// How many bytes an archive unpacks to at most.
const MOST_UNPACKED: u64 = 32 * 1024 * 1024;
/// How many characters a cell has at most.
const LONGEST_CELL: usize = 500;
/// How many bytes of text a workbook has at most: every cell may name the same text, so that the archive's size bounds nothing.
const MOST_TEXT: usize = 16 * 1024 * 1024;
/// How many differences and bad rows an answer tells.
const TOLD: usize = 200;

/// Why a file is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Its name does not say what it is, or it is something else.
    #[error("只能读 .xlsx 和 .csv 文件。旧的 .xls、加了密码的，请在表格里另存为 .xlsx。")]
    Form,
    /// It is cut off or broken.
    #[error("这个文件读不出来，可能坏了。请重新另存为 .xlsx 再选一次。")]
    Damaged,
    /// It is text in another encoding.
    #[error("这个文件的文字编码看不懂。在表格里另存为“CSV UTF-8”再选一次。")]
    Encoding,
    /// It has too many rows or too long cells.
    #[error("这个表太大了：最多 6 万行，每格最多 500 个字。")]
    TooLarge,
    /// There is nothing in it.
    #[error("这个表是空的。")]
    Empty,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line, from 1.
    pub line: u32,
    /// What stands in it, without white space around.
    pub cells: Vec<String>,
}

impl Row {
    /// A cell; empty where there is none.
    #[must_use]
    pub fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }
}

/// The rows of a file that are not empty.
///
/// # Errors
/// It cannot be read as a table.
pub fn rows(name: &str, content: &[u8]) -> Result<Vec<Row>, TableError> {
    let name = name.to_lowercase();
    if content.starts_with(b"PK") {
        return xlsx(content);
    }
    if !(name.ends_with(".csv") || name.ends_with(".txt")) {
        return Err(TableError::Form);
    }
    let text = std::str::from_utf8(content).map_err(|_| TableError::Encoding)?;
    let rows = csv(text.trim_start_matches('\u{feff}'))?;
    if rows.is_empty() {
        return Err(TableError::Empty);
    }
    Ok(rows)
}

/// The first sheet of a workbook. The archive is measured before anything in it is read: what it says it holds, and what it really unpacks
/// to. Cells are streamed, so a stray cell in the last row of a sheet costs nothing.
fn xlsx(content: &[u8]) -> Result<Vec<Row>, TableError> {
    measure(content, MOST_UNPACKED).map_err(|error| match error {
        ArchiveError::NoArchive | ArchiveError::Damaged => TableError::Damaged,
        ArchiveError::TooMuch => TableError::TooLarge,
    })?;
    let damaged = |_| TableError::Damaged;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(content)).map_err(damaged)?;
    let first = book.sheet_names().first().cloned();
    let first = first.ok_or(TableError::Empty)?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(damaged)?;
    let mut found: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut text_bytes = 0;
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (row, column) = cell.get_position();
        // Measured before it is copied; a character has four bytes at most.
        let bytes = bytes_of(cell.get_value());
        text_bytes += bytes;
        if bytes > LONGEST_CELL * 4 || text_bytes > MOST_TEXT {
            return Err(TableError::TooLarge);
        }
        let text = text_of(cell.get_value());
        if text.is_empty() {
            continue;
        }
        if column as usize >= MOST_COLUMNS || text.chars().count() > LONGEST_CELL {
            return Err(TableError::TooLarge);
        }
        let cells = found.entry(row).or_default();
        cells.resize(cells.len().max(column as usize + 1), String::new());
        cells[column as usize] = text;
        if found.len() > MOST_ROWS {
            return Err(TableError::TooLarge);
        }
    }
    if found.is_empty() {
        return Err(TableError::Empty);
    }
    let rows = found.into_iter();
    Ok(rows
        .map(|(row, cells)| Row {
            line: row + 1,
            cells,
        })
        .collect())
}

/// How long the text of a cell is.
fn bytes_of(value: &DataRef<'_>) -> usize {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) => text.len(),
        DataRef::SharedString(text) => text.len(),
        _ => 0,
    }
}

/// A cell as it would be typed: a whole number without a point, a date as its day.
fn text_of(value: &DataRef<'_>) -> String {
    /// Day 25,569 of a spreadsheet is 1970-01-01.
    const FIRST: f64 = 25_569.0;
    match value {
        DataRef::String(text) => domain::read::text::line(text),
        DataRef::SharedString(text) => domain::read::text::line(text),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
        DataRef::Float(n) => n.to_string(),
        DataRef::DateTime(at) => Day((at.as_f64().floor() - FIRST) as i32).to_string(),
        DataRef::DateTimeIso(text) => text.chars().take(10).collect(),
        _ => String::new(),
    }
}

/// Comma-separated values (RFC 4180): cells in quotes may hold commas, line ends and doubled quotes.
fn csv(text: &str) -> Result<Vec<Row>, TableError> {
    let mut rows = Vec::new();
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let (mut line, mut begins) = (1_u32, 1_u32);
    let mut chars = text.chars().peekable();
    let mut push = |cells: &mut Vec<String>, line: u32| {
        let cells = std::mem::take(cells);
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { line, cells });
        }
        rows.len() <= MOST_ROWS
    };
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            ',' if !quoted => cells.push(trimmed(&mut cell)),
            '\n' if !quoted => {
                cells.push(trimmed(&mut cell));
                line += 1;
                if !push(&mut cells, begins) {
                    return Err(TableError::TooLarge);
                }
                begins = line;
            }
            '\r' => {}
            c => {
                line += u32::from(c == '\n');
                cell.push(c);
            }
        }
        if cell.len() > LONGEST_CELL * 4 {
            return Err(TableError::TooLarge);
        }
    }
    cells.push(trimmed(&mut cell));
    if !push(&mut cells, begins) {
        return Err(TableError::TooLarge);
    }
    Ok(rows)
}

fn trimmed(cell: &mut String) -> String {
    let text = std::mem::take(cell);
    domain::read::text::line(&text)
}

/// Where a column is, by its name in the first row.
#[must_use]
pub fn column(header: &Row, name: &str) -> Option<usize> {
    header.cells.iter().position(|cell| cell == name)
}

/// A day as tables have it: 2026-12-31, 2026/12/31, 2026.12.31, 2026年12月31日; nothing in an empty cell.
///
/// # Errors
/// What it is not, as a sentence.
pub fn day(cell: &str) -> Result<Option<Day>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let parts: Vec<&str> = cell
        .split(['-', '/', '.', '年', '月', '日'])
        .filter(|part| !part.is_empty())
        .collect();
    let found = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => match (year.parse(), month.parse(), day.parse()) {
            (Ok(year), Ok(month), Ok(day)) => Day::from_ymd(year, month, day),
            _ => None,
        },
        _ => None,
    };
    found
        .map(Some)
        .ok_or_else(|| format!("看不懂日期“{cell}”，请写成 2026-12-31 这样。"))
}

/// What loading a table would change.
#[derive(Clone, Debug)]
pub struct Loading<T> {
    /// How many rows it has, without the first.
    pub rows: u32,
    /// How many say what is known already.
    pub same: u32,
    /// What is different, in the order of the file.
    pub differences: Vec<Difference>,
    /// What is written for each difference.
    pub puts: Vec<T>,
    /// Rows that cannot be loaded.
    pub bad: Vec<BadRow>,
}

impl<T> Default for Loading<T> {
    fn default() -> Self {
        Self {
            rows: 0,
            same: 0,
            differences: Vec::new(),
            puts: Vec::new(),
            bad: Vec::new(),
        }
    }
}

impl<T> Loading<T> {
    /// Notes a row that cannot be loaded.
    pub fn bad(&mut self, row: &Row, problem: impl Into<String>) {
        self.bad.push(BadRow {
            line: row.line,
            text: row.cells.join("，"),
            problem: problem.into(),
        });
    }

    /// Notes a difference.
    pub fn differs(&mut self, what: Differs, title: String, words: String, put: T) {
        self.differences.push(Difference { what, title, words });
        self.puts.push(put);
    }

    /// How many differences there are of one sort.
    #[must_use]
    pub fn count(&self, what: Differs) -> u32 {
        let of = self.differences.iter().filter(|d| d.what == what);
        u32::try_from(of.count()).unwrap_or(u32::MAX)
    }

    /// Names the difference: whoever applies it names the one they have seen.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for difference in &self.differences {
            let line = format!(
                "{:?}\t{}\t{}\n",
                difference.what, difference.title, difference.words
            );
            digest.update(line);
        }
        let digest = digest.finalize();
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Whether this is the difference that somebody wants applied: they have seen it, and no row is bad.
    #[must_use]
    pub fn may_apply(&self, seen: Option<&str>) -> bool {
        self.bad.is_empty() && seen == Some(self.digest().as_str())
    }

    /// What the person is told.
    #[must_use]
    pub fn answer(&self, applied: bool) -> LoadAnswer {
        LoadAnswer {
            rows: self.rows,
            same: self.same,
            new: self.count(Differs::New),
            changed: self.count(Differs::Changed),
            gone: self.count(Differs::Gone),
            differences: self.differences.iter().take(TOLD).cloned().collect(),
            bad: u32::try_from(self.bad.len()).unwrap_or(u32::MAX),
            bad_rows: self.bad.iter().take(TOLD).cloned().collect(),
            difference: self.digest(),
            applied,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_in_quotes_may_hold_what_parts_cells() {
        let text = "\u{feff}a, b ,c\r\n\r\n\"x,\"\"y\"\"\nz\",2,\n";
        let rows = rows("a.CSV", text.as_bytes()).expect("a table");
        let cells: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.cells.join("|")))
            .collect();
        assert_eq!(
            cells,
            [(1, "a|b|c".to_owned()), (3, "x,\"y\" z|2|".to_owned())]
        );
    }

    /// A workbook of one sheet, as a spreadsheet writes it.
    fn workbook(sheet: &str) -> Vec<u8> {
        use std::io::Write as _;
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let rels = "http://schemas.openxmlformats.org/package/2006/relationships";
        let of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        for (name, text) in [
            (
                "[Content_Types].xml",
                "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"
                    .to_owned(),
            ),
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{rels}\"><Relationship Id=\"r1\" Type=\"{of}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{main}\" xmlns:r=\"{of}\"><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{rels}\"><Relationship Id=\"r1\" Type=\"{of}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>"),
            ),
        ] {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(name, options).expect("a part");
            archive.write_all(text.as_bytes()).expect("writes");
        }
        archive.finish().expect("ends").into_inner()
    }

    #[test]
    fn a_workbook_is_read_like_a_text() {
        let sheet = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t> 区划代码 </t></is></c><c r=\"C1\" t=\"inlineStr\"><is><t>名录</t></is></c></row>\
                     <row r=\"3\"><c r=\"A3\"><v>431230104202</v></c></row>";
        let rows = rows("名录.xlsx", &workbook(sheet)).expect("a table");
        let cells: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.cells.join("|")))
            .collect();
        let expected = [
            (1, "区划代码||名录".to_owned()),
            (3, "431230104202".to_owned()),
        ];
        assert_eq!(cells, expected);
        let far = "<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>";
        assert_eq!(
            super::rows("a.xlsx", &workbook(far)),
            Err(TableError::TooLarge)
        );
    }

    /// One text of the workbook, named by many cells, packs to nothing and unpacks to as much as one likes.
    #[test]
    fn one_text_in_every_cell_is_too_much() {
        let read = |text: &str, rows_of: u32| {
            let mut book = rust_xlsxwriter::Workbook::new();
            let sheet = book.add_worksheet();
            for row in 0..rows_of {
                for column in 0..20 {
                    sheet.write_string(row, column, text).expect("written");
                }
            }
            let bytes = book.save_to_buffer().expect("a workbook");
            rows("a.xlsx", &bytes).map(|rows| rows.len())
        };
        assert_eq!(read(&"长".repeat(500), 10), Ok(10));
        assert_eq!(read(&"长".repeat(500), 600), Err(TableError::TooLarge));
        assert_eq!(read(&" ".repeat(30_000), 1), Err(TableError::TooLarge));
    }

    #[test]
    fn what_is_no_table_is_told_apart() {
        assert_eq!(rows("a.pdf", b"x"), Err(TableError::Form));
        assert_eq!(rows("a.xls", b"\xD0\xCF\x11\xE0"), Err(TableError::Form));
        assert_eq!(rows("a.xlsx", b"PK\x03\x04"), Err(TableError::Damaged));
        assert_eq!(
            rows("a.csv", &[0xC4, 0xC4, 0xBE]),
            Err(TableError::Encoding)
        );
        assert_eq!(rows("a.csv", b" \n"), Err(TableError::Empty));
        let wide = format!("a\n{}", "长".repeat(1_000));
        assert_eq!(rows("a.csv", wide.as_bytes()), Err(TableError::TooLarge));
        let long = "1\n".repeat(MOST_ROWS + 1);
        assert_eq!(rows("a.csv", long.as_bytes()), Err(TableError::TooLarge));
    }

    #[test]
    fn days_are_understood_as_tables_write_them() {
        let expected = Ok(Day::from_ymd(2024, 5, 6));
        for text in ["2024-05-06", "2024/5/6", "2024.5.6", "2024年5月6日"] {
            assert_eq!(day(text), expected, "{text}");
        }
        assert_eq!(day(""), Ok(None));
        for text in ["45418", "5/6/2024", "2024-13-01", "2024-02-30"] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
