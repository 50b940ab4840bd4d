//! The list of built-in checks does not fall behind the runner.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cc_ci_model::Tier;
use cc_ci_suite::is_reserved;

/// The calls that name a check, as the runner writes them.
const CALLS: [&str; 6] = [
    "bench.check(",
    "bench.prove(",
    "bench.note(",
    "bench.conclude(",
    "tell(bench,",
    "let id = format!(",
];

/// First arguments that are no text, and where the name comes from.
const FROM_ELSEWHERE: [(&str, &str); 5] = [
    ("id", "an argument of the function, whose callers are looked at"),
    ("&id", "`let id = format!(…)` above it, which is looked at"),
    ("rule", "the id of a lint rule, in the tier lint, for which no suite has checks"),
    ("ready.id.as_str()", "the suite's ready probe"),
    ("check.id.as_str()", "the suite's check"),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// The code before the tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    joined(code)
}

/// `code` with every chain of calls on one line.
fn joined(code: &str) -> String {
    let mut lines = code.lines().map(str::trim);
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(
        first,
        |code, line| if line.starts_with('.') { code + line } else { code + "\n" + line },
    )
}

/// The first argument of every call in `code` that names a check.
fn arguments(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in CALLS {
        for (at, _) in code.match_indices(call) {
            let rest = code[at + call.len()..].trim_start();
            // Other functions of this name write no check.
            if call.starts_with("tell") && !rest.starts_with('"') {
                continue;
            }
            let rest = rest.strip_prefix("&format!(").unwrap_or(rest).trim_start();
            let end = match rest.strip_prefix('"') {
                Some(text) => text.find('"').map(|end| end + 2),
                None => rest.find([',', '{', '\n']),
            };
            found.push(rest[..end.unwrap_or(rest.len())].trim().to_owned());
        }
    }
    found
}

/// Names of checks in `code` that a suite may still give, and arguments that nobody explained.
fn missing(code: &str) -> Vec<String> {
    let reserved = |name: &str| {
        let whole = name.replace("{}_is_refused", "wrong_password_is_refused");
        let whole = whole.replace("{}", "x").replace("{name}", "x");
        Tier::ALL.into_iter().any(|tier| is_reserved(tier, &whole))
    };
    let is_known = |argument: &String| match argument.strip_prefix('"') {
        Some(text) => reserved(text.trim_end_matches('"')),
        None => FROM_ELSEWHERE.iter().any(|(known, _)| known == argument),
    };
    arguments(code).into_iter().filter(|argument| !is_known(argument)).collect()
}

#[test]
fn every_check_of_the_runner_is_reserved() {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runner/src");
    let mut seen = BTreeSet::new();
    for path in files(&runner) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.ends_with(".rs") || name.ends_with("_tests.rs") || name == "testing.rs" {
            continue;
        }
        let code = code(&path);
        assert_eq!(missing(&code), Vec::<String>::new(), "{}", path.display());
        seen.extend(arguments(&code));
    }
    // The guard sees something: three spellings of a call.
    for name in ["\"services_converge\"", "\"images_available\"", "\"data_intact.{}\""] {
        assert!(seen.contains(name), "{name} is not among {seen:?}");
    }
}

#[test]
fn a_name_that_is_not_reserved_is_seen() {
    let code = "bench\n    .check(\n  \"brand_new\", async {}).await; bench.note(&format!(\"new.{name}\"), x)";
    assert_eq!(missing(&joined(code)), ["\"brand_new\"", "\"new.{name}\""]);
    assert_eq!(missing("bench.check(made_up(), work)"), ["made_up()"]);
}

/// The beginnings that tiers put before the names of checks are reserved too.
#[test]
fn every_part_of_a_tier_is_reserved() {
    let tiers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runner/src/tiers");
    let mut parts = BTreeSet::new();
    for path in files(&tiers) {
        let code = code(&path);
        for (at, call) in code.match_indices(".part(\"") {
            let rest = &code[at + call.len()..];
            parts.insert(rest[..rest.find('"').unwrap()].to_owned());
        }
    }
    assert!(parts.remove(""), "a part ends");
    assert!(!parts.is_empty());
    for part in parts {
        assert!(is_reserved(Tier::Custom, &format!("{part}x")), "{part}");
    }
}
