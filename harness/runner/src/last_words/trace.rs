//! Stack traces and chains of causes of many languages: which of their lines say something.

use super::clean::without_time;
use super::rank::{Rank, is_exception, rank};
use super::{Line, cause, clean, json};

/// Words before another cause of the same failure, each further in than the one before.
const INWARD: [&str; 6] =
    ["Caused by: ", "---> ", "[cause]: ", "Root cause: ", "Caused by ", "Nested exception: "];
/// Words of Python between the cause and what was raised for it.
const DIRECT_CAUSE: &str = "The above exception was the direct cause";
/// Words of Python between a failure and another one in its handler.
const WHILE_HANDLING: &str = "During handling of the above exception";

/// What the walk through a log knows at a line.
#[derive(Default)]
struct Walk {
    found: Vec<Line>,
    /// Indentation of `Traceback (most recent call last):`, while inside of one.
    traceback: Option<usize>,
    /// The exception that follows was raised because of the one before.
    outer_next: bool,
    /// Inside the list under `Caused by:` that stands alone.
    causes: bool,
    /// Inside of a Rust backtrace.
    backtrace: bool,
    /// What the next line is: the reason, or advice.
    next: Option<Next>,
}

#[derive(Clone, Copy)]
enum Next {
    Reason,
    Advice,
}

/// The lines that say something, with their ranks.
pub(super) fn ranked(lines: &[String]) -> Vec<Line> {
    let mut walk = Walk::default();
    for (at, line) in lines.iter().enumerate() {
        if !line.trim().is_empty() {
            walk.line(at, line);
        }
    }
    walk.found
}

impl Walk {
    fn line(&mut self, at: usize, line: &str) {
        let indent = line.len() - line.trim_start().len();
        let text = without_time(line);
        if let Some(entry) = json::json(text).or_else(|| json::logfmt(text)) {
            return self.entry(at, entry);
        }
        if text.starts_with("Traceback (most recent call last)") {
            self.traceback = Some(indent);
            return;
        }
        if let Some(outside) = self.traceback {
            if indent > outside {
                return;
            }
            self.traceback = None;
            let rank = if self.outer_next { Rank::Plain } else { Rank::Fatal };
            self.outer_next = false;
            return self.push(at, text, rank);
        }
        if text.starts_with(DIRECT_CAUSE) {
            self.outer_next = true;
            return;
        }
        if text.starts_with(WHILE_HANDLING) {
            self.demote();
            return;
        }
        if text == "Caused by:" {
            self.causes = true;
            self.next = Some(Next::Reason);
            return;
        }
        if self.causes {
            let numbered = text.split_once(": ").filter(|(n, _)| n.parse::<u32>().is_ok());
            if let (Some((_, inner)), true) = (numbered, indent > 0) {
                self.next = None;
                return self.inward(at, inner);
            }
            self.causes = false;
        }
        if text.starts_with("stack backtrace:") {
            self.backtrace = true;
            return;
        }
        if self.backtrace && indent > 0 {
            return;
        }
        self.backtrace = false;
        if let Some(inner) = INWARD.iter().find_map(|words| text.strip_prefix(words)) {
            return self.inward(at, inner);
        }
        match text {
            "Description:" => return self.next = Some(Next::Reason),
            "Action:" => return self.next = Some(Next::Advice),
            _ => {}
        }
        match self.next.take() {
            Some(Next::Reason) => return self.inward(at, text),
            Some(Next::Advice) => return,
            None => {}
        }
        if is_frame(text, indent) {
            return self.frame(at);
        }
        let rank = rank(without_frame(text), None);
        if let Some(reason) = text.strip_prefix("Reason: ").filter(|_| rank > Rank::Wrapper) {
            return self.inward(at, reason);
        }
        // What is indented under a line that says something belongs to it.
        let belongs = indent > 1 && self.found.last().is_some_and(|head| head.rank >= Rank::Weak);
        if !belongs {
            self.push(at, without_frame(text), rank);
        }
    }

    fn entry(&mut self, at: usize, entry: json::Entry) {
        let level = entry.level.as_deref();
        let mut found = rank(&entry.text, level);
        let mut text = entry.text;
        if let Some(trace) = entry.trace.filter(|_| found >= Rank::Error) {
            let inner = cause(&clean::lines(&trace));
            if !text.contains(&inner) {
                text = if text.is_empty() { inner } else { format!("{text}: {inner}") };
            }
            found = Rank::Fatal;
        }
        if !text.is_empty() {
            self.push(at, &text, found);
        }
    }

    /// A cause of what was said before.
    fn inward(&mut self, at: usize, text: &str) {
        while self.found.last().is_some_and(|line| line.rank >= Rank::Weak) {
            self.demote();
        }
        self.push(at, text, Rank::Fatal);
    }

    fn demote(&mut self) {
        if let Some(line) = self.found.iter_mut().rfind(|line| line.rank >= Rank::Weak) {
            line.rank = Rank::Plain;
        }
    }

    /// A frame: the exception right above it was not caught by those below.
    fn frame(&mut self, at: usize) {
        if let Some(head) = self.found.last_mut()
            && head.at + 1 == at
            && head.rank >= Rank::Weak
            && is_exception(&head.text)
        {
            head.rank = Rank::Fatal;
        }
    }

    fn push(&mut self, at: usize, text: &str, rank: Rank) {
        self.found.push(Line { at, text: text.trim().to_owned(), rank });
    }
}

/// A line of a stack trace, or one without a word.
fn is_frame(text: &str, indent: usize) -> bool {
    const STARTS: [&str; 20] = [
        "goroutine ",
        "created by ",
        "exit status ",
        "Node.js v",
        "Stack trace:",
        "stack traceback:",
        "[stacktrace]",
        "thrown in ",
        "note: run with ",
        "note: Some details are omitted",
        "--- End of ",
        "Suppressed: ",
        "Next ",
        "+ ",
        "++ ",
        "throw ",
        "raise ",
        "npm ERR! code ",
        "npm ERR! errno",
        "npm error code ",
    ];
    let has_word = text.chars().any(char::is_alphanumeric);
    let numbered =
        text.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let called = |suffixes: &[&str]| suffixes.iter().any(|suffix| text.contains(suffix));
    !has_word
        || STARTS.iter().any(|start| text.starts_with(start))
        || numbered
        || text.starts_with("at ") && (indent > 0 || text.contains('('))
        || text.starts_with("File \"") && text.contains(", line ")
        || text.starts_with("from ") && (text.contains(":in ") || text.contains(".rb:"))
        || text.starts_with("... ") && (text.ends_with(" more") || text.contains("frames"))
        || text.starts_with("node:internal")
        || indent > 0 && called(&[".go:", ".ex:", ".exs:", ".erl:", ".rs:", ".rb:", ".py:"])
        || indent == 0 && text.ends_with(')') && is_call(text)
        || is_place(text)
        || without_frame(text).is_empty()
}

/// `main.main()`, `net/http.(*Server).Serve(0xc000)`.
fn is_call(text: &str) -> bool {
    let name = text.split('(').next().unwrap_or_default();
    name.contains('.') && !name.contains([' ', ':'])
}

/// `/app/index.js:10`
fn is_place(text: &str) -> bool {
    let Some((path, line)) = text.rsplit_once(':') else { return false };
    (path.starts_with('/') || path.starts_with("file:"))
        && !path.contains(' ')
        && line.parse::<u32>().is_ok()
}

/// Ruby puts the place before the message: `/app/a.rb:3:in 'run': message (RuntimeError)`.
fn without_frame(text: &str) -> &str {
    let Some((place, rest)) = text.split_once(":in ") else { return text };
    if place.contains(' ') || !place.contains(".rb:") {
        return text;
    }
    rest.split_once("': ").map_or("", |(_, message)| message)
}

/// The line with those that finish it: the list behind a colon, the DETAIL of PostgreSQL, the fields of
/// a validation.
pub(super) fn with_detail(lines: &[String], line: &Line) -> String {
    let mut text = line.text.clone();
    let behind = lines.iter().skip(line.at + 1).map(|line| without_time(line));
    let behind = behind.filter(|line| !line.trim().is_empty()).take(4).collect::<Vec<_>>();
    let detail = behind.first().and_then(|line| line.find("DETAIL:").map(|at| &line[at..]));
    let wanted = match &text {
        _ if detail.is_some() => 0,
        text if text.contains("validation error") => 2,
        text if text.ends_with(':') => 1,
        _ => 0,
    };
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let more = behind.iter().take_while(|line| !is_frame(line, 1)).take(wanted);
    for line in detail.into_iter().chain(more.copied()) {
        text = format!("{text} {}", words(line));
    }
    text
}
