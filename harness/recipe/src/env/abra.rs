//! `abra.sh`: its exported values, without running it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::EnvError;
use super::line::read_line;
use crate::Place;
use crate::text::Source;

/// What `abra.sh` exports.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Abra {
    /// Its variables.
    pub(crate) env: BTreeMap<String, String>,
    /// Exports that only a shell could compute, as `abra.sh:5: export NOW`.
    pub(crate) ignored: Vec<String>,
}

/// Reads the `export NAME=value` lines that stand at the margin; what is indented belongs to a
/// function. A `…_VERSION` that is computed is an error, because configs would get a wrong name.
pub(crate) fn read_abra(source: &Arc<Source>) -> Result<Abra, EnvError> {
    let mut abra = Abra::default();
    for (index, line) in source.text.lines().enumerate() {
        let number = index + 1;
        let Some(rest) = line.strip_prefix("export ") else { continue };
        let Some((name, value)) = rest.split_once('=') else { continue };
        if !value.starts_with('\'') && value.contains(['$', '`']) {
            let name = name.trim().to_owned();
            if name.ends_with("_VERSION") {
                return Err(EnvError::Computed { place: Place::new(source, number, 1), name });
            }
            abra.ignored.push(format!("abra.sh:{number}: export {name}"));
            continue;
        }
        if let Some(assignment) = read_line(source, number, line, &abra.env)? {
            abra.env.insert(assignment.name.to_owned(), assignment.value);
        }
    }
    Ok(abra)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_literal_exports_at_the_margin_count() {
        let text = "#!/bin/bash\nexport A_VERSION=v3 # bump\nexport B_VERSION=\"v1\"\n\
                    backup() {\n  export C_VERSION=v9\n  rm -rf /\n}\nexport NOW=$(date)\n";
        let abra = read_abra(&Source::new("abra.sh", text)).unwrap();
        let names: Vec<_> = abra.env.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(names, ["A_VERSION=v3", "B_VERSION=v1"]);
        assert_eq!(abra.ignored, ["abra.sh:8: export NOW"]);
    }

    #[test]
    fn a_computed_version_is_refused() {
        let error = read_abra(&Source::new("abra.sh", "export A_VERSION=$(date)\n")).unwrap_err();
        insta::assert_snapshot!(error, @r"
        abra.sh:1:1: A_VERSION is computed; abra.sh is read, never executed
          1 | export A_VERSION=$(date)
            | ^
          hint: write the version itself, as in `export A_VERSION=v1`
        ");
    }
}
