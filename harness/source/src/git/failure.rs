//! What git's words say about who must act.

use crate::SourceError;

/// What a failed conversation with a repository was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Quota,
    Denied,
    Foreign,
    Missing,
    Disk,
    Network,
    /// Theirs or ours: a server's bad certificate, or a proxy's that this machine does not know.
    Certificate,
}

/// In order: the first word that is found decides. Git's messages are those of its 2.39 and 2.47
/// with `LC_ALL=C`, curl's those of libcurl 7 and 8, ssh's those of OpenSSH 9.
const WORDS: [(&str, Failure); 33] = [
    ("requested URL returned error: 429", Failure::Quota),
    ("rate limit", Failure::Quota),
    ("dubious ownership", Failure::Foreign),
    ("No space left on device", Failure::Disk),
    ("Disk quota exceeded", Failure::Disk),
    ("Read-only file system", Failure::Disk),
    ("Authentication failed", Failure::Denied),
    ("could not read Username", Failure::Denied),
    ("could not read Password", Failure::Denied),
    ("Permission denied (publickey", Failure::Denied),
    ("Host key verification failed", Failure::Denied),
    ("requested URL returned error: 401", Failure::Denied),
    ("requested URL returned error: 403", Failure::Denied),
    ("requested URL returned error: 404", Failure::Missing),
    ("requested URL returned error: 410", Failure::Missing),
    ("does not appear to be a git repository", Failure::Missing),
    ("not a git repository", Failure::Missing),
    ("is this a git repository?", Failure::Missing),
    ("Repository not found", Failure::Missing),
    ("' not found", Failure::Missing),
    ("requested URL returned error: 5", Failure::Network),
    ("Could not resolve", Failure::Network),
    ("name resolution", Failure::Network),
    ("onnection refused", Failure::Network),
    ("onnection timed out", Failure::Network),
    ("onnection reset", Failure::Network),
    ("onnection closed", Failure::Network),
    ("Failed to connect", Failure::Network),
    ("unable to connect", Failure::Network),
    ("is unreachable", Failure::Network),
    ("certificate", Failure::Certificate),
    ("early EOF", Failure::Network),
    ("unable to access", Failure::Network),
];

/// Words that come with nearly every failure and decide only where nothing else does.
const HUNG_UP: [&str; 4] =
    ["remote end hung up", "RPC failed", "transfer closed", "Operation too slow"];

/// The error for a conversation with `origin` that ended with `message`.
pub(super) fn error(origin: &str, action: &'static str, message: &str) -> SourceError {
    let (origin, message) = (origin.to_owned(), last_words(message));
    let found = WORDS.iter().find(|(word, _)| message.contains(word)).map(|(_, failure)| *failure);
    let hung_up = || HUNG_UP.iter().any(|word| message.contains(word)).then_some(Failure::Network);
    let not = |origin, message, hint| SourceError::NotRepository { origin, message, hint };
    match found.or_else(hung_up) {
        Some(Failure::Quota) => SourceError::Quota { origin, message },
        Some(Failure::Denied) => {
            not(origin, message, "a server asks for a name, too, where there is no such repository")
        }
        Some(Failure::Foreign) => {
            not(origin, message, "git reads no repository of another user; give its URL, or a copy")
        }
        Some(Failure::Missing) => not(origin, message, "is the address right?"),
        Some(Failure::Disk) => {
            let source = std::io::Error::other(message);
            SourceError::Files { path: origin.into(), action: "stored", source }
        }
        Some(Failure::Network) => SourceError::Unreachable { origin, message },
        Some(Failure::Certificate) | None => SourceError::Git { origin, action, message },
    }
}

/// True where the server says that it has no such thing to give.
pub(super) fn is_absence(message: &str) -> bool {
    let words = ["couldn't find remote ref", "not our ref", "unadvertised object"];
    words.iter().any(|word| message.contains(word))
}

/// The lines that say something; progress and advice are left out.
fn last_words(message: &str) -> String {
    let dull = |line: &&str| {
        let line = line.trim();
        !line.is_empty()
            && !line.starts_with("hint:")
            && !line.starts_with("To add an exception")
            && !line.starts_with("git config ")
            && !line.starts_with("Please make sure")
            && !line.starts_with("and the repository exists")
            && !line.starts_with("warning: redirecting")
    };
    // A hostile server can say as much as it likes.
    let lines: Vec<&str> = message.lines().filter(dull).take(8).collect();
    let lines = lines.into_iter().map(|line| line.trim_start_matches("fatal: "));
    lines.collect::<Vec<_>>().join("; ").chars().filter(|c| !c.is_control()).take(600).collect()
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Owner;

    use super::*;

    #[rstest::rstest]
    #[case::dns(
        "fatal: unable to access 'https://h.test/a/': Could not resolve host: h.test",
        Some(Owner::External)
    )]
    #[case::refused(
        "fatal: unable to access 'https://h/': Failed to connect to h port 443: Connection refused",
        Some(Owner::External)
    )]
    #[case::server(
        "fatal: unable to access 'https://h/': The requested URL returned error: 503",
        Some(Owner::External)
    )]
    #[case::hung_up("fatal: the remote end hung up unexpectedly", Some(Owner::External))]
    #[case::ssh_dns(
        "ssh: Could not resolve hostname h: Name or service not known\nfatal: Could not read from remote repository.",
        Some(Owner::External)
    )]
    #[case::quota(
        "fatal: unable to access 'https://h/': The requested URL returned error: 429",
        Some(Owner::Harness)
    )]
    #[case::disk(
        "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output",
        Some(Owner::Harness)
    )]
    #[case::gone("fatal: repository 'https://h/a/' not found", None)]
    #[case::code_404(
        "fatal: unable to access 'https://h/': The requested URL returned error: 404",
        None
    )]
    #[case::plain_folder(
        "fatal: '/tmp/x' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
        None
    )]
    #[case::private(
        "fatal: could not read Username for 'https://h': terminal prompts disabled",
        None
    )]
    #[case::key(
        "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
        None
    )]
    #[case::foreign("fatal: detected dubious ownership in repository at '/srv/x'", None)]
    #[case::certificate(
        "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none CRLfile: none",
        Some(Owner::Unknown)
    )]
    #[case::riddle("fatal: something new", Some(Owner::Unknown))]
    fn words_tell_the_owner(#[case] message: &str, #[case] owner: Option<Owner>) {
        let error = error("here", "fetch the objects", message);
        assert_eq!(error.owner(), owner, "{error}");
    }

    #[test]
    fn advice_and_control_characters_are_left_out() {
        let message = "fatal: a\x1b[31mb\n\nhint: try this\nPlease make sure you have\nfatal: c";
        assert_eq!(last_words(message), "a[31mb; c");
        assert_eq!(last_words(&"x".repeat(5000)).len(), 600);
    }
}
