//! Names as types that check their form.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::{Leg, sha256_hex};

/// A name that does not fit its kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} {value:?} is not valid: {expected}")]
pub struct IdError {
    /// What kind of name it should have been.
    pub kind: &'static str,
    /// What was given.
    pub value: String,
    /// What would have been accepted.
    pub expected: &'static str,
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        ///
        /// A clone shares the text: each record of a run holds names.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the form of `value`.
            ///
            /// # Errors
            /// [`IdError`] names what would have been accepted.
            pub fn new(value: impl Into<String>) -> Result<Self, IdError> {
                value.into().parse()
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(value: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(value) {
                    Ok(Self(value.into()))
                } else {
                    Err(IdError { kind: $kind, value: value.to_owned(), expected: $expected })
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str(Name(PhantomData))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(value: String) -> Result<Self, IdError> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0.as_ref().to_owned()
            }
        }
    };
}

/// Reads a name of type `N` from a string.
struct Name<N>(PhantomData<N>);

impl<N: FromStr<Err = IdError>> Visitor<'_> for Name<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<N, E> {
        text.parse().map_err(E::custom)
    }
}

fn is_slug(value: &str, extra: &str, max: usize) -> bool {
    let ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(c);
    !value.is_empty()
        && value.len() <= max
        && value.chars().all(ok)
        && value.starts_with(|c: char| c.is_ascii_alphanumeric())
}

name_type!(
    /// The name of a recipe, as its folder is called.
    RecipeName,
    "recipe name",
    "1 to 63 of a-z, 0-9, '-', '_' or '.', starting with a letter or digit",
    |v| is_slug(v, "-_.", 63)
);

name_type!(
    /// A published version of a recipe: `<recipe semver>+<app version>`, a tag or a folder name.
    Version,
    "version",
    "1 to 128 letters, digits, '.', '-', '_' or '+', starting with a letter or digit",
    |v| !v.is_empty()
        && v.len() <= 128
        && v.starts_with(|c: char| c.is_ascii_alphanumeric())
        && v.chars().all(|c| c.is_ascii_alphanumeric() || ".-_+".contains(c))
);

name_type!(
    /// The name of one deployed copy of a recipe: `<recipe[:4]>-<6 hex>`.
    ///
    /// Short on purpose: Swarm cuts secret and config names off at 64 characters and a recipe
    /// hangs its own names behind this one.
    StackName,
    "stack name",
    "1 to 45 of a-z, 0-9, '-' or '_', starting with a letter or digit",
    |v| is_slug(v, "-_", 45)
);

name_type!(
    /// One run: a set of units asked for at once.
    RunId,
    "run id",
    "1 to 63 of a-z, 0-9, '-', starting with a letter or digit",
    |v| is_slug(v, "-", 63)
);

name_type!(
    /// One unit inside a run, `<recipe>@<version>`; unique within the run.
    UnitId,
    "unit id",
    "recipe@version",
    |v| v.len() <= 200
        && v.split_once('@').is_some_and(|(recipe, version)| {
            RecipeName::new(recipe).is_ok() && Version::new(version).is_ok()
        })
);

name_type!(
    /// A stable name of one check inside a tier. Readers of JUnit keep the history of a check under it.
    CheckId,
    "check id",
    "1 to 100 of a-z, 0-9, '_', '-' or '.', starting with a letter or digit",
    |v| is_slug(v, "-_.", 100)
);

impl StackName {
    /// The stack of `unit` within `run`: the same words always give the same name, so that a
    /// rerun meets what an earlier attempt left behind instead of hiding it.
    #[must_use]
    pub fn derive(run: &RunId, unit: &UnitId) -> Self {
        Self::hashed(unit, &format!("{run}\0{unit}"))
    }

    /// The stack of a leg of `unit`; that of the main leg is the unit's own, [`StackName::derive`].
    #[must_use]
    pub fn derive_leg(run: &RunId, unit: &UnitId, leg: Leg) -> Self {
        match leg {
            Leg::Main => Self::derive(run, unit),
            Leg::Recovery | Leg::Interrupt => Self::hashed(unit, &format!("{run}\0{unit}\0{leg}")),
        }
    }

    fn hashed(unit: &UnitId, what: &str) -> Self {
        let hex = sha256_hex(what.as_bytes());
        let head: String =
            unit.as_str().chars().filter(char::is_ascii_alphanumeric).take(4).collect();
        Self(format!("{head}-{}", &hex[..6]).into())
    }
}

impl CheckId {
    /// The check called `text`, with every character that a name cannot hold replaced by `_`.
    #[must_use]
    pub fn slug(text: &str) -> Self {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let lower = text.to_lowercase();
        let lower = lower.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let name: String = lower.chars().map(|c| if fits(c) { c } else { '_' }).take(100).collect();
        if name.is_empty() { Self("unnamed".into()) } else { Self(name.into()) }
    }
}

impl RecipeName {
    /// The recipe called `text`, with every character that a name cannot hold replaced by `-`.
    #[must_use]
    pub fn slug(text: &str) -> Self {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let lower = text.to_lowercase();
        let lower = lower.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let name: String = lower.chars().map(|c| if fits(c) { c } else { '-' }).take(63).collect();
        if name.is_empty() { Self("unnamed".into()) } else { Self(name.into()) }
    }
}

impl UnitId {
    /// The unit that tests `recipe` at `version`.
    #[must_use]
    pub fn of(recipe: &RecipeName, version: &Version) -> Self {
        Self(format!("{recipe}@{version}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("shop", "shop")]
    #[case("My Shop", "my-shop")]
    #[case("..", "unnamed")]
    #[case("é/ß", "unnamed")]
    fn any_text_has_a_recipe_name(#[case] text: &str, #[case] name: &str) {
        assert_eq!(RecipeName::slug(text).as_str(), name);
        assert!(RecipeName::new(RecipeName::slug(&"x".repeat(99)).as_str()).is_ok());
    }

    #[test]
    fn stack_name_is_short_and_repeatable() {
        let run = RunId::new("r1").unwrap();
        let unit = UnitId::new("custom-html@1.1.0+1.26.3").unwrap();
        let stack = StackName::derive(&run, &unit);
        assert_eq!(stack, StackName::derive(&run, &unit));
        assert_eq!(stack.as_str().len(), 11);
        assert!(stack.as_str().starts_with("cust-"));
        assert!(StackName::new(stack.as_str()).is_ok());
        assert_ne!(stack, StackName::derive(&RunId::new("r2").unwrap(), &unit));
    }

    #[test]
    fn any_text_makes_a_check_name() {
        assert_eq!(CheckId::slug("intact files /data").as_str(), "intact_files__data");
        for odd in ["", "/", "ÄÖ", "A b", &"x".repeat(300)] {
            assert!(CheckId::new(CheckId::slug(odd).as_str()).is_ok(), "{odd}");
        }
    }

    #[test]
    fn bad_names_are_refused() {
        assert!(RecipeName::new("../etc").is_err());
        assert!(RecipeName::new("").is_err());
        assert!(Version::new("a/b").is_err());
        assert!(UnitId::new("mumble").is_err());
        assert!(CheckId::new("Has Blanks").is_err());
    }
}
