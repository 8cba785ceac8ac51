//! Precompression: Brotli and gzip of each file at the highest level, made once when the site is built.

use crate::cache::Cache;
use anyhow::Result;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// A file's compressed forms.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Brotli, quality 11.
    pub brotli: Vec<u8>,
    /// gzip, level 9, without a time in its header.
    pub gzip: Vec<u8>,
}

/// Whether compressing a file of that name pays: pictures and fonts are compressed already.
#[must_use]
pub fn pays(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    matches!(
        extension,
        "html"
            | "js"
            | "css"
            | "wasm"
            | "json"
            | "webmanifest"
            | "svg"
            | "txt"
            | "xml"
            | "csv"
            | "ico"
    )
}

/// Both forms of the content.
///
/// # Errors
/// The cache cannot be written.
pub fn pack(cache: &Cache, content: &[u8]) -> Result<Packed> {
    Ok(Packed {
        brotli: cache.step("br-one-block", &[content], || {
            let mut out = Vec::new();
            let params = BrotliEncoderParams {
                quality: 11,
                size_hint: content.len(),
                // One input block of up to 16 MiB (2^24 bytes) holds any file whole, so statistics are shared over all of it.
                lgblock: 24,
                ..Default::default()
            };
            brotli::BrotliCompress(&mut &*content, &mut out, &params)?;
            Ok(out)
        })?,
        gzip: cache.step("gz", &[content], || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(content)?;
            Ok(encoder.finish()?)
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn both_forms_unpack_to_the_content_and_are_the_same_every_time() {
        let content: Vec<u8> = (0u32..40_000)
            .flat_map(|n| (n % 251).to_string().into_bytes())
            .collect();
        let pack = || {
            let folder = tempfile::tempdir().expect("folder");
            pack(&Cache::new(folder.path().to_owned()), &content).expect("packed")
        };
        let (one, two) = (pack(), pack());
        assert_eq!(one.brotli, two.brotli);
        assert_eq!(one.gzip, two.gzip);
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(one.gzip.as_slice())
            .read_to_end(&mut unpacked)
            .expect("gzip");
        assert_eq!(unpacked, content);
        unpacked.clear();
        brotli::BrotliDecompress(&mut one.brotli.as_slice(), &mut unpacked).expect("brotli");
        assert_eq!(unpacked, content);
    }
}
