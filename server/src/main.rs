//! The server of Xiangdan.
fn main() {}
