//! `.env.sample`, line by line.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::line::read_line;
use super::{EnvError, Modifier};
use crate::Place;
use crate::text::Source;

/// What `.env.sample` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Its variables on top of the pinned ones.
    pub(crate) env: BTreeMap<String, String>,
    /// How secrets are made up, by the variable that holds their version.
    pub(crate) modifiers: BTreeMap<String, Modifier>,
}

/// Reads `.env.sample`. `pinned` are values that an operator would have written over the sample's
/// (domain, settings): they hold from the first line on and no line changes them.
pub(crate) fn read_sample(
    source: &Arc<Source>,
    pinned: &BTreeMap<String, String>,
) -> Result<Sample, EnvError> {
    let mut sample = Sample { env: pinned.clone(), modifiers: BTreeMap::new() };
    for (index, line) in source.text.lines().enumerate() {
        let number = index + 1;
        let Some(assignment) = read_line(source, number, line, &sample.env)? else { continue };
        let name = assignment.name.to_owned();
        if name.starts_with("SECRET_") {
            let column = line.find('#').map_or(1, |at| line[..at].chars().count() + 1);
            let place = Place::new(source, number, column);
            let modifier = Modifier::read(assignment.comment, &place)?;
            sample.modifiers.insert(name.clone(), modifier);
        }
        if !pinned.contains_key(&name) {
            sample.env.insert(name, assignment.value);
        }
    }
    Ok(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, pinned: &[(&str, &str)]) -> Sample {
        let pinned = pinned.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        read_sample(&Source::new(".env.sample", text), &pinned).unwrap()
    }

    #[test]
    fn later_lines_win_and_see_earlier_ones() {
        let sample = read(
            "COMPOSE_FILE=\"compose.yml\"\nCOMPOSE_FILE=\"$COMPOSE_FILE:compose.db.yml\"\n",
            &[],
        );
        assert_eq!(sample.env["COMPOSE_FILE"], "compose.yml:compose.db.yml");
    }

    #[test]
    fn pinned_values_hold_from_the_first_line_on() {
        let sample =
            read("URL=https://$DOMAIN\nDOMAIN=example.com\nB=$DOMAIN\n", &[("DOMAIN", "x.test")]);
        assert_eq!(sample.env["URL"], "https://x.test");
        assert_eq!(sample.env["DOMAIN"], "x.test");
        assert_eq!(sample.env["B"], "x.test");
    }

    #[test]
    fn modifiers_belong_to_their_secret() {
        let sample =
            read("SECRET_A_VERSION=v1 # length=5\n#SECRET_B_VERSION=v1\nC=1 # length=7\n", &[]);
        assert_eq!(sample.modifiers.len(), 1);
        assert_eq!(sample.modifiers["SECRET_A_VERSION"].length, Some(5));
    }
}
