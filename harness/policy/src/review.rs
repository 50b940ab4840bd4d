//! The judgement over a stack's powers.

use std::collections::BTreeSet;
use std::fmt;

use cc_ci_model::StackSpec;
use thiserror::Error;

use crate::{Grant, Grants, Need, capability, host_mount, host_network, port, sysctl, volume};

/// One kind of power each.
const KINDS: [fn(&StackSpec) -> Vec<Need>; 6] = [
    host_mount::needs,
    volume::needs,
    host_network::needs,
    capability::needs,
    sysctl::needs,
    port::needs,
];

/// A power that nobody granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("{} {}: {}\n  hint: {}", .0.at, .0.what, .0.why, hint(.0))]
pub struct Refusal(pub Need);

/// What became of the powers that a stack asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// Asked for and granted, sorted.
    pub granted: Vec<Need>,
    /// Asked for and not granted, sorted. With any of them the stack is not deployed.
    pub refused: Vec<Refusal>,
    /// Granted and not asked for, in their order: they should be taken out of `recipe.toml`.
    pub stale: Vec<Grant>,
}

/// Judges the powers that the stacks of one unit ask for: base and head, for a grant that only one
/// of them needs is not stale.
#[must_use]
pub fn review<'a>(specs: impl IntoIterator<Item = &'a StackSpec>, grants: &Grants) -> Review {
    let needs: BTreeSet<Need> =
        specs.into_iter().flat_map(|spec| KINDS.iter().flat_map(|kind| kind(spec))).collect();
    let mut review = Review::default();
    let mut used = BTreeSet::new();
    for need in needs {
        match need.grant.as_ref().and_then(|grant| grants.covering(grant)) {
            Some(grant) => {
                used.insert(grant.clone());
                review.granted.push(need);
            }
            None => review.refused.push(Refusal(need)),
        }
    }
    // Whether a recipe ships tests is not in its stack.
    let idle = |grant: &&Grant| **grant != Grant::ShippedTests && !used.contains(*grant);
    review.stale = grants.list().iter().filter(idle).cloned().collect();
    review
}

impl Review {
    /// True where nothing is refused.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.refused.is_empty()
    }

    /// `[policy]` of `recipe.toml` as it would have to be for nothing to be refused and nothing to
    /// be stale; nothing where no grant can help, or none is needed.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        let needs = self.granted.iter().chain(self.refused.iter().map(|refusal| &refusal.0));
        let grants: Option<BTreeSet<&Grant>> = needs.map(|need| need.grant.as_ref()).collect();
        let grants = grants.filter(|grants| !grants.is_empty())?;
        let list: Vec<String> = grants.iter().map(|grant| format!("\"{grant}\"")).collect();
        Some(format!("[policy]\ngrant = [{}]", list.join(", ")))
    }
}

impl fmt::Display for Review {
    /// All refusals, one after the other, then the stale grants.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = self.refused.iter().map(ToString::to_string);
        let stale = self.stale.iter().map(|grant| {
            format!(
                "grant {grant:?} is not needed any more\n  hint: take it out of recipe.toml",
                grant = grant.to_string()
            )
        });
        f.write_str(&refused.chain(stale).collect::<Vec<_>>().join("\n"))
    }
}

fn hint(need: &Need) -> String {
    match &need.grant {
        Some(grant) => format!(
            "to allow it, add \"{grant}\" to `grant` in recipe.toml:\n    [policy]\n    grant = [\"{grant}\"]"
        ),
        None => "no grant can allow it; the recipe has to change".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{MountSpec, MountType};

    use super::*;
    use crate::testing::app;

    fn powerful() -> StackSpec {
        let kind = MountType::Bind;
        let source = "/var/run/docker.sock".to_owned();
        let mount = MountSpec { kind, source, target: "/s".into(), ..MountSpec::default() };
        app(|app| {
            app.mounts = vec![mount];
            app.cap_add = vec!["NET_ADMIN".into()];
            app.sysctls.insert("vm.max_map_count".into(), "262144".into());
        })
    }

    fn grants(texts: &[&str]) -> Grants {
        Grants::parse(texts.iter().copied()).unwrap()
    }

    #[test]
    fn nothing_asked_for_is_nothing_to_say() {
        let review = review([&app(|_| ())], &Grants::default());
        assert!(review.passes());
        assert_eq!((review.remedy(), review.to_string()), (None, String::new()));
    }

    #[test]
    fn every_power_is_refused_until_it_is_granted() {
        let refused = review([&powerful()], &Grants::default());
        assert!(!refused.passes());
        insta::assert_snapshot!(refused);
    }

    #[test]
    fn powers_are_granted_one_by_one() {
        let spec = app(|app| app.cap_add = vec!["NET_ADMIN".into(), "SYS_TIME".into()]);
        let half = review([&spec], &grants(&["cap:NET_ADMIN"]));
        assert_eq!((half.granted.len(), half.refused.len()), (1, 1));
        let remedy = half.remedy().unwrap();
        assert_eq!(remedy, "[policy]\ngrant = [\"cap:NET_ADMIN\", \"cap:SYS_TIME\"]");
        let whole = review([&spec], &grants(&["cap:SYS_TIME", "cap:NET_ADMIN"]));
        assert!(whole.passes() && whole.stale.is_empty(), "{whole:?}");
    }

    #[test]
    fn a_stale_grant_is_reported() {
        let review = review([&app(|_| ())], &grants(&["host-network", "shipped-tests"]));
        assert!(review.passes());
        assert_eq!(review.stale, [Grant::HostNetwork]);
        insta::assert_snapshot!(review, @r#"
        grant "host-network" is not needed any more
          hint: take it out of recipe.toml
        "#);
    }

    #[test]
    fn a_grant_that_only_the_base_needs_is_not_stale() {
        let base = app(|app| app.cap_add = vec!["NET_ADMIN".into()]);
        let review = review([&base, &app(|_| ())], &grants(&["cap:NET_ADMIN"]));
        assert!(review.passes() && review.stale.is_empty());
    }

    #[test]
    fn nothing_can_grant_what_belongs_to_the_node() {
        let grants = grants(&[
            "sysctl:vm.max_map_count",
            "host-mount:/var/run/docker.sock",
            "cap:NET_ADMIN",
        ]);
        let review = review([&powerful()], &grants);
        assert_eq!(review.refused.len(), 1);
        assert_eq!(review.remedy(), None);
        assert_eq!(review.stale, [Grant::Sysctl("vm.max_map_count".into())]);
    }
}
