//! The assignments of an environment file with their places, those that are commented out, too.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::interpolate::name_at;
use super::line::read_line;
use crate::Place;
use crate::text::Source;

/// An assignment in `.env.sample` or `abra.sh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvLine {
    /// The variable.
    pub name: String,
    /// Its value. References to other variables are replaced where the file itself sets them.
    pub value: String,
    /// What follows the value behind a `#`.
    pub comment: String,
    /// True for `#NAME=value`: an operator may switch it on.
    pub commented_out: bool,
    /// Where the line stands.
    pub place: Place,
}

/// The assignments of `source` in their order. Lines that are no assignments are left out; the reader of the
/// environment refuses them.
pub(crate) fn env_lines(source: &Arc<Source>) -> Vec<EnvLine> {
    let mut lines = Vec::new();
    let mut seen = BTreeMap::new();
    for (index, line) in source.text.lines().enumerate() {
        let number = index + 1;
        let bare = line.trim_start_matches(['#', ' ', '\t']);
        let commented_out = line.trim_start().starts_with('#');
        if commented_out && !is_assignment(bare) {
            continue;
        }
        let text = if commented_out { bare } else { line };
        let Ok(Some(assignment)) = read_line(source, number, text, &seen) else { continue };
        let name = assignment.name.to_owned();
        if !commented_out {
            seen.insert(name.clone(), assignment.value.clone());
        }
        lines.push(EnvLine {
            name,
            value: assignment.value,
            comment: assignment.comment.to_owned(),
            commented_out,
            place: Place::new(source, number, line.len() - text.trim_start().len() + 1),
        });
    }
    lines
}

/// True for `NAME=…` in capitals. `# use a=b` is prose.
fn is_assignment(text: &str) -> bool {
    let name = name_at(text);
    !name.is_empty()
        && text[name.len()..].starts_with('=')
        && !name.contains(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commented_assignments_are_told_apart_from_prose() {
        let text = "A=1 # one\n#B=2\n## C=$A\n# say a=b here\n# D = 4\nbroken\nE=\"x\n";
        let lines = env_lines(&Source::new(".env.sample", text));
        let shown: Vec<_> = (lines.iter())
            .map(|l| {
                format!("{} {}={} {} {}", l.place, l.name, l.value, l.comment, l.commented_out)
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        .env.sample:1:1 A=1 one false
        .env.sample:2:2 B=2  true
        .env.sample:3:4 C=1  true
        ");
    }
}
