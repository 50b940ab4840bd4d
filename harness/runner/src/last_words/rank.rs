//! How much a line says about why a process failed.

/// From nothing to a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It only says that something ended.
    Wrapper,
    /// It says something.
    Plain,
    /// It warns with words of a failure.
    Warning,
    /// Its words are those of a failure.
    Weak,
    /// It is called an error.
    Error,
    /// It is called fatal, or an exception that was not caught.
    Fatal,
}

/// Words of scripts, package managers and supervisors about a process that has ended.
const WRAPPERS: [&str; 45] = [
    "exited with",
    "exit status",
    "exit code",
    "exited:",
    "exited unexpectedly",
    "exit 1",
    "returned non-zero",
    "non-zero exit",
    "command failed",
    "gave up",
    "giving up",
    "entered fatal state",
    "entered exited state",
    "lifecycle script",
    "elifecycle",
    "errno 1",
    "a complete log of this run",
    "this is probably not a problem with",
    "make: ***",
    "make[1]: ***",
    "s6-rc: warning",
    "s6-svscan",
    "shutting down",
    "shut down",
    "shutdown complete",
    "terminating",
    "terminated",
    "stopping",
    "stopped",
    "aborting",
    "exiting",
    "quitting",
    "bailing out",
    "received sig",
    "caught sig",
    "got signal",
    "warn received",
    "core dumped",
    "worker failed to boot",
    "booting worker",
    "process finished",
    "process completed",
    "cannot continue",
    "error: failed to start",
    "application startup failed",
];

/// Words of a failure, each a word or words of its own.
const FAILURES: [&str; 50] = [
    "error",
    "errors",
    "fail",
    "fails",
    "failed",
    "failure",
    "failing",
    "cannot",
    "can't",
    "can not",
    "couldn't",
    "could not",
    "unable",
    "denied",
    "refused",
    "not found",
    "no such",
    "missing",
    "invalid",
    "required",
    "requires",
    "must",
    "undefined",
    "unknown",
    "unsupported",
    "illegal",
    "not set",
    "unset",
    "unbound variable",
    "no space",
    "not permitted",
    "not allowed",
    "not specified",
    "timed out",
    "timeout",
    "incompatible",
    "does not exist",
    "doesn't exist",
    "not configured",
    "uninitialized",
    "unrecognized",
    "unexpected",
    "exceeded",
    "corrupt",
    "corrupted",
    "not supported",
    "is empty",
    "rejected",
    "already exists",
    "already in use",
];

/// Words that look like a failure and are none.
const HARMLESS: [&str; 16] = [
    "0 errors",
    "no errors",
    "no error",
    "without error",
    "errors: 0",
    "errors=0",
    "0 failed",
    "failed: 0",
    "error: none",
    "error: null",
    "error reporting",
    "error log",
    "error page",
    "error level",
    "error handl",
    "error tracking",
];

/// The rank of a line of text; `level` is what its logger calls it.
pub(super) fn rank(text: &str, level: Option<&str>) -> Rank {
    let lower = text.to_lowercase();
    let ending = ending(&lower);
    if ending == Some(Ending::Bare) {
        return Rank::Wrapper;
    }
    // supervisord tells why it cannot start a program at level INFO.
    if lower.contains("spawnerr:") {
        return Rank::Error;
    }
    let bad = ending.is_some() || fails(&lower);
    let said = level.map(str::to_owned).or_else(|| level_of(text));
    match said.as_deref() {
        Some("fatal" | "panic" | "critical" | "crit" | "emerg" | "emergency" | "alert" | "ftl") => {
            Rank::Fatal
        }
        Some("error" | "err" | "severe" | "eror") if is_uncaught(&lower) => Rank::Fatal,
        Some("error" | "err" | "severe" | "eror") => Rank::Error,
        Some("warn" | "warning" | "wrn") if bad => Rank::Warning,
        Some(_) => Rank::Plain,
        None if is_uncaught(&lower) => Rank::Fatal,
        None if is_exception(text) => Rank::Error,
        None if bad => Rank::Weak,
        None => Rank::Plain,
    }
}

/// Words with which a run time speaks of what nothing has caught.
fn is_uncaught(lower: &str) -> bool {
    const STARTS: [&str; 9] = [
        "uncaught",
        "unhandled",
        "exception in thread",
        "panic:",
        "fatal:",
        "fatal error",
        "php fatal",
        "** (",
        "terminate called",
    ];
    STARTS.iter().any(|start| lower.starts_with(start))
        || ["uncaught exception", "unhandled exception", "unhandled promise", "panicked at"]
            .iter()
            .any(|words| lower.contains(words))
}

/// `ValueError: …`, `java.net.ConnectException: …`, `Errno::ENOENT: …`, `[Error: …]`.
pub(super) fn is_exception(text: &str) -> bool {
    let text = text.trim_start_matches(['[', '(']);
    let name = text.split([':', ' ', ']']).next().unwrap_or_default();
    // Names of Ruby and C++ have colons in them.
    let name = match text.split_once(": ") {
        Some((name, _)) if !name.contains(' ') => name,
        _ => name,
    };
    let last = name.rsplit(['.', ':', '\\', '$']).next().unwrap_or_default();
    let ends = ["Error", "Exception", "Failure", "Fault", "Misconfigured", "Configured"];
    let is_name = name.chars().all(|c| c.is_alphanumeric() || "._:\\$".contains(c));
    // Python's older modules call theirs `socket.error`.
    let is_one = ends.iter().any(|end| last.ends_with(end))
        || name.contains("Errno::")
        || name.ends_with(".error");
    is_name && is_one && last.len() < text.len()
}

/// The level that a line begins with: `ERROR`, `[error]`, `error:`, `E1129`.
fn level_of(text: &str) -> Option<String> {
    const LEVELS: [&str; 24] = [
        "fatal",
        "panic",
        "critical",
        "crit",
        "emerg",
        "emergency",
        "alert",
        "ftl",
        "error",
        "err",
        "severe",
        "eror",
        "warn",
        "warning",
        "wrn",
        "info",
        "inf",
        "notice",
        "note",
        "debug",
        "dbg",
        "trace",
        "log",
        "verbose",
    ];
    for word in text.split([' ', '\t', '|']).filter(|word| !word.is_empty()).take(8) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        // `ERROR:root:words` of Python's logging, `[error]`, `<error>`.
        let first = bare.split(':').next().unwrap_or_default();
        let lower = first.to_lowercase();
        if !LEVELS.contains(&lower.as_str()) {
            continue;
        }
        let upper = first.len() > 2 && first.chars().all(char::is_uppercase);
        let fenced = word.starts_with(['[', '<', '(']) || word.ends_with(':') || bare.contains(':');
        // "ERROR" in the middle of a sentence of a shouting script is no level, but says the same.
        if upper || fenced {
            return Some(lower);
        }
    }
    // klog: a letter, month and day.
    let mut chars = text.chars();
    let letter = chars.next()?;
    let dated = chars.clone().take(4).filter(char::is_ascii_digit).count() == 4;
    let space = chars.nth(4) == Some(' ');
    match letter {
        'F' if dated && space => Some("fatal".to_owned()),
        'E' if dated && space => Some("error".to_owned()),
        'W' if dated && space => Some("warn".to_owned()),
        'I' if dated && space => Some("info".to_owned()),
        _ => None,
    }
}

/// True where `lower` has words of a failure.
fn fails(lower: &str) -> bool {
    let mut text = lower.to_owned();
    for words in HARMLESS {
        text = text.replace(words, "");
    }
    FAILURES.iter().any(|words| has_word(&text, words))
}

fn has_word(text: &str, words: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + words.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// What a line says about a process that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// That it has ended.
    Bare,
    /// Why as well: `migration exited with 3: relation "x" already exists`.
    WithReason,
}

fn ending(lower: &str) -> Option<Ending> {
    // A sentence of many words says more than that.
    if lower.split_whitespace().count() > 14 {
        return None;
    }
    let ends = WRAPPERS.iter().filter_map(|words| Some(lower.find(words)? + words.len()));
    let rest = &lower[ends.max()?..];
    let reason = rest.split_once([':', ';', '—', '–']).map_or("", |(_, reason)| reason);
    let words = reason.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| word.len() > 1 && word.chars().any(char::is_alphabetic));
    Some(if words.count() < 3 { Ending::Bare } else { Ending::WithReason })
}
