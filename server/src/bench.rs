use crate::app::AppState;
use axum::Router;

/// Routes of the benchmark.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
}
