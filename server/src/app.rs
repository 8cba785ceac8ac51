//! The application as a service: routes, state, and graceful shutdown.

use crate::backend::{Options, StartError, StorageBackend};
use crate::config::{Config, Secret};
use crate::connections::{self, ConnectionLimits};
use crate::metrics::Metrics;
use crate::networks::Proxies;
use crate::routes;
use crate::security::Origins;
use crate::site::Site;
use api::SharedBackend;
use axum::Router;
use axum::body::Body;
use axum::http::Response;
use axum::middleware;
use axum::routing::{any, get};
use std::any::Any;
use std::collections::HashSet;
use std::future::Future;
use std::io;
#[cfg(feature = "shuttle")]
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// The whole application: what it serves and what it serves from.
#[derive(Clone)]
pub struct App {
    state: AppState,
}

/// What every request needs.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) backend: Arc<StorageBackend>,
    pub(crate) site: Site,
    pub(crate) functions: Arc<HashSet<&'static str>>,
    pub(crate) https: bool,
    pub(crate) proxies: Proxies,
    pub(crate) origins: Arc<Origins>,
    pub(crate) limits: ConnectionLimits,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) metrics_token: Option<Secret>,
}

/// The grace period when the server stops: connections still open after this time are closed.
const PATIENCE: Duration = Duration::from_secs(20);

impl AppState {
    pub(crate) fn shared_backend(&self) -> SharedBackend {
        self.backend.clone()
    }
}

impl App {
    /// Opens the database and the site.
    pub async fn open(config: &Config) -> Result<Self, StartError> {
        let options = Options {
            https: config.is_https(),
            patience: config.patience,
            one_commit_per_job: config.one_commit_per_job,
            ..Options::default()
        };
        let backend = StorageBackend::open(&config.database(), options).await?;
        // The benchmark's page is in a folder of its own.
        let site = if measured() {
            Site::folder(&config.site)
        } else {
            Site::open(&config.site).keeping_releases(&config.data)
        };
        Ok(Self::new(Arc::new(backend), site, config))
    }

    /// On a backend that is open already.
    #[must_use]
    pub fn new(backend: Arc<StorageBackend>, site: Site, config: &Config) -> Self {
        let functions = Arc::new(register_functions());
        let state = AppState {
            backend,
            site,
            functions,
            https: config.is_https(),
            proxies: config.proxies.clone(),
            origins: Arc::new(Origins::new(config.public_url.clone())),
            limits: config.limits,
            metrics: Arc::new(Metrics::new()),
            metrics_token: config.metrics_token.clone(),
        };
        Self { state }
    }

    /// The backend.
    #[must_use]
    pub fn backend(&self) -> &Arc<StorageBackend> {
        &self.state.backend
    }

    /// Whether the site is inside the binary.
    #[must_use]
    pub fn site_is_embedded(&self) -> bool {
        self.state.site.is_embedded()
    }

    /// The routes.
    pub fn router(&self) -> Router {
        let api = Router::new()
            .route("/api/v1/{function}", any(routes::functions))
            .route("/api/{*rest}", any(routes::unknown))
            .route("/api", any(routes::unknown));
        // The benchmark compares bytes on the wire, so no contender compresses its answers.
        let api = if measured() {
            api
        } else {
            api.layer(CompressionLayer::new().br(true).gzip(true))
        };
        let router = Router::new()
            .merge(api)
            .route("/api/v1/hints", get(routes::hints))
            .route("/health", get(routes::health))
            .route("/metrics", get(routes::metrics))
            .fallback(routes::site);
        #[cfg(feature = "bench")]
        let router = if measured() {
            router.merge(crate::bench::router())
        } else {
            router
        };
        router
            .layer(CatchPanicLayer::custom(on_panic))
            .layer(middleware::from_fn_with_state(
                self.state.clone(),
                routes::guard,
            ))
            .with_state(self.state.clone())
    }

    /// Graceful shutdown: serves until `stop` resolves, finishes accepted requests, and closes the database.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let backend = Arc::clone(&self.state.backend);
        backend.start_jobs();
        let stop = {
            let backend = Arc::clone(&backend);
            async move {
                stop.await;
                tracing::info!("stopping");
                // Streams of hints never end by themselves, so shutting down ends them.
                backend.cache().hub.close();
            }
        };
        connections::serve(listener, self.router(), self.state.limits, stop, PATIENCE).await;
        backend.shut_down().await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Whether this process is a contender of the browser benchmark.
fn measured() -> bool {
    #[cfg(feature = "bench")]
    return crate::bench::is_on();
    #[cfg(not(feature = "bench"))]
    return false;
}

/// Makes the functions known, so that it does not depend on the linker, and says where they are.
fn register_functions() -> HashSet<&'static str> {
    use server_fn::ServerFn;
    use server_fn::axum::register_explicit;
    register_explicit::<api::SignIn>();
    register_explicit::<api::SignUp>();
    register_explicit::<api::Areas>();
    register_explicit::<api::SignOut>();
    register_explicit::<api::Me>();
    register_explicit::<api::Exchange>();
    register_explicit::<api::Browse>();
    register_explicit::<api::Figures>();
    register_explicit::<api::Designations>();
    register_explicit::<api::LoadDesignations>();
    register_explicit::<api::LoadRegions>();
    register_explicit::<api::Installation>();
    register_explicit::<api::Trail>();
    register_explicit::<api::ReportFault>();
    register_explicit::<api::Accounts>();
    register_explicit::<api::OpenAccounts>();
    register_explicit::<api::ImportAccounts>();
    register_explicit::<api::AccountTemplate>();
    register_explicit::<api::AccountPlaces>();
    register_explicit::<api::ChangeAccount>();
    register_explicit::<api::Invitation>();
    register_explicit::<api::AcceptInvitation>();
    register_explicit::<api::Sessions>();
    register_explicit::<api::EndSession>();
    register_explicit::<api::DataKey>();
    [
        api::SignIn::PATH,
        api::SignUp::PATH,
        api::Areas::PATH,
        api::SignOut::PATH,
        api::Me::PATH,
        api::Exchange::PATH,
        api::Browse::PATH,
        api::Figures::PATH,
        api::Designations::PATH,
        api::LoadDesignations::PATH,
        api::LoadRegions::PATH,
        api::Installation::PATH,
        api::Trail::PATH,
        api::ReportFault::PATH,
        api::Accounts::PATH,
        api::OpenAccounts::PATH,
        api::ImportAccounts::PATH,
        api::AccountTemplate::PATH,
        api::AccountPlaces::PATH,
        api::ChangeAccount::PATH,
        api::Invitation::PATH,
        api::AcceptInvitation::PATH,
        api::Sessions::PATH,
        api::EndSession::PATH,
        api::DataKey::PATH,
    ]
    .into()
}

/// The answer of a handler that panicked.
fn on_panic(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a request panicked");
    routes::error_response(&api::ApiError::Fault)
}

/// Under shuttle-runtime the platform chooses the address and stops the process.
#[cfg(feature = "shuttle")]
#[shuttle_runtime::async_trait]
impl shuttle_runtime::Service for App {
    async fn bind(self, addr: SocketAddr) -> Result<(), shuttle_runtime::Error> {
        let listener = TcpListener::bind(addr).await?;
        self.serve(listener, std::future::pending()).await?;
        Ok(())
    }
}
