//! Calls esbuild: bundles and minifies scripts, and lowers them to the language of the oldest browsers supported.

use crate::bindgen::Bound;
use crate::program::{Programs, Workshop};
use crate::split;
use anyhow::{Context as _, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The oldest browsers that open the page.
const TARGET: &str = "--target=chrome80,safari13";
/// These browsers know destructuring. esbuild thinks they do not, because of a bug of Safari in a form that is not used here.
const DESTRUCTURING: &str = "--supported:destructuring=true";

/// Which functions of the glue its module exports. esbuild drops the others, unless the glue uses them itself (tree shaking).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offers {
    /// Only what starts the program.
    Start,
    /// Also every function that the program exports.
    All,
}

impl Offers {
    /// The module in front of the glue.
    #[must_use]
    pub const fn entry(self) -> &'static str {
        match self {
            Self::Start => "export { default } from './glue.js';",
            Self::All => "export * from './glue.js'; export { default } from './glue.js';",
        }
    }
}

/// The script that loads the parts of a program: `template` with the parts' addresses and what comes before each, and, for each
/// module that the program asks for, the function it calls.
///
/// # Errors
/// The template lacks a placeholder.
pub fn loader(
    template: &str,
    addresses: &BTreeMap<String, String>,
    modules: &BTreeSet<String>,
) -> Result<String> {
    let order = split::order(addresses.keys().chain(modules), addresses);
    let words = [
        ("\"{{parts}}\"", serde_json::to_string(addresses)?),
        ("\"{{before}}\"", serde_json::to_string(&order)?),
    ];
    let mut script = template.to_owned();
    for (word, value) in words {
        if script.matches(word).count() != 1 {
            bail!("parts.js must have {word} once, for the bundler to fill in");
        }
        script = script.replace(word, &value);
    }
    for module in modules {
        let name = serde_json::to_string(module)?;
        script.push_str(&format!(
            "export const __wasm_split_load_{module} = (callback, data) => answer({name}, callback, data);\n"
        ));
    }
    Ok(script)
}

/// The glue with its snippets, and with the `loader` of a program in parts, as one module: glue and loader need each other.
///
/// # Errors
/// esbuild fails, or it needs what the oldest browsers lack.
pub fn glue(
    programs: &Programs,
    bound: &Bound,
    loader: Option<&str>,
    offers: Offers,
    minify: bool,
) -> Result<String> {
    let workshop = Workshop::open()?;
    fs::write(workshop.path().join("glue.js"), &bound.glue)?;
    if let Some(loader) = loader {
        fs::write(workshop.path().join(split::LOADER), loader)?;
    }
    fs::write(workshop.path().join("entry.js"), offers.entry())?;
    for (path, script) in &bound.snippets {
        let path = workshop.path().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, script)?;
    }
    let mut arguments = vec![
        "entry.js",
        "--bundle",
        "--format=esm",
        "--outfile=out.js",
        "--log-level=error",
        TARGET,
        DESTRUCTURING,
    ];
    if minify {
        arguments.push("--minify");
    }
    programs.run("esbuild", workshop.path(), &arguments)?;
    let script = fs::read_to_string(workshop.path().join("out.js"))?;
    if minify {
        refuse_big_integers(&script)?;
    }
    Ok(script)
}

/// One script of ours, minified. Words between double braces stay as they are.
///
/// # Errors
/// esbuild fails.
pub fn minify(programs: &Programs, script: &str) -> Result<String> {
    let workshop = Workshop::open()?;
    fs::write(workshop.path().join("in.js"), script)?;
    // Chinese characters stay UTF-8, three bytes each, instead of escapes of six bytes.
    let arguments = [
        "in.js",
        "--minify",
        "--charset=utf8",
        "--outfile=out.js",
        "--log-level=error",
        "--tree-shaking=false",
        TARGET,
        DESTRUCTURING,
    ];
    programs
        .run("esbuild", workshop.path(), &arguments)
        .context("in one of the page's own scripts")?;
    Ok(fs::read_to_string(workshop.path().join("out.js"))?
        .trim_end()
        .to_owned())
}

/// A 64-bit number between wasm and script travels as a BigInt, which Safari has since version 14 only.
fn refuse_big_integers(glue: &str) -> Result<()> {
    let used = [
        "BigInt.asUintN(",
        "BigInt(",
        "BigInt64Array",
        "BigUint64Array",
    ]
    .iter()
    .find(|word| glue.contains(**word));
    if let Some(word) = used {
        bail!(
            "the glue uses `{word}`: some function passes i64 or u64 to or from the browser, which Safari 13 cannot"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glue_with_big_integers_is_refused() {
        assert!(refuse_big_integers("return BigInt.asUintN(64,t)").is_err());
        assert!(refuse_big_integers("typeof e==\"bigint\"").is_ok());
    }

    #[test]
    fn the_loader_knows_every_address_and_answers_for_every_module() {
        let addresses = BTreeMap::from([("inside".to_owned(), "/assets/inside-1.wasm".to_owned())]);
        let modules = BTreeSet::from(["inside".to_owned(), "needs".to_owned()]);
        let template = "const a = \"{{parts}}\", b = \"{{before}}\";\n";
        let script = loader(template, &addresses, &modules).expect("script");
        let start = "const a = {\"inside\":\"/assets/inside-1.wasm\"}, b = {\"inside\":[],\"needs\":[\"inside\"]};\n";
        assert!(script.starts_with(start), "{script}");
        for module in ["inside", "needs"] {
            let function =
                format!("__wasm_split_load_{module} = (callback, data) => answer(\"{module}\",");
            assert!(script.contains(&function), "{script}");
        }
        assert!(loader("", &addresses, &modules).is_err());
    }
}
