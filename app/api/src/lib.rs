//! What the page and the server say to each other: functions at fixed paths, their errors, and the backend that answers.
//!
//! Every function lives under [`PREFIX`] with an endpoint that never changes: a page that was cached years ago still
//! finds it. JSON goes in and out. With feature `ssr` the functions call a `Backend` that the server puts into the
//! context; without it they are the stubs a page calls.
#![forbid(unsafe_code)]

/// Accounts from above: lists, opening, invitations, sessions.
pub mod accounts;
/// What the server can do; the bodies of the functions call it.
#[cfg(feature = "ssr")]
pub mod backend;
/// Asking for needs page by page, for those who keep no replica.
pub mod browse;
/// Lists of designations, and loading them.
pub mod designations;
/// The one error every function answers with.
pub mod error;
/// What the page tells about a fault of the program.
pub mod fault;
/// Numbers by region.
pub mod figures;
/// The server functions.
pub mod functions;
/// The state of the installation.
pub mod installation;
/// Who is signed in, and what their device keeps.
pub mod profile;
/// Signing up for an organization.
pub mod sign_up;
/// Asking for the audit trail page by page.
pub mod trail;

#[cfg(feature = "ssr")]
pub use backend::{Backend, Caller, DeviceToken, SessionToken, SharedBackend, SignedIn};
pub use browse::{BrowseAnswer, BrowseRequest, County};
pub use designations::{
    BadRow, DesignationList, DesignationsAnswer, DesignationsRequest, Difference, Differs,
    LoadAnswer, LoadRequest,
};
pub use error::ApiError;
pub use fault::FaultReport;
pub use figures::{CountedRegion, FiguresAnswer, FiguresRequest, NamedRegion, Number};
pub use functions::{
    AcceptInvitation, AccountPlaces, AccountTemplate, Accounts, Areas, Browse, ChangeAccount,
    DataKey, Designations, EndSession, Exchange, Figures, ImportAccounts, Installation, Invitation,
    LoadDesignations, LoadRegions, Me, OpenAccounts, ReportFault, Sessions, SignIn, SignOut,
    SignUp, Trail, areas, browse, designations_of, exchange, figures_of, installation,
    load_designations, load_regions, me, report_fault, sign_in, sign_out, sign_up, trail,
};
pub use installation::{
    CheckResult, InstallationAnswer, InstallationRequest, SignedInPerson, StoredFault,
};
pub use profile::Profile;
pub use sign_up::{Area, SignUpFault, SignUpRequest};

/// Where all functions live.
pub const PREFIX: &str = "/api/v1";
/// The path of signing in.
pub const SIGN_IN_PATH: &str = "/api/v1/sign_in";
/// The path of signing out.
pub const SIGN_OUT_PATH: &str = "/api/v1/sign_out";
/// The path of signing up for an organization.
pub const SIGN_UP_PATH: &str = "/api/v1/sign_up";
/// The path of asking for the cities and counties of the province.
pub const AREAS_PATH: &str = "/api/v1/areas";
/// The path of asking who is signed in.
pub const ME_PATH: &str = "/api/v1/me";
/// The path of asking for needs page by page.
pub const BROWSE_PATH: &str = "/api/v1/browse";
/// The path of asking for numbers by region.
pub const FIGURES_PATH: &str = "/api/v1/figures";
/// The path of asking which lists of designations there are.
pub const DESIGNATIONS_PATH: &str = "/api/v1/designations";
/// The path of loading a list of designations.
pub const LOAD_DESIGNATIONS_PATH: &str = "/api/v1/load_designations";
/// The path of loading the table of regions.
pub const LOAD_REGIONS_PATH: &str = "/api/v1/load_regions";
/// The path of asking for the state of the installation.
pub const INSTALLATION_PATH: &str = "/api/v1/installation";
/// The path of asking for the audit trail page by page.
pub const TRAIL_PATH: &str = "/api/v1/trail";
/// The path of the exchange.
pub const EXCHANGE_PATH: &str = "/api/v1/exchange";
/// The path of telling about a fault of the page. `boot.js` names it too: it must work when the program does not.
pub const REPORT_FAULT_PATH: &str = "/api/v1/report_fault";
/// The path of the accounts that somebody looks after.
pub const ACCOUNTS_PATH: &str = "/api/v1/accounts";
/// The path of opening accounts.
pub const OPEN_ACCOUNTS_PATH: &str = "/api/v1/open_accounts";
/// The path of reading a table of accounts.
pub const IMPORT_ACCOUNTS_PATH: &str = "/api/v1/import_accounts";
/// The path of the empty table of accounts.
pub const ACCOUNT_TEMPLATE_PATH: &str = "/api/v1/account_template";
/// The path of places to open accounts for.
pub const ACCOUNT_PLACES_PATH: &str = "/api/v1/account_places";
/// The path of changing an account.
pub const CHANGE_ACCOUNT_PATH: &str = "/api/v1/change_account";
/// The path of looking up an invitation.
pub const INVITATION_PATH: &str = "/api/v1/invitation";
/// The path of using an invitation.
pub const ACCEPT_INVITATION_PATH: &str = "/api/v1/accept_invitation";
/// The path of somebody's sessions.
pub const SESSIONS_PATH: &str = "/api/v1/sessions";
/// The path of the key of somebody's data on a device.
pub const DATA_KEY_PATH: &str = "/api/v1/data_key";
/// The path of ending one's own sessions.
pub const END_SESSION_PATH: &str = "/api/v1/end_session";
/// The path of the hints (server-sent events).
pub const HINTS_PATH: &str = "/api/v1/hints";
/// The cookie that carries the session.
pub const SESSION_COOKIE: &str = "xiangdan_session";
/// The cookie that shows that somebody has signed in on this device before.
pub const DEVICE_COOKIE: &str = "xiangdan_device";
