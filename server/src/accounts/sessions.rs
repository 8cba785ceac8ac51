//! Who is signed in where: for oneself, and for the level above.

use crate::backend::{StorageBackend, unavailable};
use crate::group_commit::Write;
use crate::sessions::digest;
use crate::storage::accounts::ListedSession;
use api::accounts::{EndSessionRequest, SessionLine, SessionsRequest};
use api::{ApiError, Caller};
use domain::UserId;

impl StorageBackend {
    /// The sessions of the caller, or of somebody whom they look after.
    pub(crate) async fn list_sessions(
        &self,
        caller: &Caller,
        request: SessionsRequest,
    ) -> Result<Vec<SessionLine>, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, Some(request.user))?;
        let whose = request.account.unwrap_or(account.actor.user);
        if whose != account.actor.user {
            self.in_hands(&account, whose).await?;
        }
        let own = caller.session.as_ref().map(digest);
        let live = self.live_sessions(whose).await?;
        let line = |listed: ListedSession| SessionLine {
            id: id_of(&listed.token),
            is_this: own == Some(listed.token),
            device: listed.device,
            started_at: listed.created_at,
            seen_at: listed.session.touched_at,
        };
        Ok(live.into_iter().map(line).collect())
    }

    /// Ends one of the caller's own sessions, or all others than this one.
    pub(crate) async fn end_own_session(
        &self,
        caller: &Caller,
        request: EndSessionRequest,
    ) -> Result<Vec<SessionLine>, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, Some(request.user))?;
        let user = account.actor.user;
        let own = caller.session.as_ref().map(digest);
        let live = self.live_sessions(user).await?;
        let ends = |listed: &&ListedSession| match &request.session {
            Some(id) => id_of(&listed.token) == *id,
            None => own != Some(listed.token),
        };
        let tokens = live
            .iter()
            .filter(ends)
            .map(|listed| listed.token)
            .collect();
        let write = Write::EndSessionsOf {
            by: user,
            user,
            tokens,
        };
        let done = self.writer.write(write).await;
        done.map_err(|e| unavailable(&e))?;
        let request = SessionsRequest {
            user,
            account: None,
        };
        // Who has ended the session they ask with is told so by what follows.
        self.list_sessions(caller, request).await
    }

    /// What ends sessions of somebody: one of them, or all.
    pub(super) async fn ends(
        &self,
        by: UserId,
        user: UserId,
        id: Option<&str>,
    ) -> Result<Write, ApiError> {
        let live = self.live_sessions(user).await?;
        let tokens = live
            .iter()
            .map(|listed| listed.token)
            .filter(|token| id.is_none_or(|id| id_of(token) == id))
            .collect();
        Ok(Write::EndSessionsOf { by, user, tokens })
    }

    async fn live_sessions(&self, user: UserId) -> Result<Vec<ListedSession>, ApiError> {
        let now = self.clock.now();
        let sessions = self.storage.sessions(user).await;
        let mut sessions = sessions.map_err(|e| unavailable(&e))?;
        sessions.retain(|listed| listed.session.expires_at > now);
        Ok(sessions)
    }
}

/// A name for a session: the beginning of the hash of its secret, from which nothing follows.
fn id_of(token: &[u8; 32]) -> String {
    token[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
