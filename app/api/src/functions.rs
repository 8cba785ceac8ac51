//! The server functions (remote procedure calls) that the page calls and the server answers.

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
use domain::UserId;
use leptos::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use server_fn::codec::Json;
use sync::wire;

/// Signs in with a phone number and a password; the session arrives as a cookie.
#[server(name = SignIn, prefix = "/api/v1", endpoint = "sign_in", input = Json, output = Json)]
pub async fn sign_in(
    /// The phone number, as it was typed.
    phone: String,
    /// The password.
    password: String,
) -> Result<Profile, ApiError> {
    let signed_in = context::backend()?
        .sign_in(&context::caller()?, &phone, &password)
        .await?;
    context::set_session(Some(&signed_in));
    Ok(signed_in.profile)
}

/// Opens an account for somebody whose organization is not here yet. Whether the number has an account already is not told: then
/// nothing is changed, and signing in with another password fails as it always does. The body is the request itself.
#[server(name = SignUp, prefix = "/api/v1", endpoint = "sign_up", input = Json, output = Json, input_derive = (Clone,))]
pub async fn sign_up(
    /// Who.
    request: SignUpRequest,
) -> Result<(), ApiError> {
    context::backend()?
        .sign_up(&context::caller()?, request)
        .await
}

/// The cities and counties of the province, for whoever is signed in.
#[server(name = Areas, prefix = "/api/v1", endpoint = "areas", input = Json, output = Json)]
pub async fn areas() -> Result<Vec<Area>, ApiError> {
    context::backend()?.areas(&context::caller()?).await
}

/// Ends the session on this device.
#[server(name = SignOut, prefix = "/api/v1", endpoint = "sign_out", input = Json, output = Json)]
pub async fn sign_out() -> Result<(), ApiError> {
    context::backend()?.sign_out(&context::caller()?).await?;
    context::set_session(None);
    Ok(())
}

/// Who is signed in.
#[server(name = Me, prefix = "/api/v1", endpoint = "me", input = Json, output = Json)]
pub async fn me() -> Result<Profile, ApiError> {
    context::backend()?.me(&context::caller()?).await
}

/// One round trip of synchronisation: what the device did goes up, what changed comes down. The body is the request
/// itself.
#[server(name = Exchange, prefix = "/api/v1", endpoint = "exchange", input = Json, output = Json, input_derive = (Clone,))]
pub async fn exchange(
    /// What the device has and wants.
    request: wire::ExchangeRequest,
) -> Result<wire::ExchangeAnswer, ApiError> {
    context::backend()?
        .exchange(&context::caller()?, request)
        .await
}

/// Needs, page by page, for officers whose region is too large to be kept on a device. The body is the request itself.
#[server(name = Browse, prefix = "/api/v1", endpoint = "browse", input = Json, output = Json, input_derive = (Clone,))]
pub async fn browse(
    /// Which needs.
    request: BrowseRequest,
) -> Result<BrowseAnswer, ApiError> {
    context::backend()?
        .browse(&context::caller()?, request)
        .await
}

/// How many needs, orders and organizations there are in a region and in those below it. The body is the request itself.
#[server(name = Figures, prefix = "/api/v1", endpoint = "figures", input = Json, output = Json, input_derive = (Clone,))]
pub async fn figures_of(
    /// Which region.
    request: FiguresRequest,
) -> Result<FiguresAnswer, ApiError> {
    context::backend()?
        .figures(&context::caller()?, request)
        .await
}

/// Which lists of designations there are in a region, for officers and administrators. The body is the request itself.
#[server(name = Designations, prefix = "/api/v1", endpoint = "designations", input = Json, output = Json, input_derive = (Clone,))]
pub async fn designations_of(
    /// The request.
    request: DesignationsRequest,
) -> Result<DesignationsAnswer, ApiError> {
    context::backend()?
        .designations(&context::caller()?, request)
        .await
}

/// Reads a list of designations and says what loading it would change; with the difference the person has seen, it is applied. The body is the request itself.
#[server(name = LoadDesignations, prefix = "/api/v1", endpoint = "load_designations", input = Json, output = Json, input_derive = (Clone,))]
pub async fn load_designations(
    /// The request.
    request: LoadRequest,
) -> Result<LoadAnswer, ApiError> {
    context::backend()?
        .load_designations(&context::caller()?, request)
        .await
}

/// Reads a table of regions and says what loading it would change; with the difference the administrator has seen, it is applied. The body is the request itself.
#[server(name = LoadRegions, prefix = "/api/v1", endpoint = "load_regions", input = Json, output = Json, input_derive = (Clone,))]
pub async fn load_regions(
    /// The request.
    request: LoadRequest,
) -> Result<LoadAnswer, ApiError> {
    context::backend()?
        .load_regions(&context::caller()?, request)
        .await
}

/// The state of the installation, for administrators. The body is the request itself.
#[server(name = Installation, prefix = "/api/v1", endpoint = "installation", input = Json, output = Json, input_derive = (Clone,))]
pub async fn installation(
    /// The request.
    request: InstallationRequest,
) -> Result<InstallationAnswer, ApiError> {
    context::backend()?
        .installation(&context::caller()?, request)
        .await
}

/// The audit trail, page by page, for bureaus and the administrator. The body is the request itself.
#[server(name = Trail, prefix = "/api/v1", endpoint = "trail", input = Json, output = Json, input_derive = (Clone,))]
pub async fn trail(
    /// Which entries.
    request: TrailRequest,
) -> Result<TrailAnswer, ApiError> {
    context::backend()?
        .trail(&context::caller()?, request)
        .await
}

/// Tells about a fault of the page, with the person's consent. Nobody has to be signed in: a fault can come before that. The
/// body is the report itself.
#[server(name = ReportFault, prefix = "/api/v1", endpoint = "report_fault", input = Json, output = Json, input_derive = (Clone,))]
pub async fn report_fault(
    /// What happened where.
    request: FaultReport,
) -> Result<(), ApiError> {
    context::backend()?
        .report_fault(&context::caller()?, request)
        .await
}

/// The accounts that the caller looks after, page by page.
#[server(name = Accounts, prefix = "/api/v1", endpoint = "accounts", input = Json, output = Json, input_derive = (Clone,))]
pub async fn accounts(
    /// Which ones.
    request: AccountsRequest,
) -> Result<AccountsAnswer, ApiError> {
    context::backend()?
        .accounts(&context::caller()?, request)
        .await
}

/// Opens accounts, all or none, each with an invitation.
#[server(name = OpenAccounts, prefix = "/api/v1", endpoint = "open_accounts", input = Json, output = Json, input_derive = (Clone,))]
pub async fn open_accounts(
    /// Which ones.
    request: OpenRequest,
) -> Result<OpenAnswer, ApiError> {
    context::backend()?
        .open_accounts(&context::caller()?, request)
        .await
}

/// Reads a table of accounts and says what is wrong in which row, or opens those that are fine.
#[server(name = ImportAccounts, prefix = "/api/v1", endpoint = "import_accounts", input = Json, output = Json, input_derive = (Clone,))]
pub async fn import_accounts(
    /// The table.
    request: ImportRequest,
) -> Result<OpenAnswer, ApiError> {
    context::backend()?
        .import_accounts(&context::caller()?, request)
        .await
}

/// The empty table that the caller fills in.
#[server(name = AccountTemplate, prefix = "/api/v1", endpoint = "account_template", input = Json, output = Json)]
pub async fn account_template(
    /// For whom.
    user: UserId,
) -> Result<FileAnswer, ApiError> {
    context::backend()?
        .account_template(&context::caller()?, user)
        .await
}

/// The places in a region, for whoever opens an account there.
#[server(name = AccountPlaces, prefix = "/api/v1", endpoint = "account_places", input = Json, output = Json, input_derive = (Clone,))]
pub async fn account_places(
    /// In which region.
    request: PlacesRequest,
) -> Result<Vec<PlaceLine>, ApiError> {
    context::backend()?
        .account_places(&context::caller()?, request)
        .await
}

/// Changes an account: another invitation, another post, closed, signed out.
#[server(name = ChangeAccount, prefix = "/api/v1", endpoint = "change_account", input = Json, output = Json, input_derive = (Clone,))]
pub async fn change_account(
    /// Which one, and how.
    request: ChangeRequest,
) -> Result<ChangeAnswer, ApiError> {
    context::backend()?
        .change_account(&context::caller()?, request)
        .await
}

/// Whom an invitation is for.
#[server(name = Invitation, prefix = "/api/v1", endpoint = "invitation", input = Json, output = Json)]
pub async fn invitation(
    /// The code, as it was typed.
    code: String,
) -> Result<InvitationAnswer, ApiError> {
    context::backend()?
        .invitation(&context::caller()?, &code)
        .await
}

/// Uses an invitation: the account gets this password, and its person is signed in.
#[server(name = AcceptInvitation, prefix = "/api/v1", endpoint = "accept_invitation", input = Json, output = Json)]
pub async fn accept_invitation(
    /// The code, as it was typed.
    code: String,
    /// The new password.
    password: String,
) -> Result<Profile, ApiError> {
    let signed_in = context::backend()?
        .accept_invitation(&context::caller()?, &code, &password)
        .await?;
    context::set_session(Some(&signed_in));
    Ok(signed_in.profile)
}

/// Where somebody is signed in.
#[server(name = Sessions, prefix = "/api/v1", endpoint = "sessions", input = Json, output = Json, input_derive = (Clone,))]
pub async fn sessions(
    /// Whose.
    request: SessionsRequest,
) -> Result<Vec<SessionLine>, ApiError> {
    context::backend()?
        .sessions(&context::caller()?, request)
        .await
}

/// The key of the caller's data on one device, for their password; made when it is first asked for.
#[server(name = DataKey, prefix = "/api/v1", endpoint = "data_key", input = Json, output = Json, input_derive = (Clone,))]
pub async fn data_key(
    /// Which device, and the password.
    request: DataKeyRequest,
) -> Result<DataKeyAnswer, ApiError> {
    context::backend()?
        .data_key(&context::caller()?, request)
        .await
}

/// Ends one of the caller's own sessions, or all others.
#[server(name = EndSession, prefix = "/api/v1", endpoint = "end_session", input = Json, output = Json, input_derive = (Clone,))]
pub async fn end_session(
    /// Which one.
    request: EndSessionRequest,
) -> Result<Vec<SessionLine>, ApiError> {
    context::backend()?
        .end_session(&context::caller()?, request)
        .await
}

/// A function with one argument takes it as the whole body, without a name around it.
macro_rules! body_is {
    ($function:ident, $body:ty) => {
        impl Serialize for $function {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.request.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $function {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self {
                    request: <$body>::deserialize(deserializer)?,
                })
            }
        }
    };
}
body_is!(Exchange, wire::ExchangeRequest);
body_is!(Browse, BrowseRequest);
body_is!(SignUp, SignUpRequest);
body_is!(Figures, FiguresRequest);
body_is!(Designations, DesignationsRequest);
body_is!(LoadDesignations, LoadRequest);
body_is!(LoadRegions, LoadRequest);
body_is!(Installation, InstallationRequest);
body_is!(ReportFault, FaultReport);
body_is!(Accounts, AccountsRequest);
body_is!(OpenAccounts, OpenRequest);
body_is!(ImportAccounts, ImportRequest);
body_is!(AccountPlaces, PlacesRequest);
body_is!(ChangeAccount, ChangeRequest);
body_is!(Sessions, SessionsRequest);
body_is!(EndSession, EndSessionRequest);
body_is!(DataKey, DataKeyRequest);
body_is!(Trail, TrailRequest);

/// What the server puts into the context of a call.
#[cfg(feature = "ssr")]
mod context {
    use crate::{ApiError, Caller, DEVICE_COOKIE, SESSION_COOKIE, SIGN_IN_PATH};
    use crate::{SharedBackend, SignedIn};
    use axum::http::{HeaderValue, header};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    pub(super) fn backend() -> Result<SharedBackend, ApiError> {
        use_context().ok_or(ApiError::Fault)
    }

    pub(super) fn caller() -> Result<Caller, ApiError> {
        use_context().ok_or(ApiError::Fault)
    }

    /// Where the device is known: signing in, using an invitation and asking for the key of its data.
    const DEVICE_PATH: &str = "/api/v1";

    /// Hands the session to the browser as a cookie that no script can read, or takes it away.
    pub(super) fn set_session(signed_in: Option<&SignedIn>) {
        let (Some(response), Ok(backend)) = (use_context::<ResponseOptions>(), backend()) else {
            return;
        };
        let (value, max_age_s) = signed_in.map_or(("", 0), |s| (s.token.0.as_str(), s.max_age_s));
        let secure = if backend.secure_cookies() {
            "; Secure"
        } else {
            ""
        };
        let set = |name: &str, value: &str, path: &str, max_age_s: i64| {
            let cookie = format!(
                "{name}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}"
            );
            if let Ok(mut cookie) = HeaderValue::from_str(&cookie) {
                cookie.set_sensitive(true);
                response.append_header(header::SET_COOKIE, cookie);
            }
        };
        set(SESSION_COOKIE, value, "/", max_age_s);
        if let Some(SignedIn { device, .. }) = signed_in {
            set(DEVICE_COOKIE, &device.0.0, DEVICE_PATH, device.1);
            // Earlier versions kept it for signing in alone.
            set(DEVICE_COOKIE, "", SIGN_IN_PATH, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ACCEPT_INVITATION_PATH, ACCOUNT_PLACES_PATH, ACCOUNT_TEMPLATE_PATH, ACCOUNTS_PATH,
        BROWSE_PATH, CHANGE_ACCOUNT_PATH, DATA_KEY_PATH, DESIGNATIONS_PATH, END_SESSION_PATH,
        EXCHANGE_PATH, FIGURES_PATH, IMPORT_ACCOUNTS_PATH, INSTALLATION_PATH, INVITATION_PATH,
        LOAD_DESIGNATIONS_PATH, LOAD_REGIONS_PATH, ME_PATH, OPEN_ACCOUNTS_PATH, REPORT_FAULT_PATH,
        SESSIONS_PATH, SIGN_IN_PATH, SIGN_OUT_PATH, TRAIL_PATH,
    };
    use server_fn::ServerFn;

    #[test]
    fn the_functions_are_where_pages_look_for_them() {
        assert_eq!(SignIn::PATH, SIGN_IN_PATH);
        assert_eq!(SignOut::PATH, SIGN_OUT_PATH);
        assert_eq!(SignUp::PATH, crate::SIGN_UP_PATH);
        assert_eq!(Areas::PATH, crate::AREAS_PATH);
        assert_eq!(Me::PATH, ME_PATH);
        assert_eq!(Browse::PATH, BROWSE_PATH);
        assert_eq!(Figures::PATH, FIGURES_PATH);
        assert_eq!(Designations::PATH, DESIGNATIONS_PATH);
        assert_eq!(LoadDesignations::PATH, LOAD_DESIGNATIONS_PATH);
        assert_eq!(LoadRegions::PATH, LOAD_REGIONS_PATH);
        assert_eq!(Installation::PATH, INSTALLATION_PATH);
        assert_eq!(Exchange::PATH, EXCHANGE_PATH);
        assert_eq!(ReportFault::PATH, REPORT_FAULT_PATH);
        assert_eq!(Accounts::PATH, ACCOUNTS_PATH);
        assert_eq!(OpenAccounts::PATH, OPEN_ACCOUNTS_PATH);
        assert_eq!(ImportAccounts::PATH, IMPORT_ACCOUNTS_PATH);
        assert_eq!(AccountTemplate::PATH, ACCOUNT_TEMPLATE_PATH);
        assert_eq!(AccountPlaces::PATH, ACCOUNT_PLACES_PATH);
        assert_eq!(ChangeAccount::PATH, CHANGE_ACCOUNT_PATH);
        assert_eq!(Invitation::PATH, INVITATION_PATH);
        assert_eq!(AcceptInvitation::PATH, ACCEPT_INVITATION_PATH);
        assert_eq!(Sessions::PATH, SESSIONS_PATH);
        assert_eq!(EndSession::PATH, END_SESSION_PATH);
        assert_eq!(DataKey::PATH, DATA_KEY_PATH);
        assert_eq!(Trail::PATH, TRAIL_PATH);
    }
}
