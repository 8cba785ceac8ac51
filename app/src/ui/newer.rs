//! The notice for an entity that only a newer version can read.

use leptos::prelude::*;

/// What only a newer page can read: it is here, nothing is lost, and it is shown after the update.
#[component]
pub fn Newer() -> impl IntoView {
    view! {
        <div class="empty" data-testid="newer">
            <h2>"更新乡单后才能看"</h2>
            <p>"这是新版乡单写的内容，已经好好存在这部手机上。有网时重新打开乡单，按提示更新，就能看到。"</p>
        </div>
    }
}
