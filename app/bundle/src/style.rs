//! Calls Lightning CSS: bundles and minifies all files that `main.css` imports, and lowers them to the oldest browsers supported.

use anyhow::{Result, anyhow, bail};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::rules::{CssRule, CssRuleList};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use lightningcss::targets::{Browsers, Targets};
use std::path::Path;

/// Chrome 80, Safari 13 on Mac and iPhone. A version is one byte each for major, minor, patch.
fn oldest_browsers() -> Targets {
    let browsers = Browsers {
        chrome: Some(80 << 16),
        safari: Some(13 << 16),
        ios_saf: Some(13 << 16),
        ..Browsers::default()
    };
    Targets {
        browsers: Some(browsers),
        ..Targets::default()
    }
}

/// Bundles the style that starts at `entry`.
///
/// # Errors
/// A file is missing or cannot be parsed; the error says where.
pub fn bundle(entry: &Path, minify: bool) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler
        .bundle(entry)
        .map_err(|error| anyhow!("in the style: {error}"))?;
    let rules = std::mem::take(&mut sheet.rules.0);
    sheet.rules = CssRuleList(unwrap_layers(rules)?);
    let targets = oldest_browsers();
    sheet
        .minify(MinifyOptions {
            targets,
            ..MinifyOptions::default()
        })
        .map_err(|error| anyhow!("in the style: {error}"))?;
    let printed = sheet
        .to_css(PrinterOptions {
            minify,
            targets,
            ..PrinterOptions::default()
        })
        .map_err(|error| anyhow!("in the style: {error}"))?;
    Ok(printed.code)
}

/// Browsers before 2022 drop a whole `@layer` block, so the rules of the layers follow one another in the layers' order
/// instead. The style is written so that this looks the same (`style/README.md`).
fn unwrap_layers(rules: Vec<CssRule<'_>>) -> Result<Vec<CssRule<'_>>> {
    let mut order: Vec<String> = Vec::new();
    let mut layers: Vec<Vec<CssRule<'_>>> = Vec::new();
    let mut outside = Vec::new();
    let mut place = |name: String| {
        order
            .iter()
            .position(|known| *known == name)
            .unwrap_or_else(|| {
                order.push(name);
                order.len() - 1
            })
    };
    for rule in rules {
        match rule {
            CssRule::LayerStatement(statement) => {
                for name in &statement.names {
                    place(name.0.join("."));
                }
            }
            CssRule::LayerBlock(block) => {
                let Some(name) = block.name else {
                    bail!("a layer without a name cannot be put in order")
                };
                let index = place(name.0.join("."));
                if layers.len() <= index {
                    layers.resize_with(index + 1, Vec::new);
                }
                if let Some(layer) = layers.get_mut(index) {
                    layer.extend(block.rules.0);
                }
            }
            rule => outside.push(rule),
        }
    }
    // What is in no layer wins over all layers.
    Ok(layers.into_iter().flatten().chain(outside).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn bundled(files: &[(&str, &str)]) -> Result<String> {
        let folder = tempfile::tempdir().expect("folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("written");
        }
        bundle(&folder.path().join("main.css"), true)
    }

    #[test]
    fn layers_are_unwrapped_in_their_declared_order() {
        let css = bundled(&[
            (
                "main.css",
                "@layer low, high; @import \"b.css\" layer(high); @import \"a.css\" layer(low);",
            ),
            ("a.css", ".a { color: red }"),
            ("b.css", ".b { color: blue }"),
        ])
        .expect("bundled");
        assert_eq!(css, ".a{color:red}.b{color:#00f}");
    }

    #[test]
    fn a_missing_import_fails_the_build() {
        assert!(bundled(&[("main.css", "@import \"gone.css\";")]).is_err());
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let files: Vec<(String, String)> = (0..20)
            .map(|n| {
                (
                    format!("f{n}.css"),
                    format!(".c{n} {{ inset: {n}px; margin: {n}px }}"),
                )
            })
            .collect();
        let imports: String = files
            .iter()
            .map(|(name, _)| format!("@import \"{name}\";\n"))
            .collect();
        let mut all: Vec<(&str, &str)> = files
            .iter()
            .map(|(n, t)| (n.as_str(), t.as_str()))
            .collect();
        all.push(("main.css", &imports));
        let first = bundled(&all).expect("bundled");
        assert!(!first.contains("inset"), "Chrome 80 has no inset: {first}");
        for _ in 0..5 {
            assert_eq!(bundled(&all).expect("bundled"), first);
        }
    }
}
