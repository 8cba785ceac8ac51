//! Offline readiness: whether the program's parts and the first download are on the device.

use crate::desk::{Desk, use_desk};
use crate::device::worker::{self, Updates};
use crate::home::Home;
use crate::ui::status_line::network;
use leptos::prelude::*;

/// How far the device is from working without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offline {
    /// This browser cannot keep the program.
    Unsupported,
    /// So many parts of the program are missing; none while the worker has not answered, so that nothing is claimed.
    Fetching(Option<usize>),
    /// The program is there, the first download is not.
    Downloading,
    /// Everything is there.
    Ready,
}

impl Offline {
    fn of(desk: Desk, updates: Updates) -> Self {
        if !worker::is_supported() {
            return Self::Unsupported;
        }
        let needed = Home::of(&desk.actor()).parts();
        let missing = updates.missing.with(|missing| {
            let missing = missing.as_ref()?;
            Some(
                missing
                    .iter()
                    .filter(|part| needed.contains(&part.as_str()))
                    .count(),
            )
        });
        match missing {
            Some(0) if desk.status().complete => Self::Ready,
            Some(0) => Self::Downloading,
            missing => Self::Fetching(missing),
        }
    }

    /// What a person is told.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Unsupported => "这个浏览器不能保存程序，打开乡单要有网络。".to_owned(),
            Self::Fetching(Some(n)) => format!("正在保存程序，还差 {n} 部分，先别断网。"),
            Self::Fetching(None) => "还不知道没有网络时能不能用，连上网后会自动准备。".to_owned(),
            Self::Downloading => "程序已保存好，正在下载资料。".to_owned(),
            Self::Ready => "没有网络也能用。".to_owned(),
        }
    }
}

/// How far the device is. Tracked.
#[must_use]
pub fn offline() -> Memo<Offline> {
    let (desk, updates) = (use_desk(), expect_context::<Updates>());
    Memo::new(move |_| Offline::of(desk, updates))
}

/// Whether this device still fetches what its person may see, for the first time. Tracked.
#[must_use]
pub fn first_download(desk: Desk) -> Memo<bool> {
    let network = network();
    Memo::new(move |_| {
        let status = desk.status();
        !status.complete && (status.syncing || (network.get() && !desk.is_offline()))
    })
}

/// Has the program kept for this person once the first page's data is there, and again whenever there is a network.
pub fn keep_program() {
    let (desk, updates) = (use_desk(), expect_context::<Updates>());
    let parts = Home::of(&desk.actor()).parts();
    let reached = Memo::new(move |_| desk.status().last_contact.is_some());
    Effect::new(move || {
        if reached.get() {
            updates.keep(parts);
        }
    });
    let listener = window_event_listener_untyped("online", move |_| updates.keep(parts));
    on_cleanup(move || listener.remove());
    let state = offline();
    Effect::new(move || {
        if let Some(root) = document().document_element() {
            let ready = state.get() == Offline::Ready;
            // Tests wait for this attribute before they switch off the network.
            let _set = root.set_attribute("data-offline", if ready { "ready" } else { "not-yet" });
        }
    });
}
