//! The program after its end.

/// What the program said and how it ended.
#[derive(Debug)]
#[must_use = "the exit code is expected with expect()"]
pub struct Ended {
    words: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    pub(crate) fn new(words: String, code: Option<i32>, stdout: String, stderr: String) -> Self {
        Self { words, code, stdout, stderr }
    }

    /// Data.
    #[must_use]
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Talk.
    #[must_use]
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// The exit code has to be `code`.
    ///
    /// # Panics
    /// Where it is another one, with all that was said.
    pub fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "exit code of {self}");
        self
    }

    /// An error for a person: the code, each of `parts` on stderr, and a hint.
    ///
    /// # Panics
    /// Where something of it is missing.
    pub fn expect_refusal(&self, code: i32, parts: &[&str]) -> &Self {
        let ended = self.expect(code);
        assert!(!parts.is_empty(), "an error names its object");
        for part in parts {
            assert!(ended.stderr.contains(part), "{part:?} in {ended}");
        }
        let is_hint = |line: &str| {
            let line = line.trim_start();
            // `tip:` is what the argument parser says.
            line.starts_with("hint: ") || line.starts_with("tip: ")
        };
        assert!(ended.stderr.lines().any(is_hint), "a hint in {ended}");
        ended
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { words, code, stdout, stderr } = self;
        write!(f, "{words} (code {code:?}):\n{stdout}{stderr}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(stderr: &str) -> Ended {
        Ended::new("run x".into(), Some(2), String::new(), stderr.into())
    }

    #[test]
    fn a_whole_refusal_passes() {
        ended("error: no x\n  hint: try y\n").expect_refusal(2, &["no x"]);
    }

    #[rstest::rstest]
    #[case::code(ended("error: no x\nhint: y\n"), 10, "no x", "exit code of run x")]
    #[case::message(ended("error: no\nhint: y\n"), 2, "no x", "\"no x\" in")]
    #[case::hint(ended("error: no x, the hint: is inside\n"), 2, "no x", "a hint in")]
    fn what_is_missing_is_told(
        #[case] ended: Ended,
        #[case] code: i32,
        #[case] part: &'static str,
        #[case] told: &str,
    ) {
        let refusal = std::panic::AssertUnwindSafe(|| {
            ended.expect_refusal(code, &[part]);
        });
        let panic = std::panic::catch_unwind(refusal).unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains(told));
    }
}
