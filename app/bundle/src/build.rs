//! The steps in their order, each skipped when its inputs are the ones of an earlier run.

use crate::bindgen::{self, Bound};
use crate::cache::Cache;
use crate::cargo::Mode;
use crate::compress::{self, Packed};
use crate::javascript::Offers;
use crate::program::Programs;
use crate::site::{self, Parts, Site};
use crate::{javascript, output, style, wasm_opt};
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The same version for all of wasm-bindgen: library, crate and the glue it writes.
const BINDGEN: &str = "0.2.130";
/// Raised when what this crate makes of the same wasm changes (`bindgen.rs`, `order.rs`), so that nothing older is kept.
const STEPS: u32 = 1;

/// A program as browsers load it.
#[derive(Clone, Debug)]
pub struct Program {
    /// The module that loads the wasm.
    pub glue: String,
    /// The wasm.
    pub wasm: Vec<u8>,
}

/// Builds sites of one workspace.
#[derive(Clone, Debug)]
pub struct Builder {
    root: PathBuf,
    mode: Mode,
    cache: Cache,
    programs: Programs,
    /// Called at the start of every step that takes long.
    say: fn(&str),
}

impl Builder {
    /// A builder for the workspace at `root` that keeps the results of slow steps in `cache`.
    ///
    /// # Errors
    /// The npm programs are not installed.
    pub fn new(root: &Path, cache: &Path, mode: Mode, say: fn(&str)) -> Result<Self> {
        let programs = Programs::find(root)?;
        Ok(Self {
            root: root.to_owned(),
            mode,
            cache: Cache::new(cache.to_owned()),
            programs,
            say,
        })
    }

    /// Makes what rustc made of the package `name` into what browsers load, with what its glue `offers`.
    ///
    /// # Errors
    /// A step refuses it, or the result is newer than the oldest browsers supported.
    pub fn program(&self, name: &str, rustc: &[u8], offers: Offers) -> Result<Program> {
        let release = self.mode == Mode::Release;
        let step = format!("bind-{name}-{release}-{BINDGEN}-{STEPS}");
        // The glue is small and the wasm large: two entries, made together.
        let bind = || bindgen::bind(name, rustc.to_vec(), !release);
        let bound = std::cell::OnceCell::new();
        let once = || -> Result<&Bound> {
            if bound.get().is_none() {
                (self.say)("wasm-bindgen");
                drop(bound.set(bind()?));
            }
            bound.get().context("set above")
        };
        let glue = self.cache.step(&format!("{step}-glue"), &[rustc], || {
            Ok(serde_json::to_vec(once()?)?)
        })?;
        let wasm = self.cache.step(&format!("{step}-wasm"), &[rustc], || {
            Ok(once()?.wasm.clone())
        })?;
        let bound: Bound = serde_json::from_slice(&glue)?;
        let wasm = if release { self.lowered(&wasm)? } else { wasm };
        let esbuild = self.programs.version("esbuild")?;
        let glue = self.cache.step(
            &format!("glue-{release}-{esbuild}"),
            &[offers.entry().as_bytes(), &glue],
            || Ok(javascript::glue(&self.programs, &bound, offers, release)?.into_bytes()),
        )?;
        Ok(Program {
            glue: String::from_utf8(glue)?,
            wasm,
        })
    }

    fn lowered(&self, wasm: &[u8]) -> Result<Vec<u8>> {
        let binaryen = self.programs.version("binaryen")?;
        let flags = wasm_opt::flags();
        let lowered = self.cache.step(
            &format!("lower-{binaryen}-{STEPS}"),
            &[flags.as_bytes(), wasm],
            || {
                (self.say)("wasm-opt: smaller, and lowered to the first version of WebAssembly");
                wasm_opt::lower(&self.programs, wasm)
            },
        )?;
        // Every time, also when it comes from the cache: this is what old phones depend on.
        wasm_opt::check(&self.programs, &lowered)?;
        Ok(lowered)
    }

    /// Puts the site together around a program.
    ///
    /// # Errors
    /// A source of the page, the style or the public files is missing or wrong.
    pub fn site(&self, program: Program, label: Option<&str>) -> Result<Site> {
        let page = self.root.join("app/bundle/page");
        let read = |name: &str| {
            fs::read_to_string(page.join(name)).with_context(|| format!("cannot read page/{name}"))
        };
        let mut public = BTreeMap::new();
        let folder = self.root.join("public");
        for path in output::files(&folder)? {
            // Notes for people who change the files are not for browsers.
            let hidden = path.split('/').any(|part| part.starts_with('.'));
            if hidden || path.ends_with(".md") {
                continue;
            }
            let content = fs::read(folder.join(&path))?;
            let content = if path == "sw.js" {
                self.script(&String::from_utf8(content)?)?.into_bytes()
            } else {
                content
            };
            public.insert(path, content);
        }
        site::assemble(Parts {
            wasm: program.wasm,
            glue: program.glue,
            style: style::bundle(
                &self.root.join("style/main.css"),
                self.mode == Mode::Release,
            )?,
            page: read("index.html")?,
            boot: self.script(&read("boot.js")?)?,
            old: self.script(&read("old.js")?)?,
            public,
            label: label.map(str::to_owned),
        })
    }

    fn script(&self, source: &str) -> Result<String> {
        if self.mode == Mode::Dev {
            return Ok(source.to_owned());
        }
        let esbuild = self.programs.version("esbuild")?;
        let made = self
            .cache
            .step(&format!("script-{esbuild}"), &[source.as_bytes()], || {
                Ok(javascript::minify(&self.programs, source)?.into_bytes())
            })?;
        Ok(String::from_utf8(made)?)
    }

    /// Compresses what compressing makes smaller, as small as it gets. Nothing while developing: it takes seconds.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub fn pack(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Packed>> {
        let mut packed = BTreeMap::new();
        if self.mode == Mode::Dev {
            return Ok(packed);
        }
        (self.say)("brotli and gzip");
        for (path, content) in files.iter().filter(|(path, _)| compress::pays(path)) {
            packed.insert(path.clone(), compress::pack(&self.cache, content)?);
        }
        Ok(packed)
    }
}
