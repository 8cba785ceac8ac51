//! The client of the server-sent events that name feeds with news.

use api::HINTS_PATH;
use futures_util::StreamExt;
use gloo_net::eventsource::futures::EventSource;

/// Listens until the stream ends, and calls `news` at every hint. Hints may be lost: they only make the
/// next sync earlier.
pub async fn listen(news: impl Fn()) {
    let Ok(mut source) = EventSource::new(HINTS_PATH) else {
        return;
    };
    let Ok(mut hints) = source.subscribe("hint") else {
        return;
    };
    while let Some(Ok(_)) = hints.next().await {
        news();
    }
}
