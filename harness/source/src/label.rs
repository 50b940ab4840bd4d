//! The version that a compose file claims for itself.

use cc_ci_model::Version;

/// How the label's name is written in a compose file, before anything is interpolated.
const NAMES: [&str; 2] = ["coop-cloud.${STACK_NAME}.version", "coop-cloud.$STACK_NAME.version"];

/// The value of `coop-cloud.${STACK_NAME}.version`, in its list or its mapping form.
///
/// It is looked for as text, not as YAML: what a recipe is called has to be known before its
/// settings are, and also for a recipe whose file is broken, so that the failure gets a name.
pub(crate) fn declared(compose: &str) -> Option<Version> {
    let lines = compose.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.filter_map(value).find_map(|value| Version::new(value).ok())
}

fn value(line: &str) -> Option<&str> {
    let rest = NAMES.iter().find_map(|name| line.split_once(name)).map(|(_, rest)| rest)?;
    // `name=value`, `name: value`, `"name": "value"`.
    let rest = rest.trim_start_matches(['"', '\'']).trim_start();
    let rest = rest.strip_prefix(['=', ':'])?;
    let rest = rest.trim_start().trim_start_matches(['"', '\'']);
    let end = rest.find(|c: char| c.is_whitespace() || "\"',]}#".contains(c));
    Some(&rest[..end.unwrap_or(rest.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::list(
        "  - \"coop-cloud.${STACK_NAME}.version=3.5.3+1.21.0-rootless\"",
        "3.5.3+1.21.0-rootless"
    )]
    #[case::bare("- coop-cloud.${STACK_NAME}.version=0.1.0+2  # the release", "0.1.0+2")]
    #[case::map("coop-cloud.${STACK_NAME}.version: 1.0.0+1", "1.0.0+1")]
    #[case::quoted_map("\"coop-cloud.${STACK_NAME}.version\": '1.0.0+1'", "1.0.0+1")]
    #[case::flow("labels: [\"coop-cloud.${STACK_NAME}.version=1.0.0+1\"]", "1.0.0+1")]
    #[case::no_braces("- coop-cloud.$STACK_NAME.version=1.0.0+1", "1.0.0+1")]
    #[case::first_is_a_comment(
        "# - coop-cloud.${STACK_NAME}.version=1.0.0+1\n- coop-cloud.${STACK_NAME}.version=2.0.0+1",
        "2.0.0+1"
    )]
    fn is_found(#[case] compose: &str, #[case] version: &str) {
        assert_eq!(declared(compose).unwrap().as_str(), version);
    }

    #[rstest::rstest]
    #[case::nothing("services: {app: {image: a}}")]
    #[case::another_label("- coop-cloud.${STACK_NAME}.timeout=300")]
    #[case::interpolated("- coop-cloud.${STACK_NAME}.version=${VERSION}")]
    #[case::empty("- coop-cloud.${STACK_NAME}.version=")]
    #[case::no_value("- coop-cloud.${STACK_NAME}.version")]
    fn is_not_made_up(#[case] compose: &str) {
        assert_eq!(declared(compose), None);
    }
}
