//! Sessions: opaque random secrets in a cookie, stored as hashes.

use crate::backend::StorageBackend;
use crate::cache::Account;
use crate::group_commit::{Write, Writer};
use crate::ports::Random;
use crate::storage::accounts::StoredSession;
use api::{ApiError, Caller, SessionToken};
use domain::{Millis, UserId};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How long a session lives without being used: 30 days, so that a village cadre signs in rarely.
pub const IDLE_MS: i64 = 30 * 24 * 3_600_000;
/// A session is extended at most this often, since each extension costs a commit (sliding expiration).
const TOUCH_EVERY_MS: i64 = 24 * 3_600_000;

/// What is stored of a session's secret.
#[must_use]
pub fn digest(token: &SessionToken) -> [u8; 32] {
    Sha256::digest(token.0.as_bytes()).into()
}

/// A new secret: 256 random bits in hexadecimal.
pub fn new_token(random: &dyn Random) -> SessionToken {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    SessionToken(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// Puts a new session into the database; the one it takes the place of ends. With the hash that a password was verified against it is
/// refused if that is not the account's any more.
pub(crate) async fn start(
    writer: &Writer,
    random: &dyn Random,
    user: UserId,
    now: Millis,
    replaces: Option<&SessionToken>,
    device: &str,
    password: Option<String>,
) -> Result<SessionToken, ApiError> {
    let token = new_token(random);
    let write = Write::StartSession {
        token: digest(&token),
        user,
        expires_at: now.plus(IDLE_MS),
        replaces: replaces.map(digest),
        device: device.to_owned(),
        password,
    };
    let started = writer.write_if(write).await;
    if !started.map_err(|e| crate::backend::unavailable(&e))? {
        return Err(ApiError::WrongCredentials);
    }
    Ok(token)
}

/// What kind of device and browser a user agent names, in words for people. Versions and models are left out: they would tell one
/// device from another, and nobody needs that here.
#[must_use]
pub fn device_words(agent: &str) -> String {
    const SYSTEMS: [(&str, &str); 8] = [
        ("HarmonyOS", "鸿蒙手机"),
        ("Android", "安卓手机"),
        ("iPhone", "苹果手机"),
        ("iPad", "苹果平板"),
        ("Windows", "Windows 电脑"),
        ("Macintosh", "苹果电脑"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux 电脑"),
    ];
    const BROWSERS: [(&str, &str); 12] = [
        ("wxwork", "企业微信"),
        ("MicroMessenger", "微信"),
        ("DingTalk", "钉钉"),
        ("MiuiBrowser", "小米浏览器"),
        ("HuaweiBrowser", "华为浏览器"),
        ("VivoBrowser", "vivo 浏览器"),
        ("HeyTapBrowser", "OPPO 浏览器"),
        ("MQQBrowser", "QQ 浏览器"),
        ("UCBrowser", "UC 浏览器"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let system = named(&SYSTEMS).unwrap_or("其他设备");
    let browser = named(&BROWSERS).or_else(|| agent.contains("Safari").then_some("Safari"));
    browser.map_or_else(
        || system.to_owned(),
        |browser| format!("{system} · {browser}"),
    )
}

impl StorageBackend {
    /// The account of the caller's session; `SignedOut` without a valid session, or if the account was deactivated.
    pub async fn authenticate(&self, caller: &Caller) -> Result<Arc<Account>, ApiError> {
        #[cfg(feature = "bench")]
        if let Some(account) = self.bench_account() {
            return Ok(account);
        }
        let token = digest(caller.session.as_ref().ok_or(ApiError::SignedOut)?);
        let session = self.live_session(token).await?;
        if let Some(account) = self.cache.account(session.user) {
            return Ok(account);
        }
        let reading = self.cache.reading();
        let stored = self
            .storage
            .account(session.user)
            .await
            .map_err(|e| crate::backend::unavailable(&e))?;
        let stored = stored.filter(|a| a.active).ok_or(ApiError::SignedOut)?;
        Ok(self.cache.keep_account(Account::new(stored.actor), reading))
    }

    async fn live_session(&self, token: [u8; 32]) -> Result<StoredSession, ApiError> {
        let now = self.clock.now();
        let session = match self.cache.session(&token) {
            Some(session) => session,
            None => {
                let reading = self.cache.reading();
                let stored = self
                    .storage
                    .session(&token)
                    .await
                    .map_err(|e| crate::backend::unavailable(&e))?;
                let session = stored.ok_or(ApiError::SignedOut)?;
                self.cache.keep_session(token, session, reading);
                session
            }
        };
        if session.expires_at <= now {
            return Err(ApiError::SignedOut);
        }
        if now.since(session.touched_at) >= TOUCH_EVERY_MS {
            let expires_at = now.plus(IDLE_MS);
            let reading = self.cache.reading();
            let touch = Write::TouchSession { token, expires_at };
            self.writer
                .write(touch)
                .await
                .map_err(|e| crate::backend::unavailable(&e))?;
            self.cache.keep_session(
                token,
                StoredSession {
                    touched_at: now,
                    expires_at,
                    ..session
                },
                reading,
            );
        }
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use super::device_words;

    #[test]
    fn a_device_is_told_by_its_kind_and_nothing_else() {
        for (agent, words) in [
            (
                "Mozilla/5.0 (Linux; Android 12; M2007J17C Build/SKQ1; wv) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.48",
                "安卓手机 · 微信",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Version/16.6 Mobile/15E148 Safari/604.1",
                "苹果手机 · Safari",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36 Edg/124.0",
                "Windows 电脑 · Edge",
            ),
            ("curl/8.5.0", "其他设备"),
            ("", "其他设备"),
        ] {
            assert_eq!(device_words(agent), words);
        }
    }
}
