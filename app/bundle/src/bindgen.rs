//! wasm-bindgen: from what rustc made to what a browser can load.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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

/// Binds the wasm of `name`. With `keep_names` functions keep their names, for a debugger or a profiler.
///
/// # Errors
/// The wasm was built with another version of wasm-bindgen, or is none.
pub fn bind(name: &str, wasm: Vec<u8>, keep_names: bool) -> Result<Bound> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(name, wasm)
        .web(true)?
        .typescript(false)
        .remove_name_section(!keep_names)
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
    // Streams that server functions could return, which the page never calls: exported, they would keep their code.
    let exports = &mut output.wasm_mut().exports;
    let mut streams = Vec::new();
    for export in exports.iter() {
        if export.name.contains("intounderlying") {
            streams.push(export.id());
        }
    }
    for id in streams {
        exports.delete(id);
    }
    Ok(Bound {
        glue,
        snippets,
        wasm: output.wasm_mut().emit_wasm(),
    })
}
