//! The command line of the site builder (`bundle`); `lib.rs` describes the steps.

use anyhow::{Context as _, Result, bail};
use bundle::budget::Sizes;
use bundle::build::Builder;
use bundle::cargo::{self, Mode};
use bundle::javascript::Offers;
use bundle::watch::Sources;
use bundle::{output, symbols};
use clap::{Parser, Subcommand};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// The folder below cargo's target with the function names of the last builds, for symbolizing stacks.
const NAMES: &str = "site-names";

/// Builds the site of Xiangdan.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// Build quickly, large and uncompressed, into target/site-dev.
    #[arg(long)]
    dev: bool,
    /// With --dev: build again whenever a source changes.
    #[arg(long, requires = "dev")]
    watch: bool,
    /// Build the benchmark page into target/bench-site instead.
    #[arg(long, conflicts_with_all = ["dev", "build_label"])]
    bench: bool,
    /// Make another site of the same program, as if an update came out; needs --out. Uses the wasm of the last build.
    #[arg(long, requires = "out", value_name = "LABEL")]
    build_label: Option<String>,
    /// Where the site goes; target/site without it.
    #[arg(long, env = "XIANGDAN_SITE", value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// What there is to do beside building.
#[derive(Debug, Subcommand)]
enum Other {
    /// Names the functions in a fault report, {"build": …, "stack": …}, of a site that was built here.
    Symbolize {
        /// The report's file, or - to read it from the input.
        report: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let root = cargo::root()?;
    let target = cargo::target_folder(&root);
    if let Some(Other::Symbolize { report }) = &arguments.other {
        return symbolize(report, &target);
    }
    let mode = if arguments.dev {
        Mode::Dev
    } else {
        Mode::Release
    };
    let builder = Builder::new(&root, &target.join("bundle-cache"), mode, say)?;
    if arguments.bench {
        return bench(&root, &target, &builder);
    }
    let out = arguments
        .out
        .clone()
        .unwrap_or_else(|| target.join(if arguments.dev { "site-dev" } else { "site" }));
    if !arguments.watch {
        return site(arguments, &root, &target, &builder, &out);
    }
    let roots = ["app", "style", "public", "Cargo.toml", "Cargo.lock"].map(|name| root.join(name));
    let mut sources = Sources::look(&roots);
    loop {
        // A failed build is only reported, since the next change of a source builds again.
        if let Err(error) = site(arguments, &root, &target, &builder, &out) {
            say(&format!("{error:#}"));
        }
        say("waiting for a change; reload the page to see it");
        let (now, changed) = sources.wait(&roots);
        sources = now;
        say(&format!(
            "{} changed",
            changed.strip_prefix(&root).unwrap_or(&changed).display()
        ));
    }
}

/// Builds the site into `out`.
fn site(
    arguments: &Arguments,
    root: &Path,
    target: &Path,
    builder: &Builder,
    out: &Path,
) -> Result<()> {
    let started = Instant::now();
    let mode = if arguments.dev {
        Mode::Dev
    } else {
        Mode::Release
    };
    let last = target.join(format!("bundle-cache/last-{mode:?}.wasm"));
    let wasm = if arguments.build_label.is_some() && last.is_file() {
        last
    } else {
        say(match mode {
            Mode::Release => {
                "cargo builds the page, as small as it gets (some minutes the first time)"
            }
            Mode::Dev => "cargo builds the page",
        });
        let built = cargo::build(root, "app", mode)?;
        fs::create_dir_all(target.join("bundle-cache"))?;
        fs::copy(&built, &last)?;
        built
    };
    let wasm = fs::read(&wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let program = builder.program("app", &wasm, Offers::Start)?;
    let functions = program.functions.clone();
    let site = builder.site(program, arguments.build_label.as_deref())?;
    let packed = builder.pack(&site.files)?;
    let sizes = Sizes::of(&site, &packed);
    if mode == Mode::Release {
        say_table(&sizes.table());
    }
    // Only target/site keeps the assets of the build before; sites for tests and for developing do not.
    let previous = (mode == Mode::Release && root.join(out) == target.join("site"))
        .then(|| target.join("site-previous"));
    output::write(&site, &packed, out, previous.as_deref())?;
    if mode == Mode::Release {
        // The names lie beside the site, not in it, so that they are not served.
        let names = symbols::Names {
            build: site.id.clone(),
            files: functions,
        };
        symbols::keep(&names, &target.join(NAMES))?;
    }
    say(&format!(
        "build {} is in {} after {:.1} s",
        site.id,
        out.display(),
        started.elapsed().as_secs_f32()
    ));
    // A site over budget is written, so that it can be inspected, but the command fails. Builds for tests (--build-label)
    // have no budget.
    let over = sizes.over_budget();
    if mode == Mode::Release && arguments.build_label.is_none() && !over.is_empty() {
        bail!("{}", over.join("; "));
    }
    Ok(())
}

/// Prints a report's stack with the names of its functions.
#[expect(clippy::print_stdout, reason = "this is what was asked for")]
fn symbolize(report: &Path, target: &Path) -> Result<()> {
    let mut text = String::new();
    if report == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = fs::read_to_string(report)
            .with_context(|| format!("cannot read {}", report.display()))?;
    }
    print!("{}", symbols::symbolize(&text, &target.join(NAMES))?);
    Ok(())
}

/// Builds the benchmark page. Its names stay as they are: it is opened once, by a machine.
fn bench(root: &Path, target: &Path, builder: &Builder) -> Result<()> {
    say("cargo builds the benchmark page (some minutes the first time)");
    let built = cargo::build(root, "bench", Mode::Release)?;
    let program = builder.program("bench", &fs::read(built)?, Offers::All)?;
    let folder = target.join("bench-site");
    fs::create_dir_all(&folder)?;
    for name in ["bench.html", "bench-boot.js"] {
        fs::copy(root.join("app/bundle/page").join(name), folder.join(name))?;
    }
    fs::write(folder.join("bench.js"), program.glue)?;
    fs::write(folder.join("bench_bg.wasm"), program.wasm)?;
    say(&format!("the benchmark page is in {}", folder.display()));
    Ok(())
}

/// Says on the terminal what happens.
fn say(words: &str) {
    eprintln!("bundle: {words}");
}

fn say_table(table: &str) {
    eprintln!("{table}");
}
