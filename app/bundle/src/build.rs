//! The steps in their order, each skipped when its inputs are the ones of an earlier run.

use crate::bindgen::{self, Binding, Bound};
use crate::cache::Cache;
use crate::cargo::Mode;
use crate::compress::{self, Packed};
use crate::javascript::Offers;
use crate::program::Programs;
use crate::site::{self, Parts, Site};
use crate::split::{self, Split};
use crate::symbols::{self, Functions};
use crate::{javascript, names, output, style, wasm_opt};
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The same version for all of wasm-bindgen: library, crate and the glue it writes.
const BINDGEN: &str = "0.2.130";
/// Raised when what this crate makes of the same wasm changes (`split.rs`, `merge.rs`, `bindgen.rs`, `order.rs`), so that
/// nothing older is kept.
const STEPS: u32 = 4;
/// What a kept step calls the wasm of the core, and everything else that it made.
const CORE_FILE: &str = "core.wasm";
const REST_FILE: &str = "rest.json";

/// A program as browsers load it.
#[derive(Clone, Debug)]
pub struct Program {
    /// The module that loads the wasm, the core's and the parts'.
    pub glue: String,
    /// The wasm: all of it, or the core of a program in parts.
    pub wasm: Vec<u8>,
    /// The other parts by name.
    pub parts: BTreeMap<String, Vec<u8>>,
    /// The functions of each wasm file by its path in the site. Nothing of a quick build, which keeps its names itself.
    pub functions: BTreeMap<String, Functions>,
}

/// What is made of rustc's wasm before it is lowered.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    bound: Bound,
    /// The modules that the program asks for, if it is in parts.
    modules: Option<BTreeSet<String>>,
}

/// A wasm file as it is served.
struct Lowered {
    wasm: Vec<u8>,
    functions: Functions,
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
        let (made, wasm, parts) = self.bound(name, rustc)?;
        let mut functions = BTreeMap::new();
        let mut lowered = |stem: &str, wasm: Vec<u8>| -> Result<Vec<u8>> {
            if !release {
                return Ok(wasm);
            }
            let lowered = self.lowered(&wasm)?;
            let path = names::hashed(stem, "wasm", &lowered.wasm);
            functions.insert(path, lowered.functions);
            Ok(lowered.wasm)
        };
        let wasm = lowered(name, wasm)?;
        let parts = parts
            .into_iter()
            .map(|(part, wasm)| Ok((part.clone(), lowered(&part, wasm)?)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        Ok(Program {
            glue: self.glue(&made, &parts, offers)?,
            wasm,
            parts,
            functions,
        })
    }

    /// Cuts the wasm if it is to be cut, and binds its core: the glue, the core, and the other parts.
    #[expect(
        clippy::type_complexity,
        reason = "it is taken apart where it is called"
    )]
    fn bound(
        &self,
        name: &str,
        rustc: &[u8],
    ) -> Result<(Made, Vec<u8>, BTreeMap<String, Vec<u8>>)> {
        let release = self.mode == Mode::Release;
        let step = format!("bind-{name}-{release}-{BINDGEN}-{STEPS}");
        let mut files = self.cache.files(&step, &[rustc], || {
            let (core, mut files, modules) = if release && split::wanted(rustc)? {
                (self.say)("wasm_split");
                let Split {
                    core,
                    parts,
                    modules,
                } = split::split(rustc)?;
                (core, parts, Some(modules))
            } else {
                (rustc.to_vec(), BTreeMap::new(), None)
            };
            (self.say)("wasm-bindgen");
            let binding = match (release, &modules) {
                (false, _) => Binding::Plain,
                (true, None) => Binding::Short,
                (true, Some(_)) => Binding::Core,
            };
            let mut bound = bindgen::bind(name, core, binding)?;
            files.insert(CORE_FILE.to_owned(), std::mem::take(&mut bound.wasm));
            let made = Made { bound, modules };
            files.insert(REST_FILE.to_owned(), serde_json::to_vec(&made)?);
            Ok(files)
        })?;
        let rest = files.remove(REST_FILE).context("the glue")?;
        let core = files.remove(CORE_FILE).context("the core")?;
        Ok((serde_json::from_slice(&rest)?, core, files))
    }

    /// The glue and, of a program in parts, the loader with the addresses of its parts.
    fn glue(
        &self,
        made: &Made,
        parts: &BTreeMap<String, Vec<u8>>,
        offers: Offers,
    ) -> Result<String> {
        let release = self.mode == Mode::Release;
        let loader = match &made.modules {
            None => None,
            Some(modules) => {
                let template = self.page("parts.js")?;
                Some(javascript::loader(
                    &template,
                    &site::addresses_of(parts),
                    modules,
                )?)
            }
        };
        let loader = loader.as_deref();
        let esbuild = self.programs.version("esbuild")?;
        let glue = self.cache.step(
            &format!("glue-{release}-{esbuild}-{STEPS}"),
            &[
                offers.entry().as_bytes(),
                &serde_json::to_vec(&made.bound)?,
                loader.unwrap_or_default().as_bytes(),
            ],
            || {
                let glue = javascript::glue(&self.programs, &made.bound, loader, offers, release)?;
                Ok(glue.into_bytes())
            },
        )?;
        Ok(String::from_utf8(glue)?)
    }

    fn lowered(&self, wasm: &[u8]) -> Result<Lowered> {
        let binaryen = self.programs.version("binaryen")?;
        let flags = wasm_opt::flags();
        let named = self.cache.step(
            &format!("lower-{binaryen}-{STEPS}"),
            &[flags.as_bytes(), wasm],
            || {
                (self.say)("wasm-opt: smaller, and lowered to the first version of WebAssembly");
                wasm_opt::lower(&self.programs, wasm)
            },
        )?;
        let lowered = Lowered {
            wasm: symbols::without_names(&named)?,
            functions: Functions::read(&named)?,
        };
        // Every time, also when it comes from the cache: this is what old phones depend on.
        wasm_opt::check(&self.programs, &lowered.wasm)?;
        Ok(lowered)
    }

    /// A source of the page.
    fn page(&self, name: &str) -> Result<String> {
        let path = self.root.join("app/bundle/page").join(name);
        fs::read_to_string(path).with_context(|| format!("cannot read page/{name}"))
    }

    /// The day of the last commit, which people can read aloud; empty without a history.
    fn released(&self) -> String {
        let git = std::process::Command::new("git")
            .args(["log", "-1", "--format=%cs"])
            .current_dir(&self.root)
            .output();
        git.ok()
            .filter(|said| said.status.success())
            .and_then(|said| String::from_utf8(said.stdout).ok())
            .map_or_else(String::new, |day| day.trim().to_owned())
    }

    /// Puts the site together around a program.
    ///
    /// # Errors
    /// A source of the page, the style or the public files is missing or wrong.
    pub fn site(&self, program: Program, label: Option<&str>) -> Result<Site> {
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
            parts: program.parts,
            glue: program.glue,
            style: style::bundle(
                &self.root.join("style/main.css"),
                self.mode == Mode::Release,
            )?,
            page: self
                .page("index.html")?
                .replace("{{released}}", &self.released()),
            boot: self.script(&self.page("boot.js")?)?,
            old: self.script(&self.page("old.js")?)?,
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
