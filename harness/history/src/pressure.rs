//! From when on a node is in trouble, from how hard it worked when all was well.

/// So many windows at least make a percentile: the 99th of 200 has two above it.
pub const WINDOWS: usize = 200;
/// Percent of the time that something waited, below which no node is in trouble. An idle node's percentile
/// would be near 0, and any work at all above it.
pub const FLOOR: f64 = 10.0;

/// Pressure above which a node is in trouble, in percent of the time that something waited: the 99th percentile
/// (nearest rank) of `windows` in which everything passed, and never below [`FLOOR`]. Nothing where there are fewer
/// than [`WINDOWS`]; values that are no numbers do not count.
#[must_use]
pub fn floor(windows: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = windows.iter().copied().filter(|value| value.is_finite()).collect();
    if sorted.len() < WINDOWS {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * 99).div_ceil(100);
    sorted.get(rank - 1).map(|value| value.max(FLOOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up_to(count: u32) -> Vec<f64> {
        (1..=count).rev().map(f64::from).collect()
    }

    #[rstest::rstest]
    #[case::too_few(up_to(199), None)]
    #[case::enough(up_to(200), Some(198.0))]
    #[case::more(up_to(1_000), Some(990.0))]
    #[case::idle(vec![0.1; 200], Some(FLOOR))]
    #[case::no_numbers([up_to(199), vec![f64::NAN, f64::INFINITY]].concat(), None)]
    fn a_percentile_needs_windows_and_has_a_floor(
        #[case] windows: Vec<f64>,
        #[case] expected: Option<f64>,
    ) {
        assert_eq!(floor(&windows), expected);
    }
}
