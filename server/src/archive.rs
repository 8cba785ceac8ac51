//! Measures archives (zip) before anything in them is read: how many parts they have, what they say they hold, and what really comes out.

use std::io::{Cursor, Read as _, copy, sink};
use zip::ZipArchive;

/// How many parts an archive has at most.
const MOST_PARTS: usize = 128;

/// Why an archive is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// It has no table of contents: it is no archive, or its end is missing.
    #[error("no archive")]
    NoArchive,
    /// A part cannot be unpacked.
    #[error("a part of the archive is damaged")]
    Damaged,
    /// It has too many parts, or too much comes out of it.
    #[error("too much in the archive")]
    TooMuch,
}

/// Whether an archive may be read: it unpacks to at most so many bytes.
pub(crate) fn measure(content: &[u8], at_most: u64) -> Result<(), ArchiveError> {
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|_| ArchiveError::NoArchive)?;
    if archive.len() > MOST_PARTS {
        return Err(ArchiveError::TooMuch);
    }
    let mut declared: u64 = 0;
    for part in 0..archive.len() {
        let part = archive.by_index_raw(part);
        let size = part.map_err(|_| ArchiveError::Damaged)?.size();
        declared = declared.saturating_add(size);
    }
    if declared > at_most {
        return Err(ArchiveError::TooMuch);
    }
    // What the archive declares may be a lie, so what really comes out of it is counted.
    let mut unpacked: u64 = 0;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|_| ArchiveError::Damaged)?;
        let mut rest = part.take(at_most - unpacked + 1);
        unpacked += copy(&mut rest, &mut sink()).map_err(|_| ArchiveError::Damaged)?;
        if unpacked > at_most {
            return Err(ArchiveError::TooMuch);
        }
    }
    Ok(())
}
