//! The commit and the hash of this program.

use std::fs::File;

use cc_ci_model::{Program, sha256_hex_of};

/// The binary of this process, even where its file was replaced meanwhile.
const BINARY: &str = "/proc/self/exe";

/// The commit and the hash of this program. Reading the binary takes a tenth of a second or more, so callers
/// run it in a thread of its own.
pub(crate) fn known(commit: Option<&str>) -> Program {
    let sha256 = File::open(BINARY).and_then(sha256_hex_of).ok();
    Program { commit: commit.map(str::to_owned), sha256 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_hashed_and_a_missing_commit_is_unknown() {
        let program = known(None);
        assert_eq!(program.commit, None);
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(program.sha256, Some(cc_ci_model::sha256_hex(&own)));
        assert_eq!(known(Some("abc")).commit.as_deref(), Some("abc"));
    }
}
