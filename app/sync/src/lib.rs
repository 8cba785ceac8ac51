//! The offline engine of Xiangdan, without I/O: what is pending, what is known, what to send, what to believe.
//!
//! Planning is pure and apart from doing: [`replica::Replica`] is a value that is told what happened and says what to
//! write; [`engine::Engine`] carries it out through the ports [`ports::Store`], [`ports::Remote`], [`ports::Clock`] and
//! [`ports::Random`]. So all of sync is tested without a browser and without a network.
#![forbid(unsafe_code)]

/// The wire format, version 1.
pub mod wire;
