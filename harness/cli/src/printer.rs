//! The one place that prints: stdout is data, stderr is talk.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use cc_ci_session::Failure;
use serde::Serialize;

use crate::exit::code;

/// Prints; knows whether a program or a person reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    json: bool,
    logs: bool,
}

impl Printer {
    /// `json`: stdout is for a program. `logs`: lines of a log go to stderr as well.
    pub(crate) fn new(json: bool, logs: bool) -> Self {
        Self { json, logs }
    }

    /// True where stdout is for a program.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// True where lines of a log go to stderr.
    pub(crate) fn is_logging(self) -> bool {
        self.logs
    }

    /// Prints data that is formatted already.
    pub(crate) fn raw(self, text: &str) {
        let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    }

    /// True where a person watches stderr on a terminal and nothing else is written there.
    pub(crate) fn is_watched(self) -> bool {
        !self.logs && std::io::stderr().is_terminal()
    }

    /// Prints data on stdout: `value` for a program, else `text`.
    pub(crate) fn data<T: Serialize>(self, value: &T, text: &str) {
        let text = if self.json {
            serde_json::to_string_pretty(value).unwrap_or_else(|error| {
                serde_json::json!({ "error": error.to_string() }).to_string()
            })
        } else {
            text.trim_end().to_owned()
        };
        // A write fails if the reader has closed the pipe (`| head`), which is no error.
        let _ = writeln!(std::io::stdout(), "{text}");
    }

    /// Prints a line on stderr.
    pub(crate) fn talk(self, line: &str) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }

    /// Asks a person a question that is answered with yes or no.
    pub(crate) fn asks(self, question: &str) -> std::io::Result<bool> {
        self.talk(&format!("{question} [y/N]"));
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }

    /// Says why the program ends and with which code.
    pub(crate) fn fail(self, error: &Failure) -> ExitCode {
        let code = code(error.kind);
        self.talk(&format!("error: {error}"));
        if self.json {
            let words = error.words();
            let value = serde_json::json!({
                "error": words.said, "hints": words.hints, "exit_code": code,
            });
            self.data(&value, "");
        }
        ExitCode::from(code)
    }
}
