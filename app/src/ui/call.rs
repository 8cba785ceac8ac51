//! A contact with a link that dials the number.

use domain::Contact;
use leptos::prelude::*;

/// A person to call: the name, and a link that dials the number.
#[component]
pub fn Call(
    /// Whom.
    contact: Contact,
) -> impl IntoView {
    let number = contact.dialled();
    view! { {contact.name}" "<a class="link" href=format!("tel:{number}")>{contact.phone}</a> }
}
