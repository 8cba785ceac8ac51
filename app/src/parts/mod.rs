//! What several pages share.

/// What surrounds every page: title, the line that tells the truth about sync, tabs.
pub mod shell;
/// A card of a need.
pub mod need_card;
/// The answers of the need form.
pub mod need_answers;
/// Questions of a form.
pub mod fields;
/// Orders on a need, as the village sees them.
pub mod order_lines;
/// A question over the page.
pub mod sheet;
/// What happened, and what comes next.
pub mod timeline;
/// The line under each title.
pub mod status_line;
/// One choice of many as a chip.
pub mod choice;
/// Lines of lists of needs.
pub mod need_row;
/// Where somebody was in a list.
pub mod place;
/// How much of one thing.
pub mod quantity;
/// Taking (part of) a need.
pub mod take_sheet;
/// Long lists of which only what is seen is in the document.
pub mod virtual_list;
/// Why what somebody did was not kept.
pub mod trouble;
/// Where an order stands, in words.
pub mod order_words;
/// A form that is kept while it is being written.
pub mod draft_keeper;
/// What the holder of an order writes.
pub mod order_forms;
/// What a village asks for, as officers read it.
pub mod need_facts;
/// A county's decision on a need.
pub mod screening;
/// A search box.
pub mod search;
/// Whether there is room for two columns.
pub mod wide;
