//! The word that somebody probably meant.

/// The candidate nearest to `wanted`, if it is near enough to be worth proposing: a Jaro-Winkler similarity
/// of 0.8, as for the keys of compose files.
pub(crate) fn nearest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let scored = candidates.into_iter().map(|word| (strsim::jaro_winkler(wanted, word), word));
    let near = scored.filter(|(similarity, _)| *similarity >= 0.8);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, word)| word)
}
