//! What a process printed before it failed.

use serde::{Deserialize, Serialize};

/// The end of a process's output, and the line in it that says why the process failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The innermost cause that the output names.
    pub line: String,
    /// The last lines, oldest first.
    pub tail: String,
}

/// How a task ended, in words: the reason first where only a signal of the engine ended it.
pub(crate) fn ending(code: &Option<i64>, error: &str, said: &Option<Box<Said>>) -> String {
    let exit = exit_words(*code);
    if let Some(health) = error.strip_prefix(UNHEALTHY) {
        let says = if health.trim().is_empty() { "" } else { "its health check says: " };
        return format!("{says}{} ({exit}){}", health_words(health), also(said));
    }
    // Swarm's own words for an exit code add nothing to it.
    let error = if says_only_the_code(error) { "" } else { error.trim() };
    match (error, said) {
        ("", Some(said)) => format!("{exit}: {}", said.line),
        ("", None) => format!("{exit}, and nothing was printed"),
        (error, _) => format!("{exit}: {error}{}", also(said)),
    }
}

/// What begins the error of a task that its health check has ended; the check's output follows.
pub(crate) const UNHEALTHY: &str = "unhealthy: ";

/// The words of a health check, or that there are none.
pub(crate) fn health_words(output: &str) -> &str {
    if output.trim().is_empty() { "its health check failed and printed nothing" } else { output }
}

/// The line that says why, as the end of a sentence.
pub(crate) fn also(said: &Option<Box<Said>>) -> String {
    said.as_ref().map_or_else(String::new, |said| format!("; its log says: {}", said.line))
}

/// `exit code 137 (killed)`
pub(crate) fn exit_words(code: Option<i64>) -> String {
    match code {
        Some(137) => "exit code 137 (killed)".to_owned(),
        Some(code) => format!("exit code {code}"),
        None => "no exit code".to_owned(),
    }
}

/// True for `task: non-zero exit (1)` and for no words at all.
fn says_only_the_code(error: &str) -> bool {
    let rest = error.trim().strip_prefix("task: non-zero exit (");
    let code = rest.and_then(|rest| rest.strip_suffix(')'));
    error.trim().is_empty() || code.is_some_and(|code| code.parse::<i64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::the_log(
        Some(1),
        "task: non-zero exit (1)",
        "fatal: no database",
        "exit code 1: fatal: no database"
    )]
    #[case::silence(Some(1), "task: non-zero exit (1)", "", "exit code 1, and nothing was printed")]
    #[case::a_polite_end(Some(0), "", "", "exit code 0, and nothing was printed")]
    #[case::a_polite_end_with_words(Some(0), "", "bye", "exit code 0: bye")]
    #[case::the_engine_s_words(
        None,
        "starting container failed: exec: \"run\": not found",
        "",
        "no exit code: starting container failed: exec: \"run\": not found"
    )]
    #[case::both(Some(2), "oops", "fatal: x", "exit code 2: oops; its log says: fatal: x")]
    #[case::health(
        Some(137),
        "unhealthy: connection refused",
        "fatal: x",
        "its health check says: connection refused (exit code 137 (killed)); its log says: fatal: x"
    )]
    #[case::silent_health(
        Some(143),
        "unhealthy: ",
        "",
        "its health check failed and printed nothing (exit code 143)"
    )]
    fn the_reason_stands_in_the_sentence(
        #[case] code: Option<i64>,
        #[case] error: &str,
        #[case] line: &str,
        #[case] expected: &str,
    ) {
        let said = (!line.is_empty())
            .then(|| Box::new(Said { line: line.to_owned(), tail: line.to_owned() }));
        assert_eq!(ending(&code, error, &said), expected);
    }
}
