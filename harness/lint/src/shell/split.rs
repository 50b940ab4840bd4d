//! Commands and words of a script.

/// A simple command, pipes included, and its line from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) line: usize,
    pub(crate) words: Vec<String>,
}

/// The commands of `script`: split at line ends, `;`, `&&` and `||` outside quotes; a pipe is a
/// word of its own. Comments are left out, lines that end in a backslash go on.
/// What is handed to a shell in one word (`sh -c '…'`) is split, too, and follows its command.
pub(crate) fn commands(script: &str) -> Vec<Command> {
    let mut all = Vec::new();
    for command in split(script) {
        let inner: Vec<Command> = (command.words.windows(2))
            .filter(|pair| pair[0].starts_with('-') && pair[0].ends_with('c'))
            .filter(|pair| pair[1].contains(char::is_whitespace))
            .flat_map(|pair| split(&pair[1]))
            .map(|inner| Command { line: command.line + inner.line - 1, ..inner })
            .collect();
        // The script is no word of its own any more, or what it does would be found twice.
        let words =
            command.words.iter().filter(|w| inner.is_empty() || !w.contains(char::is_whitespace));
        all.push(Command { line: command.line, words: words.cloned().collect() });
        all.extend(inner);
    }
    all
}

fn split(script: &str) -> Vec<Command> {
    let mut state = Splitter { line: 1, ..Splitter::default() };
    let mut chars = script.chars().peekable();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') => state.word.extend(chars.next()),
            (Some(_), c) => state.word.push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                state.quoted = true;
            }
            (None, '\\') => match chars.next() {
                Some('\n') => {
                    state.end_word();
                    state.here += 1;
                }
                Some(c) => state.word.push(c),
                None => {}
            },
            (None, '#') if state.word.is_empty() && !state.quoted => {
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            (None, '\n' | ';') => {
                state.end_command();
            }
            (None, '&') if chars.next_if_eq(&'&').is_some() => state.end_command(),
            // `2>&1` is one word, a lone `&` ends a command.
            (None, '&') if !state.word.ends_with('>') => state.end_command(),
            (None, '|') if chars.next_if_eq(&'|').is_some() => state.end_command(),
            (None, '|') => {
                state.end_word();
                state.words.push("|".to_owned());
            }
            (None, c) if c.is_whitespace() => state.end_word(),
            (None, c) => state.word.push(c),
        }
        if c == '\n' {
            state.line += 1 + std::mem::take(&mut state.here);
        }
    }
    state.end_command();
    state.commands
}

#[derive(Debug, Default)]
struct Splitter {
    commands: Vec<Command>,
    words: Vec<String>,
    word: String,
    quoted: bool,
    line: usize,
    /// Lines that were continued since the command began.
    here: usize,
}

impl Splitter {
    fn end_word(&mut self) {
        if !self.word.is_empty() || self.quoted {
            self.words.push(std::mem::take(&mut self.word));
        }
        self.quoted = false;
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.words.is_empty() {
            let words = std::mem::take(&mut self.words);
            self.commands.push(Command { line: self.line, words });
        }
    }
}

/// The last part of a path: `/usr/bin/pg_dump` is `pg_dump`. A leading `$(` or `(` is no part.
pub(crate) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word).trim_start_matches(['$', '(', '`', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("a b; c && d || e", "1:a b|1:c|1:d|1:e")]
    #[case("a 'b; c' \"d && e\"", "1:a b; c d && e")]
    #[case("a | b > c", "1:a | b > c")]
    #[case("a \\\n  b\nc", "1:a b|3:c")]
    #[case("# a\nb # c\nd#e", "2:b|3:d#e")]
    #[case("a 2>&1 & b", "1:a 2>&1|1:b")]
    #[case("", "")]
    #[case("a \"", "1:a ")]
    #[case("su x -c 'b > c; d'", "1:su x -c|1:b > c|1:d")]
    fn splits(#[case] script: &str, #[case] expected: &str) {
        let shown: Vec<String> = (commands(script).iter())
            .map(|command| format!("{}:{}", command.line, command.words.join(" ")))
            .collect();
        assert_eq!(shown.join("|"), expected);
    }
}
