//! Keys of services and objects, and names on the engine.
//!
//! A key becomes part of a name on the engine, of a path in the container that looks into volumes, and of words
//! of a shell. A key that would have another meaning at one of these places is refused here, with its line.

use crate::Place;
use crate::yaml::{At, Problem, ProblemKind, Trail};

/// The form of names on the engine. Source: `RestrictedNamePattern` of moby's `daemon/names/names.go`.
const EXPECTED: &str =
    "a name of letters, digits, '-', '_' and '.' that begins with a letter or digit";

/// The prefix of the names of the harness's own objects.
const RESERVED: &str = "cc-ci";

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn is_reserved(name: &str) -> bool {
    let ours = name.get(..RESERVED.len()).is_some_and(|word| word.eq_ignore_ascii_case(RESERVED));
    let rest = name.get(RESERVED.len()..).unwrap_or_default();
    ours && (rest.is_empty() || rest.starts_with(['-', '_', '.']))
}

/// Refuses a key that cannot become a name, and one that the harness needs for itself.
pub(crate) fn check_key(key: &str, place: &Place, path: &Trail<'_>) -> Result<(), Problem> {
    let bad = |expected: &str| {
        let (value, expected) = (key.to_owned(), expected.to_owned());
        Problem::new(place, path.to_string(), ProblemKind::BadValue { value, expected })
    };
    if !is_name(key) {
        return Err(bad(EXPECTED));
    }
    if is_reserved(key) {
        return Err(bad("free for a recipe")
            .hint("the harness calls its own objects so; choose another key"));
    }
    Ok(())
}

/// Refuses a name of a volume or network on the engine that the engine does not take, or that the
/// harness needs for itself. `at` is the object.
pub(crate) fn check_name(at: &At<'_>, name: &str) -> Result<(), Problem> {
    let at = at.node.get("name").map_or_else(|| at.clone(), |node| at.child("name", node));
    if !is_name(name) {
        return Err(at.bad(name, EXPECTED));
    }
    if is_reserved(name) {
        return Err(at.bad(name, "free for a recipe").hint("the harness calls its own objects so"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::compose::try_read::merged;

    #[rstest::rstest]
    #[case::dots("..")]
    #[case::dot(".")]
    #[case::empty("")]
    #[case::option("--all")]
    #[case::slash("a/b")]
    #[case::blank("a b")]
    #[case::quote("a'b")]
    #[case::newline("a\\nb")]
    #[case::command("$$(id)")]
    #[case::semicolon("a;id")]
    #[case::ours("cc-ci")]
    #[case::our_toolbox("cc-ci-toolbox")]
    #[case::our_repository("CC-CI_repository")]
    fn a_key_that_means_something_else_is_refused_in_every_section(#[case] key: &str) {
        for section in ["volumes", "networks", "secrets", "configs"] {
            let text = format!(
                "version: '3.8'\nservices: {{app: {{image: a}}}}\n{section}:\n  \"{key}\": {{external: true, name: fine}}\n"
            );
            let error = merged(&[&text]).unwrap_err().to_string();
            assert!(error.starts_with("compose.yml:4:3: ") && error.contains(section), "{error}");
        }
        let text = format!("version: '3.8'\nservices:\n  \"{key}\": {{image: a}}\n");
        let error = merged(&[&text]).unwrap_err().to_string();
        assert!(error.starts_with("compose.yml:3:3: "), "{error}");
    }

    #[rstest::rstest]
    #[case::slash("a/b")]
    #[case::dots("..")]
    #[case::template("'{{.Node.Hostname}}'")]
    #[case::ours("cc-ci-registry")]
    fn a_name_that_is_none_is_refused(#[case] name: &str) {
        for (section, extra) in [("volumes", "volumes: ['xy:/v']"), ("networks", "networks: [xy]")]
        {
            let text = format!(
                "version: '3.8'\nservices: {{app: {{image: a, {extra}}}}}\n{section}:\n  xy:\n    name: {name}\n"
            );
            let error = merged(&[&text]).unwrap_err().to_string();
            assert!(error.starts_with("compose.yml:5:11: "), "{error}");
        }
    }

    #[test]
    fn usual_keys_are_fine() {
        let text = "version: '3.8'\nservices: {app: {image: a, networks: [x_y], volumes: ['d-1.a:/v']}}\n\
                    networks: {x_y: {name: n.1}}\nvolumes: {d-1.a: , cc-cited: }\n";
        merged(&[text]).unwrap();
    }
}
