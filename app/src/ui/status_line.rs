//! The status line: the state of syncing, under each title.

use crate::desk::{Desk, use_desk};
use crate::device::text_size;
use crate::words::{self, Device, Line};
use domain::Role;
use leptos::prelude::*;
use std::time::Duration;

/// How often the relative time ("just now", 刚刚) is updated.
const TICK: Duration = Duration::from_secs(30);

/// Whether the browser says that there is a network, as long as the component lives.
#[must_use]
pub fn network() -> ReadSignal<bool> {
    let (network, set_network) = signal(window().navigator().on_line());
    let look = move |_| {
        set_network.try_set(window().navigator().on_line());
    };
    let listeners = ["online", "offline"].map(|event| window_event_listener_untyped(event, look));
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    network
}

/// Whether the signed-in person sits in a bureau.
#[must_use]
pub fn is_officer(desk: &Desk) -> bool {
    matches!(desk.actor().role, Role::Bureau { .. } | Role::Administrator)
}

/// The status line under each title: the state of syncing between this device and the server.
#[component]
pub fn StatusLine() -> impl IntoView {
    let desk = use_desk();
    let network = network();
    let tick = RwSignal::new(());
    let timer = set_interval_with_handle(
        move || {
            tick.try_set(());
        },
        TICK,
    );
    on_cleanup(move || {
        if let Ok(timer) = timer {
            timer.clear();
        }
    });
    let status = Memo::new(move |_| desk.status());
    let officer = is_officer(&desk);
    let line = Memo::new(move |_| {
        tick.track();
        let device = Device {
            network: network.get(),
            failed: desk.is_offline(),
            narrow: text_size::is_large(),
            now: desk.now(),
        };
        let mut line = status.with(|status| words::sync_line(status, device));
        line.words = words::to(officer, line.words);
        line
    });
    // Screen readers announce problems and their end, not every sync.
    let heard = Memo::new(move |before: Option<&(bool, String)>| {
        let was_well = before.is_none_or(|(well, _)| *well);
        line.with(|line| match line.state {
            "off" | "bad" => (false, line.words.clone()),
            "on" if !was_well => (true, words::to(officer, "又连上县里了".to_owned())),
            _ => before.cloned().unwrap_or((true, String::new())),
        })
    });
    let words = move || {
        let Line { words, href, .. } = line.get();
        match href {
            Some(href) => view! { <a href=href>{words}</a> }.into_any(),
            None => view! { <span>{words}</span> }.into_any(),
        }
    };
    view! {
        <p
            class="sync" data-testid="sync-line"
            data-state=move || line.with(|l| l.state)
            data-waiting=move || status.with(|s| s.waiting).to_string()
        >
            <i class="dot" aria-hidden="true"></i>
            {words}
        </p>
        <p class="unseen" role="status">{move || heard.with(|(_, words)| words.clone())}</p>
    }
}
