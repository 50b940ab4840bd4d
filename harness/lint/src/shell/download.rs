//! Downloads from the internet.

use super::split::{base, commands};

/// Package managers and the words with which they download.
const INSTALLERS: [(&str, &[&str]); 15] = [
    ("apt-get", &["install", "update", "upgrade"]),
    ("apt", &["install", "update", "upgrade"]),
    ("apk", &["add"]),
    ("yum", &["install"]),
    ("dnf", &["install"]),
    ("pip", &["install"]),
    ("pip3", &["install"]),
    ("npm", &["install", "ci", "i"]),
    ("pnpm", &["install", "add", "i"]),
    ("yarn", &["install", "add"]),
    ("gem", &["install"]),
    ("bundle", &["install"]),
    ("composer", &["install", "require", "update"]),
    ("cargo", &["install"]),
    ("go", &["install", "get"]),
];

/// Lines on which `script` downloads something, and with what. A request to a name without a dot
/// or to an address is for a neighbour, and one to `own` (the app's domain) is for itself.
pub(crate) fn downloads(script: &str, own: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let named = |program: &str| script.contains(program);
    if !INSTALLERS.iter().any(|(name, _)| named(name))
        && !["curl", "wget", "git"].into_iter().any(named)
    {
        return found;
    }
    for command in commands(script) {
        for (at, word) in command.words.iter().enumerate() {
            let rest = &command.words[at + 1..];
            let rest = &rest[..rest.iter().position(|word| word == "|").unwrap_or(rest.len())];
            let installs = INSTALLERS.iter().find(|(name, verbs)| {
                let verb = rest.iter().find(|word| !word.starts_with('-'));
                base(word) == *name && verb.is_some_and(|verb| verbs.contains(&verb.as_str()))
            });
            let fetches =
                matches!(base(word), "curl" | "wget") && rest.iter().any(|word| remote(word, own));
            let clones = base(word) == "git"
                && rest.first().is_some_and(|verb| verb == "clone")
                && rest.iter().any(|word| remote(word, own));
            if installs.is_some() || fetches || clones {
                found.push((command.line, base(word).to_owned()));
            }
        }
    }
    found
}

/// True for a URL that leads out of the stack.
fn remote(word: &str, own: &str) -> bool {
    let Some((scheme, rest)) = word.split_once("://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or(rest);
    let host = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or(host);
    let address = host.chars().all(|c| c.is_ascii_digit() || c == '.');
    let scheme = scheme.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    ["http", "https", "ftp", "git", "ssh"].contains(&scheme)
        && host.contains('.')
        && !address
        && !host.contains('$')
        && (own.is_empty() || !host.ends_with(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("apt-get -qq install -y curl", "1:apt-get")]
    #[case("apk add --no-cache bash && exec app", "1:apk")]
    #[case("set -e\ncurl -fsSL https://example.org/x/$V.tgz | tar xz", "2:curl")]
    #[case("git clone --depth 1 https://example.org/x", "1:git")]
    #[case("python -m pip install x", "1:pip")]
    #[case("exec npm start", "")]
    #[case("curl -f http://localhost:80", "")]
    #[case("until curl http://127.0.0.1/x; do true; done", "")]
    #[case("curl https://$HOST.example.org", "")]
    #[case("curl https://my.test/hook", "")]
    #[case("git clone /srv/x", "")]
    #[case("# pip install x", "")]
    fn finds(#[case] script: &str, #[case] expected: &str) {
        let shown: Vec<String> = downloads(script, "my.test")
            .iter()
            .map(|(line, what)| format!("{line}:{what}"))
            .collect();
        assert_eq!(shown.join(" "), expected);
    }
}
