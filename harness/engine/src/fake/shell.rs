//! The few commands that the fake understands, so that simple things need no script.

use std::collections::BTreeMap;
use std::time::Duration;

use super::files::{Files, Tree};
use crate::ExecOutput;

/// A command that ended.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) output: ExecOutput,
    pub(super) slept: Duration,
}

/// What a command would do in an empty container without input; `None` where the fake does not
/// know the command.
pub(super) fn predict(command: &[String]) -> Option<Done> {
    let (mut own, mut volumes) = (Tree::new(), BTreeMap::new());
    let mut files = Files { own: &mut own, volumes: &mut volumes, mounts: &[] };
    run(command, &[], &[], &mut files)
}

/// Runs a command; `None` where the fake does not know it.
///
/// Known are `cat echo exit false printenv rm sleep tee true`, and `sh -c` with a sequence of them.
pub(super) fn run(
    command: &[String],
    environment: &[String],
    stdin: &[u8],
    files: &mut Files<'_>,
) -> Option<Done> {
    let mut done = Done::default();
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    if let ["sh" | "/bin/sh", "-c", script] = words[..] {
        for statement in script.split([';', '\n']).map(str::trim).filter(|s| !s.is_empty()) {
            let mut words: Vec<&str> = statement.split_whitespace().collect();
            if words.first() == Some(&"exit") {
                done.output.exit_code = words.get(1).and_then(|code| code.parse().ok())?;
                return Some(done);
            }
            let to_stderr = words.last() == Some(&">&2");
            words.truncate(words.len() - usize::from(to_stderr));
            let before = done.output.stdout.len();
            simple(&words, environment, stdin, files, &mut done)?;
            if to_stderr {
                let moved = done.output.stdout.split_off(before);
                done.output.stderr.extend(moved);
            }
        }
        return Some(done);
    }
    simple(&words, environment, stdin, files, &mut done)?;
    Some(done)
}

fn simple(
    words: &[&str],
    environment: &[String],
    stdin: &[u8],
    files: &mut Files<'_>,
    done: &mut Done,
) -> Option<()> {
    let output = &mut done.output;
    output.exit_code = 0;
    match words {
        ["true"] => {}
        ["false"] => output.exit_code = 1,
        ["sleep", seconds] => {
            done.slept += Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
        }
        ["echo", words @ ..] => {
            output.stdout.extend(words.join(" ").replace(['"', '\''], "").into_bytes());
            output.stdout.push(b'\n');
        }
        ["printenv", name] => {
            let value = environment.iter().rev().find_map(|pair| {
                pair.split_once('=').filter(|(key, _)| key == name).map(|(_, value)| value)
            });
            match value {
                Some(value) => output.stdout.extend(format!("{value}\n").into_bytes()),
                None => output.exit_code = 1,
            }
        }
        ["cat"] => output.stdout.extend(stdin),
        ["cat", paths @ ..] => {
            for path in paths {
                match files.read(path) {
                    Some(content) => output.stdout.extend(content),
                    None => missing(output, "cat", path),
                }
            }
        }
        ["tee", path] => {
            output.stdout.extend(stdin);
            if !files.write(path, stdin.to_vec()) {
                missing(output, "tee", path);
            }
        }
        ["rm", path] => {
            if !files.erase(path) {
                missing(output, "rm", path);
            }
        }
        _ => return None,
    }
    Some(())
}

fn missing(output: &mut ExecOutput, command: &str, path: &str) {
    output.exit_code = 1;
    output.stderr.extend(format!("{command}: {path}: No such file or directory\n").into_bytes());
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::exit(&["/bin/sh", "-c", "exit 3"], 3, "", "")]
    #[case::streams(&["sh", "-c", "echo out; echo err >&2; exit 4"], 4, "out\n", "err\n")]
    #[case::last_statement_counts(&["sh", "-c", "true; false"], 1, "", "")]
    #[case::missing(&["cat", "/x"], 1, "", "cat: /x: No such file or directory\n")]
    #[case::nothing_after_exit(&["sh", "-c", "exit 0; echo no"], 0, "", "")]
    fn known_commands(
        #[case] command: &[&str],
        #[case] code: i64,
        #[case] stdout: &str,
        #[case] stderr: &str,
    ) {
        let command: Vec<String> = command.iter().map(ToString::to_string).collect();
        let output = predict(&command).map(|done| done.output);
        let expected = ExecOutput { exit_code: code, stdout: stdout.into(), stderr: stderr.into() };
        assert_eq!(output, Some(expected));
    }

    #[rstest]
    #[case::command(&["nginx"])]
    #[case::in_a_script(&["sh", "-c", "echo a; psql"])]
    #[case::empty(&[])]
    fn unknown_commands_are_left_to_scripts(#[case] command: &[&str]) {
        let command: Vec<String> = command.iter().map(ToString::to_string).collect();
        assert!(predict(&command).is_none());
    }
}
