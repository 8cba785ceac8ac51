//! A table of accounts to open, row by row: what stands in the cells is understood or refused, in words that name the column.

use super::{Opening, OpeningFault, Post};
use crate::actor::{Department, Role};
use crate::credit::CreditCode;
use crate::read::text::{is_blank, line};
use crate::region::{Level, RegionCode};
use crate::text::narrow;

/// Rows with an account at most.
pub const MOST_ROWS: usize = 1_000;
/// A spreadsheet keeps fifteen digits of a number. Longer ones are changed without a word.
const LONGEST_EXACT: f64 = 1e15;

/// A cell as a spreadsheet program keeps it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A day, a truth value, an error: nothing that an account has.
    Other,
}

/// The columns, by what stands above them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The twelve digits.
    Code,
    /// The name of the place, for people.
    Place,
    /// The department.
    Department,
    /// The person's name.
    Name,
    /// The number.
    Phone,
}

impl Column {
    /// All columns.
    pub const ALL: [Self; 5] = [
        Self::Code,
        Self::Place,
        Self::Department,
        Self::Name,
        Self::Phone,
    ];

    /// What stands above it in our own table.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Code => "区划代码",
            Self::Place => "地方",
            Self::Department => "部门",
            Self::Name => "姓名",
            Self::Phone => "手机号",
        }
    }

    /// Whose column this heading is; none if nobody's.
    #[must_use]
    pub fn of(heading: &str) -> Option<Self> {
        let heading = line(heading);
        let is = |words: &[&str]| words.contains(&heading.as_str());
        Some(
            if is(&[
                "区划代码",
                "代码",
                "村代码",
                "行政区划代码",
                "统计用区划代码",
            ]) {
                Self::Code
            } else if is(&[
                "地方",
                "村",
                "村名",
                "村（社区）",
                "县",
                "县市区",
                "市州",
                "地区",
            ]) {
                Self::Place
            } else if is(&["部门", "单位"]) {
                Self::Department
            } else if is(&["姓名", "名字", "联系人"]) {
                Self::Name
            } else if is(&["手机号", "手机", "手机号码", "电话", "联系电话"]) {
                Self::Phone
            } else {
                return None;
            },
        )
    }

    /// The columns of the table that this person fills in.
    #[must_use]
    pub fn needed_by(above: &Role) -> &'static [Self] {
        match above {
            Role::Member { .. } => &[Self::Name, Self::Phone],
            Role::Administrator => &[
                Self::Code,
                Self::Place,
                Self::Department,
                Self::Name,
                Self::Phone,
            ],
            Role::Bureau { .. } | Role::Applicant | Role::Village { .. } => {
                &[Self::Code, Self::Place, Self::Name, Self::Phone]
            }
        }
    }

    /// Whether a table without this column cannot be read.
    #[must_use]
    pub fn is_required(self) -> bool {
        self != Self::Place
    }
}

/// What one row of the table says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    cells: Vec<(Column, Cell)>,
}

/// A row that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The account to open; none if something is wrong.
    pub opening: Option<Opening>,
    /// The name, as far as it can be read.
    pub name: String,
    /// The number, as far as it can be read.
    pub phone: String,
    /// The name of the place that the row gives, to be compared with what the code says.
    pub place: String,
    /// What is wrong, in words.
    pub faults: Vec<String>,
}

impl Row {
    /// Puts a cell under a column.
    pub fn put(&mut self, column: Column, cell: Cell) {
        self.cells.push((column, cell));
    }

    /// The text of a column.
    fn text(&self, column: Column) -> Result<String, String> {
        let cell = self.cells.iter().find(|(c, _)| *c == column);
        match cell.map(|(_, cell)| cell) {
            None => Ok(String::new()),
            Some(Cell::Text(text)) => Ok(line(text)),
            Some(Cell::Number(n)) if n.abs() >= LONGEST_EXACT => Err(format!(
                "{}被表格当成数字，后面几位已经变了，请用模板（文本格式）重填",
                column.title()
            )),
            // As a whole number: formatting floating-point numbers costs the page 8 kB.
            Some(Cell::Number(n)) if n.fract() == 0.0 => Ok(format!("{}", *n as i64)),
            Some(Cell::Number(_) | Cell::Other) => Err(format!(
                "{}这一格不是文字，请用模板（文本格式）重填",
                column.title()
            )),
        }
    }

    /// Whether nobody is named here: a line of the template that was left as it is.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        [Column::Name, Column::Phone]
            .into_iter()
            .all(|column| self.text(column).is_ok_and(|text| is_blank(&text)))
    }

    /// The account that the row asks for. `org` is the organization of an owner who fills it in.
    #[must_use]
    pub fn read(&self, above: &Role) -> Read {
        let mut faults = Vec::new();
        let mut told = |read: Result<String, String>| {
            read.unwrap_or_else(|fault| {
                faults.push(fault);
                String::new()
            })
        };
        let typed_name = told(self.text(Column::Name));
        let typed_phone = told(self.text(Column::Phone));
        let typed_code = told(self.text(Column::Code));
        let place = told(self.text(Column::Place));
        let department = told(self.text(Column::Department));
        let was_told = faults.clone();
        let silent = |column: Column| was_told.iter().any(|f| f.starts_with(column.title()));
        let name = super::name(&typed_name);
        if let Err(fault) = &name
            && !silent(Column::Name)
        {
            faults.push(fault.to_string());
        }
        let phone = super::phone(&typed_phone);
        if let Err(fault) = &phone
            && !silent(Column::Phone)
        {
            faults.push(fault.to_string());
        }
        let post = match post(above, &typed_code, &department) {
            Ok(post) => Some(post),
            Err(fault) => {
                if !silent(Column::Code) {
                    faults.push(fault);
                }
                None
            }
        };
        let opening = match (&name, &phone, post) {
            (Ok(name), Ok(phone), Some(post)) if faults.is_empty() => Some(Opening {
                name: name.clone(),
                phone: phone.clone(),
                post,
            }),
            _ => None,
        };
        Read {
            opening,
            name: name.unwrap_or(typed_name),
            phone: phone.unwrap_or(typed_phone),
            place,
            faults,
        }
    }
}

fn post(above: &Role, code: &str, department: &str) -> Result<Post, String> {
    if let Role::Member { org, .. } = above {
        return Ok(member(*org));
    }
    let code = region(code)?;
    Ok(match above {
        Role::Bureau { region, .. } if region.level() == Level::County => Post::Village(code),
        Role::Bureau { department, .. } => Post::Bureau {
            region: code,
            department: *department,
        },
        Role::Administrator => Post::Bureau {
            region: code,
            department: department_of(department)?,
        },
        Role::Member { .. } | Role::Applicant | Role::Village { .. } => {
            return Err(OpeningFault::NotYours.to_string());
        }
    })
}

fn member(org: CreditCode) -> Post {
    Post::Member { org, owner: false }
}

fn region(typed: &str) -> Result<RegionCode, String> {
    let digits: String = narrow(typed)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    if digits.is_empty() {
        return Err("没有写区划代码".to_owned());
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("区划代码只能是 12 位数字".to_owned());
    }
    let found = digits.len();
    match found {
        12 => digits.parse().map_err(|_| "区划代码不对".to_owned()),
        0..12 => Err(format!("区划代码少 {} 位", 12 - found)),
        _ => Err(format!("区划代码多 {} 位", found - 12)),
    }
}

fn department_of(typed: &str) -> Result<Department, String> {
    if typed.contains("民政") {
        Ok(Department::CivilAffairs)
    } else if typed.contains("乡村振兴") || typed.contains("农业农村") {
        Ok(Department::RuralRevitalization)
    } else {
        Err("部门要写“民政”或“乡村振兴”".to_owned())
    }
}

/// Whether the name that somebody wrote beside a code can be the name of that place.
#[must_use]
pub fn is_same_place(written: &str, names: &[&str]) -> bool {
    let plain = |name: &str| {
        let name = line(name);
        ["村民委员会", "居民委员会", "村委会", "居委会", "社区", "村"]
            .iter()
            .find_map(|end| name.strip_suffix(end).map(str::to_owned))
            .unwrap_or(name)
    };
    let written = plain(written);
    written.is_empty()
        || names
            .iter()
            .any(|name| written.ends_with(&plain(name)) || plain(name).ends_with(&written))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn county() -> Role {
        Role::Bureau {
            region: "431230000000".parse().expect("a code"),
            region_name: "通道侗族自治县".into(),
            department: Department::CivilAffairs,
        }
    }

    fn row(cells: &[(Column, Cell)]) -> Row {
        Row {
            cells: cells.to_vec(),
        }
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn a_row_is_an_account_whether_its_digits_are_text_or_number() {
        for (code, phone) in [
            (text("431230104201"), text("138 0000 0001")),
            (
                Cell::Number(431_230_104_201.0),
                Cell::Number(13_800_000_001.0),
            ),
        ] {
            let read = row(&[
                (Column::Code, code),
                (Column::Name, text(" 杨秀英\u{200b}")),
                (Column::Phone, phone),
            ])
            .read(&county());
            let opening = read.opening.expect("an account");
            assert_eq!(
                (opening.name.as_str(), opening.phone.as_str()),
                ("杨秀英", "13800000001")
            );
            let village = "431230104201".parse().expect("a code");
            assert_eq!(opening.post, Post::Village(village));
        }
    }

    #[test]
    fn what_is_wrong_is_said_for_every_cell_and_digits_that_a_spreadsheet_has_changed_are_refused()
    {
        let read = row(&[
            (Column::Code, Cell::Number(431_230_104_201_000_000.0)),
            (Column::Name, text("")),
            (Column::Phone, text("1380000000")),
        ])
        .read(&county());
        assert_eq!(read.opening, None);
        let faults = read.faults.join("；");
        assert!(faults.contains("区划代码被表格当成数字"), "{faults}");
        assert!(faults.contains("没有写姓名"), "{faults}");
        assert!(faults.contains("现在是 10 位"), "{faults}");
        assert_eq!(read.faults.len(), 3, "{faults}");
        let short = row(&[
            (Column::Code, text("43123010420")),
            (Column::Name, text("石建民")),
            (Column::Phone, text("0745-8622803")),
        ]);
        let faults = short.read(&county()).faults;
        assert_eq!(
            faults,
            ["要写 11 位手机号，座机不能用来登录", "区划代码少 1 位"]
        );
    }

    #[test]
    fn lines_of_the_template_that_name_nobody_are_no_rows() {
        assert!(
            row(&[
                (Column::Code, text("431230104201")),
                (Column::Name, text(" "))
            ])
            .is_blank()
        );
        assert!(!row(&[(Column::Phone, Cell::Number(1e20))]).is_blank());
    }

    #[test]
    fn the_name_beside_a_code_is_compared_as_people_write_it() {
        for written in ["木脚村", "木脚", "木脚村委会", "坪坦乡木脚村", ""] {
            assert!(
                is_same_place(written, &["木脚村", "木脚村委会"]),
                "{written}"
            );
        }
        assert!(!is_same_place("大坪村", &["大塘村"]));
    }
}
