//! Finds the name that was probably meant.

/// The candidate nearest to `wanted`, if it is near enough to be worth proposing.
///
/// Near enough is a Jaro-Winkler similarity of 0.8, at which `port` still finds `ports` and
/// `mumbel` finds `mumble`, but unrelated words of the same length find nothing.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(wanted, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::missing_letter("port", Some("ports"))]
    #[case::swapped_letters("evnironment", Some("environment"))]
    #[case::nothing_like_it("zzz", None)]
    fn proposes_only_what_is_near(#[case] wanted: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(wanted, ["ports", "environment", "image"]), expected);
    }
}
