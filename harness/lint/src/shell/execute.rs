//! Which programs a script executes.

use super::split::{base, commands};

/// Programs that execute what follows them.
const WRAPPERS: [&str; 12] = [
    "exec",
    "tini",
    "dumb-init",
    "env",
    "nohup",
    "time",
    "nice",
    "sudo",
    "command",
    "then",
    "do",
    "!",
];
/// Programs that execute what follows a user's name.
const AS_USER: [&str; 2] = ["gosu", "su-exec"];
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "python3", "python"];

/// True for a program that reads a script and does not execute it.
pub(crate) fn is_shell(program: &str) -> bool {
    SHELLS.contains(&base(program))
}

/// The programs at the beginning of each command of `script`, as they are written.
pub(crate) fn executed(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    for command in commands(script) {
        for piped in command.words.split(|word| word == "|") {
            let mut words = piped.iter().map(|word| word.trim_start_matches(['(', '{', '$', '`']));
            while let Some(word) = words.next() {
                let assigns = word.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                });
                if AS_USER.contains(&base(word)) {
                    words.next();
                } else if !(assigns
                    || WRAPPERS.contains(&base(word))
                    || word.starts_with('-')
                    || word.is_empty())
                {
                    found.push(word.trim_end_matches([')', '}', '`']).to_owned());
                    break;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("/start.sh a b", "/start.sh")]
    #[case("sh /start.sh", "sh")]
    #[case("sh -c '/a.sh && exec /b.sh x'", "sh|/a.sh|/b.sh")]
    #[case("tini -- /start.sh", "/start.sh")]
    #[case("A=1 gosu www /start.sh | tee x", "/start.sh|tee")]
    #[case("", "")]
    fn finds(#[case] script: &str, #[case] expected: &str) {
        assert_eq!(executed(script).join("|"), expected);
    }
}
