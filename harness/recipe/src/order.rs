//! The order of published versions, `<recipe semver>+<app version>`.

use std::cmp::Ordering;

/// Older is less: first the recipe's own version, then the app's, each piece by piece.
///
/// Runs of digits compare as numbers, so `0.10.0` is newer than `0.9.0`. A pre-release
/// (`1.0.0-rc1`) is older than its release, as in semver; a leading `v` does not count. Two
/// different names are never equal.
#[must_use]
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    let (a_left, a_right) = halves(a);
    let (b_left, b_right) = halves(b);
    compare_half(a_left, b_left).then_with(|| compare_half(a_right, b_right)).then_with(|| a.cmp(b))
}

fn halves(version: &str) -> (&str, &str) {
    version.split_once('+').unwrap_or((version, ""))
}

fn compare_half(a: &str, b: &str) -> Ordering {
    let (a_release, a_pre) = pre_release(a);
    let (b_release, b_pre) = pre_release(b);
    pieces(a_release).cmp(pieces(b_release)).then_with(|| match (a_pre, b_pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => pieces(a).cmp(pieces(b)),
    })
}

fn pre_release(half: &str) -> (&str, Option<&str>) {
    let half = half.strip_prefix('v').unwrap_or(half);
    match half.split_once('-') {
        Some((release, pre)) => (release, Some(pre)),
        None => (half, None),
    }
}

/// A run of digits (by value) or of anything else.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Word(&'a str),
    /// Length without leading zeros, then the digits: numbers of any size, without overflow.
    Number(usize, &'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(['.', '-', '_']);
        let first = rest.chars().next()?;
        let digits = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != digits || ".-_".contains(c))
            .unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(if digits {
            let value = piece.trim_start_matches('0');
            Piece::Number(value.len(), value)
        } else {
            Piece::Word(piece)
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[rstest::rstest]
    #[case::recipe_first("1.0.0+9.9", "1.1.0+1.0")]
    #[case::then_the_app("1.0.0+1.22.1", "1.0.0+1.26.3")]
    #[case::numbers_not_letters("0.9.0+1", "0.10.0+1")]
    #[case::pre_release_before_release("1.0.0-rc1+1", "1.0.0+1")]
    #[case::leading_v("1.0.0+v1.3.4", "1.0.0+1.5.735")]
    #[case::longer_is_newer("1.0", "1.0.1")]
    #[case::beyond_64_bits("1.99999999999999999999", "1.100000000000000000000")]
    fn older_is_less(#[case] old: &str, #[case] new: &str) {
        assert_eq!(compare_versions(old, new), Ordering::Less);
        assert_eq!(compare_versions(new, old), Ordering::Greater);
    }

    proptest! {
        #[test]
        fn is_a_total_order(
            a in "[0-9v]{1,3}(\\.[0-9]{1,2}){0,2}(-rc[0-9])?(\\+[0-9a-z.]{1,4})?",
            b in "[0-9v]{1,3}(\\.[0-9]{1,2}){0,2}(-rc[0-9])?(\\+[0-9a-z.]{1,4})?",
            c in "[0-9v]{1,3}(\\.[0-9]{1,2}){0,2}(-rc[0-9])?(\\+[0-9a-z.]{1,4})?",
        ) {
            prop_assert_eq!(compare_versions(&a, &b), compare_versions(&b, &a).reverse());
            prop_assert_eq!(compare_versions(&a, &b).is_eq(), a == b);
            if compare_versions(&a, &b).is_le() && compare_versions(&b, &c).is_le() {
                prop_assert!(compare_versions(&a, &c).is_le());
            }
        }
    }
}
