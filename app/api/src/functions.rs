//! The server functions (remote procedure calls) that the page calls and the server answers.

use crate::trail::{TrailAnswer, TrailRequest};
use crate::{
    ApiError, BrowseAnswer, BrowseRequest, DesignationsAnswer, DesignationsRequest, FaultReport,
    FiguresAnswer, FiguresRequest, InstallationAnswer, InstallationRequest, LoadAnswer,
    LoadRequest, Profile,
};
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
body_is!(Figures, FiguresRequest);
body_is!(Designations, DesignationsRequest);
body_is!(LoadDesignations, LoadRequest);
body_is!(LoadRegions, LoadRequest);
body_is!(Installation, InstallationRequest);
body_is!(ReportFault, FaultReport);
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
            set(DEVICE_COOKIE, &device.0.0, SIGN_IN_PATH, device.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BROWSE_PATH, DESIGNATIONS_PATH, EXCHANGE_PATH, FIGURES_PATH, INSTALLATION_PATH,
        LOAD_DESIGNATIONS_PATH, LOAD_REGIONS_PATH, ME_PATH, REPORT_FAULT_PATH, SIGN_IN_PATH,
        SIGN_OUT_PATH, TRAIL_PATH,
    };
    use server_fn::ServerFn;

    #[test]
    fn the_functions_are_where_pages_look_for_them() {
        assert_eq!(SignIn::PATH, SIGN_IN_PATH);
        assert_eq!(SignOut::PATH, SIGN_OUT_PATH);
        assert_eq!(Me::PATH, ME_PATH);
        assert_eq!(Browse::PATH, BROWSE_PATH);
        assert_eq!(Figures::PATH, FIGURES_PATH);
        assert_eq!(Designations::PATH, DESIGNATIONS_PATH);
        assert_eq!(LoadDesignations::PATH, LOAD_DESIGNATIONS_PATH);
        assert_eq!(LoadRegions::PATH, LOAD_REGIONS_PATH);
        assert_eq!(Installation::PATH, INSTALLATION_PATH);
        assert_eq!(Exchange::PATH, EXCHANGE_PATH);
        assert_eq!(ReportFault::PATH, REPORT_FAULT_PATH);
        assert_eq!(Trail::PATH, TRAIL_PATH);
    }
}
