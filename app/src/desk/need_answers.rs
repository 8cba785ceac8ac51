//! The need form as it is typed; the domain reads it.

pub use domain::needs::form::*;
