//! How a table of entities hashes their keys, and checksums of bodies.

use std::hash::{BuildHasherDefault, Hasher};

/// Makes the hashes of a table of keys.
pub type ByKey = BuildHasherDefault<KeyHasher>;

/// The standard hash is made against attackers that a device's own cache does not have, and took a good part of a cold
/// start. Most keys are random; those that only count up in their last digits must differ in the lowest bits too, which a
/// table of 32-bit WebAssembly looks at alone.
#[derive(Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 = (self.0.rotate_left(23) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        let mut hash = self.0;
        for _ in 0..2 {
            hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        }
        hash ^ (hash >> 32)
    }
}

/// A checksum of a body: damage to the store changes it, with one chance in four thousand million not to.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    let mut hasher = KeyHasher(bytes.len() as u64);
    hasher.write(bytes);
    // The lower half has taken in the upper one.
    hasher.finish() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row_key::RowKey;
    use domain::{Key, NeedId};
    use std::collections::HashSet;
    use std::hash::BuildHasher as _;

    /// A table of 16,384 places is addressed by the lowest 14 bits. Thrown at random, 10,000 keys would meet 7,490 of
    /// them; half of that would already make every search long.
    #[test]
    fn keys_that_count_up_in_any_byte_are_spread_over_the_lowest_bits() {
        for byte in 0..15 {
            let key = |n: u16| {
                let mut id = [0xbe; 16];
                id[byte..byte + 2].copy_from_slice(&n.to_be_bytes());
                RowKey::from(Key::Need(NeedId::from_random(id)))
            };
            let keys: HashSet<RowKey> = (0..10_000).map(key).collect();
            let hasher = ByKey::default();
            let places: HashSet<u64> = keys.iter().map(|k| hasher.hash_one(k) % 16_384).collect();
            // Some bits of an identifier are its version, not its own.
            let share = places.len() as f64 / keys.len() as f64;
            assert!(share > 0.7, "byte {byte}: {share:.2} of {}", keys.len());
        }
    }

    #[test]
    fn any_changed_byte_changes_the_checksum() {
        let body: Vec<u8> = (0..97).collect();
        for at in 0..body.len() {
            let mut damaged = body.clone();
            damaged[at] ^= 1;
            assert_ne!(checksum(&damaged), checksum(&body), "byte {at}");
        }
        assert_ne!(checksum(&body[..96]), checksum(&body));
    }
}
