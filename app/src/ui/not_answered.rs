//! The notice for a failed query to the server, with a button to ask again.

use api::ApiError;
use leptos::prelude::*;

/// Why there is no answer of the server, for those who keep no needs on their devices, and a way to ask again.
#[component]
pub fn NotAnswered(
    /// Why.
    error: ApiError,
    /// Asks again.
    again: Callback<()>,
) -> impl IntoView {
    let (title, words) = match error {
        ApiError::Offline { .. } => (
            "这里要联网才能看",
            "市、省的需求太多，不存在这台设备上。连上网络后再看。".to_owned(),
        ),
        error => ("没有查到", format!("{}{}", error.message(), error.action())),
    };
    view! {
        <div class="empty" role="alert">
            <h2>{title}</h2>
            <p>{words}</p>
            <button class="btn is-quiet" on:click=move |_| again.run(())>"再试一次"</button>
        </div>
    }
}
