//! The keys of data that a PIN seals on a device. The server reads these data anyway; it keeps their key so that who has forgotten the PIN, or
//! has tried too many, gets at their unsent work again with their password.

use crate::backend::{StorageBackend, unavailable};
use crate::group_commit::Write;
use crate::sign_in_limits::Attempt;
use api::accounts::{DataKeyAnswer, DataKeyRequest};
use api::{ApiError, Caller};

/// How many hexadecimal digits a device's name has.
const DEVICE_DIGITS: usize = 32;

impl StorageBackend {
    /// The key of the caller's data on one device, for their password: a session alone may lie on a device that somebody else holds.
    pub(crate) async fn give_data_key(
        &self,
        caller: &Caller,
        request: DataKeyRequest,
    ) -> Result<DataKeyAnswer, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, Some(request.user))?;
        let device = request.device;
        if device.len() != DEVICE_DIGITS || !device.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ApiError::Malformed {
                detail: "`device` must have 32 hexadecimal digits".to_owned(),
            });
        }
        let user = account.actor.user;
        let stored = self.storage.account(user).await;
        let stored = stored.map_err(|e| unavailable(&e))?;
        let stored = stored.ok_or(ApiError::SignedOut)?;
        // Guessed as often as at the sign-in, and counted there.
        let attempt = Attempt {
            phone: &stored.phone,
            from: caller.ip,
            device: self.devices.known(&stored.phone, caller.device.as_ref()),
        };
        let limits = &self.limits_on_signing_in;
        let admitted = limits
            .admit(attempt, self.clock.now())
            .map_err(|retry_after_s| ApiError::TooManyAttempts { retry_after_s })?;
        let fits = self
            .passwords
            .verify(&request.password, Some(&stored.password))
            .await?;
        if !fits {
            return Err(ApiError::WrongCredentials);
        }
        limits.give_back(attempt, &admitted);
        let found = self.storage.data_key(user, &device).await;
        let key = match found.map_err(|e| unavailable(&e))? {
            Some(key) => key,
            None => {
                let mut key = [0; 32];
                self.random.fill(&mut key);
                let write = Write::PutDataKey {
                    user,
                    device: device.clone(),
                    key,
                };
                let done = self.writer.write(write).await;
                done.map_err(|e| unavailable(&e))?;
                // Another request may have been faster: what is stored counts.
                let found = self.storage.data_key(user, &device).await;
                found.map_err(|e| unavailable(&e))?.ok_or(ApiError::Fault)?
            }
        };
        Ok(DataKeyAnswer {
            key: key.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }
}
