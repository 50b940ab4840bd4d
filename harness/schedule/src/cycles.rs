//! Finds items that come after themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::item::ItemId;

/// Cycles in `after`, in which every name is a key too; what leads into a cycle without being part of it is not
/// named. Cycles that share an item are named once, by the first that is found.
pub(crate) fn cycles(after: &BTreeMap<ItemId, BTreeSet<ItemId>>) -> Vec<Vec<ItemId>> {
    let mut left = after.clone();
    let mut found = Vec::new();
    loop {
        peel(&mut left);
        let Some(mut at) = left.keys().next().cloned() else { return found };
        // Everything that is left comes after something that is left, so the walk must meet itself.
        let mut walked: Vec<ItemId> = Vec::new();
        while !walked.contains(&at) {
            let next = left.get(&at).and_then(BTreeSet::first).cloned();
            walked.push(at);
            let Some(next) = next else { return found };
            at = next;
        }
        let begin = walked.iter().position(|item| *item == at).unwrap_or(0);
        let cycle = walked.split_off(begin);
        for item in &cycle {
            left.remove(item);
        }
        left.values_mut().for_each(|all| all.retain(|item| !cycle.contains(item)));
        found.push(cycle);
    }
}

/// Removes items that come after nothing, until each item that is left comes after another.
fn peel(left: &mut BTreeMap<ItemId, BTreeSet<ItemId>>) {
    let mut followers: BTreeMap<ItemId, Vec<ItemId>> = BTreeMap::new();
    for (item, all) in &*left {
        for before in all {
            followers.entry(before.clone()).or_default().push(item.clone());
        }
    }
    let free = |(item, all): (&ItemId, &BTreeSet<ItemId>)| all.is_empty().then(|| item.clone());
    let mut free: Vec<ItemId> = left.iter().filter_map(free).collect();
    while let Some(item) = free.pop() {
        left.remove(&item);
        for follower in followers.remove(&item).unwrap_or_default() {
            if let Some(all) = left.get_mut(&follower) {
                all.remove(&item);
                if all.is_empty() {
                    free.push(follower);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::none(&["b a", "c a b"], &[])]
    #[case::itself(&["a a"], &["a"])]
    #[case::two(&["a b", "b a", "c a"], &["a b"])]
    #[case::led_into(&["a b", "b c", "c b"], &["b c"])]
    #[case::apart(&["a b", "b a", "x y", "y x"], &["a b", "x y"])]
    #[case::between_two(&["a b", "b a", "m a", "x y m", "y x"], &["a b", "x y"])]
    fn cycles_are_named(#[case] edges: &[&str], #[case] wanted: &[&str]) {
        let mut after: BTreeMap<ItemId, BTreeSet<ItemId>> = BTreeMap::new();
        for edge in edges {
            let mut names = edge.split(' ').map(ItemId::new);
            let item = names.next().unwrap();
            let all: BTreeSet<ItemId> = names.collect();
            for name in &all {
                after.entry(name.clone()).or_default();
            }
            after.insert(item, all);
        }
        let words =
            |cycle: &Vec<ItemId>| cycle.iter().map(ItemId::as_str).collect::<Vec<_>>().join(" ");
        let found: Vec<String> = cycles(&after).iter().map(words).collect();
        assert_eq!(found, wanted);
    }
}
