//! Several compose files, in their order, as one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::compose::{Notes, merge};
use crate::env::interpolate_all;
use crate::normal::normal;
use crate::shape::version;
use crate::text::Source;
use crate::yaml::{At, Node, Problem, ProblemKind, load};

/// Lays file on file, each with its references replaced and in its long form.
pub(crate) struct Chain<'a> {
    /// The instance's environment.
    pub(crate) env: &'a BTreeMap<String, String>,
    /// The folder that the files' own paths start from.
    pub(crate) folder: &'a Path,
    /// Notes for the user.
    pub(crate) notes: &'a mut Notes,
    /// Variables that are used, have no default and are not set.
    pub(crate) unset: &'a mut BTreeSet<String>,
}

impl Chain<'_> {
    /// Lays the file `source` on what there is already.
    pub(crate) fn add(
        &mut self,
        whole: Option<Node>,
        source: &Arc<Source>,
    ) -> Result<Node, Problem> {
        let root = interpolate_all(load(source)?, self.env, self.unset)?;
        self.lay(whole, &root)
    }

    /// Lays a file whose references are replaced already.
    pub(crate) fn lay(&mut self, whole: Option<Node>, root: &Node) -> Result<Node, Problem> {
        let over = normal(root, self.env, self.folder, self.notes)?;
        let Some(base) = whole else { return Ok(over) };
        same_version(&base, &over)?;
        Ok(merge(base, over))
    }
}

/// The command line refuses files of different versions, and takes a file without one for one of
/// the newest version.
fn same_version(base: &Node, over: &Node) -> Result<(), Problem> {
    let of = |root: &Node| match root.get("version") {
        Some(node) => version(&At::root(node)),
        None => Ok(crate::shape::NEWEST),
    };
    let (first, second) = (of(base)?, of(over)?);
    if first == second {
        return Ok(());
    }
    let what = format!("version 3.{second} on top of a file of version 3.{first}");
    let place = over.get("version").map_or(&over.place, |node| &node.place);
    let hint = "all files of a stack have one version; without one it is 3.13";
    Err(Problem::new(place, "", ProblemKind::Conflict(what)).hint(hint))
}

#[cfg(test)]
mod tests {
    use crate::compose::try_read::merged;

    #[test]
    fn files_of_different_versions_are_no_stack() {
        let base = "version: \"3.8\"\nservices: {app: {image: a}}\n";
        let over = "services: {app: {hostname: b}}\n";
        assert!(merged(&[base, base]).is_ok() && merged(&[over]).is_err());
        insta::assert_snapshot!(merged(&[base, over]).unwrap_err(), @r"
        compose.yml:1:1: version 3.13 on top of a file of version 3.8
          1 | services: {app: {hostname: b}}
            | ^
          hint: all files of a stack have one version; without one it is 3.13
        ");
    }
}
