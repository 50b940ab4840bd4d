//! Judges the powers that a stack asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cc_ci_model::StackSpec;
use cc_ci_recipe::{Place, Places};
use thiserror::Error;

use crate::{
    Grant, Grants, Need, capability, host_mount, host_network, label, logging, network_option,
    object, port, router, sysctl, volume,
};

/// One function for each kind of power.
const KINDS: [fn(&StackSpec) -> Vec<Need>; 11] = [
    host_mount::needs,
    volume::needs,
    host_network::needs,
    capability::needs,
    sysctl::needs,
    port::needs,
    object::external,
    object::named,
    label::needs,
    logging::needs,
    network_option::needs,
];

/// A stack whose powers are judged.
#[derive(Debug, Clone, Copy)]
pub struct Asks<'a> {
    /// The stack.
    pub spec: &'a StackSpec,
    /// The name under which it serves: its routers may match this name and names below it.
    pub domain: &'a str,
    /// Where the keys of its compose files stand.
    pub places: &'a Places,
}

impl Asks<'_> {
    fn needs(&self) -> Vec<Need> {
        let kinds = KINDS.iter().flat_map(|kind| kind(self.spec));
        kinds.chain(router::needs(self.spec, self.domain)).collect()
    }
}

/// A power that was not granted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{} {}: {}{}\n  hint: {}", prefix(.place), shown(&.need.at), shown(&.need.what), .need.why, excerpt(.place), shown(&hint(.need)))]
pub struct Refusal {
    /// The power.
    pub need: Need,
    /// Where the recipe asks for it.
    pub place: Option<Place>,
}

/// The powers that a stack asks for, by whether they are granted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// Asked for and granted, sorted.
    pub granted: Vec<Need>,
    /// Asked for and not granted, sorted. With any of them the stack is not deployed.
    pub refused: Vec<Refusal>,
    /// Granted and not asked for, in their order.
    pub stale: Vec<Grant>,
}

/// Judges the powers that the stacks of one unit ask for together: a grant that only the base or only the head
/// needs is not stale. If several stacks ask for a power, its place in the last of them counts.
#[must_use]
pub fn review<'a>(stacks: impl IntoIterator<Item = Asks<'a>>, grants: &Grants) -> Review {
    // The stacks of a unit differ in their names, and so do the keys of their labels.
    let mut needs: BTreeMap<_, (Need, Option<Place>)> = BTreeMap::new();
    for asks in stacks {
        for need in asks.needs() {
            let place = asks.places.of(need.path.iter().map(String::as_str));
            let same = (need.at.clone(), need.what.clone(), need.grant.clone());
            needs.insert(same, (need, place));
        }
    }
    let mut review = Review::default();
    let mut used = BTreeSet::new();
    for (need, place) in needs.into_values() {
        match need.grant.as_ref().and_then(|grant| grants.covering(grant)) {
            Some(grant) => {
                used.insert(grant.clone());
                review.granted.push(need);
            }
            None => review.refused.push(Refusal { need, place }),
        }
    }
    // The stack does not say whether the recipe ships tests.
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

    /// The arguments of the command line that grant what is refused. `None` where nothing is refused, or where
    /// no grant can help.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        let needs = self.refused.iter().map(|refusal| &refusal.need);
        let grants: Option<BTreeSet<&Grant>> = needs.map(|need| need.grant.as_ref()).collect();
        let grants = grants.filter(|grants| !grants.is_empty())?;
        let words: Vec<String> = grants.iter().map(|grant| typed(grant)).collect();
        Some(words.join(" "))
    }
}

/// `--grant WORD`, for a shell.
#[must_use]
pub fn typed(grant: &Grant) -> String {
    let word = grant.to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    match word.chars().all(plain) {
        true => format!("--grant {word}"),
        false => format!("--grant '{}'", word.replace('\'', "'\\''")),
    }
}

impl fmt::Display for Review {
    /// All refusals, one after the other, then the stale grants.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = self.refused.iter().map(ToString::to_string);
        let stale = self.stale.iter().map(|grant| {
            format!(
                "grant {grant:?} is not needed\n  hint: leave it out",
                grant = grant.to_string()
            )
        });
        f.write_str(&refused.chain(stale).collect::<Vec<_>>().join("\n"))
    }
}

/// The most characters of one part of a message: the text of a recipe can be of any length, and a hint names a
/// grant twice.
const MOST: usize = 1000;

/// The text of a recipe for a message: cut to [`MOST`] characters, and without control characters for a
/// terminal.
fn shown(text: &str) -> String {
    let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = text.chars().take(MOST).map(visible).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

fn prefix(place: &Option<Place>) -> String {
    place.as_ref().map_or_else(String::new, |place| format!("{place}: "))
}

fn excerpt(place: &Option<Place>) -> String {
    let excerpt = place.as_ref().map(Place::excerpt).filter(|excerpt| !excerpt.is_empty());
    excerpt.map_or_else(String::new, |excerpt| format!("\n{excerpt}"))
}

fn hint(need: &Need) -> String {
    match &need.grant {
        Some(grant) => format!(
            "to allow it, add {}, or run the recipe by its name with --root DIR, where \
             DIR/recipes/NAME/recipe.toml has grant = [\"{grant}\"] under [policy]",
            typed(grant)
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

    fn judge<const N: usize>(specs: [StackSpec; N], grants: &Grants) -> Review {
        let (domain, places) = ("shop.test", &Places::default());
        review(specs.iter().map(|spec| Asks { spec, domain, places }), grants)
    }

    fn grants(texts: &[&str]) -> Grants {
        Grants::parse(texts.iter().copied()).unwrap()
    }

    #[test]
    fn nothing_asked_for_is_nothing_to_say() {
        let review = judge([app(|_| ())], &Grants::default());
        assert!(review.passes());
        assert_eq!((review.remedy(), review.to_string()), (None, String::new()));
    }

    /// A unit deploys its recipe under several names.
    #[test]
    fn stacks_of_one_unit_ask_once() {
        let stack = |name: &str| {
            let label = (format!("traefik.http.routers.{name}.priority"), "9".to_owned());
            let mut spec = app(|app| app.labels.extend([label]));
            spec.name = cc_ci_model::StackName::new(name).unwrap();
            spec
        };
        let review = judge([stack("shop-abc123"), stack("shop-def456")], &Grants::default());
        assert_eq!(review.refused.len(), 1, "{review}");
    }

    #[test]
    fn every_power_is_refused_until_it_is_granted() {
        let refused = judge([powerful()], &Grants::default());
        assert!(!refused.passes());
        insta::assert_snapshot!(refused);
    }

    #[test]
    fn powers_are_granted_one_by_one() {
        let spec = app(|app| app.cap_add = vec!["NET_ADMIN".into(), "SYS_TIME".into()]);
        let half = judge([spec.clone()], &grants(&["cap:NET_ADMIN"]));
        assert_eq!((half.granted.len(), half.refused.len()), (1, 1));
        let remedy = half.remedy().unwrap();
        assert_eq!(remedy, "--grant cap:SYS_TIME");
        let whole = judge([spec.clone()], &grants(&["cap:SYS_TIME", "cap:NET_ADMIN"]));
        assert!(whole.passes() && whole.stale.is_empty(), "{whole:?}");
    }

    #[test]
    fn hostile_text_commands_neither_a_terminal_nor_a_shell() {
        let mut spec = app(|_| ());
        let driver = Some(format!("a'; id #\u{1b}[2J\n  hint: x{}", "y".repeat(100_000)));
        let volume = cc_ci_model::VolumeSpec {
            name: "shop-abc123_v".into(),
            driver,
            ..cc_ci_model::VolumeSpec::default()
        };
        spec.volumes.insert("v".into(), volume);
        let said = judge([spec], &Grants::default()).to_string();
        assert!(said.contains("--grant 'volume-driver:a'\\''; id #"), "{said}");
        assert!(!said.contains('\u{1b}') && said.lines().count() == 2, "{said}");
        assert!(said.len() < 3 * MOST, "{said}");
    }

    #[test]
    fn a_stale_grant_is_reported() {
        let review = judge([app(|_| ())], &grants(&["host-network", "shipped-tests"]));
        assert!(review.passes());
        assert_eq!(review.stale, [Grant::HostNetwork]);
        insta::assert_snapshot!(review, @r#"
        grant "host-network" is not needed
          hint: leave it out
        "#);
    }

    #[test]
    fn a_grant_that_only_the_base_needs_is_not_stale() {
        let base = app(|app| app.cap_add = vec!["NET_ADMIN".into()]);
        let review = judge([base, app(|_| ())], &grants(&["cap:NET_ADMIN"]));
        assert!(review.passes() && review.stale.is_empty());
    }

    #[test]
    fn nothing_can_grant_what_belongs_to_the_node() {
        let grants = grants(&[
            "sysctl:vm.max_map_count",
            "host-mount:/var/run/docker.sock",
            "cap:NET_ADMIN",
        ]);
        let review = judge([powerful()], &grants);
        assert_eq!(review.refused.len(), 1);
        assert_eq!(review.remedy(), None);
        assert_eq!(review.stale, [Grant::Sysctl("vm.max_map_count".into())]);
    }
}
