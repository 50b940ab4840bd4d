//! The machine's own way to its mirrors.

use std::fmt::Write as _;

/// Settings of apt that say how this machine reaches its mirrors. Everything else stays out of
/// the images.
const KEPT: [&str; 4] = [
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
];

/// The lines of `apt-config dump` that an image needs to reach the same mirrors.
pub(crate) fn options(dump: &str) -> String {
    dump.lines().fold(String::new(), |mut text, line| {
        let line = line.trim();
        let key = line.split_whitespace().next().unwrap_or_default();
        // `Key "";` is how apt-config prints a key without a value.
        if !line.ends_with("\"\";") && KEPT.iter().any(|kept| kept.eq_ignore_ascii_case(key)) {
            let _ = writeln!(text, "{line}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_way_to_the_mirrors_and_nothing_else() {
        let dump = "APT \"\";\nAcquire::http::Proxy \"http://p.test:3128\";\n\
                    Acquire::https::Proxy \"\";\nAcquire::Check-Date \"false\";\n\
                    Acquire::Languages \"none\";\nDPkg::Post-Invoke:: \"rm -rf x\";\n";
        assert_eq!(
            options(dump),
            "Acquire::http::Proxy \"http://p.test:3128\";\nAcquire::Check-Date \"false\";\n"
        );
    }
}
