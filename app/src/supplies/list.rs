//! Supplies as each role lists them.

use crate::desk::use_desk;
use crate::supplies::own::Own;
use crate::supplies::shelf::{CountyShelf, OwnLevelShelf, VillageShelf};
use domain::{Level, Role};
use leptos::prelude::*;

/// What a village may pick, what an organization offers, or what a bureau screens.
#[component]
pub fn Supplies() -> impl IntoView {
    match use_desk().actor().role {
        Role::Member { .. } => view! { <Own /> }.into_any(),
        Role::Village { .. } => view! { <VillageShelf /> }.into_any(),
        Role::Bureau { region, .. } if region.level() < Level::County => {
            view! { <OwnLevelShelf /> }.into_any()
        }
        Role::Bureau { .. } | Role::Applicant | Role::Administrator => {
            view! { <CountyShelf /> }.into_any()
        }
    }
}
