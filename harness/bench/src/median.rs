//! The middle of some values: one slow round on a shared machine does not move it.

/// The median; the mean of the middle two where their number is even; `None` of nothing.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle)) {
        (_, None) => None,
        (1, Some(value)) => Some(*value),
        (_, Some(value)) => Some(f64::midpoint(values[middle - 1], *value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::none(&[], None)]
    #[case::one(&[3.0], Some(3.0))]
    #[case::two(&[4.0, 1.0], Some(2.5))]
    #[case::odd(&[9.0, 1.0, 2.0], Some(2.0))]
    #[case::even(&[9.0, 1.0, 2.0, 4.0], Some(3.0))]
    #[case::an_outlier_does_not_move_it(&[1.0, 1.0, 1.0, 1.0, 100.0], Some(1.0))]
    fn the_middle_is_found(#[case] values: &[f64], #[case] expected: Option<f64>) {
        assert_eq!(median(values.iter().copied()), expected);
    }
}
