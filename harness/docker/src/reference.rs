//! Image references, as far as the engine's requests need them in parts.

/// A reference without and with what comes behind the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// Registry and repository.
    pub(crate) name: &'a str,
    /// The tag, where there is one.
    pub(crate) tag: Option<&'a str>,
    /// The digest with its algorithm, where there is one.
    pub(crate) digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Takes a reference apart; a colon before the last slash belongs to the registry's port.
    pub(crate) fn parse(text: &'a str) -> Self {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let path = rest.rfind('/').map_or(0, |at| at + 1);
        match rest[path..].find(':') {
            Some(at) => {
                Self { name: &rest[..path + at], tag: Some(&rest[path + at + 1..]), digest }
            }
            None => Self { name: rest, tag: None, digest },
        }
    }

    /// The tag, `latest` where none is given.
    pub(crate) fn tag(&self) -> &'a str {
        self.tag.unwrap_or("latest")
    }

    /// The tag or digest that the engine is asked to pull. Never empty: a name alone would bring
    /// every tag that the repository has.
    pub(crate) fn version(&self) -> &'a str {
        self.digest.unwrap_or_else(|| self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::bare("nginx", "nginx", "latest")]
    #[case::tag("nginx:1.26", "nginx", "1.26")]
    #[case::port("127.0.0.1:5000/cc-ci/nginx", "127.0.0.1:5000/cc-ci/nginx", "latest")]
    #[case::port_and_tag("127.0.0.1:5000/cc-ci/nginx:1.26", "127.0.0.1:5000/cc-ci/nginx", "1.26")]
    #[case::digest("quay.io/a/b@sha256:00ff", "quay.io/a/b", "sha256:00ff")]
    #[case::both("quay.io/a/b:2@sha256:00ff", "quay.io/a/b", "sha256:00ff")]
    fn parts(#[case] text: &str, #[case] name: &str, #[case] version: &str) {
        let reference = Reference::parse(text);
        assert_eq!((reference.name, reference.version()), (name, version));
    }
}
