//! The backend as a port: the trait that the server functions call and the server implements.

use crate::accounts::{
    AccountsAnswer, AccountsRequest, ChangeAnswer, ChangeRequest, DataKeyAnswer, DataKeyRequest,
    EndSessionRequest, FileAnswer, ImportRequest, InvitationAnswer, OpenAnswer, OpenRequest,
    PlaceLine, PlacesRequest, SessionLine, SessionsRequest,
};
use crate::sign_up::{Area, SignUpRequest};
use crate::trail::{TrailAnswer, TrailRequest};
use crate::{
    ApiError, BrowseAnswer, BrowseRequest, DesignationsAnswer, DesignationsRequest, FaultReport,
    FiguresAnswer, FiguresRequest, InstallationAnswer, InstallationRequest, LoadAnswer,
    LoadRequest, Profile,
};
use async_trait::async_trait;
use domain::UserId;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use sync::wire;

/// The backend as the server functions find it in their context.
pub type SharedBackend = Arc<dyn Backend>;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session its cookie names, if it has one.
    pub session: Option<SessionToken>,
    /// What its other cookie says of earlier sign-ins on the same device.
    pub device: Option<DeviceToken>,
    /// The address it came from, for limits; never stored with what people do.
    pub ip: IpAddr,
    /// What kind of device it is, in words for people: `安卓手机 · 微信`. Nothing that tells one device from another of its kind.
    pub kind: String,
}

/// The secret of a session: 64 hexadecimal digits of 256 random bits. Never logged, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub String);

/// Shows nothing of the secret.
impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Shows that somebody has signed in on a device before, so that others' wrong passwords do not keep them out of it. It opens
/// nothing by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken(pub String);

/// Shows nothing of it.
impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(…)")
    }
}

/// The outcome of signing in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The secret for the cookie.
    pub token: SessionToken,
    /// How long the cookie lives without being used, in seconds.
    pub max_age_s: i64,
    /// What shows next time that somebody has signed in on this device, and how long it does, in seconds.
    pub device: (DeviceToken, i64),
    /// Who it is.
    pub profile: Profile,
}

/// What the server can do.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Checks a phone number and a password and starts a session.
    async fn sign_in(
        &self,
        caller: &Caller,
        phone: &str,
        password: &str,
    ) -> Result<SignedIn, ApiError>;

    /// Opens an account for somebody whose organization is not here yet; says nothing of whether the number had one.
    async fn sign_up(&self, caller: &Caller, request: SignUpRequest) -> Result<(), ApiError>;

    /// The cities and counties of the province.
    async fn areas(&self, caller: &Caller) -> Result<Vec<Area>, ApiError>;

    /// Ends the caller's session; nothing happens if there is none.
    async fn sign_out(&self, caller: &Caller) -> Result<(), ApiError>;

    /// Who the caller is.
    async fn me(&self, caller: &Caller) -> Result<Profile, ApiError>;

    /// One round trip of synchronisation.
    async fn exchange(
        &self,
        caller: &Caller,
        request: wire::ExchangeRequest,
    ) -> Result<wire::ExchangeAnswer, ApiError>;

    /// Needs, page by page.
    async fn browse(
        &self,
        caller: &Caller,
        request: BrowseRequest,
    ) -> Result<BrowseAnswer, ApiError>;

    /// Numbers of a region and of those below it.
    async fn figures(
        &self,
        caller: &Caller,
        request: FiguresRequest,
    ) -> Result<FiguresAnswer, ApiError>;

    /// Which lists of designations there are in a region, for officers and administrators.
    async fn designations(
        &self,
        caller: &Caller,
        request: DesignationsRequest,
    ) -> Result<DesignationsAnswer, ApiError>;

    /// Reads a list of designations and says what loading it would change; with the difference the person has seen, it is applied.
    async fn load_designations(
        &self,
        caller: &Caller,
        request: LoadRequest,
    ) -> Result<LoadAnswer, ApiError>;

    /// Reads a table of regions and says what loading it would change; with the difference the administrator has seen, it is applied.
    async fn load_regions(
        &self,
        caller: &Caller,
        request: LoadRequest,
    ) -> Result<LoadAnswer, ApiError>;

    /// The state of the installation, for administrators.
    async fn installation(
        &self,
        caller: &Caller,
        request: InstallationRequest,
    ) -> Result<InstallationAnswer, ApiError>;
    /// The audit trail, page by page.
    async fn trail(&self, caller: &Caller, request: TrailRequest) -> Result<TrailAnswer, ApiError>;

    /// Takes note of a fault of the page; anybody may tell, a few times an hour.
    async fn report_fault(&self, caller: &Caller, report: FaultReport) -> Result<(), ApiError>;

    /// The accounts that the caller looks after.
    async fn accounts(
        &self,
        caller: &Caller,
        request: AccountsRequest,
    ) -> Result<AccountsAnswer, ApiError>;

    /// Opens accounts, all or none.
    async fn open_accounts(
        &self,
        caller: &Caller,
        request: OpenRequest,
    ) -> Result<OpenAnswer, ApiError>;

    /// Reads a table of accounts, or opens those that are fine.
    async fn import_accounts(
        &self,
        caller: &Caller,
        request: ImportRequest,
    ) -> Result<OpenAnswer, ApiError>;

    /// The empty table that the caller fills in.
    async fn account_template(&self, caller: &Caller, user: UserId)
    -> Result<FileAnswer, ApiError>;

    /// The places in a region.
    async fn account_places(
        &self,
        caller: &Caller,
        request: PlacesRequest,
    ) -> Result<Vec<PlaceLine>, ApiError>;

    /// Changes an account.
    async fn change_account(
        &self,
        caller: &Caller,
        request: ChangeRequest,
    ) -> Result<ChangeAnswer, ApiError>;

    /// Whom an invitation is for; anybody who has its code may know, a few times an hour.
    async fn invitation(&self, caller: &Caller, code: &str) -> Result<InvitationAnswer, ApiError>;

    /// Uses an invitation and starts a session.
    async fn accept_invitation(
        &self,
        caller: &Caller,
        code: &str,
        password: &str,
    ) -> Result<SignedIn, ApiError>;

    /// Where somebody is signed in: the caller, or somebody whom they look after.
    async fn sessions(
        &self,
        caller: &Caller,
        request: SessionsRequest,
    ) -> Result<Vec<SessionLine>, ApiError>;

    /// The key of the caller's data on one device, for their password.
    async fn data_key(
        &self,
        caller: &Caller,
        request: DataKeyRequest,
    ) -> Result<DataKeyAnswer, ApiError>;

    /// Ends the caller's own sessions.
    async fn end_session(
        &self,
        caller: &Caller,
        request: EndSessionRequest,
    ) -> Result<Vec<SessionLine>, ApiError>;

    /// Whether cookies may travel over HTTPS only.
    fn secure_cookies(&self) -> bool;
}
