//! Components that several areas share.

/// The province with its cities and counties, as forms offer them.
pub mod areas;
/// From when an answer of the server is.
pub mod as_of;
/// A person to call.
pub mod call;
/// What the village has changed in a need that is being read.
pub mod changed;
/// One choice of many as a chip.
pub mod choice;
/// Questions of a form.
pub mod fields;
/// What lists can be filtered by.
pub mod filters;
/// Organizations that took or gave back unusually many orders today.
pub mod hasty;
/// Forms whose text is a draft.
pub mod kept_form;
/// The choice of a list of designations.
pub mod lens;
/// Loading a table from a file.
pub mod load_table;
/// What a village asks for, as officers read it.
pub mod need_facts;
/// Lines of lists of needs.
pub mod need_row;
/// What only a newer page can read.
pub mod newer;
/// Why there is no answer of the server.
pub mod not_answered;
/// Whether everything this person needs is on the device.
pub mod offline;
/// Which tab writes a form.
pub mod one_tab;
/// Orders as the village sees them, which confirms or disputes them.
pub mod order_lines;
/// The forms of an order.
pub mod order_sheet;
/// Scroll restoration for lists.
pub mod place;
/// Putting away a refusal.
pub mod put_away;
/// A QR code.
pub mod qr;
/// How much of one thing.
pub mod quantity;
/// A reason and a few words.
pub mod reason_form;
/// Own decisions that can still be recalled.
pub mod recall;
/// A search box.
pub mod search;
/// A question over the page.
pub mod sheet;
/// The page shell: title, status line, tabs.
pub mod shell;
/// The line under each title.
pub mod status_line;
/// What has been on the screen long enough to be meant.
pub mod steady;
/// What happened to an order, in words.
pub mod story;
/// How much of a need is taken.
pub mod taken_bar;
/// A timeline.
pub mod timeline;
/// The alert that a command was not stored.
pub mod trouble;
/// Recalling a decision.
pub mod undo;
/// List virtualization.
pub mod virtual_list;
/// Whether there is room for two columns.
pub mod wide;
