//! The program in parts: the core, which shows the sign-in page, then what everybody inside needs, then one part an area;
//! what areas share beyond that is a part too (a shared chunk).
//!
//! `wasm_split` cuts the wasm at the functions that carry its attribute, into a file for every set of modules that share
//! something: dozens, each of which compresses badly and costs a request. Here they become few again.

use crate::merge;
use crate::program::Workshop;
use anyhow::{Context as _, Result, anyhow, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use wasmparser::{Parser, Payload};

/// What the sign-in page shows to those who have been here or are invited: the chooser of people, the PIN, invitations, signing up. It comes
/// before [`INSIDE`], so that it waits for nothing but the core; what it shares with others lies in it.
pub const DOOR: &str = "door";
/// The part that is loaded before any area.
pub const INSIDE: &str = "inside";
/// The areas that are a village's and an organization's home. These people have the slowest networks, so their homes never wait for
/// [`SHARED`]: what they share with others lies in [`INSIDE`].
pub const SMALL_HOMES: [&str; 2] = ["needs", "library"];
/// The shared chunk: what two or more areas use, but neither [`INSIDE`] nor [`SMALL_HOMES`]. It is loaded before any area but those.
pub const SHARED: &str = "shared";
/// Where the program finds the functions that load its parts; `page/parts.js` stands there.
pub const LOADER: &str = "./__wasm_split.js";
/// How the attribute names the functions between which the wasm is cut.
const CUT: &str = "__wasm_split_00";

/// A program that was cut.
#[derive(Clone, Debug)]
pub struct Split {
    /// What the program starts with, for wasm-bindgen.
    pub core: Vec<u8>,
    /// The other parts by name.
    pub parts: BTreeMap<String, Vec<u8>>,
    /// The names of all modules that the program asks for. One may have no part: all it needs is in others.
    pub modules: BTreeSet<String>,
}

/// Whether the wasm is to be cut: some function carries the attribute.
///
/// # Errors
/// It is no wasm.
pub fn wanted(wasm: &[u8]) -> Result<bool> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                if import?.name.starts_with(CUT) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Cuts the wasm, which must have been linked with `--emit-relocs`, and joins the pieces of each part.
///
/// # Errors
/// `wasm_split` refuses it, or its pieces are not what [`merge`] knows.
pub fn split(wasm: &[u8]) -> Result<Split> {
    let workshop = Workshop::open()?;
    let core = workshop.path().join("core.wasm");
    let mut options = wasm_split_cli_support::Options::new(wasm);
    options.output_dir = workshop.path();
    options.main_out_path = &core;
    options.link_name = LOADER;
    options.emit_dwarf = false;
    let made = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("wasm_split refuses the wasm: {error:#}"))?;
    ensure!(
        !made.prefetch_map.contains_key(SHARED),
        "no area may be called `{SHARED}`"
    );
    let mut parts = BTreeMap::new();
    for (part, files) in pieces_by_part(&made.prefetch_map) {
        let pieces = files
            .iter()
            .map(|file| fs::read(workshop.path().join(file).with_extension("wasm")))
            .collect::<Result<Vec<_>, _>>()?;
        let part_wasm = merge::merge(&pieces).with_context(|| format!("in part `{part}`"))?;
        parts.insert(part, part_wasm);
    }
    Ok(Split {
        core: fs::read(core)?,
        parts,
        modules: made.prefetch_map.into_keys().collect(),
    })
}

/// The parts that must be there before this one, in this order.
#[must_use]
pub fn before(part: &str) -> &'static [&'static str] {
    match part {
        DOOR => &[],
        INSIDE => &[DOOR],
        SHARED => &[DOOR, INSIDE],
        home if SMALL_HOMES.contains(&home) => &[DOOR, INSIDE],
        _ => &[DOOR, INSIDE, SHARED],
    }
}

/// [`before`] of each of these parts, for the scripts; without those that the program does not have.
#[must_use]
pub fn order<'a, V>(
    of: impl IntoIterator<Item = &'a String>,
    parts: &BTreeMap<String, V>,
) -> BTreeMap<&'a str, Vec<&'static str>> {
    let there = |part: &&str| parts.contains_key(*part);
    let order = |part: &str| before(part).iter().copied().filter(there).collect();
    of.into_iter()
        .map(|part| (part.as_str(), order(part)))
        .collect()
}

/// Which part a piece belongs to that these modules need. One module's own piece is its part; what several share is
/// in a part that comes before all of them.
fn part_of<'a>(modules: &BTreeSet<&'a str>) -> &'a str {
    let mut each = modules.iter();
    match (each.next(), each.next()) {
        (Some(only), None) => only,
        _ if modules.contains(DOOR) => DOOR,
        _ if modules.contains(INSIDE) || SMALL_HOMES.iter().any(|home| modules.contains(home)) => {
            INSIDE
        }
        _ => SHARED,
    }
}

/// The files of each part, from the files that each module needs, always in the same order.
fn pieces_by_part<'a>(
    needed: impl IntoIterator<Item = (&'a String, &'a Vec<String>)>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (module, files) in needed {
        for file in files {
            users.entry(file).or_default().insert(module);
        }
    }
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, modules) in users {
        let files = parts.entry(part_of(&modules).to_owned()).or_default();
        files.insert(file.to_owned());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_area_needs_is_its_part_and_what_several_need_comes_before_all_of_them() {
        let part = |modules: &[&'static str]| part_of(&modules.iter().copied().collect());
        assert_eq!(part(&["needs"]), "needs");
        assert_eq!(part(&["inside"]), "inside");
        assert_eq!(part(&["inside", "needs"]), "inside");
        assert_eq!(part(&["needs", "orders"]), "inside");
        assert_eq!(part(&["inside", "needs", "orders"]), "inside");
        assert_eq!(part(&["inside", "orders"]), "inside");
        assert_eq!(part(&["orders"]), "orders");
        assert_eq!(part(&["library", "orders"]), "inside");
        assert_eq!(part(&["account", "orders", "review"]), "shared");
        assert_eq!(part(&["library", "needs", "orders"]), "inside");
        assert_eq!(part(&["door"]), "door");
        assert_eq!(part(&["door", "inside", "orders"]), "door");
    }

    #[test]
    fn only_parts_that_the_program_has_come_before_another() {
        let parts: BTreeMap<String, ()> = ["door", "inside", "needs", "orders", "shared"]
            .map(|part| (part.to_owned(), ()))
            .into();
        let of = ["inside", "shared", "needs", "orders", "account"].map(str::to_owned);
        let some = |of: &'static [&'static str]| of.to_vec();
        assert_eq!(
            order(&of, &parts),
            BTreeMap::from([
                ("inside", some(&["door"])),
                ("shared", some(&["door", "inside"])),
                ("needs", some(&["door", "inside"])),
                ("orders", some(&["door", "inside", "shared"])),
                ("account", some(&["door", "inside", "shared"])),
            ])
        );
        let parts = BTreeMap::from([("inside".to_owned(), ())]);
        assert_eq!(order(&of, &parts)["orders"], ["inside"]);
    }

    #[test]
    fn every_piece_is_in_exactly_one_part() {
        let needed = [
            ("inside", vec!["split_inside", "chunk_4", "chunk_5"]),
            ("needs", vec!["split_needs", "chunk_5", "chunk_6"]),
            ("orders", vec!["split_orders", "chunk_6", "chunk_7"]),
            ("review", vec!["split_review", "chunk_7"]),
            ("account", vec![]),
        ]
        .map(|(module, files)| {
            let files = files.into_iter().map(str::to_owned).collect::<Vec<_>>();
            (module.to_owned(), files)
        });
        let parts = pieces_by_part(needed.iter().map(|(module, files)| (module, files)));
        let listed: Vec<(&str, Vec<&str>)> = parts
            .iter()
            .map(|(part, files)| (part.as_str(), files.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            listed,
            [
                (
                    "inside",
                    vec!["chunk_4", "chunk_5", "chunk_6", "split_inside"]
                ),
                ("needs", vec!["split_needs"]),
                ("orders", vec!["split_orders"]),
                ("review", vec!["split_review"]),
                ("shared", vec!["chunk_7"]),
            ]
        );
    }
}
