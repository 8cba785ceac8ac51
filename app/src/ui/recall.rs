//! Own decisions about one thing, as long as they can be recalled.

use crate::desk::use_desk;
use crate::ui::undo::Undo;
use crate::words;
use domain::{Command, Key};
use leptos::prelude::*;

/// The last own decision about something that can still be recalled, with the button for it.
#[component]
pub fn Recall(
    /// About what.
    key: Key,
    /// Which decisions.
    fits: fn(&Command) -> bool,
    /// Called with what was recalled, to put it back into its form.
    #[prop(into)]
    on_recalled: Callback<Command>,
) -> impl IntoView {
    let desk = use_desk();
    let found = Memo::new(move |_| {
        let all = desk.recallable().into_iter().rev();
        let mut all = all.filter(|r| r.command.subject() == key);
        all.find(|r| fits(&r.command))
    });
    move || {
        found.get().map(|recallable| {
            let said = format!("{}。", words::act(&recallable.command, None));
            let again = move |()| on_recalled.run(recallable.command.clone());
            view! { <p class="row" role="status"><span>{said}</span><Undo id=recallable.id on_recalled=again /></p> }
        })
    }
}
