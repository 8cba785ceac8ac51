//! What several pages share.

/// One choice of many as a chip.
pub mod choice;
/// A form that is kept while it is being written.
pub mod draft_keeper;
/// Questions of a form.
pub mod fields;
/// The answers of the need form.
pub mod need_answers;
/// A card of a need.
pub mod need_card;
/// What a village asks for, as officers read it.
pub mod need_facts;
/// The questions of the need form.
pub mod need_questions;
/// Lines of lists of needs.
pub mod need_row;
/// Why there is no answer of the server.
pub mod not_answered;
/// What is written on an order.
pub mod order_forms;
/// Orders on a need, as the village sees them.
pub mod order_lines;
/// Where an order stands, in words.
pub mod order_words;
/// Where somebody was in a list.
pub mod place;
/// How much of one thing.
pub mod quantity;
/// A county's decision on a need.
pub mod screening;
/// A search box.
pub mod search;
/// A question over the page.
pub mod sheet;
/// What surrounds every page: title, the line that tells the truth about sync, tabs.
pub mod shell;
/// The line under each title.
pub mod status_line;
/// Taking (part of) a need.
pub mod take_sheet;
/// What happened, and what comes next.
pub mod timeline;
/// For whom came too late.
pub mod too_late;
/// Why what somebody did was not kept.
pub mod trouble;
/// Long lists of which only what is seen is in the document.
pub mod virtual_list;
/// Whether there is room for two columns.
pub mod wide;
/// Why a village takes its need back.
pub mod withdraw_form;
