//! The `cc-ci` binary: everything it does is in the `cli` crate. The build script says which commit it is built from.

use std::process::ExitCode;

fn main() -> ExitCode {
    cc_ci_cli::main(option_env!("CC_CI_COMMIT"))
}
