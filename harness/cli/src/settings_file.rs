//! `settings.toml` in the state folder: what the machine's owner decides once for every run.

use std::path::{Path, PathBuf};

use cc_ci_model::{CEILINGS, Ceiling, ceiling_value};
use cc_ci_recipe::nearest;
use cc_ci_session::{Failure, Kind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Name of the file in the state folder.
pub(crate) const NAME: &str = "settings.toml";

/// Version of the format; a newer one is refused.
const SCHEMA: u64 = 1;

/// The keys of the top level.
const KEYS: [&str; 5] = ["schema", "registry_port", "backups", "backups_env", "ceilings"];

/// What the file says; a key that it does not name is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SettingsFile {
    pub(crate) registry_port: Option<u16>,
    pub(crate) backups: Option<String>,
    pub(crate) backups_env: Option<PathBuf>,
    pub(crate) ceilings: Vec<(Ceiling, u64)>,
}

/// Reads one ceiling as `KEY=VALUE`.
pub(crate) fn ceiling(text: &str) -> Result<(Ceiling, u64), String> {
    let (key, value) = text.split_once('=').ok_or("a ceiling is written KEY=VALUE")?;
    let ceiling = known(key.trim())?;
    let expected = |expected| format!("ceiling {} is {value:?}, not {expected}", ceiling.key());
    Ok((ceiling, ceiling_value(ceiling, value).map_err(expected)?))
}

/// The ceiling called `key`.
fn known(key: &str) -> Result<Ceiling, String> {
    Ceiling::named(key).ok_or_else(|| {
        let near = nearest(key, CEILINGS.iter().map(|row| row.key));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        format!("there is no ceiling {key:?}{near}")
    })
}

impl SettingsFile {
    /// Reads the file at `path`; one that is not there names nothing.
    ///
    /// # Errors
    /// It cannot be read, or what it says is refused, with its line.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => {
                let context = format!("read {}", path.display());
                return Err(Failure::usage(error).context(context));
            }
        };
        Self::parse(&text).map_err(|(line, message)| {
            let place = format!("{}:{line}: {message}", path.display());
            Failure::message(Kind::Usage, place)
                .hint("machine-docs/ceilings.md has the keys below [ceilings]")
        })
    }

    /// The error is a line, counted from 1, and what is wrong with it.
    fn parse(text: &str) -> Result<Self, (usize, String)> {
        let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            (line(at), error.message().to_owned())
        })?;
        let mut file = Self::default();
        for (key, value) in table.get_ref() {
            let refused = |message: String| (line(key.span().start), message);
            file.set(key.get_ref(), value, line).map_err(|problem| match problem {
                Problem::Here(message) => refused(message),
                Problem::At(line, message) => (line, message),
            })?;
        }
        if !text.trim().is_empty() && !table.get_ref().contains_key("schema") {
            return Err((1, format!("schema is missing; this version writes schema = {SCHEMA}")));
        }
        Ok(file)
    }

    fn set(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        line: impl Fn(usize) -> usize,
    ) -> Result<(), Problem> {
        let value = value.get_ref();
        match key {
            "schema" => match number(key, value)? {
                SCHEMA => {}
                other => return Err(Problem::Here(format!("schema {other} is not {SCHEMA}"))),
            },
            "registry_port" => self.registry_port = Some(port(key, value)?),
            "backups" => self.backups = Some(text(key, value)?),
            "backups_env" => self.backups_env = Some(text(key, value)?.into()),
            "ceilings" => {
                let table = value.as_table().ok_or_else(|| wrong(key, "a table"))?;
                for (key, value) in table {
                    let at = |message| Problem::At(line(key.span().start), message);
                    let ceiling = known(key.get_ref()).map_err(at)?;
                    let written = match value.get_ref() {
                        DeValue::String(text) => text.to_string(),
                        DeValue::Integer(number) => number.as_str().replace('_', ""),
                        _ => {
                            return Err(at(format!(
                                "{} is neither number nor text",
                                key.get_ref()
                            )));
                        }
                    };
                    let value = ceiling_value(ceiling, &written).map_err(|expected| {
                        at(format!("{} is {written:?}, not {expected}", key.get_ref()))
                    })?;
                    self.ceilings.push((ceiling, value));
                }
            }
            _ => {
                let near = nearest(key, KEYS);
                let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                return Err(Problem::Here(format!("unknown key {key:?}{near}")));
            }
        }
        Ok(())
    }
}

enum Problem {
    /// At the key that is being read.
    Here(String),
    /// In this line.
    At(usize, String),
}

fn wrong(key: &str, expected: &str) -> Problem {
    Problem::Here(format!("{key} is not {expected}"))
}

fn text(key: &str, value: &DeValue<'_>) -> Result<String, Problem> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| wrong(key, "a text"))
}

fn number(key: &str, value: &DeValue<'_>) -> Result<u64, Problem> {
    let number = value.as_integer().and_then(|number| number.as_str().parse().ok());
    number.ok_or_else(|| wrong(key, "a whole number"))
}

fn port(key: &str, value: &DeValue<'_>) -> Result<u16, Problem> {
    let port = number(key, value)?;
    u16::try_from(port)
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| wrong(key, "a port, 1 to 65535"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let text = "schema = 1\nregistry_port = 1\n\
                    backups = \"rest:x\"\nbackups_env = \"/b\"\n[ceilings]\ntasks = 7\n\
                    disk_bytes = \"2g\"\nmemory_per_task = 1_000_000\n";
        let expected = SettingsFile {
            registry_port: Some(1),
            backups: Some("rest:x".to_owned()),
            backups_env: Some("/b".into()),
            ceilings: vec![
                (Ceiling::DiskBytes, 2 << 30),
                (Ceiling::MemoryPerTask, 1_000_000),
                (Ceiling::Tasks, 7),
            ],
        };
        let mut file = SettingsFile::parse(text).unwrap();
        file.ceilings.sort_by_key(|(ceiling, _)| ceiling.key());
        assert_eq!(file, expected);
        assert_eq!(SettingsFile::parse("").unwrap(), SettingsFile::default());
    }

    #[rstest::rstest]
    #[case::unknown(
        "schema = 1\nregistryport = 5",
        2,
        "unknown key \"registryport\"; did you mean registry_port?"
    )]
    #[case::ceiling(
        "schema = 1\n[ceilings]\n\nreplica = 5",
        4,
        "there is no ceiling \"replica\"; did you mean replicas?"
    )]
    #[case::value(
        "schema = 1\n[ceilings]\nreplicas = \"many\"",
        3,
        "replicas is \"many\", not a whole number above 0"
    )]
    #[case::kind("schema = 1\nceilings = 3", 2, "ceilings is not a table")]
    #[case::port("schema = 1\nregistry_port = 70000", 2, "registry_port is not a port, 1 to 65535")]
    #[case::newer("schema = 2", 1, "schema 2 is not 1")]
    #[case::no_schema("backups = \"x\"", 1, "schema is missing; this version writes schema = 1")]
    fn mistakes_have_a_line(#[case] text: &str, #[case] line: usize, #[case] message: &str) {
        assert_eq!(SettingsFile::parse(text), Err((line, message.to_owned())));
    }

    #[test]
    fn broken_toml_has_a_line() {
        assert_eq!(SettingsFile::parse("schema = 1\nx = [").unwrap_err().0, 2);
    }

    #[rstest::rstest]
    #[case::fits("tasks=7", Ok((Ceiling::Tasks, 7)))]
    #[case::no_value("tasks", Err("a ceiling is written KEY=VALUE"))]
    #[case::near("task=7", Err("there is no ceiling \"task\"; did you mean tasks?"))]
    #[case::size(
        "disk_bytes=x",
        Err("ceiling disk_bytes is \"x\", not a size above 0, as 512m or 10g")
    )]
    fn a_ceiling_is_a_pair(#[case] text: &str, #[case] expected: Result<(Ceiling, u64), &str>) {
        assert_eq!(ceiling(text), expected.map_err(str::to_owned));
    }
}
