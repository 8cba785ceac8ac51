//! Calls wasm-opt, which makes the wasm smaller and lowers it to the first version of WebAssembly (MVP), which phones of 2019 run.

use crate::program::{Programs, Workshop};
use crate::{order, symbols};
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;

/// What rustc emits beyond the first version, and the passes that take it out again.
const LOWER: [&str; 20] = [
    // Function names stay in the name section, for `symbols`; they do not change the code.
    "--debuginfo",
    "--mvp-features",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--llvm-memory-copy-fill-lowering",
    "--llvm-nontrapping-fptoint-lowering",
    "--signext-lowering",
    // Functions with a single caller are not inlined: one huge function with hundreds of variables compresses a tenth
    // worse. Measured 2026-11-25: 347 kB of brotli without this line, 320 with it, 317 with the next three.
    "--one-caller-inline-max-function-size=20",
    // No data lies below address 1,024, since the stack is there, so offsets can be folded into loads. This saves 1.8 kB.
    "--low-memory-unused",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    // Once more: 2.2 kB of `inside`. How locals are numbered matters to the compression.
    "--coalesce-locals",
    "--reorder-locals",
    "--vacuum",
    "--strip-target-features",
];

/// Puts functions in the order of their names, which then go.
const ORDER: [&str; 4] = [
    "--mvp-features",
    "--enable-mutable-globals",
    "--reorder-functions-by-name",
    "--strip-debug",
];

/// The first version, and the one addition every browser with modules has: exported mutable globals.
const FIRST_VERSION: [&str; 2] = ["--mvp-features", "--enable-mutable-globals"];

/// Names the flags, so that a change of them is a change of the step's input.
#[must_use]
pub fn flags() -> String {
    [LOWER.join(" "), ORDER.join(" ")].join(" ")
}

/// Makes the wasm smaller, lowers it, and orders it for compression. Its functions keep their names, in a section at the
/// end, which [`symbols::without_names`] takes away.
///
/// # Errors
/// wasm-opt fails.
pub fn lower(programs: &Programs, wasm: &[u8]) -> Result<Vec<u8>> {
    let ranked = order::rank_by_likeness(&run(programs, &LOWER, wasm)?)?;
    let ordered = run(programs, &ORDER, &ranked.wasm)?;
    let first = u32::try_from(symbols::imported(&ordered)?)?;
    let names: BTreeMap<u32, String> = (first..)
        .zip(ranked.names)
        .filter_map(|(index, name)| Some((index, name?)))
        .collect();
    Ok(symbols::with_names(&ordered, &names))
}

fn run(programs: &Programs, flags: &[&str], wasm: &[u8]) -> Result<Vec<u8>> {
    let workshop = Workshop::open()?;
    fs::write(workshop.path().join("in.wasm"), wasm)?;
    let mut arguments = flags.to_vec();
    arguments.extend(["in.wasm", "-o", "out.wasm"]);
    programs.run("wasm-opt", workshop.path(), &arguments)?;
    Ok(fs::read(workshop.path().join("out.wasm"))?)
}

/// Proves that the wasm is of the first version: a validator that knows nothing newer accepts it.
///
/// # Errors
/// It uses something newer; the error says what.
pub fn check(programs: &Programs, wasm: &[u8]) -> Result<()> {
    let workshop = Workshop::open()?;
    fs::write(workshop.path().join("in.wasm"), wasm)?;
    let mut arguments = FIRST_VERSION.to_vec();
    arguments.push("in.wasm");
    programs
        .run("wasm-opt", workshop.path(), &arguments)
        .context("the wasm is newer than phones of 2019 can run")
}
