use api::HINTS_PATH;
use futures_util::StreamExt;
use gloo_net::eventsource::futures::EventSource;

/// Listens until the stream ends, and calls `news` at every hint. Nothing depends on hints: they only make news quick.
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
