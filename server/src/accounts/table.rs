//! Tables of accounts as .xlsx files. A file is measured before anything in it is read: its bytes, what the archive says it holds, and
//! what it really unpacks to. Cells are streamed, so a stray cell in the last row of the sheet costs nothing.

use crate::archive::{ArchiveError, measure};
use api::accounts::MAX_FILE_BYTES;
use calamine::{DataRef, Reader, Xlsx};
use domain::accounts::table::{Cell, Column, MOST_ROWS, Row};
use domain::{Department, RegionCode, Role};
use rust_xlsxwriter::{DataValidation, Format, Workbook, XlsxError};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// Bytes that the archive may unpack to.
const MOST_UNPACKED: u64 = 16 * 1024 * 1024;
/// Cells that are looked at.
const MOST_CELLS: usize = 20_000;
/// Characters of a cell that are kept: whatever is longer is no name, number or place, and its row says so.
const MOST_OF_A_CELL: usize = 500;
/// Bytes of text that are kept: every cell may name the same text, so that the archive's size bounds nothing.
const MOST_TEXT: usize = 16 * 1024 * 1024;
/// The headings stand in one of the first rows; above them may be a title.
const HEADINGS_WITHIN: u32 = 5;

/// Why a file cannot be read, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Too many bytes.
    #[error("文件太大：最多 512 KB。请删掉图片和多余的表，或者分成几个文件。")]
    TooLarge,
    /// It unpacks to too much.
    #[error("文件里的内容太多，没有读。请只留一张表，删掉图片和多余的格式，再导入。")]
    TooMuchInside,
    /// The old format, or a file with a password.
    #[error("这是旧的 .xls 文件，或者加了密码。请另存为 .xlsx（不加密码）再导入。")]
    OldFormat,
    /// Not a table at all.
    #[error("这不是 .xlsx 表格。请用下载的模板填写；WPS 里请另存为 .xlsx。")]
    NotATable,
    /// It cannot be read to its end.
    #[error("这个文件读不出来，可能坏了。请重新另存为 .xlsx 再导入。")]
    Damaged,
    /// Too many rows.
    #[error("一次最多导入 {MOST_ROWS} 行，请分成几个文件。")]
    TooManyRows,
    /// No row of headings.
    #[error("没有找到表头。前几行里要有一行写着：{0}。最好用下载的模板。")]
    NoHeadings(String),
    /// A column is missing.
    #[error("表头里没有“{0}”这一列。最好用下载的模板。")]
    NoColumn(&'static str),
    /// Nobody is named in it.
    #[error("表里没有要开通的人：姓名和手机号都是空的。")]
    Empty,
}

/// The rows that name somebody, each under the number that its program shows.
///
/// # Errors
/// The file as a whole cannot be read.
pub fn read(bytes: &[u8], above: &Role) -> Result<Vec<(u32, Row)>, TableError> {
    look_at(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| TableError::Damaged)?;
    let first = book.sheet_names().first().cloned();
    let first = first.ok_or(TableError::NotATable)?;
    let mut cells = book
        .worksheet_cells_reader(&first)
        .map_err(|_| TableError::Damaged)?;
    let (mut looked_at, mut text_bytes) = (0, 0);
    let mut known_columns: BTreeSet<u32> = BTreeSet::new();
    let mut head: BTreeMap<u32, Vec<(u32, Column)>> = BTreeMap::new();
    let mut found: BTreeMap<u32, BTreeMap<u32, Cell>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(|_| TableError::Damaged)? {
        if matches!(cell.get_value(), DataRef::Empty) {
            continue;
        }
        looked_at += 1;
        if looked_at > MOST_CELLS {
            return Err(TableError::TooMuchInside);
        }
        let (row, column) = cell.get_position();
        // Below the headings nothing is copied that stands in no column of ours.
        if row >= HEADINGS_WITHIN && !known_columns.is_empty() && !known_columns.contains(&column) {
            continue;
        }
        let value = value(cell.get_value());
        if let Cell::Text(text) = &value {
            text_bytes += text.len();
        }
        if text_bytes > MOST_TEXT {
            return Err(TableError::TooMuchInside);
        }
        if row < HEADINGS_WITHIN
            && let Cell::Text(text) = &value
            && let Some(known) = Column::of(text)
        {
            head.entry(row).or_default().push((column, known));
            known_columns.insert(column);
        }
        found.entry(row).or_default().insert(column, value);
    }
    let needed = Column::needed_by(above);
    let (at, columns) = headings(head, needed)?;
    let mut rows = Vec::new();
    for (row, mut cells) in found.split_off(&(at + 1)) {
        let mut read = Row::default();
        for (column, known) in &columns {
            if let Some(cell) = cells.remove(column) {
                read.put(*known, cell);
            }
        }
        if !read.is_blank() {
            rows.push((row + 1, read));
        }
        if rows.len() > MOST_ROWS {
            return Err(TableError::TooManyRows);
        }
    }
    if rows.is_empty() {
        return Err(TableError::Empty);
    }
    Ok(rows)
}

/// The row with the most headings, and which column is under each.
fn headings(
    head: BTreeMap<u32, Vec<(u32, Column)>>,
    needed: &[Column],
) -> Result<(u32, Vec<(u32, Column)>), TableError> {
    let best = head
        .into_iter()
        .filter(|(_, columns)| columns.len() >= 2)
        .max_by_key(|(row, columns)| (columns.len(), std::cmp::Reverse(*row)));
    let Some((row, mut columns)) = best else {
        let titles: Vec<&str> = needed.iter().map(|column| column.title()).collect();
        return Err(TableError::NoHeadings(titles.join("、")));
    };
    columns.retain(|(_, column)| needed.contains(column));
    let missing = needed
        .iter()
        .find(|needed| needed.is_required() && columns.iter().all(|(_, c)| c != *needed));
    match missing {
        Some(column) => Err(TableError::NoColumn(column.title())),
        None => Ok((row, columns)),
    }
}

fn value(found: &DataRef<'_>) -> Cell {
    let kept = |text: &str| Cell::Text(text.chars().take(MOST_OF_A_CELL + 1).collect());
    match found {
        DataRef::String(text) => kept(text),
        DataRef::SharedString(text) => kept(text),
        DataRef::Int(n) => Cell::Number(*n as f64),
        DataRef::Float(n) => Cell::Number(*n),
        _ => Cell::Other,
    }
}

/// Measures a file before it is read.
fn look_at(bytes: &[u8]) -> Result<(), TableError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(TableError::TooLarge);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(TableError::OldFormat);
    }
    if !bytes.starts_with(b"PK") {
        return Err(TableError::NotATable);
    }
    measure(bytes, MOST_UNPACKED).map_err(|error| match error {
        ArchiveError::NoArchive => TableError::NotATable,
        ArchiveError::Damaged => TableError::Damaged,
        ArchiveError::TooMuch => TableError::TooMuchInside,
    })
}

/// The empty table for this person, with the places that are known already. Every cell is text, so that no digits are lost.
///
/// # Errors
/// The writer's own.
pub fn template(above: &Role, places: &[(RegionCode, String)]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let text = Format::new().set_num_format("@");
    let heading = Format::new().set_bold().set_num_format("@");
    let sheet = book.add_worksheet();
    sheet.set_name("账号")?;
    sheet.set_freeze_panes(1, 0)?;
    let columns = Column::needed_by(above);
    for (n, column) in (0_u16..).zip(columns) {
        let width = match column {
            Column::Code => 16.0,
            Column::Place => 30.0,
            Column::Department | Column::Name => 14.0,
            Column::Phone => 18.0,
        };
        sheet.set_column_width(n, width)?;
        sheet.set_column_format(n, &text)?;
        sheet.write_string_with_format(0, n, column.title(), &heading)?;
        if *column == Column::Department {
            let choice = DataValidation::new().allow_list_strings(&Department::ALL.map(short))?;
            let last = u32::try_from(MOST_ROWS).unwrap_or(u32::MAX);
            sheet.add_data_validation(1, n, last, n, &choice)?;
        }
    }
    for (row, (code, name)) in (1_u32..).zip(places) {
        sheet.write_string_with_format(row, 0, code.to_string(), &text)?;
        sheet.write_string_with_format(row, 1, name.as_str(), &text)?;
    }
    book.save_to_buffer()
}

fn short(department: Department) -> &'static str {
    match department {
        Department::CivilAffairs => "民政",
        Department::RuralRevitalization => "乡村振兴",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table with the headings of a county and as many rows, where one text stands in some columns of each.
    fn table(rows: u32, columns: std::ops::Range<u16>, text: &str) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (n, column) in (0_u16..).zip([Column::Code, Column::Place, Column::Name, Column::Phone])
        {
            sheet.write_string(0, n, column.title()).expect("written");
        }
        for row in 1..=rows {
            for column in columns.clone() {
                sheet.write_string(row, column, text).expect("written");
            }
            sheet.write_string(row, 2, "向玉梅").expect("written");
        }
        book.save_to_buffer().expect("a workbook")
    }

    /// One text of the workbook, named by many cells, packs to nothing and unpacks to as much as one likes.
    #[test]
    fn one_text_in_every_cell_is_cut_or_too_much() {
        let county = Role::Bureau {
            region: "431230000000".parse().expect("a code"),
            region_name: "通道侗族自治县".to_owned(),
            department: Department::CivilAffairs,
        };
        let long = "长".repeat(30_000);
        // In columns that are not ours it is not copied at all.
        let beside = read(&table(900, 4..20, &long), &county);
        assert_eq!(beside.map(|rows| rows.len()), Ok(900));
        // In ours the row is told what is wrong with it.
        let rows = read(&table(2, 1..2, &long), &county).expect("a table");
        let told = rows.into_iter().map(|(_, row)| row.read(&county));
        for one in told {
            assert!(one.opening.is_none() && !one.faults.is_empty());
            assert!(one.place.chars().count() <= MOST_OF_A_CELL + 1);
        }
        // Rows above the headings are kept until these are found, but not without bound.
        let wide = {
            let mut book = Workbook::new();
            let sheet = book.add_worksheet();
            for column in 0..12_000 {
                sheet.write_string(0, column, &long).expect("written");
            }
            book.save_to_buffer().expect("a workbook")
        };
        let read = read(&wide, &county).map(|rows| rows.len());
        assert_eq!(read, Err(TableError::TooMuchInside));
    }
}
