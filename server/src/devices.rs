//! Devices on which somebody has signed in before (device cookies): a cookie that says for which number, and that only this
//! installation can make.

use crate::ports::Random;
use api::DeviceToken;
use sha2::{Digest, Sha256};

/// A device on which this person has signed in before, by its random name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KnownDevice(pub(crate) [u8; 16]);

/// How long a browser keeps the cookie without signing in: as long as browsers do, 400 days.
pub(crate) const KEPT_S: i64 = 400 * 24 * 3_600;
/// So many people's devices one browser is at the same time: an office shares one.
const MOST: usize = 5;
/// An entry of the cookie: the device's name and the proof, 16 bytes each.
const ENTRY: usize = 64;

/// Makes and recognises the cookies of this installation.
pub(crate) struct Devices {
    key: [u8; 32],
}

impl Devices {
    /// A new key, as it is stored.
    pub(crate) fn new_key(random: &dyn Random) -> String {
        let mut key = [0; 32];
        random.fill(&mut key);
        hex(&key)
    }

    /// With the stored key.
    pub(crate) fn new(key: &str) -> Self {
        // Whatever is stored is a key; ours are hexadecimal already.
        Self {
            key: Sha256::digest(key).into(),
        }
    }

    /// Another key for another purpose, out of this installation's.
    pub(crate) fn derived(&self, purpose: &[u8]) -> [u8; 32] {
        hmac(&self.key, purpose)
    }

    /// The device, if this number has signed in on it before.
    pub(crate) fn known(&self, phone: &str, cookie: Option<&DeviceToken>) -> Option<KnownDevice> {
        entries(cookie?).find_map(|entry| self.read(phone, entry))
    }

    /// The cookie for a device on which this number has just signed in. It goes on being known to others who did before.
    pub(crate) fn renew(
        &self,
        phone: &str,
        cookie: Option<&DeviceToken>,
        random: &dyn Random,
    ) -> DeviceToken {
        let device = self.known(phone, cookie).unwrap_or_else(|| {
            let mut name = [0; 16];
            random.fill(&mut name);
            KnownDevice(name)
        });
        let mut all = vec![hex(&device.0) + &hex(&self.proof(phone, device))];
        let others = cookie.into_iter().flat_map(entries);
        all.extend(
            others
                .filter(|entry| self.read(phone, entry).is_none())
                .take(MOST - 1)
                .map(ToOwned::to_owned),
        );
        DeviceToken(all.join("."))
    }

    fn read(&self, phone: &str, entry: &str) -> Option<KnownDevice> {
        let mut name = [0; 16];
        for (byte, digits) in name.iter_mut().zip(entry.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        let device = KnownDevice(name);
        let proof = hex(&self.proof(phone, device));
        let told = entry.get(ENTRY / 2..)?;
        // Digests are compared, so that the time it takes reveals nothing about the proof (timing attack).
        (Sha256::digest(told) == Sha256::digest(proof)).then_some(device)
    }

    fn proof(&self, phone: &str, device: KnownDevice) -> [u8; 16] {
        let mut message = device.0.to_vec();
        message.extend_from_slice(phone.as_bytes());
        let mut proof = [0; 16];
        proof.copy_from_slice(&hmac(&self.key, &message)[..16]);
        proof
    }
}

fn entries(cookie: &DeviceToken) -> impl Iterator<Item = &str> {
    let entries = cookie.0.split('.').take(MOST);
    entries.filter(|entry| entry.len() == ENTRY && entry.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// HMAC-SHA-256 (RFC 2104), for keys that are no longer than a block.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new()
        .chain_update(block.map(|b| b ^ 0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|b| b ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemRandom;

    fn devices(key: &str) -> Devices {
        Devices::new(key)
    }

    #[test]
    fn a_device_is_known_to_whoever_signed_in_on_it_and_to_nobody_else() {
        let ours = devices("key");
        let token = ours.renew("13800000001", None, &SystemRandom);
        assert!(ours.known("13800000001", Some(&token)).is_some());
        assert!(ours.known("13800000002", Some(&token)).is_none());
        assert!(
            devices("other")
                .known("13800000001", Some(&token))
                .is_none()
        );
        for forged in [
            "",
            "x",
            &"0".repeat(64),
            &token.0[1..],
            &token.0.to_uppercase()[..63],
        ] {
            let forged = DeviceToken(forged.to_owned());
            assert!(ours.known("13800000001", Some(&forged)).is_none());
        }
    }

    #[test]
    fn an_office_shares_a_device_and_signing_in_again_keeps_its_name() {
        let ours = devices("key");
        let phones: Vec<String> = (0..7).map(|n| format!("1380000000{n}")).collect();
        let mut token = None;
        for phone in &phones {
            token = Some(ours.renew(phone, token.as_ref(), &SystemRandom));
        }
        let known = |phone: &String| ours.known(phone, token.as_ref());
        let remembered: Vec<bool> = phones.iter().map(|p| known(p).is_some()).collect();
        assert_eq!(remembered, [false, false, true, true, true, true, true]);
        let again = ours.renew(&phones[4], token.as_ref(), &SystemRandom);
        assert_eq!(ours.known(&phones[4], Some(&again)), known(&phones[4]));
        assert!(ours.known(&phones[2], Some(&again)).is_some());
    }

    /// RFC 4231, test cases 1 and 2.
    #[test]
    fn the_proof_is_the_standards_hmac() {
        assert_eq!(
            hex(&hmac(&[0x0b; 20], b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(&hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
