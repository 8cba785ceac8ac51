//! Puts the site together: names from content, the page, the service worker, the list of files to keep offline.

use crate::{names, split};
use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Everything the site is made of.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The program, or the core of a program in parts.
    pub wasm: Vec<u8>,
    /// The program's other parts by name.
    pub parts: BTreeMap<String, Vec<u8>>,
    /// The module that loads it, which knows [`addresses_of`] the parts.
    pub glue: String,
    /// The one style sheet.
    pub style: String,
    /// The page, with `{{style}}`, `{{boot}}`, `{{old}}`, `{{glue}}`, `{{wasm}}`, `{{build}}` to be filled in.
    pub page: String,
    /// The script that starts the program or says why it cannot, with `{{glue}}`, `{{wasm}}`, and `{{parts}}` and `{{before}}`,
    /// which become objects, of the parts' addresses and of what comes before each, and not texts.
    pub boot: String,
    /// The script that browsers without modules run instead.
    pub old: String,
    /// Files that keep their names, by path: manifest, icons, the service worker.
    pub public: BTreeMap<String, Vec<u8>>,
    /// Makes a site of its own out of the same parts, as if the program had changed.
    pub label: Option<String>,
}

/// A site ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Names the build: another content is another id.
    pub id: String,
    /// The files by path, without a leading slash.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the first visit loads, by path.
    pub first_visit: BTreeSet<String>,
    /// The path of each part of the program but the core, by the part's name.
    pub parts: BTreeMap<String, String>,
}

/// A line of the precache list.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    /// The address, from the root.
    pub url: String,
    /// Its size in bytes, uncompressed.
    pub bytes: usize,
    /// The start of its [`names::digest`]: the worker keeps no captive portal's page in its place.
    pub digest: String,
    /// The part of the program that it is; [`CORE`] for whatever the first page needs.
    pub part: String,
}

/// What is there before any part of the program is asked for.
pub const CORE: &str = "core";

/// The worker's file; browsers look for a new one under the same name.
const WORKER: &str = "sw.js";
/// The worker's words that stand for the build's id and for the files to keep.
const WORKER_BUILD: &str = "\"__BUILD__\"";
const WORKER_PRECACHE: &str = "\"__PRECACHE__\"";
/// The boot script's words that stand for the parts' addresses, and for what comes before each.
const PARTS_WORD: &str = "\"{{parts}}\"";
const BEFORE_WORD: &str = "\"{{before}}\"";

/// The address of each part, which its content alone decides.
#[must_use]
pub fn addresses_of(parts: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    parts
        .iter()
        .map(|(part, wasm)| {
            (
                part.clone(),
                format!("/{}", names::hashed(part, "wasm", wasm)),
            )
        })
        .collect()
}

/// Puts the parts together.
///
/// # Errors
/// A template has an unknown or a missing word, or the page names a file that the site does not have.
pub fn assemble(parts: Parts) -> Result<Site> {
    let mut files = parts.public;
    let worker = files.remove(WORKER);
    let mut words = BTreeMap::new();
    let mut add = |word: &'static str,
                   extension: &str,
                   content: Vec<u8>,
                   words: &mut BTreeMap<&'static str, String>| {
        let stem = if matches!(word, "glue" | "wasm") {
            "app"
        } else {
            word
        };
        let path = names::hashed(stem, extension, &content);
        words.insert(word, format!("/{path}"));
        files.insert(path, content);
    };
    // In this order: a file that names another comes after it, so that its own name covers what it names.
    let addresses = addresses_of(&parts.parts);
    add("wasm", "wasm", parts.wasm, &mut words);
    add("glue", "js", parts.glue.into_bytes(), &mut words);
    add("style", "css", parts.style.into_bytes(), &mut words);
    add(
        "old",
        "js",
        fill(&parts.old, &words, "old.js")?.into_bytes(),
        &mut words,
    );
    let boot = parts
        .boot
        .replace(PARTS_WORD, &serde_json::to_string(&addresses)?)
        .replace(
            BEFORE_WORD,
            &serde_json::to_string(&split::order(addresses.keys(), &addresses))?,
        );
    add(
        "boot",
        "js",
        fill(&boot, &words, "boot.js")?.into_bytes(),
        &mut words,
    );
    let paths: BTreeMap<String, String> = addresses
        .iter()
        .map(|(part, address)| (part.clone(), address.trim_start_matches('/').to_owned()))
        .collect();
    for (path, wasm) in paths.values().zip(parts.parts.into_values()) {
        files.insert(path.clone(), wasm);
    }

    let id = build_id(
        &files,
        &parts.page,
        worker.as_deref(),
        parts.label.as_deref(),
    );
    words.insert("build", id.clone());
    let page = fill(&tidy(&parts.page), &words, "index.html")?;
    let mut first_visit = addresses_in(&page);
    files.insert("index.html".into(), page.into_bytes());
    first_visit.insert("index.html".into());

    let kept = kept(&files, &paths);
    if let Some(worker) = worker {
        let worker = String::from_utf8(worker).context("public/sw.js is not text")?;
        files.insert(WORKER.into(), inform(&worker, &id, &kept)?.into_bytes());
        first_visit.insert(WORKER.into());
    }
    files.insert("precache.json".into(), serde_json::to_vec(&kept)?);
    if let Some(missing) = first_visit.iter().find(|path| !files.contains_key(*path)) {
        bail!("index.html asks for /{missing}, which is not in the site: put it into public/");
    }
    Ok(Site {
        id,
        files,
        first_visit,
        parts: paths,
    })
}

/// The files to keep offline, in the order in which they are needed: what the first page needs with the [`split::DOOR`], what everybody inside
/// needs, what areas share, then the areas.
fn kept(files: &BTreeMap<String, Vec<u8>>, parts: &BTreeMap<String, String>) -> Vec<Kept> {
    let part_of = |path: &str| {
        let mut parts = parts.iter();
        let part = parts.find(|(_, file)| file.as_str() == path);
        // Without a network, too, people are chosen and PINs typed before anything else.
        let part = part.filter(|(part, _)| *part != split::DOOR);
        part.map_or(CORE, |(part, _)| part.as_str())
    };
    let mut kept: Vec<Kept> = files
        .iter()
        .filter(|(path, _)| path.as_str() != "robots.txt")
        .map(|(path, content)| Kept {
            url: format!("/{path}"),
            bytes: content.len(),
            digest: names::short([content.as_slice()]),
            part: part_of(path).to_owned(),
        })
        .collect();
    kept.sort_by_key(|file| match file.part.as_str() {
        CORE => 0,
        split::INSIDE => 1,
        split::SHARED => 2,
        _ => 3,
    });
    kept
}

/// Covers everything that makes the site, and the label, which stays readable.
fn build_id(
    files: &BTreeMap<String, Vec<u8>>,
    page: &str,
    worker: Option<&[u8]>,
    label: Option<&str>,
) -> String {
    let content = files
        .iter()
        .flat_map(|(path, content)| [path.as_bytes(), content.as_slice()]);
    let digest = names::digest(content.chain([page.as_bytes(), worker.unwrap_or_default()]));
    let (short, _) = digest.split_at(12);
    label.map_or_else(|| short.to_owned(), |label| format!("{short}-{label}"))
}

/// Fills in the words of a template.
fn fill(template: &str, words: &BTreeMap<&str, String>, name: &str) -> Result<String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (word, after) = after
            .split_once("}}")
            .with_context(|| format!("{name}: {{{{ without }}}}"))?;
        let value = words
            .get(word)
            .with_context(|| format!("{name}: nothing to put for {{{{{word}}}}}"))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Takes indentation, empty lines and one-line comments out of the page.
fn tidy(page: &str) -> String {
    let comment = |line: &&str| line.starts_with("<!--") && line.ends_with("-->");
    let lines: Vec<&str> = page
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !comment(line))
        .collect();
    lines.join("\n")
}

/// Tells the service worker which build it belongs to and what to keep.
fn inform(worker: &str, id: &str, kept: &[Kept]) -> Result<String> {
    for word in [WORKER_BUILD, WORKER_PRECACHE] {
        if worker.matches(word).count() != 1 {
            bail!("public/sw.js must have {word} once, for the bundler to fill in");
        }
    }
    let id = serde_json::to_string(id)?;
    Ok(worker
        .replace(WORKER_BUILD, &id)
        .replace(WORKER_PRECACHE, &serde_json::to_string(kept)?))
}

/// The files of the site that a browser loads when it opens the page: whatever a tag names, but for what only old
/// browsers or an installation ask for.
fn addresses_in(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tag in page.split('<').filter_map(|rest| rest.split('>').next()) {
        let later = tag.contains("nomodule") || tag.contains("rel=\"apple-touch-icon\"");
        let loads = ["link ", "script ", "img "]
            .iter()
            .any(|name| tag.starts_with(name));
        if !loads || later {
            continue;
        }
        for attribute in ["href=\"/", "src=\"/"] {
            if let Some(address) = tag
                .split(attribute)
                .nth(1)
                .and_then(|rest| rest.split('"').next())
            {
                found.insert(address.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            wasm: b"wasm".to_vec(),
            parts: ["needs", "inside", "library", "shared"]
                .map(|part| (part.to_owned(), part.as_bytes().to_vec()))
                .into(),
            glue: "export default 1".into(),
            style: "a{}".into(),
            page: "<meta name=\"build\" content=\"{{build}}\">\n  <link rel=\"stylesheet\" href=\"{{style}}\">\n\
                   <link rel=\"icon\" href=\"/icon.svg\"><!-- x --><link rel=\"apple-touch-icon\" href=\"/touch.png\">\n\
                   <script type=\"module\" src=\"{{boot}}\"></script><script nomodule src=\"{{old}}\"></script>\n\
                   <link rel=\"modulepreload\" href=\"{{glue}}\"><link rel=\"preload\" href=\"{{wasm}}\">"
                .into(),
            boot: "go(\"{{glue}}\",\"{{wasm}}\",\"{{parts}}\",\"{{before}}\")".into(),
            old: "say()".into(),
            public: BTreeMap::from([
                ("icon.svg".to_owned(), b"<svg/>".to_vec()),
                ("sw.js".to_owned(), b"const a=\"__BUILD__\",b=\"__PRECACHE__\";".to_vec()),
            ]),
            label: None,
        }
    }

    fn text(site: &Site, path: &str) -> String {
        String::from_utf8(
            site.files
                .get(path)
                .unwrap_or_else(|| panic!("no {path}"))
                .clone(),
        )
        .expect("text")
    }

    fn named(site: &Site, start: &str, end: &str) -> String {
        let mut matching = site
            .files
            .keys()
            .filter(|path| path.starts_with(start) && path.ends_with(end));
        let name = matching.next().expect("a file").clone();
        assert_eq!(matching.next(), None, "one file only");
        name
    }

    #[test]
    fn every_file_is_named_by_its_final_bytes() {
        let site = assemble(parts()).expect("site");
        for (path, content) in site
            .files
            .iter()
            .filter(|(path, _)| path.starts_with("assets/"))
        {
            let (stem, rest) = path["assets/".len()..].split_once('-').expect("hashed");
            let extension = rest.split('.').nth(1).expect("extension");
            assert_eq!(*path, names::hashed(stem, extension, content));
        }
    }

    #[test]
    fn a_changed_program_renames_what_names_it_and_nothing_else() {
        let before = assemble(parts()).expect("site");
        let after = assemble(Parts {
            wasm: b"other".to_vec(),
            ..parts()
        })
        .expect("site");
        for (start, end, same) in [
            ("assets/app", "wasm", false),
            ("assets/boot", "js", false),
            ("assets/app", "js", true),
            ("assets/style", "css", true),
        ] {
            assert_eq!(
                named(&before, start, end) == named(&after, start, end),
                same,
                "{start} {end}"
            );
        }
        let boot = text(&after, &named(&after, "assets/boot", "js"));
        assert!(
            boot.contains(&named(&after, "assets/app", "wasm")),
            "{boot}"
        );
        assert_ne!(before.id, after.id);
    }

    #[test]
    fn a_changed_part_is_a_new_build_and_a_new_boot_script() {
        let before = assemble(parts()).expect("site");
        let mut changed = parts();
        changed.parts.insert("needs".into(), b"other".to_vec());
        let after = assemble(changed).expect("site");
        assert_ne!(before.id, after.id);
        assert_ne!(before.parts["needs"], after.parts["needs"]);
        assert_eq!(before.parts["inside"], after.parts["inside"]);
        let boot = named(&after, "assets/boot", "js");
        assert_ne!(boot, named(&before, "assets/boot", "js"));
        let object = format!(
            "{{\"inside\":\"/{}\",\"library\":\"/{}\",\"needs\":\"/{}\",\"shared\":\"/{}\"}},\
             {{\"inside\":[],\"library\":[\"inside\"],\"needs\":[\"inside\"],\"shared\":[\"inside\"]}})",
            after.parts["inside"],
            after.parts["library"],
            after.parts["needs"],
            after.parts["shared"]
        );
        assert!(
            text(&after, &boot).ends_with(&object),
            "{}",
            text(&after, &boot)
        );
    }

    #[test]
    fn the_door_is_kept_with_the_core() {
        let mut parts = parts();
        parts.parts.insert(split::DOOR.into(), b"door".to_vec());
        let site = assemble(parts).expect("site");
        let kept = kept(&site.files, &site.parts);
        let path = format!("/{}", site.parts[split::DOOR]);
        let door = kept.iter().find(|file| file.url == path).expect("kept");
        assert_eq!(door.part, CORE);
    }

    #[test]
    fn the_list_of_files_to_keep_says_which_part_each_is_and_has_them_as_they_are_needed() {
        let site = assemble(parts()).expect("site");
        let list: serde_json::Value =
            serde_json::from_str(&text(&site, "precache.json")).expect("JSON");
        let files: Vec<(&str, &str)> = list
            .as_array()
            .expect("a list")
            .iter()
            .map(|file| {
                let field = |name: &str| file[name].as_str().expect("text");
                (field("part"), field("url"))
            })
            .collect();
        let order: Vec<&str> = files
            .iter()
            .map(|(part, _)| *part)
            .skip_while(|part| *part == CORE)
            .collect();
        assert_eq!(order, ["inside", "shared", "library", "needs"]);
        for (part, url) in files {
            let part_of_path = site.parts.iter().find(|(_, path)| url[1..] == **path);
            assert_eq!(
                part,
                part_of_path.map_or(CORE, |(part, _)| part.as_str()),
                "{url}"
            );
        }
    }

    #[test]
    fn a_label_makes_another_build_of_the_same_program() {
        let plain = assemble(parts()).expect("site");
        let labelled = assemble(Parts {
            label: Some("next".into()),
            ..parts()
        })
        .expect("site");
        assert!(labelled.id.ends_with("-next"));
        for path in ["index.html", "sw.js"] {
            assert!(text(&labelled, path).contains(&labelled.id));
            assert_ne!(plain.files[path], labelled.files[path]);
        }
        assert_eq!(
            named(&plain, "assets/app", "wasm"),
            named(&labelled, "assets/app", "wasm")
        );
    }

    #[test]
    fn any_change_of_page_or_public_files_is_a_new_build() {
        let id = |parts| assemble(parts).expect("site").id;
        let mut icon = parts();
        icon.public
            .insert("icon.svg".into(), b"<svg></svg>".to_vec());
        let page = Parts {
            page: parts().page + "<p>",
            ..parts()
        };
        let mut worker = parts();
        worker.public.insert(
            "sw.js".into(),
            b"let a=\"__BUILD__\",b=\"__PRECACHE__\";".to_vec(),
        );
        let ids = BTreeSet::from([id(parts()), id(icon), id(page), id(worker)]);
        assert_eq!(ids.len(), 4);
    }

    #[test]
    fn the_worker_keeps_every_file_but_itself() {
        let site = assemble(parts()).expect("site");
        let worker = text(&site, "sw.js");
        for path in site.files.keys() {
            let listed = worker.contains(&format!("\"/{path}\""));
            assert_eq!(
                listed,
                !["sw.js", "precache.json"].contains(&path.as_str()),
                "{path}: {worker}"
            );
        }
    }

    #[test]
    fn the_first_visit_loads_what_the_page_names() {
        let site = assemble(parts()).expect("site");
        let expected: BTreeSet<String> = site
            .files
            .keys()
            .filter(|path| *path != "precache.json" && !path.starts_with("assets/old"))
            .filter(|path| !site.parts.values().any(|part| part == *path))
            .cloned()
            .collect();
        assert_eq!(site.first_visit, expected);
    }

    #[test]
    fn a_file_that_the_page_names_must_exist() {
        let mut parts = parts();
        parts.public.remove("icon.svg");
        let error = assemble(parts).expect_err("refused").to_string();
        assert!(error.contains("/icon.svg"), "{error}");
    }

    #[test]
    fn an_unknown_word_in_a_template_is_refused() {
        assert!(
            assemble(Parts {
                boot: "{{gleu}}".into(),
                ..parts()
            })
            .is_err()
        );
        assert!(
            assemble(Parts {
                boot: "{{glue".into(),
                ..parts()
            })
            .is_err()
        );
    }

    #[test]
    fn a_worker_without_the_words_to_fill_in_is_refused() {
        let mut parts = parts();
        parts
            .public
            .insert("sw.js".into(), b"const a = 1;".to_vec());
        assert!(assemble(parts).is_err());
    }
}
