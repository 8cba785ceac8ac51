//! A fast, non-cryptographic hash function for keys, and checksums of bodies.

use std::hash::{BuildHasherDefault, Hasher};

/// Makes the hashes of a table of keys.
pub type ByKey = BuildHasherDefault<KeyHasher>;

/// The standard library's SipHash resists attackers who choose the keys. A device's own cache has no such attackers, and
/// SipHash took a good part of a cold start. Most keys are random UUIDs, but region codes count up in their last digits. Their
/// hashes must differ in the lowest bits, since a hash table of 32-bit WebAssembly is addressed by those alone.
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

/// A 32-bit checksum of a body: damage to the store goes unnoticed with a probability of 1 in 2^32.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    let mut hasher = KeyHasher(bytes.len() as u64);
    hasher.write(bytes);
    // `finish` has mixed the upper half of the hash into the lower one.
    hasher.finish() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row_key::RowKey;
    use domain::{Key, NeedId};
    use std::collections::HashSet;
    use std::hash::BuildHasher as _;

    /// A hash table of 16,384 slots is addressed by the lowest 14 bits of the hash. At a load factor of 0.61, 10,000 keys
    /// with a random hash occupy 7,490 different slots. If they occupied only half as many, collisions would slow down every look-up.
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
            // Six bits of a UUID are fixed (version and variant), so fewer differ.
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
