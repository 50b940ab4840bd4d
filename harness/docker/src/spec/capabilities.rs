//! Capabilities in the one spelling that the engine compares.

use std::collections::BTreeSet;

const ALL: &str = "ALL";

/// What is added; `ALL` makes every other name needless.
pub(super) fn added(add: &[String]) -> Vec<String> {
    effective(add).into_iter().collect()
}

/// What is dropped; a capability that is also added is not, as in Docker's own client.
pub(super) fn dropped(add: &[String], drop: &[String]) -> Vec<String> {
    effective(drop).difference(&effective(add)).cloned().collect()
}

fn effective(names: &[String]) -> BTreeSet<String> {
    let names: BTreeSet<String> = names.iter().map(|name| spelled(name)).collect();
    if names.contains(ALL) { BTreeSet::from([ALL.to_owned()]) } else { names }
}

fn spelled(name: &str) -> String {
    let name = name.trim().to_uppercase();
    if name == ALL || name.starts_with("CAP_") { name } else { format!("CAP_{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn list(names: &str) -> Vec<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    #[rstest]
    #[case::spelling("net_admin CAP_CHOWN", "", "CAP_CHOWN CAP_NET_ADMIN", "")]
    #[case::all_of_them("chown all", "all kill", "ALL", "")]
    #[case::drop_all_add_one("CHOWN", "ALL", "CAP_CHOWN", "ALL")]
    #[case::both("CHOWN", "chown kill", "CAP_CHOWN", "CAP_KILL")]
    fn rules(#[case] add: &str, #[case] drop: &str, #[case] plus: &str, #[case] minus: &str) {
        let (add, drop) = (list(add), list(drop));
        assert_eq!(added(&add), list(plus));
        assert_eq!(dropped(&add, &drop), list(minus));
    }
}
