//! Accounts from above: who is listed for whom, opening, inviting, moving and closing. Who looks after whom is a rule:
//! `domain::accounts::may_look_after`. Everything here asks it, for lists and for each single account.

/// The keys of sealed data on devices.
mod data_keys;
/// Invitations: their codes, how they are kept and used.
mod invitations;
/// The names that a new account's role carries.
mod names;
/// How many phone numbers an account may ask about.
mod number_limits;
/// Accounts to open: what is wrong with which, and opening those that are fine.
mod opening;
/// Who is signed in where.
mod sessions;
/// Tables of accounts as .xlsx files.
pub mod table;

pub use invitations::OpeningRefused;
pub(crate) use invitations::{InvitationLimits, code_salt};
pub(crate) use number_limits::NumberLimits;

use crate::backend::{StorageBackend, unavailable};
use crate::cache::Account;
use crate::group_commit::{AccountChange as Changed, Write};
use crate::storage::StorageError;
use crate::storage::accounts::{AccountQuery, ListedAccount, NewAccount, StoredAccount};
use api::accounts::{
    AccountChange, AccountLine, AccountsAnswer, AccountsRequest, ChangeAnswer, ChangeRequest,
    FileAnswer, PlaceLine, PlacesRequest,
};
use api::{ApiError, Caller};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::accounts::{Post, below, looks_after_some, may_look_after, may_move};
use domain::{Level, Organization, RegionCode, Role, UserId};
use std::sync::Arc;

/// How many accounts a page holds unless the caller wants fewer.
const PAGE: u32 = 50;
/// How many words a search looks for; the rest is ignored.
const MAX_WORDS: usize = 8;

impl StorageBackend {
    /// The caller, who looks after accounts.
    async fn above(&self, caller: &Caller, user: Option<UserId>) -> Result<Arc<Account>, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, user)?;
        if !looks_after_some(&account.actor.role) {
            return Err(ApiError::Forbidden);
        }
        Ok(account)
    }

    /// One page of the accounts that the caller looks after.
    pub(crate) async fn list_accounts(
        &self,
        caller: &Caller,
        request: AccountsRequest,
    ) -> Result<AccountsAnswer, ApiError> {
        let above = self.above(caller, request.user).await?;
        let limit = request.limit.unwrap_or(PAGE).clamp(1, 100);
        let after = request.after.as_deref().map(position).transpose()?;
        let words = domain::text::words(&request.text);
        let query = AccountQuery {
            below: below(&above.actor.role),
            account: request.account,
            inside: request.region,
            kind: request.kind,
            state: request.state,
            words: words.into_iter().take(MAX_WORDS).collect(),
            after,
            now: self.clock.now(),
            // One more than the page holds tells that there is another page.
            limit: i64::from(limit) + 1,
        };
        let found = self.storage.accounts(&query).await;
        let mut found = found.map_err(|e| unavailable(&e))?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| format!("{}/{}", last.region, last.account.actor.user));
        Ok(AccountsAnswer {
            accounts: found.into_iter().map(|one| self.line(one)).collect(),
            next,
        })
    }

    fn line(&self, listed: ListedAccount) -> AccountLine {
        let state = listed.state(self.clock.now());
        let StoredAccount { phone, actor, .. } = listed.account;
        AccountLine {
            user: actor.user,
            name: actor.name,
            // The number of a closed account may be somebody else's by now; behind it stands whose it was.
            phone: phone.split('/').next().unwrap_or_default().to_owned(),
            role: actor.role,
            state,
            invited_until: listed.invited_until,
            seen_at: listed.seen_at,
        }
    }

    /// An account that this person looks after. Whether another one exists is not told.
    async fn in_hands(&self, above: &Account, user: UserId) -> Result<StoredAccount, ApiError> {
        let stored = self.storage.account(user).await;
        let stored = stored.map_err(|e| unavailable(&e))?;
        let stored = stored.ok_or(ApiError::Forbidden)?;
        let post = Post::of(&stored.actor.role);
        let registered_in = self.registered_in(&post).await?;
        if !may_look_after(&above.actor.role, &post, registered_in) {
            return Err(ApiError::Forbidden);
        }
        Ok(stored)
    }

    /// Where the organization of a member is registered; none for everybody else.
    async fn registered_in(&self, post: &Post) -> Result<Option<RegionCode>, ApiError> {
        let Post::Member { org, .. } = post else {
            return Ok(None);
        };
        let organization = self.organization(&org.to_string()).await?;
        Ok(organization.map(|organization| organization.registered_in))
    }

    async fn organization(&self, code: &str) -> Result<Option<Organization>, ApiError> {
        let trail = self.storage.kept_trail("organization", code).await;
        let body = trail.map_err(|e| unavailable(&e))?.body;
        let read = body.map(|body| domain::text::read_json(&body)).transpose();
        read.map_err(|_| ApiError::Fault)
    }

    /// Changes an account that the caller looks after.
    pub(crate) async fn change(
        &self,
        caller: &Caller,
        request: ChangeRequest,
    ) -> Result<ChangeAnswer, ApiError> {
        let above = self.above(caller, Some(request.user)).await?;
        let stored = self.in_hands(&above, request.account).await?;
        let by = above.actor.user;
        if !stored.active && request.change != AccountChange::Invite {
            return Err(ApiError::Forbidden);
        }
        let own = Post::of(&stored.actor.role);
        let user = request.account;
        let mut slip = None;
        let change = |command, change| Write::ChangeAccount {
            by,
            command,
            user,
            post: Some(own.clone()),
            change,
        };
        let write = match request.change {
            AccountChange::Invite => {
                let mut account = NewAccount::from(stored);
                if !account.active {
                    self.reopen(&mut account).await?;
                }
                let (invitation, told) = self.invite_again(by, &account).await?;
                slip = Some(told);
                change("Invite", Changed::Invite(invitation))
            }
            AccountChange::Move(post) => {
                let registered_in = self.registered_in(&post).await?;
                if !may_move(&above.actor.role, &own, &post, registered_in) {
                    return Err(ApiError::Forbidden);
                }
                let names = self.names(std::slice::from_ref(&post)).await?;
                let (role, serves) = names.role(&post).map_err(|_| ApiError::NotFound)?;
                change("MoveAccount", Changed::Move(Box::new(role), serves))
            }
            AccountChange::Rename(name) => {
                let name = domain::accounts::name(&name).map_err(|fault| ApiError::Malformed {
                    detail: format!("the name: {fault:?}"),
                })?;
                change("RenameAccount", Changed::Rename(name))
            }
            AccountChange::Close => change("CloseAccount", Changed::Close),
            AccountChange::EndSessions => self.ends(by, user, None).await?,
            AccountChange::EndSession(id) => self.ends(by, user, Some(&id)).await?,
        };
        let done = self.writer.write_if(write).await;
        if !done.map_err(|e| unavailable(&e))? {
            // Somebody else has closed or moved it meanwhile, or its number is somebody else's by now.
            return Err(ApiError::Forbidden);
        }
        let account = self.one_line(&above.actor.role, user).await?;
        Ok(ChangeAnswer { account, slip })
    }

    /// A closed account is opened again under its number, unless somebody else has that by now.
    async fn reopen(&self, account: &mut NewAccount) -> Result<(), ApiError> {
        let phone = account.phone.split('/').next().unwrap_or_default();
        let there = self.storage.account_by_phone(phone).await;
        let there = there.map_err(|e| unavailable(&e))?;
        let others = there.filter(|other| other.actor.user != account.actor.user);
        if let Some(other) = others
            && self.keeps_number(&other).await?
        {
            return Err(ApiError::Forbidden);
        }
        account.phone = phone.to_owned();
        account.active = true;
        Ok(())
    }

    /// Whether an account keeps its number from somebody who is entered from above: not if it is closed, and not if somebody has only
    /// signed up with it and applied for no organization.
    async fn keeps_number(&self, account: &StoredAccount) -> Result<bool, ApiError> {
        if !account.active || account.actor.role != Role::Applicant {
            return Ok(account.active);
        }
        let applied = async {
            let mut transaction = self.storage.begin().await?;
            let applied = transaction.has_applied(account.actor.user).await?;
            transaction.roll_back().await?;
            Ok(applied)
        };
        applied.await.map_err(|e: StorageError| unavailable(&e))
    }

    async fn one_line(&self, above: &Role, user: UserId) -> Result<AccountLine, ApiError> {
        let query = AccountQuery {
            below: below(above),
            account: Some(user),
            inside: None,
            kind: None,
            state: None,
            words: Vec::new(),
            after: None,
            now: self.clock.now(),
            limit: 1,
        };
        let found = self.storage.accounts(&query).await;
        let found = found.map_err(|e| unavailable(&e))?.pop();
        found.map(|one| self.line(one)).ok_or(ApiError::NotFound)
    }

    /// The empty table that the caller fills in.
    pub(crate) async fn template(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<FileAnswer, ApiError> {
        let above = self.above(caller, Some(user)).await?;
        let role = above.actor.role.clone();
        let rows = self.template_rows(&role).await?;
        let made = tokio::task::spawn_blocking(move || table::template(&role, &rows)).await;
        let bytes = made.map_err(|_| ApiError::Fault)?.map_err(|error| {
            tracing::error!(%error, "the empty table of accounts cannot be made");
            ApiError::Fault
        })?;
        Ok(FileAnswer {
            name: "乡单账号模板.xlsx".to_owned(),
            file: BASE64.encode(bytes),
        })
    }

    /// The places that the template names already: code and name.
    async fn template_rows(&self, above: &Role) -> Result<Vec<(RegionCode, String)>, ApiError> {
        let Role::Bureau { region, .. } = above else {
            return Ok(Vec::new());
        };
        let names = self.names_inside(*region, next_level(*region)).await?;
        Ok(names)
    }

    /// The places in a region for which the caller may open accounts, or that lead to such.
    pub(crate) async fn places(
        &self,
        caller: &Caller,
        request: PlacesRequest,
    ) -> Result<Vec<PlaceLine>, ApiError> {
        let above = self.above(caller, Some(request.user)).await?;
        let own = match &above.actor.role {
            Role::Bureau { region, .. } => Some(*region),
            Role::Administrator => None,
            Role::Member { .. } | Role::Applicant | Role::Village { .. } => return Ok(Vec::new()),
        };
        let (region, level) = match (request.region, own) {
            (Some(asked), Some(own)) if !own.contains(asked) => return Err(ApiError::Forbidden),
            (Some(asked), _) => (asked, next_level(asked)),
            // A county's villages are found by their town.
            (None, Some(own)) if own.level() == Level::County => (own, Level::Town),
            (None, Some(own)) => (own, next_level(own)),
            // An installation is a province's.
            (None, None) => {
                let whole = self
                    .storage
                    .regions_inside(None, Level::Province, self.clock.now().day())
                    .await;
                let whole = whole.map_err(|e| unavailable(&e))?;
                return Ok(whole.into_iter().map(place_line).collect());
            }
        };
        if level == Level::Village {
            let named = self.names_inside(region, level).await?;
            let line = |(code, name)| PlaceLine { code, name };
            return Ok(named.into_iter().map(line).collect());
        }
        let found = self
            .storage
            .regions_inside(Some(region), level, self.clock.now().day())
            .await;
        let found = found.map_err(|e| unavailable(&e))?;
        Ok(found.into_iter().map(place_line).collect())
    }
}

fn place_line(region: crate::regions::Region) -> PlaceLine {
    PlaceLine {
        code: region.code,
        name: region.name,
    }
}

/// The level of the accounts below a region's: a county's villages lie in towns, which have none.
fn next_level(region: RegionCode) -> Level {
    match region.level() {
        Level::Province => Level::City,
        Level::City => Level::County,
        Level::County | Level::Town | Level::Village => Level::Village,
    }
}

/// Reads where the last page ended: `431230104201/67e5…`.
fn position(after: &str) -> Result<(i64, String), ApiError> {
    let malformed = || ApiError::Malformed {
        detail: "`after` must be what `next` was".to_owned(),
    };
    let (region, id) = after.split_once('/').ok_or_else(malformed)?;
    Ok((region.parse().map_err(|_| malformed())?, id.to_owned()))
}
