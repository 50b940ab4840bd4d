//! The adversary's section, which is not ours.

/// The section's heading.
pub const FINDINGS_HEADING: &str = "## Adversary findings";

/// The part of an existing page that belongs to the adversary: from the first line that is the
/// heading to the last byte of the file.
///
/// Our own part never holds such a line and always comes first, so whatever follows the first one
/// (other headings, the same heading again, code fences, anything) was written by somebody else.
/// Looking at fences would only add a way to overlook the section and lose it.
#[must_use]
pub fn findings(page: &str) -> Option<&str> {
    let mut start = 0;
    for line in page.split_inclusive(['\n', '\r']) {
        if is_heading(line) {
            return Some(&page[start..]);
        }
        start += line.len();
    }
    None
}

/// Lenient on purpose: a person who typed the heading by hand must not lose what stands below it.
fn is_heading(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim();
    let Some(title) = line.strip_prefix("##") else { return false };
    let title = title.trim_matches(|c: char| c.is_whitespace() || c == '#' || c == ':');
    !line.starts_with("###") && title.eq_ignore_ascii_case("adversary findings")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::none("# B\n\n## Build backlog\n", None)]
    #[case::plain("a\n## Adversary findings\nx", Some("## Adversary findings\nx"))]
    #[case::dos("a\r\n## Adversary findings\r\n- x\r\n", Some("## Adversary findings\r\n- x\r\n"))]
    #[case::blanks("## Adversary findings  \t\n\n\n", Some("## Adversary findings  \t\n\n\n"))]
    #[case::by_hand("a\n  ##  Adversary Findings: ##\nx", Some("  ##  Adversary Findings: ##\nx"))]
    #[case::again(
        "## Adversary findings\nx\n## Adversary findings\ny",
        Some("## Adversary findings\nx\n## Adversary findings\ny")
    )]
    #[case::fenced(
        "## Adversary findings\n```\n## Build backlog\n",
        Some("## Adversary findings\n```\n## Build backlog\n")
    )]
    #[case::deeper("### Adversary findings\n", None)]
    #[case::in_a_sentence("see ## Adversary findings\n", None)]
    #[case::longer("## Adversary findings of old\n", None)]
    fn from_the_heading_to_the_end(#[case] page: &str, #[case] expected: Option<&str>) {
        assert_eq!(findings(page), expected);
    }
}
