//! Computes the difference of two versions.

use std::collections::BTreeSet;

use cc_ci_recipe::Resolved;

use super::facts::{self, Table};
use super::{Change, UPGRADE_SCHEMA, UpgradeDiff};

/// What an upgrade from `old` to `new` changes. The instances may have different names; domain and
/// settings should be the same, or their difference is in it, too.
#[must_use]
pub fn diff(old: &Resolved, new: &Resolved) -> UpgradeDiff {
    let of = |table: fn(&Resolved) -> Table| changes(&table(old), &table(new));
    UpgradeDiff {
        schema: UPGRADE_SCHEMA,
        services: services(old, new),
        images: of(facts::images),
        env: of(facts::env),
        secrets: of(facts::secrets),
        configs: of(facts::configs),
        volumes: of(facts::volumes),
        ports: of(facts::ports),
        labels: of(facts::labels),
    }
}

/// A service that is new or gone is one change and not one for each of its keys.
fn services(old: &Resolved, new: &Resolved) -> Vec<Change> {
    let (was, is) = (facts::images(old), facts::images(new));
    let (mut all, mut kept) = (Vec::new(), Vec::new());
    for change in changes(&was, &is) {
        if change.old.is_none() || change.new.is_none() {
            all.push(change);
        }
    }
    for name in was.keys().filter(|name| is.contains_key(*name)) {
        kept.extend(changes(&facts::service(old, name), &facts::service(new, name)));
    }
    all.extend(kept);
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn changes(old: &Table, new: &Table) -> Vec<Change> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let change = |name: &String| {
        let (was, is) = (old.get(name), new.get(name));
        let (old, new) = (was.cloned(), is.cloned());
        (was != is).then(|| Change { name: name.clone(), old, new })
    };
    names.into_iter().filter_map(change).collect()
}
