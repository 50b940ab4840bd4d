//! What was typed as RECIPE[@VERSION].

use std::path::Path;

use cc_ci_model::{RecipeName, Version};
use cc_ci_source::Point;

/// What was typed as RECIPE[@VERSION].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// A name, a path or a URL, the last two with `#REF` where a commit is meant.
    pub recipe: String,
    /// The version, if one was named.
    pub version: Option<String>,
}

impl Asked {
    /// Takes the words apart. A path or URL may hold an `@`, so only what follows the last slash can be a version, and
    /// only if it looks like one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let name_starts = text.rfind('/').map_or(0, |slash| slash + 1);
        let split = text[name_starts..].rsplit_once('@');
        match split.filter(|(_, version)| Version::new(*version).is_ok()) {
            Some((name, version)) => Self {
                recipe: format!("{}{name}", &text[..name_starts]),
                version: Some(version.to_owned()),
            },
            None => Self { recipe: text.to_owned(), version: None },
        }
    }

    /// Words that ask for `point` again, from any folder and whatever the repository's branches do meanwhile.
    pub(crate) fn again(&self, point: &Point) -> String {
        let address = self.recipe.split('#').next().unwrap_or(&self.recipe);
        let real = Path::new(address).canonicalize().ok().filter(|_| !self.is_name());
        let real = real.as_deref().and_then(Path::to_str);
        let address = real.unwrap_or(address);
        match (point.is_release(), point.commit()) {
            (true, _) => format!("{address}@{}", point.version),
            (false, Some(commit)) => format!("{address}#{commit}"),
            (false, None) => address.to_owned(),
        }
    }

    /// A name for reports of what cannot be opened: the last piece of a path or URL, with every character that
    /// a name cannot hold replaced.
    #[must_use]
    pub fn slug(&self) -> RecipeName {
        let address = self.recipe.split('#').next().unwrap_or_default().trim_end_matches('/');
        // A path such as `.` has its name from the folder that it leads to.
        let real = Path::new(address).canonicalize().ok();
        let real = real.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy());
        let last = address.rsplit(['/', ':']).next().unwrap_or_default().into();
        let name = real.filter(|_| !self.is_name()).unwrap_or(last);
        RecipeName::slug(name.strip_suffix(".git").unwrap_or(&name))
    }

    /// True for a name of the catalogue; false for a path and a URL.
    #[must_use]
    pub fn is_name(&self) -> bool {
        let elsewhere = ['/', '#', ':'].iter().any(|mark| self.recipe.contains(*mark));
        !elsewhere && !self.recipe.starts_with('.')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("mumble", "mumble", None)]
    #[case("mumble@0.2.0+1.5.735", "mumble", Some("0.2.0+1.5.735"))]
    #[case("./a@b/mumble", "./a@b/mumble", None)]
    #[case("../x/mumble@1", "../x/mumble", Some("1"))]
    #[case("git@example.org:shop", "git@example.org:shop", None)]
    #[case("https://example.org/shop#main", "https://example.org/shop#main", None)]
    #[case("https://example.org/shop@1.0.0+2", "https://example.org/shop", Some("1.0.0+2"))]
    fn what_was_typed_is_taken_apart(
        #[case] text: &str,
        #[case] recipe: &str,
        #[case] version: Option<&str>,
    ) {
        let (recipe, version) = (recipe.to_owned(), version.map(str::to_owned));
        assert_eq!(Asked::parse(text), Asked { recipe, version });
    }
}
