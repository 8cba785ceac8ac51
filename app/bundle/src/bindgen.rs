//! Calls wasm-bindgen, which makes of rustc's wasm a module that a browser can load.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

/// What wasm-bindgen makes of a wasm file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bound {
    /// The module that loads the wasm and gives it the browser: an ES module whose default export takes the wasm's address.
    pub glue: String,
    /// Scripts the glue imports, by their path beside it.
    pub snippets: BTreeMap<String, String>,
    /// The wasm, changed to match the glue.
    #[serde(skip)]
    pub wasm: Vec<u8>,
}

/// How a wasm is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Functions are called what wasm-bindgen calls them, for a debugger.
    Plain,
    /// With short names for what wasm and glue call each other by.
    Short,
    /// The same, for the core of a program in parts: also with what the parts need of it.
    Core,
}

/// Binds the wasm of `name`. Its functions keep their names in the section for them.
///
/// # Errors
/// The wasm was built with another version of wasm-bindgen, or is none.
pub fn bind(name: &str, wasm: Vec<u8>, binding: Binding) -> Result<Bound> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(name, wasm)
        .web(true)?
        .typescript(false)
        .demangle(false)
        .keep_lld_exports(binding == Binding::Core)
        .remove_producers_section(true)
        // Only the boot script knows the wasm's name, or the glue's own hash would depend on it.
        .omit_default_module_path(true);
    let mut output = bindgen
        .generate_output()
        .context("wasm-bindgen refuses the wasm")?;
    let mut snippets = BTreeMap::new();
    for (identifier, scripts) in output.snippets() {
        for (index, script) in scripts.iter().enumerate() {
            snippets.insert(
                format!("snippets/{identifier}/inline{index}.js"),
                script.clone(),
            );
        }
    }
    for (path, script) in output.local_modules() {
        snippets.insert(format!("snippets/{path}"), script.clone());
    }
    let glue = output.js().to_owned();
    let exports = &mut output.wasm_mut().exports;
    let unused: Vec<_> = exports
        .iter()
        .filter(|export| is_unused(&export.name))
        .map(walrus::Export::id)
        .collect();
    for id in unused {
        exports.delete(id);
    }
    let glue = match binding {
        Binding::Plain => glue,
        Binding::Short | Binding::Core => shorten(&glue, output.wasm_mut()),
    };
    Ok(Bound {
        glue,
        snippets,
        wasm: output.wasm_mut().emit_wasm(),
    })
}

/// Exports that nothing calls, whose code could otherwise not be removed: streams that server functions could return, what the
/// linker says of the memory, and the mark of a program that could be split, whose name also depends on where cargo keeps its
/// crates (`wasm_split_macros`).
fn is_unused(export: &str) -> bool {
    export.contains("intounderlying")
        || export.starts_with("_WASM_SPLIT_MARKER_")
        || matches!(
            export,
            "__data_end" | "__heap_base" | "__heap_end" | "__global_base"
        )
}

/// Shortens the names of imports and exports between wasm and glue, in both. wasm-bindgen's names contain hashes, which do not
/// compress: 6 kB of brotli. The names between parts and core belong to `wasm_split` and stay.
fn shorten(glue: &str, wasm: &mut Module) -> String {
    let is_long = |name: &str| name.starts_with("__wb") || name.starts_with("wasm_bindgen_");
    let taken: HashSet<&str> = words(glue).collect();
    let mut fresh = (0..)
        .map(|n| format!("_{n}"))
        .filter(|name| !taken.contains(name.as_str()));
    let mut short: BTreeMap<String, String> = BTreeMap::new();
    let imports = wasm.imports.iter_mut().map(|import| &mut import.name);
    let exports = wasm.exports.iter_mut().map(|export| &mut export.name);
    for name in imports.chain(exports).filter(|name| is_long(name)) {
        let new = short
            .entry(name.clone())
            .or_insert_with(|| fresh.next().unwrap_or_default());
        name.clone_from(new);
    }
    words(glue)
        .map(|word| short.get(word).map_or(word, String::as_str))
        .collect()
}

/// A script cut where names begin and end.
fn words(script: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut rest = script;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c| is_name(c) != is_name(first));
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_and_glue_call_each_other_by_the_same_short_names() {
        let mut wasm = Module::default();
        let nothing = wasm.types.add(&[], &[]);
        let (call, _) = wasm.add_import_func("./app_bg.js", "__wbg_call_40b008ba32f73991", nothing);
        wasm.exports.add("__wbindgen_malloc", call);
        wasm.exports.add("start", call);
        wasm.exports.add("__wasm_split_shared0", call);
        let glue = "wasm.start(); f({ __wbg_call_40b008ba32f73991: () => wasm.__wbindgen_malloc(_0, __wbg_call_4) })";
        let glue = shorten(glue, &mut wasm);
        assert_eq!(
            glue,
            "wasm.start(); f({ _1: () => wasm._2(_0, __wbg_call_4) })"
        );
        let imports: Vec<&str> = wasm.imports.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(imports, ["_1"]);
        let exports: Vec<&str> = wasm.exports.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(exports, ["_2", "start", "__wasm_split_shared0"]);
    }
}
