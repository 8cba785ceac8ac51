//! What the server is asked about accounts. All of it needs a network: who looks after accounts keeps none of them on the device.

use crate::desk::Desk;
use crate::device::http::call;
use api::accounts::{
    AccountChange, AccountsAnswer, AccountsRequest, ChangeAnswer, ChangeRequest, FileAnswer,
    ImportRequest, OpenAnswer, OpenRequest, PlaceLine, PlacesRequest, SessionLine, SessionsRequest,
};
use api::{AccountTemplate, ApiError};
use domain::accounts::Opening;
use domain::{RegionCode, UserId};

pub(super) async fn accounts(
    desk: Desk,
    request: AccountsRequest,
) -> Result<AccountsAnswer, ApiError> {
    let user = Some(desk.actor().user);
    call(api::ACCOUNTS_PATH, &AccountsRequest { user, ..request }).await
}

pub(super) async fn open(desk: Desk, opening: Opening) -> Result<OpenAnswer, ApiError> {
    let request = OpenRequest {
        user: desk.actor().user,
        accounts: vec![opening],
    };
    call(api::OPEN_ACCOUNTS_PATH, &request).await
}

pub(super) async fn import(
    desk: Desk,
    file: String,
    open: Option<u32>,
) -> Result<OpenAnswer, ApiError> {
    let request = ImportRequest {
        user: desk.actor().user,
        file,
        open,
    };
    call(api::IMPORT_ACCOUNTS_PATH, &request).await
}

pub(super) async fn template(desk: Desk) -> Result<FileAnswer, ApiError> {
    let user = desk.actor().user;
    call(api::ACCOUNT_TEMPLATE_PATH, &AccountTemplate { user }).await
}

pub(super) async fn places(
    desk: Desk,
    region: Option<RegionCode>,
) -> Result<Vec<PlaceLine>, ApiError> {
    let user = desk.actor().user;
    call(api::ACCOUNT_PLACES_PATH, &PlacesRequest { user, region }).await
}

pub(super) async fn change(
    desk: Desk,
    account: UserId,
    change: AccountChange,
) -> Result<ChangeAnswer, ApiError> {
    let request = ChangeRequest {
        user: desk.actor().user,
        account,
        change,
    };
    call(api::CHANGE_ACCOUNT_PATH, &request).await
}

pub(super) async fn sessions(desk: Desk, account: UserId) -> Result<Vec<SessionLine>, ApiError> {
    let request = SessionsRequest {
        user: desk.actor().user,
        account: Some(account),
    };
    call(api::SESSIONS_PATH, &request).await
}

/// What went wrong, and what to do about it.
pub(super) fn trouble(error: &ApiError) -> String {
    match error {
        ApiError::Offline { .. } => {
            "这里要联网才能办，现在连不上服务器。填的内容还在，有网时再点一次。".to_owned()
        }
        error => format!("{}{}", error.message(), error.action()),
    }
}
