//! The `cc-ci` binary: everything it does is in the `cli` crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    cc_ci_cli::main()
}
