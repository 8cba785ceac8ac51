//! Invitations. A code has forty random bits and is kept as a slow hash under a key of this installation, so that who has read the database
//! does not find the codes of open invitations; guessing over the network is bounded for each network.

use crate::backend::{StorageBackend, unavailable};
use crate::devices;
use crate::group_commit::{AccountChange, Write};
use crate::networks::network_of;
use crate::rate_limit::RateLimit;
use crate::sessions;
use crate::storage::accounts::{NO_PASSWORD, NewAccount, StoredAccount, StoredInvitation};
use api::accounts::{InvitationAnswer, Slip};
use api::{ApiError, Caller, SignedIn};
use domain::accounts::{INVITATION_MS, Opening, OpeningFault, code, password, role_line};
use domain::trail::TERMINAL;
use domain::{Millis, UserId};
use std::net::IpAddr;

/// Wrong codes from one network: twenty, then one every minute. A township office may share one address.
const CODES_PER_NETWORK: (u32, i64) = (20, 60_000);
/// Invitations that one account issues: a county with all its villages twice over, then one every ten seconds.
const ISSUED: (u32, i64) = (2_000, 10_000);
/// New invitations to one account: ten, then one every hour.
const ISSUED_AGAIN: (u32, i64) = (10, 3_600_000);

/// Limits on invitations, in memory of this process.
#[derive(Debug)]
pub(crate) struct InvitationLimits {
    codes: RateLimit<IpAddr>,
    issued: RateLimit<UserId>,
    issued_again: RateLimit<UserId>,
}

impl Default for InvitationLimits {
    fn default() -> Self {
        Self {
            codes: RateLimit::new(CODES_PER_NETWORK.0, CODES_PER_NETWORK.1),
            issued: RateLimit::new(ISSUED.0, ISSUED.1),
            issued_again: RateLimit::new(ISSUED_AGAIN.0, ISSUED_AGAIN.1),
        }
    }
}

impl InvitationLimits {
    /// So many invitations were made ready and not issued.
    pub(super) fn were_not_issued(&self, by: UserId, how_many: usize) {
        for _ in 0..how_many {
            self.issued.give_back(&by);
        }
    }
}

/// Why an account is not opened from the terminal.
#[derive(Debug, thiserror::Error)]
pub enum OpeningRefused {
    /// What was typed.
    #[error(transparent)]
    Fault(#[from] OpeningFault),
    /// The number has an account.
    #[error("this phone number has an account already")]
    Taken,
    /// The server.
    #[error(transparent)]
    Failed(#[from] ApiError),
}

/// The salt of the codes' hashes: the same for all, since an invitation is found by its code, and secret, since it comes from a key.
pub(crate) fn code_salt(devices: &devices::Devices) -> [u8; 32] {
    devices.derived(b"codes of invitations")
}

fn waits(retry_after_s: u64) -> ApiError {
    ApiError::TooManyAttempts { retry_after_s }
}

impl StorageBackend {
    /// New codes with their hashes, in the order of these accounts.
    pub(super) async fn new_invitations(
        &self,
        by: UserId,
        accounts: &[NewAccount],
    ) -> Result<Vec<(StoredInvitation, Slip)>, ApiError> {
        let now = self.clock.now();
        for taken in 0..accounts.len() {
            let issued = self.invitation_limits.issued.take(by, now);
            issued.map_err(|retry_after_s| {
                self.invitation_limits.were_not_issued(by, taken);
                waits(retry_after_s)
            })?;
        }
        let codes: Vec<String> = accounts
            .iter()
            .map(|_| {
                let mut bytes = [0; code::LENGTH];
                self.random.fill(&mut bytes);
                code::made_of(bytes)
            })
            .collect();
        let hashes = self.passwords.slow_hashes(&codes, self.code_salt).await?;
        let until = now.plus(INVITATION_MS);
        let both = accounts.iter().zip(codes).zip(hashes);
        Ok(both
            .map(|((account, code), hash)| {
                let user = account.actor.user;
                let stored = StoredInvitation {
                    user,
                    code: hash,
                    issuer: by,
                    issued_at: now,
                    expires_at: until,
                };
                let slip = Slip {
                    user,
                    name: account.actor.name.clone(),
                    phone: account.phone.clone(),
                    place: role_line(&account.actor.role),
                    code: code::shown(&code),
                    until,
                };
                (stored, slip)
            })
            .collect())
    }

    /// Opens an account with an invitation whose code is known: for the demonstration.
    pub(crate) async fn open_with(
        &self,
        account: NewAccount,
        code: &str,
    ) -> Result<(), crate::storage::StorageError> {
        let codes = [code.to_owned()];
        let hashes = self.passwords.slow_hashes(&codes, self.code_salt).await;
        let now = self.clock.now();
        let invitations = hashes
            .unwrap_or_default()
            .into_iter()
            .map(|hash| StoredInvitation {
                user: account.actor.user,
                code: hash,
                issuer: account.actor.user,
                issued_at: now,
                expires_at: now.plus(INVITATION_MS),
            });
        let write = Write::OpenAccounts {
            by: account.actor.user,
            invitations: invitations.collect(),
            accounts: vec![account],
        };
        self.write(write).await
    }

    /// An invitation from the server's own terminal: the account's password and sessions end.
    pub async fn invite_from_terminal(&self, phone: &str) -> Result<Option<Slip>, ApiError> {
        let stored = self.storage.account_by_phone(phone).await;
        let Some(stored) = stored.map_err(|e| unavailable(&e))? else {
            return Ok(None);
        };
        let by = TERMINAL;
        let mut account = NewAccount::from(stored);
        account.active = true;
        let (invitation, slip) = self.invite_again(by, &account).await?;
        let write = Write::ChangeAccount {
            by,
            command: "Invite",
            user: account.actor.user,
            post: None,
            change: AccountChange::Invite(invitation),
        };
        let done = self.writer.write_if(write).await;
        let done = done.map_err(|e| unavailable(&e))?;
        Ok(done.then_some(slip))
    }

    /// Opens a bureau's account from the server's own terminal, with an invitation.
    pub async fn open_bureau_from_terminal(
        &self,
        opening: Opening,
    ) -> Result<Slip, OpeningRefused> {
        let name = domain::accounts::name(&opening.name)?;
        let phone = domain::accounts::phone(&opening.phone)?;
        let names = self.names(std::slice::from_ref(&opening.post)).await?;
        let (role, serves) = names.role(&opening.post)?;
        let mut id = [0; 16];
        self.random.fill(&mut id);
        let user = UserId::from_random(id);
        let account = NewAccount {
            phone,
            password: NO_PASSWORD.to_owned(),
            actor: domain::accounts::actor(user, name, role, &serves),
            active: true,
            creator: None,
        };
        let accounts = vec![account];
        let made = self.new_invitations(TERMINAL, &accounts).await?;
        let (invitations, slips): (Vec<_>, Vec<_>) = made.into_iter().unzip();
        let write = Write::OpenAccounts {
            by: TERMINAL,
            accounts,
            invitations,
        };
        let done = self.writer.write_if(write).await;
        if !done.map_err(|e| unavailable(&e))? {
            return Err(OpeningRefused::Taken);
        }
        let slip = slips.into_iter().next();
        slip.ok_or(OpeningRefused::Failed(ApiError::Fault))
    }

    /// A new invitation to an account that is there.
    pub(super) async fn invite_again(
        &self,
        by: UserId,
        account: &NewAccount,
    ) -> Result<(StoredInvitation, Slip), ApiError> {
        self.invitation_limits
            .issued_again
            .take(account.actor.user, self.clock.now())
            .map_err(waits)?;
        let made = self
            .new_invitations(by, std::slice::from_ref(account))
            .await?;
        made.into_iter().next().ok_or(ApiError::Fault)
    }

    /// The invitation that has this code, with the account it is to. What is no code, or nobody's, counts as an attempt.
    async fn invited(
        &self,
        caller: &Caller,
        typed: &str,
    ) -> Result<(StoredInvitation, StoredAccount), ApiError> {
        let now = self.clock.now();
        let network = network_of(caller.ip);
        self.invitation_limits
            .codes
            .take(network, now)
            .map_err(waits)?;
        let found = self.found_invitation(typed, now).await;
        // Only a wrong code costs an attempt: not a right one, nor a fault of the server.
        if !matches!(found, Err(ApiError::NoInvitation)) {
            self.invitation_limits.codes.give_back(&network);
        }
        found
    }

    async fn found_invitation(
        &self,
        typed: &str,
        now: Millis,
    ) -> Result<(StoredInvitation, StoredAccount), ApiError> {
        let code = code::read(typed).map_err(|_| ApiError::NoInvitation)?;
        let hashes = self.passwords.slow_hashes(&[code], self.code_salt).await?;
        let hash = hashes.first().ok_or(ApiError::Fault)?;
        let found = self.storage.invitation(hash).await;
        let found = found.map_err(|e| unavailable(&e))?;
        let invitation = found
            .filter(|invitation| invitation.expires_at > now)
            .ok_or(ApiError::NoInvitation)?;
        let account = self.storage.account(invitation.user).await;
        let account = account.map_err(|e| unavailable(&e))?;
        let account = account
            .filter(|account| account.active)
            .ok_or(ApiError::NoInvitation)?;
        Ok((invitation, account))
    }

    /// Whom an invitation is for.
    pub(crate) async fn look_up_invitation(
        &self,
        caller: &Caller,
        code: &str,
    ) -> Result<InvitationAnswer, ApiError> {
        let (invitation, account) = self.invited(caller, code).await?;
        let from = account.phone.len().saturating_sub(4);
        Ok(InvitationAnswer {
            name: account.actor.name,
            place: role_line(&account.actor.role),
            phone_end: account.phone.get(from..).unwrap_or_default().to_owned(),
            until: invitation.expires_at,
        })
    }

    /// Uses an invitation up: the account gets this password, and a session begins.
    pub(crate) async fn use_invitation(
        &self,
        caller: &Caller,
        code: &str,
        chosen: &str,
    ) -> Result<SignedIn, ApiError> {
        let (invitation, stored) = self.invited(caller, code).await?;
        password::check(chosen, &stored.phone).map_err(|_| ApiError::WeakPassword)?;
        let password = self.passwords.hash(chosen).await?;
        let token = sessions::new_token(&*self.random);
        let now: Millis = self.clock.now();
        let StoredAccount { phone, actor, .. } = stored;
        let write = Write::AcceptInvitation {
            code: invitation.code,
            user: invitation.user,
            password,
            token: sessions::digest(&token),
            expires_at: now.plus(sessions::IDLE_MS),
            device: caller.kind.clone(),
        };
        let done = self.writer.write_if(write).await;
        if !done.map_err(|e| unavailable(&e))? {
            return Err(ApiError::NoInvitation);
        }
        tracing::info!(user = %actor.user, "an invitation was used");
        Ok(self.signed_in(caller, &phone, token, actor))
    }
}
