//! How far a recipe is trusted, by the way in which it was asked for.
//!
//! A catalogue root is *named* by `--root` or `CC_CI_ROOT`, it is *found* above the current folder, or it
//! is the one that the program brings along. A folder that a stranger sent can be the current folder, so
//! a root that was only found grants nothing, and does nothing at all for a recipe that is given as a
//! path or URL.

use std::path::Path;

use cc_ci_policy::{Grant, Grants, typed};
use cc_ci_recipe::Manifest;

use crate::error::PlanError;
use crate::root::Origin;

/// What a catalogue root does for a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Asked for by name, in a named root or in the program's own: suite, substitutes, and the grants of
    /// its `recipe.toml`.
    Named,
    /// Asked for by name, in a root that was found: suite and substitutes.
    Found,
    /// A path or URL, with a named root: suite and substitutes that the root has for its name.
    Lent,
    /// A path or URL without a named root: nothing.
    Stranger,
}

impl Trust {
    pub(crate) fn of(by_name: bool, root: Origin) -> Self {
        match (by_name, root) {
            (true, Origin::Named | Origin::Bundled) => Self::Named,
            (true, Origin::Found) => Self::Found,
            (false, Origin::Named) => Self::Lent,
            (false, Origin::Found | Origin::Bundled) => Self::Stranger,
        }
    }

    /// True where the root's suites and substitutes hold for the recipe.
    pub(crate) fn has_suites(self) -> bool {
        match self {
            Self::Named | Self::Found | Self::Lent => true,
            Self::Stranger => false,
        }
    }

    /// The grants of the recipe's `recipe.toml` that count, with those that were `typed`.
    pub(crate) fn grants(self, manifest: &Manifest, typed: &[Grant]) -> Result<Grants, PlanError> {
        let own = match self {
            Self::Named => Grants::of(manifest).map_err(PlanError::recipe)?,
            Self::Found | Self::Lent | Self::Stranger => Grants::default(),
        };
        Ok(own.with(typed))
    }

    /// Says that grants of the recipe's own `recipe.toml` do not count here, and how to give them;
    /// nothing where there are none, or they count.
    pub(crate) fn void_grants(self, manifest: &Manifest, root: Option<&Path>) -> Option<Void> {
        if self == Self::Named || manifest.grants.is_empty() {
            return None;
        }
        let place = &manifest.grants.first()?.place;
        let list: Vec<&str> = manifest.grants.iter().map(|grant| grant.text.as_str()).collect();
        let shown: Vec<String> = list.iter().map(|text| format!("{text:?}")).collect();
        let (file, line, list_shown) = (place.file(), place.line(), shown.join(", "));
        let said = format!("{file}:{line}: its grants ({list_shown}) grant nothing here");
        // A text that is no grant cannot be typed as one.
        let words: Vec<String> =
            list.iter().filter_map(|text| text.parse::<Grant>().ok()).map(|g| typed(&g)).collect();
        let root = root.map_or_else(|| "DIR".to_owned(), |root| root.display().to_string());
        let hint = match self {
            Self::Found => format!(
                "the root was only found above the current folder; name it with --root {root}, or add {}",
                words.join(" ")
            ),
            Self::Named | Self::Lent | Self::Stranger => format!(
                "a recipe that is given as a path or URL cannot grant powers to itself; what it may \
                 have is added as {}",
                words.join(" ")
            ),
        };
        Some(Void { said, hint })
    }
}

/// Grants that do not count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Void {
    /// Where they stand and that they do not count.
    pub(crate) said: String,
    /// How to give them.
    pub(crate) hint: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recipe.toml");
        let text = "schema = 1\n[policy]\ngrant = [\"host-mount:/\", \"nonsense\"]\n";
        std::fs::write(&path, text).unwrap();
        Manifest::open(&path).unwrap()
    }

    #[rstest::rstest]
    #[case::named(true, Origin::Named, Trust::Named)]
    #[case::found(true, Origin::Found, Trust::Found)]
    #[case::the_programs_own(true, Origin::Bundled, Trust::Named)]
    #[case::lent(false, Origin::Named, Trust::Lent)]
    #[case::a_found_root_is_no_help(false, Origin::Found, Trust::Stranger)]
    #[case::the_programs_own_is_no_help(false, Origin::Bundled, Trust::Stranger)]
    fn the_way_of_asking_decides(
        #[case] by_name: bool,
        #[case] root: Origin,
        #[case] trust: Trust,
    ) {
        assert_eq!(Trust::of(by_name, root), trust);
    }

    #[test]
    fn only_a_named_root_grants() {
        let (manifest, typed) = (manifest(), [Grant::HostNetwork]);
        for trust in [Trust::Found, Trust::Lent, Trust::Stranger] {
            let grants = trust.grants(&manifest, &typed).unwrap();
            assert_eq!(grants.list(), typed, "{trust:?}");
            let void = trust.void_grants(&manifest, None).unwrap();
            assert!(void.said.ends_with("grant nothing here"), "{void:?}");
            assert!(void.hint.contains("--grant host-mount:/"), "{void:?}");
        }
        // There a mistake is a mistake of the catalogue's owner, and is reported.
        assert!(Trust::Named.grants(&manifest, &typed).is_err());
        assert_eq!(Trust::Named.void_grants(&manifest, None), None);
        assert_eq!(Trust::Stranger.void_grants(&Manifest::default(), None), None);
    }

    #[test]
    fn a_root_that_was_found_is_named_in_the_hint() {
        let void = Trust::Found.void_grants(&manifest(), Some(Path::new("/catalogue"))).unwrap();
        assert!(void.hint.contains("--root /catalogue"), "{void:?}");
    }
}
