//! Names of images.

/// The image's name on the engine, as `cc-ci/nginx:1.22`.
#[must_use]
pub fn local_reference(name: &str, tag: &str) -> String {
    format!("cc-ci/{name}:{tag}")
}

/// The image's name in the local registry, as `127.0.0.1:5055/cc-ci/nginx:1.22`.
#[must_use]
pub fn registry_reference(port: u16, name: &str, tag: &str) -> String {
    format!("{}:{tag}", repository(port, name))
}

/// The registry's name for all tags of an image.
pub(super) fn repository(port: u16, name: &str) -> String {
    format!("127.0.0.1:{port}/cc-ci/{name}")
}

/// `nginx:1.22` → (`nginx`, `1.22`); a bare name has no tag.
pub(super) fn split(image: &str) -> (&str, Option<&str>) {
    match image.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (image, None),
    }
}
