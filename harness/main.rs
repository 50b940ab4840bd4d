//! The `cc-ci` binary: everything it does is in the `cli` crate.

fn main() {}
