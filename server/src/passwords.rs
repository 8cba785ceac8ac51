//! Password hashing (argon2id), a few at a time and always in the same memory.

use api::ApiError;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::Semaphore;

/// The hash that a password is checked against where there is none (timing attack): for an unknown phone number, and for an account
/// that nobody signs in to. It takes as long as a real one. Made once per process.
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

/// Says what went wrong, which never names the password.
fn failed(error: impl std::fmt::Display) -> HashError {
    HashError(error.to_string())
}

/// The hash to store for a password (argon2id, parameters and salt inside).
pub fn hash(password: &str) -> Result<String, HashError> {
    let params = Params::default();
    let salt = argon2::password_hash::try_generate_salt().map_err(failed)?;
    let salt = Salt::new(&salt).map_err(failed)?;
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    fill(
        Algorithm::default(),
        Version::default(),
        &params,
        (password, &salt),
        &mut out,
    )
    .map_err(failed)?;
    let whole = PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&params).map_err(failed)?,
        salt: Some(salt),
        hash: Some(Output::new(&out).map_err(failed)?),
    };
    Ok(whole.to_string())
}

/// KiB of memory for [`slow_hash`], once through it: some milliseconds, which for forty random bits are a thousand years of a processor.
const SLOW_KIB: u32 = 4 * 1024;

fn slow_hash(secret: &str, salt: &[u8; 32]) -> Result<[u8; 32], argon2::Error> {
    let params = Params::new(SLOW_KIB, 1, 1, Some(32))?;
    let argon2 = Argon2::new(Algorithm::default(), Version::default(), params.clone());
    let mut out = [0; 32];
    with_memory(params.block_count(), |memory| {
        argon2.hash_password_into_with_memory(secret.as_bytes(), salt, &mut out, memory)
    })?;
    Ok(out)
}

/// A hash to compare a password with.
struct Comparison {
    hash: PasswordHash,
    salt: Salt,
    expected: Output,
    params: Params,
    /// Whether it is somebody's: nothing fits nobody's.
    is_real: bool,
}

impl Comparison {
    /// With the stored hash; with nobody's if there is none, or if what is stored is no hash.
    fn with(stored: Option<&str>) -> Option<Self> {
        let real = stored.and_then(|stored| Self::read(stored, true));
        real.or_else(|| {
            let nobody = NOBODY.get_or_init(|| hash("nobody").unwrap_or_default());
            Self::read(nobody, false)
        })
    }

    fn read(stored: &str, is_real: bool) -> Option<Self> {
        let hash = PasswordHash::new(stored).ok()?;
        Some(Self {
            salt: hash.salt?,
            expected: hash.hash?,
            params: Params::try_from(&hash).ok()?,
            hash,
            is_real,
        })
    }

    fn fits(&self, password: &str) -> Option<bool> {
        let algorithm = Algorithm::try_from(self.hash.algorithm.as_str()).ok()?;
        let version = self.hash.version.map(Version::try_from).transpose().ok()?;
        let version = version.unwrap_or_default();
        let mut out = [0; Output::MAX_LENGTH];
        let out = out.get_mut(..self.expected.len())?;
        fill(
            algorithm,
            version,
            &self.params,
            (password, &self.salt),
            out,
        )
        .ok()?;
        // Outputs are compared in constant time.
        Some(Output::new(out).ok()? == self.expected && self.is_real)
    }
}

fn fill(
    algorithm: Algorithm,
    version: Version,
    params: &Params,
    (password, salt): (&str, &Salt),
    out: &mut [u8],
) -> Result<(), argon2::Error> {
    let argon2 = Argon2::new(algorithm, version, params.clone());
    with_memory(params.block_count(), |memory| {
        argon2.hash_password_into_with_memory(password.as_bytes(), salt.as_ref(), out, memory)
    })
}

/// The memory of hashes that are done, for the next ones. Were it given back each time, the allocator would keep a piece of that
/// size for every thread that has ever hashed.
static KEPT: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

fn with_memory<T>(blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
    let mut memory = kept().pop().unwrap_or_default();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let done = work(&mut memory[..blocks]);
    let mut kept = kept();
    if kept.len() < AT_ONCE {
        kept.push(memory);
    }
    done
}

fn kept() -> MutexGuard<'static, Vec<Vec<Block>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// The hash to store for a password, made on a thread of its own.
    pub async fn hash(&self, password: &str) -> Result<String, ApiError> {
        let _place = self.places.acquire().await.map_err(|_| ApiError::Fault)?;
        let password = password.to_owned();
        let made = tokio::task::spawn_blocking(move || hash(&password)).await;
        made.map_err(|_| ApiError::Fault)?.map_err(|error| {
            tracing::error!(%error, "a password was not hashed");
            ApiError::Fault
        })
    }

    /// Slow hashes of secrets that are found again by their hash, so all have the same salt.
    pub(crate) async fn slow_hashes(
        &self,
        secrets: &[String],
        salt: [u8; 32],
    ) -> Result<Vec<[u8; 32]>, ApiError> {
        let _place = self.places.acquire().await.map_err(|_| ApiError::Fault)?;
        let secrets = secrets.to_vec();
        let work = move || {
            let hashes = secrets.iter().map(|secret| slow_hash(secret, &salt));
            hashes.collect::<Result<Vec<_>, _>>()
        };
        let made = tokio::task::spawn_blocking(work).await;
        made.map_err(|_| ApiError::Fault)?.map_err(|error| {
            tracing::error!(%error, "a secret was not hashed");
            ApiError::Fault
        })
    }

    /// Whether the password belongs to the stored hash. With `None`, or with a stored text that is no hash, the same work is done and
    /// the answer is no.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, ApiError> {
        if password.len() > LONGEST_BYTES {
            return Ok(false);
        }
        let _place = self.places.acquire().await.map_err(|_| ApiError::Fault)?;
        let stored = stored.map(ToOwned::to_owned);
        let password = password.to_owned();
        tokio::task::spawn_blocking(move || {
            let comparison = Comparison::with(stored.as_deref());
            let fits = comparison.and_then(|comparison| comparison.fits(&password));
            fits.unwrap_or(false)
        })
        .await
        .map_err(|_| ApiError::Fault)
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
        assert_eq!(passwords.verify("nobody", Some("-")).await, Ok(false));
        assert_eq!(
            passwords.verify(&"x".repeat(10_000), Some(&stored)).await,
            Ok(false)
        );
    }

    /// What was stored by earlier releases, with the library's own function.
    #[test]
    fn a_hash_of_the_library_is_understood_and_ours_is_one() {
        use argon2::{PasswordHasher, PasswordVerifier};
        let theirs: PasswordHash = Argon2::default()
            .hash_password(b"correct horse")
            .expect("a hash");
        let theirs = Comparison::with(Some(&theirs.to_string())).expect("reads");
        assert_eq!(theirs.fits("correct horse"), Some(true));
        assert_eq!(theirs.fits("correct horsE"), Some(false));
        let ours = PasswordHash::new(&hash("correct horse").expect("a hash")).expect("reads");
        assert!(
            Argon2::default()
                .verify_password(b"correct horse", &ours)
                .is_ok()
        );
    }

    /// One comparison with the same parameters, whatever is stored: what takes the time is the same.
    #[test]
    fn the_same_work_is_done_where_there_is_no_password() {
        let stored = hash("correct horse").expect("a hash");
        let real = Comparison::with(Some(&stored)).expect("a hash");
        assert!(real.is_real);
        for without in [None, Some("-"), Some(""), Some("$argon2id$v=19$m=1")] {
            let nobodys = Comparison::with(without).expect("a hash");
            assert_eq!(nobodys.params, real.params, "{without:?}");
            assert_eq!(nobodys.fits("nobody"), Some(false), "{without:?}");
        }
    }
}
