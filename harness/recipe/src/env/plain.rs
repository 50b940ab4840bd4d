//! Environment files as containers get them: no quotes, no references, no comments behind values.

/// The name that a line begins with: all before the first `=`, or the whole line.
///
/// # Errors
/// What is wrong with the name.
pub(crate) fn name_of_line(line: &str) -> Result<&str, &'static str> {
    let name = line.split_once('=').map_or(line, |(name, _)| name);
    if name.is_empty() {
        return Err("no variable name before the `=`");
    }
    if name.contains(char::is_whitespace) {
        return Err("a variable name has no blanks");
    }
    if line.contains('\0') { Err("it has a NUL byte") } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("A=b=c", Ok("A"))]
    #[case("A", Ok("A"))]
    #[case("=b", Err("no variable name before the `=`"))]
    #[case("A = b", Err("a variable name has no blanks"))]
    #[case("export A=b", Err("a variable name has no blanks"))]
    #[case("A=\0", Err("it has a NUL byte"))]
    fn names(#[case] line: &str, #[case] name: Result<&str, &str>) {
        assert_eq!(name_of_line(line), name);
    }
}
