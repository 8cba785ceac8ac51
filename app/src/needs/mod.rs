//! A village's needs: its own list, one need, writing one. Everybody who may see a need reads it here; an organization takes it.

/// Whom bureaus have asked.
mod asked;
/// A form that is kept while it is being written.
mod draft_keeper;
/// Needs that are probably the same as the one that is written.
mod duplicates;
/// How a need ends, and is asked for again.
mod ending;
/// Supplies that might fit a need.
mod fitting;
/// Which tab writes a form.
mod form_window;
/// Other villages and other needs.
mod kin;
/// A village's own needs.
mod my_needs;
/// One need.
mod need;
/// A card of a need.
mod need_card;
/// Writing a need.
mod need_form;
/// The questions of the need form.
mod need_questions;
/// What a need form begins with.
mod need_start;
/// The waiting list.
mod queue;
/// Taking (part of) a need.
mod take_sheet;
/// What an organization is about to take of a need.
mod taking;
/// What happened, and what comes next.
mod timeline;
/// The notice that others were first.
mod too_late;
/// Why a village takes its need back.
mod withdraw_form;

crate::part::page!(needs, pub my_needs => my_needs::MyNeeds);
// Three parts: the list is a village's home and must come quickly; reading and writing a need are large and differ.
crate::part::page!(need, pub need => need::NeedPage);
crate::part::page!(writing, pub new_need => need_form::NewNeed);
crate::part::page!(writing, pub edit_need => need_form::EditNeed);
