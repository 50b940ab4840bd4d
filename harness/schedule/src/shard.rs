//! A run that is shared out among machines which do not speak to each other.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One part of several, as `2/4` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    of: usize,
}

/// A part that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShardError {
    /// The text is no `i/n`.
    #[error("shard {0:?} is not of the form i/n, such as 2/4")]
    Form(String),
    /// There are no such parts.
    #[error("shard {index}/{of} does not exist: i goes from 1 to n, and n is at least 1")]
    Range {
        /// The part that was asked for.
        index: usize,
        /// How many parts there were to be.
        of: usize,
    },
}

impl Shard {
    /// Part `index` of `of`, counted from 1.
    ///
    /// # Errors
    /// A part that does not exist.
    pub fn new(index: usize, of: usize) -> Result<Self, ShardError> {
        if (1..=of).contains(&index) {
            Ok(Self { index, of })
        } else {
            Err(ShardError::Range { index, of })
        }
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let form = || ShardError::Form(text.to_owned());
        let (index, of) = text.split_once('/').ok_or_else(form)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| form());
        Self::new(number(index)?, number(of)?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Which of `items`, by index in ascending order, belong to `part`: each item is in exactly one part.
///
/// An item is a key and its predicted milliseconds. The longest item goes first, each to the part with the
/// least time so far, so that the parts differ by at most the length of one item. The answer depends on keys and
/// predictions alone where keys are unique: machines with the same list agree, in whatever order they hold it.
#[must_use]
pub fn shard<K: Ord>(items: &[(K, u64)], part: Shard) -> Vec<usize> {
    let mut longest: Vec<usize> = (0..items.len()).collect();
    longest.sort_by_key(|&index| (Reverse(items[index].1), &items[index].0));
    let mut parts = vec![(0_u64, 0_usize); part.of];
    let mut mine = Vec::new();
    for index in longest {
        // The number of items breaks ties, so that items without a prediction are shared out too.
        let least = (0..part.of).min_by_key(|&at| parts[at]).unwrap_or(0);
        let (millis, count) = parts[least];
        parts[least] = (millis.saturating_add(items[index].1), count + 1);
        if least + 1 == part.index {
            mine.push(index);
        }
    }
    mine.sort_unstable();
    mine
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::beyond("5/4", "shard 5/4 does not exist: i goes from 1 to n, and n is at least 1")]
    #[case::zero("0/4", "shard 0/4 does not exist: i goes from 1 to n, and n is at least 1")]
    #[case::of_none("0/0", "shard 0/0 does not exist: i goes from 1 to n, and n is at least 1")]
    #[case::words("one/4", "shard \"one/4\" is not of the form i/n, such as 2/4")]
    #[case::one_number("4", "shard \"4\" is not of the form i/n, such as 2/4")]
    fn a_part_that_does_not_exist_is_refused(#[case] text: &str, #[case] words: &str) {
        assert_eq!(text.parse::<Shard>().unwrap_err().to_string(), words);
    }

    fn parts(items: &[(&str, u64)], of: usize) -> Vec<Vec<String>> {
        let part = |index| shard(items, Shard::new(index, of).unwrap());
        let names = |index| part(index).into_iter().map(|at| items[at].0.to_owned()).collect();
        (1..=of).map(names).collect()
    }

    #[test]
    fn parts_are_balanced_by_time_and_hold_everything_once() {
        let items = [("a", 10), ("b", 60), ("c", 50), ("d", 20), ("e", 40)];
        assert_eq!(
            parts(&items, 2),
            [["b", "d", "a"].map(str::to_owned).to_vec(), vec!["c".into(), "e".into()]].map(
                |mut names: Vec<String>| {
                    names.sort();
                    names
                }
            )
        );
        assert_eq!("2/2".parse::<Shard>().unwrap().to_string(), "2/2");
    }

    #[test]
    fn the_order_of_the_list_does_not_matter() {
        let mut items = [("a", 10), ("b", 10), ("c", 50), ("d", 10), ("e", 40)];
        let sorted = |items: &[(&str, u64)]| {
            let mut parts = parts(items, 3);
            parts.iter_mut().for_each(|part| part.sort());
            parts
        };
        let first = sorted(&items);
        items.reverse();
        assert_eq!(sorted(&items), first);
    }

    #[test]
    fn items_without_a_prediction_are_shared_out_too() {
        let items: Vec<(String, u64)> = (0..9).map(|n| (format!("r{n}"), 0)).collect();
        let lengths = [1, 2, 3].map(|index| shard(&items, Shard::new(index, 3).unwrap()).len());
        assert_eq!(lengths, [3, 3, 3]);
    }
}
