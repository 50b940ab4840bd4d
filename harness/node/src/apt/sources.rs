//! Apt's two formats of package sources, sources.list(5).

use crate::Host;

/// One source of binary packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) uri: String,
    pub(super) suite: String,
    pub(super) components: Vec<String>,
    /// The machine's owner trusts it without a signature.
    pub(super) trusted: bool,
}

/// Every source that apt on this machine reads.
pub(super) fn sources(host: &Host) -> Vec<Source> {
    let mut found =
        host.read("/etc/apt/sources.list").map_or_else(Vec::new, |text| one_line(&text));
    let folder = host.path("/etc/apt/sources.list.d");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => found.extend(one_line(&text)),
            Some("sources") => found.extend(deb822(&text)),
            _ => {}
        }
    }
    found
}

/// `deb [option=value …] uri suite component…`
fn one_line(text: &str) -> Vec<Source> {
    text.lines().filter_map(one_source).collect()
}

fn one_source(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim().strip_prefix("deb")?;
    // What follows must be a gap, else it is `deb-src`.
    let line = line.strip_prefix([' ', '\t'])?.trim_start();
    let (options, rest) = match line.strip_prefix('[') {
        Some(line) => line.split_once(']')?,
        None => ("", line),
    };
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        uri: words.next()?,
        suite: words.next()?,
        components: words.collect(),
        trusted: options
            .split_whitespace()
            .any(|option| option.eq_ignore_ascii_case("trusted=yes")),
    })
}

/// Stanzas of `Key: value`, several suites and addresses in each.
fn deb822(text: &str) -> Vec<Source> {
    let plain: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    plain.split(|line| line.trim().is_empty()).flat_map(stanza).collect()
}

fn stanza(lines: &[&str]) -> Vec<Source> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((key, value)) = line.split_once(':') {
            fields.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let words = |key: &str| -> Vec<String> {
        let value = fields.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        value.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    };
    let is = |key: &str, what: &str| words(key).iter().any(|word| word.eq_ignore_ascii_case(what));
    if !is("types", "deb") || is("enabled", "no") {
        return Vec::new();
    }
    let mut sources = Vec::new();
    for uri in words("uris") {
        for suite in words("suites") {
            sources.push(Source {
                uri: uri.clone(),
                suite,
                components: words("components"),
                trusted: is("trusted", "yes"),
            });
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::host::fake::host;

    fn told(sources: &[Source]) -> Vec<String> {
        let tell = |s: &Source| {
            let trusted = if s.trusted { " trusted" } else { "" };
            format!("{} {} {}{trusted}", s.uri, s.suite, s.components.join(","))
        };
        sources.iter().map(tell).collect()
    }

    #[rstest]
    #[case::plain(
        "deb http://m.test/debian bookworm main contrib",
        "http://m.test/debian bookworm main,contrib"
    )]
    #[case::options(
        "deb [arch=amd64 trusted=yes] http://m.test/d x main",
        "http://m.test/d x main trusted"
    )]
    #[case::tabs_and_comment("  deb\thttp://m.test/d\tx\tmain # ours", "http://m.test/d x main")]
    #[case::flat("deb http://m.test/d ./", "http://m.test/d ./ ")]
    fn reads_one_line_sources(#[case] line: &str, #[case] expected: &str) {
        assert_eq!(told(&one_line(line)), [expected]);
    }

    #[rstest]
    #[case::source_packages("deb-src http://m.test/debian bookworm main")]
    #[case::comment("# deb http://m.test/debian bookworm main")]
    #[case::broken_options("deb [trusted=yes http://m.test/debian bookworm main")]
    #[case::nothing_behind("deb http://m.test/debian")]
    fn passes_over_other_lines(#[case] line: &str) {
        assert_eq!(told(&one_line(line)), Vec::<String>::new());
    }

    #[test]
    fn reads_stanzas() {
        let text = "Types: deb deb-src\n# a comment\nURIs: http://m.test/debian\n\
                    Suites: bookworm\n bookworm-updates\nComponents: main\nTrusted: yes\n\n\
                    Types: deb-src\nURIs: http://m.test/a\nSuites: x\nComponents: main\n\n\
                    Types: deb\nEnabled: no\nURIs: http://m.test/b\nSuites: x\nComponents: main\n";
        assert_eq!(
            told(&deb822(text)),
            [
                "http://m.test/debian bookworm main trusted",
                "http://m.test/debian bookworm-updates main trusted"
            ]
        );
    }

    #[test]
    fn reads_every_file_by_its_kind() {
        let (_folder, host) = host(&[
            ("/etc/apt/sources.list", "deb http://a.test/d x main\n"),
            ("/etc/apt/sources.list.d/b.list", "deb http://b.test/d x main\n"),
            ("/etc/apt/sources.list.d/c.sources", "Types: deb\nURIs: http://c.test/d\nSuites: x\n"),
            ("/etc/apt/sources.list.d/d.list.save", "deb http://d.test/d x main\n"),
        ]);
        let uris: Vec<String> = sources(&host).into_iter().map(|source| source.uri).collect();
        assert_eq!(uris, ["http://a.test/d", "http://b.test/d", "http://c.test/d"]);
    }
}
