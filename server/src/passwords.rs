//! Password hashing (argon2id), a few at a time.

use api::ApiError;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// The hash that an unknown phone number is checked against (timing attack): it takes as long as for a known one. Made once per
/// process.
static NOBODY: OnceLock<String> = OnceLock::new();

/// Checks passwords on threads of their own, a few at a time: argon2 takes 19 MiB and tens of milliseconds on purpose.
#[derive(Debug)]
pub struct Passwords {
    places: Semaphore,
}

/// How many passwords are checked at the same time.
const AT_ONCE: usize = 2;
/// Longer passwords are rejected before they are hashed.
const LONGEST_BYTES: usize = 256;

/// A password cannot be made into a hash.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
pub struct HashError(String);

/// The hash to store for a password (argon2id, parameters and salt inside).
pub fn hash(password: &str) -> Result<String, HashError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|h: PasswordHash| h.to_string())
        .map_err(|e| HashError(e.to_string()))
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// Ready to check.
    #[must_use]
    pub fn new() -> Self {
        Self {
            places: Semaphore::new(AT_ONCE),
        }
    }

    /// Whether the password belongs to the stored hash; with `None` the same work is done and the answer is no.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, ApiError> {
        if password.len() > LONGEST_BYTES {
            return Ok(false);
        }
        let _place = self.places.acquire().await.map_err(|_| ApiError::Fault)?;
        let known = stored.is_some();
        let stored = stored.map(ToOwned::to_owned);
        let password = password.to_owned();
        let matches = tokio::task::spawn_blocking(move || {
            let stored = stored.unwrap_or_else(|| {
                NOBODY
                    .get_or_init(|| hash("nobody").unwrap_or_default())
                    .clone()
            });
            PasswordHash::new(&stored).is_ok_and(|parsed| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &parsed)
                    .is_ok()
            })
        })
        .await
        .map_err(|_| ApiError::Fault)?;
        Ok(matches && known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_person_is_accepted() {
        let passwords = Passwords::new();
        let stored = hash("xiangdan-demo").expect("hash");
        assert_eq!(
            passwords.verify("xiangdan-demo", Some(&stored)).await,
            Ok(true)
        );
        assert_eq!(
            passwords.verify("xiangdan-demO", Some(&stored)).await,
            Ok(false)
        );
        assert_eq!(passwords.verify("nobody", None).await, Ok(false));
        assert_eq!(
            passwords.verify(&"x".repeat(10_000), Some(&stored)).await,
            Ok(false)
        );
    }
}
