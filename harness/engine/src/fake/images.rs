//! The images of a node and of the registries that it reaches.

use cc_ci_model::sha256_hex;

use crate::ImageState;

/// Images on a node.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) here: Vec<ImageState>,
}

impl Shelf {
    /// The image that a reference, a digest or an id names.
    pub(super) fn find(&self, reference: &str) -> Option<&ImageState> {
        let (name, digest) = match reference.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (reference, None),
        };
        self.here.iter().find(|image| match digest {
            Some(digest) => image.digests.contains(&format!("{}@{digest}", untagged(name))),
            None => image.id == name || image.tags.contains(&tagged(name)),
        })
    }

    /// Puts an image on the node; a tag moves to it from whoever had it.
    pub(super) fn put(&mut self, image: ImageState) -> ImageState {
        for other in &mut self.here {
            other.tags.retain(|tag| !image.tags.contains(tag));
        }
        self.here.retain(|other| other.id != image.id);
        self.here.push(image.clone());
        image
    }
}

/// The image that a registry has under a reference; the same reference is always the same image.
pub(super) fn from_registry(reference: &str) -> ImageState {
    let (name, tags) = match reference.split_once('@') {
        Some((name, _)) => (name, Vec::new()),
        None => (reference, vec![tagged(reference)]),
    };
    let digest = match reference.split_once('@') {
        Some((_, digest)) => digest.to_owned(),
        None => digest_of(&tagged(reference)),
    };
    ImageState {
        id: format!("sha256:{}", sha256_hex(digest.as_bytes())),
        tags,
        digests: vec![format!("{}@{digest}", untagged(name))],
        bytes: 1 << 20,
        ..ImageState::default()
    }
}

/// An image that was made on the node from `seed`.
pub(super) fn made_here(seed: &[u8], tag: &str) -> ImageState {
    ImageState {
        id: format!("sha256:{}", sha256_hex(seed)),
        tags: vec![tagged(tag)],
        bytes: 1 << 20,
        ..ImageState::default()
    }
}

pub(super) fn digest_of(reference: &str) -> String {
    format!("sha256:{}", sha256_hex(format!("manifest {reference}").as_bytes()))
}

/// The reference with the tag that it means.
pub(super) fn tagged(reference: &str) -> String {
    if untagged(reference) == reference && !reference.starts_with("sha256:") {
        format!("{reference}:latest")
    } else {
        reference.to_owned()
    }
}

/// The reference without its tag; a port of the registry is not one.
pub(super) fn untagged(reference: &str) -> &str {
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => reference,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("nginx", "nginx:latest", "nginx")]
    #[case("a/b:1", "a/b:1", "a/b")]
    #[case("localhost:5000/b", "localhost:5000/b:latest", "localhost:5000/b")]
    #[case("localhost:5000/b:2", "localhost:5000/b:2", "localhost:5000/b")]
    fn tags_and_ports_are_told_apart(#[case] given: &str, #[case] with: &str, #[case] name: &str) {
        assert_eq!((tagged(given).as_str(), untagged(given)), (with, name));
    }

    #[test]
    fn a_pulled_image_is_found_by_every_name() {
        let mut shelf = Shelf::default();
        let image = shelf.put(from_registry("r:5000/app:1"));
        for name in ["r:5000/app:1", image.id.as_str(), image.digests[0].as_str()] {
            assert_eq!(shelf.find(name), Some(&image), "{name}");
        }
        let both = image.digests[0].replace("app@", "app:1@");
        assert_eq!(shelf.find(&both), Some(&image));
        assert_eq!(shelf.find("r:5000/app:2"), None);
    }

    #[test]
    fn a_tag_moves() {
        let mut shelf = Shelf::default();
        shelf.put(made_here(b"old", "app:1"));
        let new = shelf.put(made_here(b"new", "app:1"));
        assert_eq!(shelf.find("app:1"), Some(&new));
    }
}
