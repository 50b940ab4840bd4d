//! Which builds begin alike, so that the second can take the engine's layers of the first. Pure.

/// True where two Dockerfiles over one base begin with the same steps, and something is run in these. The engine
/// then has the result in its cache once the first of the two is built.
pub(super) fn begin_alike(one: &str, other: &str) -> bool {
    let (one, other) = (instructions(one), instructions(other));
    let alike = one.iter().zip(&other).take_while(|(one, other)| one == other);
    alike.into_iter().any(|(instruction, _)| is(instruction, "RUN"))
}

/// The instructions, each on one line, without comments. A heredoc is not known here, as it is not to the engine's
/// own builder.
fn instructions(dockerfile: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in dockerfile.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (text, more) =
            line.strip_suffix('\\').map_or((line, false), |text| (text.trim(), true));
        match found.last_mut().filter(|_| goes_on) {
            Some(open) => {
                open.push(' ');
                open.push_str(text);
            }
            None => found.push(text.to_owned()),
        }
        goes_on = more;
    }
    // The name of a stage is no part of what is built.
    for instruction in found.iter_mut().filter(|instruction| is(instruction, "FROM")) {
        let from: Vec<&str> = instruction.split_whitespace().take(2).collect();
        *instruction = from.join(" ");
    }
    found
}

fn is(instruction: &str, word: &str) -> bool {
    let first = instruction.split_whitespace().next();
    first.is_some_and(|first| first.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ONE: &str = "# One.\nARG BASE\nFROM ${BASE} AS crate\nRUN apt-get update \\\n && apt-get install x\nCOPY a /a\n";

    #[rstest]
    #[case::itself(ONE, true)]
    #[case::another_end(
        "ARG BASE\nFROM ${BASE}\nRUN apt-get update && apt-get install x\nRUN y\n",
        true
    )]
    #[case::comments_between(
        "ARG BASE\n\nFROM ${BASE}\n# Why.\nRUN apt-get update \\\n# z\n  && apt-get install x\n",
        true
    )]
    #[case::another_first_step("ARG BASE\nFROM ${BASE}\nRUN apt-get install x\n", false)]
    #[case::nothing_run_yet("ARG BASE\nFROM ${BASE}\nENV A=b\n", false)]
    #[case::empty("", false)]
    fn only_a_step_that_runs_is_worth_a_wait(#[case] other: &str, #[case] expected: bool) {
        assert_eq!(begin_alike(ONE, other), expected);
        assert_eq!(begin_alike(other, ONE), expected);
    }

    #[test]
    fn a_step_over_several_lines_is_one() {
        let found = instructions(ONE);
        assert_eq!(
            found,
            ["ARG BASE", "FROM ${BASE}", "RUN apt-get update && apt-get install x", "COPY a /a"]
        );
    }
}
