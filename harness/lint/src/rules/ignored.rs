//! What Swarm ignores, for the rules that report it.

use std::collections::BTreeSet;

use cc_ci_recipe::{Files, Node, Place};

/// Something that Swarm ignores.
pub(super) struct Found<'a> {
    pub(super) place: &'a Place,
    /// The keys that lead there; what is not a key stands behind `: `.
    pub(super) path: &'a str,
    /// The last key.
    pub(super) key: &'a str,
}

/// Calls `tell` once for each thing that Swarm ignores in the stack or in any overlay.
pub(super) fn each(files: &Files, mut tell: impl FnMut(Found<'_>)) -> Result<(), &'static str> {
    let stack = files.stack.as_ref().ok_or("the compose files cannot be read")?;
    let mut told = BTreeSet::new();
    let alone = files.compose.iter().map(|file| (&file.root, &file.ignored));
    let overlays = files.overlays.iter().map(|overlay| (&overlay.stack, &overlay.ignored));
    for (root, ignored) in alone.chain([(stack, &files.ignored)]).chain(overlays) {
        for path in ignored {
            let keys = path.split(": ").next().unwrap_or(path);
            let Some(place) = Node::locate(root, keys) else { continue };
            if told.insert((place.to_string(), path.clone())) {
                let key = keys.rsplit('.').next().unwrap_or(keys);
                tell(Found { place, path, key });
            }
        }
    }
    Ok(())
}
