//! Symbolization: finds the function's name for a place in a wasm file. Browsers get files without names; the names are kept here,
//! so that the stack of a crash report can be read.

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;
use wasm_encoder::{CustomSection, NameMap, NameSection, Section as _};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// The names of this many builds are kept.
const BUILDS: usize = 10;

/// The functions of one wasm file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Functions {
    /// The number of imported functions; the file's own functions have the indices after them.
    pub imported: usize,
    /// Where each one's code starts and ends in the file, and what it was called in the source.
    pub own: Vec<(usize, usize, String)>,
}

/// The functions of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Names the build.
    pub build: String,
    /// The functions by the file's path in the site.
    pub files: BTreeMap<String, Functions>,
}

/// A crash report of the page.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    /// The build that the page belonged to.
    pub build: String,
    /// The browser's account of where it happened.
    pub stack: String,
}

/// The names of the wasm's functions by their indices.
///
/// # Errors
/// It is no wasm.
pub fn function_names(wasm: &[u8]) -> Result<BTreeMap<u32, String>> {
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CustomSection(section) = payload? else {
            continue;
        };
        let KnownCustom::Name(subsections) = section.as_known() else {
            continue;
        };
        for subsection in subsections {
            let Name::Function(functions) = subsection? else {
                continue;
            };
            for naming in functions {
                let naming = naming?;
                names.insert(naming.index, naming.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The wasm with names at its end. It must have none.
#[must_use]
pub fn with_names(wasm: &[u8], names: &BTreeMap<u32, String>) -> Vec<u8> {
    let mut map = NameMap::new();
    for (index, name) in names {
        map.append(*index, name);
    }
    let mut section = NameSection::new();
    section.functions(&map);
    let section: CustomSection<'_> = section.as_custom();
    let mut named = wasm.to_vec();
    section.append_to(&mut named);
    named
}

/// The wasm without its names.
///
/// # Errors
/// It is no wasm.
pub fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(wasm.len());
    let mut end = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let is_names =
            matches!(&payload, Payload::CustomSection(section) if section.name() == "name");
        let range = match &payload {
            Payload::Version { range, .. } => range.clone(),
            other => match other.as_section() {
                Some((_, range)) => range,
                None => continue,
            },
        };
        // Sections follow each other without a gap. A section's range excludes its kind and length, so it starts at the end of
        // the section before.
        if !is_names {
            out.extend(
                wasm.get(end..range.end)
                    .context("a section within the file")?,
            );
        }
        end = range.end;
    }
    Ok(out)
}

/// The number of functions that the wasm imports.
///
/// # Errors
/// It is no wasm.
pub fn imported(wasm: &[u8]) -> Result<usize> {
    let mut count = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                count += usize::from(matches!(import?.ty, TypeRef::Func(_)));
            }
        }
    }
    Ok(count)
}

impl Functions {
    /// Reads them from a wasm that still has its names. Names at the end, which [`without_names`] takes away, leave every
    /// function where it is.
    ///
    /// # Errors
    /// It is no wasm.
    pub fn read(wasm: &[u8]) -> Result<Self> {
        let names = function_names(wasm)?;
        let imported = imported(wasm)?;
        let mut own = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::CodeSectionEntry(body) = payload? {
                let name = names.get(&u32::try_from(imported + own.len())?);
                let name = name.map_or_else(|| "?".to_owned(), |name| readable(name));
                own.push((body.range().start, body.range().end, name));
            }
        }
        Ok(Self { imported, own })
    }

    /// The function at an offset in the file or, where none is known, the one of that index.
    fn find(&self, index: usize, offset: Option<usize>) -> Option<&str> {
        let by_offset = offset.and_then(|offset| {
            let mut own = self.own.iter();
            own.find(|(start, end, _)| (*start..*end).contains(&offset))
        });
        let by_index = || self.own.get(index.checked_sub(self.imported)?);
        by_offset.or_else(by_index).map(|(.., name)| name.as_str())
    }
}

/// A function's name as its author wrote it. What `wasm_split` added after a space stays.
fn readable(name: &str) -> String {
    let (mangled, added) = name.split_once(' ').unwrap_or((name, ""));
    let plain = format!("{:#}", rustc_demangle::demangle(mangled));
    format!("{plain} {added}").trim_end().to_owned()
}

/// Keeps the names of a build in `folder`, beside those of the builds before it.
///
/// # Errors
/// A file cannot be written.
pub fn keep(names: &Names, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.json", names.build));
    fs::write(&path, serde_json::to_vec(names)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let mut kept: Vec<(SystemTime, String)> = builds(folder)
        .into_iter()
        .map(|build| {
            let file = fs::metadata(folder.join(format!("{build}.json")));
            let time = file.and_then(|file| file.modified());
            (time.unwrap_or(SystemTime::UNIX_EPOCH), build)
        })
        .collect();
    kept.sort_unstable();
    let old = kept.len().saturating_sub(BUILDS);
    for (_, build) in kept.iter().take(old) {
        fs::remove_file(folder.join(format!("{build}.json")))?;
    }
    Ok(())
}

/// The builds whose names are in the folder.
fn builds(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |file: fs::DirEntry| {
        let name = file.file_name().into_string().ok()?;
        Some(name.strip_suffix(".json")?.to_owned())
    };
    let mut found: Vec<String> = files.filter_map(name).collect();
    found.sort_unstable();
    found
}

/// The report's stack with the functions' names, read from `folder`.
///
/// # Errors
/// The report is none, or it is of a build whose names are not there.
pub fn symbolize(report: &str, folder: &Path) -> Result<String> {
    let report: Report = serde_json::from_str(report)
        .context("a report is JSON with a \"build\" and a \"stack\"")?;
    let known = builds(folder);
    // Reports are untrusted: the name of a build must not become an arbitrary path (path traversal).
    if !known.contains(&report.build) {
        bail!(
            "no names of build {:?} in {}; there are: {}",
            report.build,
            folder.display(),
            known.join(", ")
        );
    }
    let text = fs::read_to_string(folder.join(format!("{}.json", report.build)))?;
    Ok(serde_json::from_str::<Names>(&text)?.explain(&report.stack))
}

impl Names {
    /// The stack's lines, those that name a function of a wasm file with its name below.
    #[must_use]
    pub fn explain(&self, stack: &str) -> String {
        let mut out = String::new();
        for line in stack.lines() {
            out.push_str(line.trim_end());
            out.push('\n');
            for found in Frame::read(line)
                .map(|frame| self.name(&frame))
                .unwrap_or_default()
            {
                out.push_str(&format!("    → {found}\n"));
            }
        }
        out
    }

    fn name(&self, frame: &Frame<'_>) -> Vec<String> {
        let Some(file) = frame.file else {
            // Safari gives only the index, which may belong to any part.
            let candidates = self.files.iter().filter_map(|(path, functions)| {
                let name = functions.find(frame.index, None)?;
                Some(format!("perhaps {name}, if it is in {path}"))
            });
            return candidates.collect();
        };
        let known = self.files.iter().find(|(path, _)| path.ends_with(file));
        let Some((_, functions)) = known else {
            return vec![format!("{file} is not of build {}", self.build)];
        };
        let name = functions.find(frame.index, frame.offset);
        vec![name.unwrap_or("no function of the file").to_owned()]
    }
}

/// A line of a stack about a function of a wasm file.
#[derive(Debug, PartialEq)]
struct Frame<'a> {
    /// The file's name, without folders.
    file: Option<&'a str>,
    index: usize,
    /// From the start of the file.
    offset: Option<usize>,
}

impl<'a> Frame<'a> {
    /// Chrome and Firefox write `…/assets/app-0123.wasm:wasm-function[12]:0x345`, Safari `wasm-function[12]@[wasm code]`.
    fn read(line: &'a str) -> Option<Self> {
        const WORD: &str = "wasm-function[";
        // Firefox may write the function's place twice, the second time with the file.
        let (before, after) = line.rsplit_once(WORD)?;
        let (index, after) = after.split_once(']')?;
        let offset = after.strip_prefix(":0x").and_then(|after| {
            let end = after
                .find(|c: char| !c.is_ascii_hexdigit())
                .unwrap_or(after.len());
            usize::from_str_radix(after.get(..end)?, 16).ok()
        });
        let file = before
            .strip_suffix(':')
            .filter(|path| path.ends_with(".wasm"));
        Some(Self {
            file: file.map(|path| path.rsplit('/').next().unwrap_or(path)),
            index: index.parse().ok()?,
            offset,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One imported function and two of its own, of which the second calls the first.
    const SMALL: &[u8] = &[
        0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
        0x01, 0x04, 0x01, 0x60, 0x00, 0x00, // type 0: () -> ()
        0x02, 0x07, 0x01, 0x01, b'a', 0x01, b'b', 0x00, 0x00, // function 0 is the browser's
        0x03, 0x03, 0x02, 0x00, 0x00, // functions 1 and 2
        0x0a, 0x0a, 0x02, // code, at offset 30
        0x03, 0x00, 0x00, 0x0b, // function 1: unreachable, at offset 32
        0x04, 0x00, 0x10, 0x01, 0x0b, // function 2: calls function 1, at offset 37
    ];

    fn names() -> Names {
        let names = BTreeMap::from([
            (1, "_ZN3app5pages5panic17h0123456789abcdefE".to_owned()),
            (
                2,
                "_ZN3app5pages4show17h0123456789abcdefE indirect_call_shim".to_owned(),
            ),
        ]);
        let functions = Functions::read(&with_names(SMALL, &names)).expect("a wasm");
        Names {
            build: "b1".into(),
            files: BTreeMap::from([
                ("assets/inside-01.wasm".to_owned(), functions),
                ("assets/app-01.wasm".to_owned(), Functions::default()),
            ]),
        }
    }

    #[test]
    fn names_come_off_again_and_leave_every_function_where_it_is() {
        let names = BTreeMap::from([(2, "show".to_owned())]);
        let named = with_names(SMALL, &names);
        assert_eq!(function_names(&named).expect("a wasm"), names);
        assert_eq!(without_names(&named).expect("a wasm"), SMALL);
        assert_eq!(without_names(SMALL).expect("a wasm"), SMALL);
        let functions = Functions::read(&named).expect("a wasm");
        assert_eq!(
            functions.own,
            [(32, 35, "?".to_owned()), (36, 40, "show".to_owned())]
        );
    }

    #[test]
    fn frames_of_chrome_and_firefox_get_the_name_at_their_offset() {
        for (line, name) in [
            (
                "    at https://x.cn/assets/inside-01.wasm:wasm-function[1]:0x22",
                "app::pages::panic",
            ),
            (
                "    at show (https://x.cn/assets/inside-01.wasm:wasm-function[2]:0x26)",
                "app::pages::show indirect_call_shim",
            ),
            (
                "@https://x.cn/assets/inside-01.wasm:wasm-function[2]:0x26",
                "app::pages::show indirect_call_shim",
            ),
            (
                "wasm-function[1]@https://x.cn/assets/inside-01.wasm:wasm-function[1]:0x22",
                "app::pages::panic",
            ),
        ] {
            assert_eq!(names().explain(line), format!("{line}\n    → {name}\n"));
        }
    }

    #[test]
    fn a_frame_of_safari_gets_every_name_it_may_mean() {
        let line = "<?>.wasm-function[1]@[wasm code]";
        assert_eq!(
            names().explain(line),
            format!("{line}\n    → perhaps app::pages::panic, if it is in assets/inside-01.wasm\n")
        );
    }

    #[test]
    fn lines_about_scripts_stay_as_they_are_and_files_of_other_builds_are_said_to_be() {
        assert_eq!(names().explain("at x.js:1:2"), "at x.js:1:2\n");
        let other = names().explain("at /assets/inside-02.wasm:wasm-function[1]:0x22");
        assert!(
            other.ends_with("→ inside-02.wasm is not of build b1\n"),
            "{other}"
        );
    }

    #[test]
    fn a_report_of_an_unknown_build_is_told_which_builds_are_known() {
        let folder = tempfile::tempdir().expect("folder");
        keep(&names(), folder.path()).expect("kept");
        let report = |build: &str| {
            let report = format!(
                r#"{{"build":"{build}","at":1,"stack":"/assets/inside-01.wasm:wasm-function[1]:0x22"}}"#
            );
            symbolize(&report, folder.path())
        };
        assert!(report("b1").expect("known").contains("app::pages::panic"));
        for unknown in ["b2", "../b1"] {
            let error = report(unknown).expect_err("unknown").to_string();
            assert!(error.ends_with("there are: b1"), "{error}");
        }
    }

    #[test]
    fn the_names_of_the_last_ten_builds_are_kept() {
        let folder = tempfile::tempdir().expect("folder");
        for build in 0..12 {
            let names = Names {
                build: format!("b{build:02}"),
                ..Names::default()
            };
            keep(&names, folder.path()).expect("kept");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let kept = builds(folder.path());
        assert_eq!(kept.len(), BUILDS);
        assert_eq!(kept.first().map(String::as_str), Some("b02"));
    }
}
