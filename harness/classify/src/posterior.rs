//! How much a failure that came again says, and how little.
//!
//! Model: a flaky case fails with a rate of its own, spread over cases as Beta(1, 3); after the
//! first failure a case is deterministic or flaky with equal odds.

/// Odds that a case is deterministic once it has failed for the first time.
const PRIOR: f64 = 0.5;
/// First parameter of the Beta prior of a flaky case's failure rate.
const ALPHA: f64 = 1.0;
/// Second parameter of it.
const BETA: f64 = 3.0;
/// The risk that is taken when a flake's rate is called excluded.
const RISK: f64 = 0.05;

/// P(deterministic) after the first failure and `k` isolated failures more.
///
/// `PRIOR / (PRIOR + (1 - PRIOR) · E[q^k])`, where `q` follows Beta(1, 3) updated by the first
/// failure, so that `E[q^k]` is the product of `(2 + i) / (5 + i)` for `i < k`.
#[must_use]
pub fn deterministic(k: u32) -> f64 {
    let likelihood: f64 = (0..k)
        .map(|i| (ALPHA + 1.0 + f64::from(i)) / (ALPHA + 1.0 + BETA + f64::from(i)))
        .product();
    PRIOR / (PRIOR + (1.0 - PRIOR) * likelihood)
}

/// The highest failure rate of a flake that `k` isolated failures in a row exclude at 5 % risk:
/// `0.05^(1/k)`. Nothing is excluded without one.
#[must_use]
pub fn excluded_rate(k: u32) -> Option<f64> {
    (k > 0).then(|| RISK.powf(1.0 / f64::from(k)))
}

/// The expected chance that a flaky case passes the next time, after `failed` and `passed`
/// attempts: the mean of the updated Beta prior, seen from the passing side.
#[must_use]
pub fn passes_next(failed: u32, passed: u32) -> f64 {
    let (failed, passed) = (f64::from(failed), f64::from(passed));
    (BETA + passed) / (ALPHA + BETA + failed + passed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, 0.50)]
    #[case(1, 0.71)]
    #[case(2, 0.83)]
    #[case(3, 0.90)]
    #[case(4, 0.93)]
    #[case(5, 0.955)]
    fn the_published_figures_come_out(#[case] k: u32, #[case] expected: f64) {
        assert!((deterministic(k) - expected).abs() < 0.005, "{}", deterministic(k));
    }

    /// The closed form against the integral it stands for: ∫ q^k · Beta(2, 3) dq by the midpoint
    /// rule, with the density 12 · q · (1 - q)².
    #[rstest]
    fn the_product_is_the_integral(#[values(1, 2, 3, 4, 5)] k: i32) {
        const STEPS: u32 = 20_000;
        let integral: f64 = (0..STEPS)
            .map(|i| (f64::from(i) + 0.5) / f64::from(STEPS))
            .map(|q| q.powi(k) * 12.0 * q * (1.0 - q).powi(2) / f64::from(STEPS))
            .sum();
        let expected = 0.5 / (0.5 + 0.5 * integral);
        assert!((deterministic(k.unsigned_abs()) - expected).abs() < 1e-6);
    }

    #[rstest]
    #[case(1, 0.05)]
    #[case(5, 0.549)]
    #[case(11, 0.762)]
    #[case(29, 0.902)]
    fn few_reruns_exclude_little(#[case] k: u32, #[case] expected: f64) {
        assert!((excluded_rate(k).unwrap() - expected).abs() < 0.001);
        assert_eq!(excluded_rate(0), None);
    }

    #[test]
    fn one_failure_and_one_pass_leave_two_thirds() {
        assert!((passes_next(1, 1) - 2.0 / 3.0).abs() < 1e-12);
        assert!(passes_next(1, 4) > passes_next(1, 1));
        assert!(passes_next(3, 1) < passes_next(1, 1));
    }
}
