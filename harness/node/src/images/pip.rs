//! Where this machine gets Python packages from.

use std::collections::BTreeMap;

use crate::command::output;

/// Build arguments that make pip in a build look where pip on this machine looks. Empty where pip
/// is not installed or has no wishes.
pub(super) async fn arguments() -> BTreeMap<String, String> {
    for pip in ["pip3", "pip"] {
        if let Some(config) = output(pip, &["config", "list"]).await {
            return parse(&config);
        }
    }
    BTreeMap::new()
}

/// Reads lines as `global.index-url='https://…'` and `:env:.index-url='…'`; the environment comes
/// last there and wins, as it does for pip. A folder of wheels is not there inside a build.
fn parse(config: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (key, value) in config.lines().filter_map(|line| line.split_once('=')) {
        let argument = match key.rsplit('.').next() {
            Some("index-url") => "PIP_INDEX_URL",
            Some("extra-index-url") => "PIP_EXTRA_INDEX_URL",
            Some("trusted-host") => "PIP_TRUSTED_HOST",
            _ => continue,
        };
        let value = value.trim().trim_matches(['\'', '"']).replace("\\n", " ");
        let rank = key.starts_with(":env:");
        match found.get(argument) {
            Some((true, _)) if !rank => {}
            _ => {
                found.insert(argument.to_owned(), (rank, value.trim().to_owned()));
            }
        }
    }
    found.into_iter().map(|(argument, (_, value))| (argument, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_on_indexes_and_nothing_else() {
        let config = ":env:.find-links='/opt/wheels'\n:env:.index-url='https://b.test/simple'\n\
                      global.cert='/x.crt'\nglobal.index-url='https://a.test/simple'\n\
                      install.trusted-host='\\na.test\\nb.test'\n";
        let told: Vec<_> =
            parse(config).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(told, ["PIP_INDEX_URL=https://b.test/simple", "PIP_TRUSTED_HOST=a.test b.test"]);
    }
}
