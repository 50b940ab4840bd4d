//! Which data was proven: stores by name, volumes held against the snapshot.

use cc_ci_model::{Tier, VolumeCoverage};

use super::Page;
use crate::{AttemptView, StoreProof};

/// Stores and the operations that their data was seen to live through.
pub(super) fn stores(page: &mut Page, attempt: &AttemptView) {
    let stores = attempt.stores();
    if stores.is_empty() {
        return;
    }
    let told = |tier: &Tier| {
        let gap = |store: &StoreProof| store.not_proven.iter().any(|gap| gap.tier == *tier);
        stores.iter().any(|store| store.proven.contains(tier) || gap(store))
    };
    let operations: Vec<_> = Tier::ALL.into_iter().filter(told).collect();
    let with_reasons = stores.iter().any(|store| store.reasons().is_some());
    page.leaf("h3", "", "Data that was proven");
    page.within("div", &[("class", "scroll")], |page| {
        page.within("table", &[], |page| {
            page.within("thead", &[], |page| {
                page.within("tr", &[], |page| {
                    page.leaf("th", "", "store");
                    operations.iter().for_each(|tier| page.leaf("th", "tier", tier.as_str()));
                    if with_reasons {
                        page.leaf("th", "", "not proven, because");
                    }
                });
            });
            page.within("tbody", &[], |page| {
                for store in &stores {
                    page.within("tr", &[], |page| {
                        store_row(page, store, &operations, with_reasons)
                    });
                }
            });
        });
    });
}

fn store_row(page: &mut Page, store: &StoreProof, operations: &[Tier], with_reasons: bool) {
    page.leaf("td", "name", &store.name);
    for tier in operations {
        let gap = store.not_proven.iter().find(|gap| gap.tier == *tier);
        let (class, sign) = match gap {
            Some(gap) if gap.wrong => ("tier bad", "✘"),
            Some(_) => ("tier warn", "–"),
            None if store.proven.contains(tier) => ("tier good", "✔"),
            None => ("tier open", ""),
        };
        page.leaf("td", class, sign);
    }
    if with_reasons {
        page.leaf("td", "", &store.reasons().unwrap_or_default());
    }
}

/// What changed in each volume, and whether the snapshot holds it.
pub(super) fn volumes(page: &mut Page, attempt: &AttemptView) {
    if attempt.volumes.is_empty() {
        return;
    }
    page.leaf("h3", "", "Volumes and the snapshot");
    page.within("div", &[("class", "scroll")], |page| {
        page.within("table", &[], |page| {
            page.within("thead", &[], |page| {
                page.within("tr", &[], |page| {
                    page.leaf("th", "", "volume");
                    page.leaf("th", "number", "changed files");
                    page.leaf("th", "number", "not saved");
                    page.leaf("th", "", "in the snapshot");
                    page.leaf("th", "", "because");
                });
            });
            page.within("tbody", &[], |page| {
                for volume in &attempt.volumes {
                    page.within("tr", &[], |page| volume_row(page, volume));
                }
            });
        });
    });
}

fn volume_row(page: &mut Page, volume: &VolumeCoverage) {
    let VolumeCoverage { volume: name, changed, unsaved, example, saved, excused } = volume;
    let lost = *unsaved > 0 && excused.is_none();
    page.leaf("td", "name", name);
    page.leaf("td", "number", &changed.to_string());
    page.leaf("td", if lost { "number bad" } else { "number" }, &unsaved.to_string());
    page.leaf("td", "", if *saved { "yes" } else { "no" });
    page.within("td", &[], |page| {
        if let Some(reason) = excused {
            page.text(reason);
        } else if lost {
            page.words("nothing excuses it");
        }
        if let Some(example) = example {
            page.words(" ");
            page.leaf("span", "quiet", &format!("such as {example}"));
        }
    });
}
