//! The trail as a table of comma-separated values (RFC 4180) that spreadsheet programs open.

use crate::trail::labels::{act, kind, place, value};
use api::trail::TrailEntry;

/// So that spreadsheet programs take it for UTF-8.
const MARK: char = '\u{feff}';

/// All entries, one line for each, the newest first.
#[must_use]
pub fn table(entries: &[TrailEntry]) -> String {
    let mut out = String::from(MARK);
    line(
        &mut out,
        [
            "序号",
            "时间",
            "谁",
            "身份",
            "设备",
            "做了什么",
            "对象",
            "名称",
            "编号",
            "结果",
            "变化",
        ],
    );
    for entry in entries {
        let (hour, minute) = entry.at.clock();
        let changes: Vec<String> = entry
            .changes
            .iter()
            .map(|change| {
                let or_none = |text: &Option<String>| {
                    let said = text.clone().map(|text| value(&change.at, text));
                    said.unwrap_or_else(|| "（无）".to_owned())
                };
                format!(
                    "{}：{} → {}",
                    place(&change.at),
                    or_none(&change.before),
                    or_none(&change.after)
                )
            })
            .collect();
        line(
            &mut out,
            [
                &entry.no.to_string(),
                &format!("{} {hour:02}:{minute:02}", entry.at.day()),
                &entry.name,
                &entry.role,
                entry.device.as_deref().unwrap_or_default(),
                act(&entry.command),
                kind(&entry.kind),
                &entry.title,
                &entry.id,
                entry.refused.as_deref().unwrap_or("生效"),
                &changes.join("\n"),
            ],
        );
    }
    out
}

fn line<'a>(out: &mut String, values: impl IntoIterator<Item = &'a str>) {
    for (n, value) in values.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        out.push('"');
        // What begins like a formula would be reckoned by a spreadsheet program (CSV injection).
        if value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            out.push('\'');
        }
        out.push_str(&value.replace('"', "\"\""));
        out.push('"');
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::trail::ValueChange;
    use domain::Millis;

    #[test]
    fn values_keep_to_their_cells_and_are_no_formulas() {
        let entry = TrailEntry {
            no: 7,
            at: Millis(1_795_482_000_000),
            person: None,
            name: "=HYPERLINK(\"x\")".to_owned(),
            role: String::new(),
            device: None,
            command: "PostNeed".to_owned(),
            kind: "need".to_owned(),
            id: "1".to_owned(),
            title: "路灯, \"村口\"\n两盏".to_owned(),
            refused: None,
            changes: vec![ValueChange {
                at: "/content/title".to_owned(),
                before: None,
                after: Some("路灯".to_owned()),
            }],
        };
        let table = table(&[entry]);
        let (_, row) = table.split_once("\r\n").expect("a head");
        assert_eq!(
            row,
            "\"7\",\"2026-11-24 09:00\",\"'=HYPERLINK(\"\"x\"\")\",\"\",\"\",\"写好需求并发给县里\",\"需求\",\
             \"路灯, \"\"村口\"\"\n两盏\",\"1\",\"生效\",\"内容 › 标题：（无） → 路灯\"\r\n"
        );
    }
}
