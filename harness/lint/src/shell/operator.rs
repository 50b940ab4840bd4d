//! Finds commands that need a shell to mean what they say.

use super::execute::{executed, is_shell};

/// The first sign in `command` that only a shell understands; nothing where the command is one for a shell
/// already. Quotes around a sign hand it to the program as text. What a variable of compose left behind is not
/// known here.
pub(crate) fn needs_shell(command: &str) -> Option<String> {
    if executed(command).first().is_some_and(|program| is_shell(program)) {
        return None;
    }
    let mut quote = None;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => {
                chars.next();
            }
            (None, '"' | '\'') => quote = Some(c),
            (None, '&' | '|') if chars.peek() == Some(&c) => return Some(format!("{c}{c}")),
            (None, '|' | '>' | '<' | ';' | '&') => return Some(c.to_string()),
            (None | Some('"'), '`') => return Some(c.to_string()),
            (None | Some('"'), '$') => {
                let next = chars.peek().copied().unwrap_or(' ');
                if matches!(next, '(' | '{' | '_') || next.is_ascii_alphabetic() {
                    return Some(format!("{c}{next}"));
                }
            }
            (Some(_) | None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::into_a_file("pg_dump -U app app > /data/b.sql", Some(">"))]
    #[case::out_of_a_file("psql app < /data/b.sql", Some("<"))]
    #[case::pipe("pg_dump app | gzip", Some("|"))]
    #[case::both("a && b", Some("&&"))]
    #[case::either("a || b", Some("||"))]
    #[case::one_after_the_other("a; b", Some(";"))]
    #[case::answer("a -p$(cat /s)", Some("$("))]
    #[case::variable("a \"$PASSWORD\"", Some("$P"))]
    #[case::in_a_shell("sh -c 'pg_dump app > /data/b.sql'", None)]
    #[case::in_a_shell_behind_a_variable("A=1 bash -c \"a | b\"", None)]
    #[case::script("/pg_backup.sh backup", None)]
    #[case::quoted("sqlite3 /data/a.db \".backup '/data/b > c'\"", None)]
    #[case::in_single_quotes("awk '{print $1 > \"x\"}' f", None)]
    #[case::price("echo 5$", None)]
    #[case::escaped("echo a\\;b", None)]
    fn signs_of_a_shell_are_seen(#[case] command: &str, #[case] sign: Option<&str>) {
        assert_eq!(needs_shell(command).as_deref(), sign);
    }
}
