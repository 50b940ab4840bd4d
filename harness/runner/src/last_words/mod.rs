//! What a process printed before it failed, and which of its lines says why.
//!
//! The last line seldom does: stack frames, `exited with 1` of a wrapper script or the good-bye of a
//! supervisor stand behind it. A line that names a cause outranks one that only sounds bad, and in a chain
//! of causes the innermost counts.

mod clean;
mod json;
mod rank;
mod trace;

use cc_ci_model::Said;
use rank::Rank;

/// Lines of the tail that reports show.
const TAIL: usize = 20;
/// Longest line of the tail, and longest cause, in characters.
const WIDEST: usize = 400;
/// Lines that can be the cause of the end; older ones are asked only where these name none.
const RECENT: usize = 40;

/// One line that is no blank and no part of a stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    /// Position in the log.
    at: usize,
    /// What a reader is shown.
    text: String,
    rank: Rank,
}

/// The end of `log` and the line in it that says why the process failed; nothing where nothing was
/// printed. Secrets have to be hidden before, because long lines are cut here.
pub(crate) fn last_words(log: &str) -> Option<Said> {
    let lines = clean::lines(log);
    let last = lines.iter().rposition(|line| !line.trim().is_empty())?;
    let shown: Vec<_> = lines[..=last].iter().map(|line| shorten(line)).collect();
    let tail = shown[shown.len().saturating_sub(TAIL)..].join("\n");
    Some(Said { line: shorten(&cause(&lines[..=last])), tail })
}

/// The first line of `log` that is called an error; nothing where none is: those behind it follow from it.
/// Secrets have to be hidden before.
pub(crate) fn error_line(log: &str) -> Option<String> {
    let lines = clean::lines(log);
    let first = trace::ranked(&lines).into_iter().find(|line| line.rank >= Rank::Error);
    first.map(|line| shorten(&line.text))
}

/// The line that says why, with what belongs to it.
pub(crate) fn cause(lines: &[String]) -> String {
    let ranked = trace::ranked(lines);
    let recent = &ranked[ranked.len().saturating_sub(RECENT)..];
    let strong = |line: &&Line| line.rank >= Rank::Error;
    let among = if recent.iter().any(|line| strong(&line)) { recent } else { &ranked[..] };
    let Some(best) = among.iter().map(|line| line.rank).max() else {
        // Nothing but frames: the last line of all.
        return lines.last().map(|line| line.trim().to_owned()).unwrap_or_default();
    };
    let end = among.iter().rposition(|line| line.rank == best).unwrap_or_default();
    let mut start = end;
    // The first of a row of equals: those behind it follow from it. A plain line follows from nothing.
    if best > Rank::Plain {
        while start > 0 && among[start - 1].rank == best {
            start -= 1;
        }
    }
    trace::with_detail(lines, &among[start])
}

/// A long line keeps its beginning and its end: either may hold the word that matters.
fn shorten(line: &str) -> String {
    let line = line.trim_end();
    let length = line.chars().count();
    if length <= WIDEST {
        return line.to_owned();
    }
    let (head, end) = (WIDEST * 2 / 3, WIDEST / 3 - 1);
    let first: String = line.chars().take(head).collect();
    let last: String = line.chars().skip(length - end).collect();
    format!("{first}…{last}")
}

#[cfg(test)]
mod tests;
