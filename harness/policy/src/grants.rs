//! The powers that a recipe was granted.

use cc_ci_recipe::Manifest;

use crate::{Grant, GrantError};

/// The powers that a recipe was granted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    list: Vec<Grant>,
}

impl Grants {
    /// Reads the grants of a `recipe.toml`.
    ///
    /// # Errors
    /// The first text that is not a grant, with its place.
    pub fn of(manifest: &Manifest) -> Result<Self, GrantError> {
        let mut grants = Self::default();
        for granted in &manifest.grants {
            grants.add(&granted.text).map_err(|source| GrantError::At {
                place: granted.place.clone(),
                source: Box::new(source),
            })?;
        }
        Ok(grants)
    }

    /// Reads grants as they are written.
    ///
    /// # Errors
    /// The first text that is not a grant.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, GrantError> {
        let mut grants = Self::default();
        for text in texts {
            grants.add(text)?;
        }
        Ok(grants)
    }

    /// These grants and, behind them, those of `more` that are not among them.
    #[must_use]
    pub fn with(mut self, more: &[Grant]) -> Self {
        for grant in more {
            if !self.list.contains(grant) {
                self.list.push(grant.clone());
            }
        }
        self
    }

    fn add(&mut self, text: &str) -> Result<(), GrantError> {
        let grant: Grant = text.parse()?;
        if self.list.contains(&grant) {
            return Err(GrantError::Twice { text: text.to_owned() });
        }
        self.list.push(grant);
        Ok(())
    }

    /// The grants, in their order.
    #[must_use]
    pub fn list(&self) -> &[Grant] {
        &self.list
    }

    /// The grant that allows `need`.
    pub(crate) fn covering(&self, need: &Grant) -> Option<&Grant> {
        self.list.iter().find(|grant| grant.covers(need))
    }

    /// True where tests that the recipe brings along may be run.
    #[must_use]
    pub fn allow_shipped_tests(&self) -> bool {
        self.list.contains(&Grant::ShippedTests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(grants: &str) -> Manifest {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recipe.toml");
        std::fs::write(&path, format!("schema = 1\n[policy]\ngrant = {grants}\n")).unwrap();
        Manifest::open(&path).unwrap()
    }

    #[test]
    fn are_read_from_the_manifest() {
        let grants = Grants::of(&manifest("[\"cap:KILL\", \"shipped-tests\"]")).unwrap();
        assert_eq!(grants.list().len(), 2);
        assert!(grants.allow_shipped_tests());
        assert!(!Grants::of(&Manifest::default()).unwrap().allow_shipped_tests());
    }

    #[rstest::rstest]
    #[case::unknown("[\n  \"cap:KILL\",\n  \"caps:CHOWN\",\n]")]
    #[case::twice("[\"cap:KILL\", \"cap:CAP_KILL\"]")]
    fn a_mistake_has_its_place(#[case] grants: &str) {
        let error = Grants::of(&manifest(grants)).unwrap_err();
        let GrantError::At { place, source } = &error else { panic!("{error}") };
        let line = place.line();
        match **source {
            GrantError::Unknown { near, .. } => {
                assert_eq!((line, near), (5, Some("cap:NET_ADMIN")))
            }
            GrantError::Twice { .. } => assert_eq!(line, 3),
            GrantError::Value { .. } | GrantError::At { .. } => panic!("{error}"),
        }
    }
}
