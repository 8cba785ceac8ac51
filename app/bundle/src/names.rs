//! Content hashes, and names made from them.

use sha2::{Digest, Sha256};

/// Hexadecimal SHA-256 of the parts, each with its length, so that moving a byte between parts changes the result.
#[must_use]
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The first 16 digits of [`digest`]: enough to tell any two files apart.
#[must_use]
pub fn short<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    digest(parts).split_at(16).0.to_owned()
}

/// The path of an asset whose content never changes under that name: `assets/app-0123456789abcdef.js`.
#[must_use]
pub fn hashed(stem: &str, extension: &str, content: &[u8]) -> String {
    format!("assets/{stem}-{}.{extension}", short([content]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_has_the_same_name_and_other_content_another() {
        assert_eq!(hashed("app", "js", b"one"), hashed("app", "js", b"one"));
        assert_ne!(hashed("app", "js", b"one"), hashed("app", "js", b"two"));
        let name = hashed("app", "js", b"one");
        assert!(
            name.starts_with("assets/app-") && name.ends_with(".js"),
            "{name}"
        );
        assert_eq!(name.len(), "assets/app-.js".len() + 16);
    }

    #[test]
    fn moving_a_byte_from_one_part_to_the_next_changes_the_digest() {
        assert_ne!(
            digest([b"ab".as_slice(), b"c"]),
            digest([b"a".as_slice(), b"bc"])
        );
    }
}
