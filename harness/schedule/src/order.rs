//! Which item comes first.

use std::cmp::Reverse;

use crate::item::{Item, ItemId, Priority};

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;
/// A prediction counts up to this length, so that it never outweighs a change.
const LONGEST: i64 = 6 * HOUR;
/// What a change, or a red not long ago, is worth.
const FRONT: i64 = 6 * HOUR;
/// What a step of priority is worth: more than change, red and length together.
const STEP: i64 = 24 * HOUR;

/// The place of an item in the order; the least comes first.
///
/// Items that are queued at the same time are ordered by priority, then change and red, then predicted
/// time, longest first, then name. An item that was queued earlier gains what it has waited, times
/// `ageing`. The gain of all grows alike, so the order of two items never changes while they wait, and only
/// finitely many later items can go before an item: none that is queued
/// `(2 STEP + 2 FRONT + LONGEST) / ageing` after it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    score: Reverse<i64>,
    pub(crate) id: ItemId,
}

impl Key {
    /// The place of `item`, which was queued at `millis`.
    pub(crate) fn new(item: &Item, millis: u64, ageing: u32) -> Self {
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let steps = match item.priority {
            Priority::Nightly => 0,
            Priority::PullRequest => STEP,
            Priority::Developer => 2 * STEP,
        };
        let front = FRONT * (i64::from(item.changed) + i64::from(item.recently_red));
        let length = signed(item.predicted_millis).min(LONGEST);
        let late = signed(millis).saturating_mul(i64::from(ageing));
        let score = (steps + front + length).saturating_sub(late);
        Self { score: Reverse(score), id: item.id.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::item;

    fn order(ageing: u32, items: &[(&Item, u64)]) -> Vec<String> {
        let mut keys: Vec<Key> =
            items.iter().map(|(item, at)| Key::new(item, *at, ageing)).collect();
        keys.sort();
        keys.iter().map(|key| key.id.to_string()).collect()
    }

    #[test]
    fn priority_then_change_then_length_then_name() {
        let long = item("long", 600_000);
        let (a, b) = (item("a", 1_000), item("b", 1_000));
        let changed = Item { changed: true, ..item("changed", 1) };
        let red = Item { recently_red: true, ..item("red", 2) };
        let endless = item("endless", u64::MAX);
        let pull = Item { priority: Priority::PullRequest, ..item("pull", 0) };
        let developer = Item { priority: Priority::Developer, ..item("developer", 0) };
        let all = [&b, &a, &long, &changed, &red, &endless, &pull, &developer];
        let all: Vec<_> = all.into_iter().map(|item| (item, 0)).collect();
        let wanted = ["developer", "pull", "red", "changed", "endless", "long", "a", "b"];
        assert_eq!(order(1, &all), wanted);
    }

    #[test]
    fn an_item_that_waits_goes_before_a_longer_one_that_came_much_later() {
        let (short, long) = (item("short", 1_000), item("long", 60_000));
        assert_eq!(order(1, &[(&short, 0), (&long, 58_000)]), ["long", "short"]);
        assert_eq!(order(1, &[(&short, 0), (&long, 60_000)]), ["short", "long"]);
        assert_eq!(order(0, &[(&short, 0), (&long, 60_000)]), ["long", "short"]);
    }
}
