//! Readers: one for each kind of thing that people type, for the forms and the server alike. What is typed is understood, or
//! refused in words that say how to write it; nothing is guessed and nothing is cut.

/// Days.
pub mod day;
/// Which texts a command carries, and how long each may be.
pub mod limits;
/// Numbers and amounts of money.
pub mod number;
/// Telephone numbers.
pub mod phone;
/// Texts and names.
pub mod text;
/// Units.
pub mod unit;

pub use limits::{TextRule, Typed};
pub use number::{Number, NumberError};
pub use phone::{Phone, PhoneError};
