//! Passwords that every operator has.

use cc_ci_recipe::{Files, Scalar, Value};

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::variables::references;

pub(super) const RULE: Rule = Rule {
    id: "C046",
    name: "password-in-file",
    severity: Severity::Warning,
    title: "no password stands in a compose file",
    why: "the file is public and the same for every operator: a reader of the file knows the password of \
          every deployed app",
    remedy: "use a secret and the variable that ends in _FILE, or a variable that .env.sample leaves \
             empty",
    check: Check::Files(check),
};

/// Ends of names that hold a password or a key.
const NAMES: [&str; 16] = [
    "PASSWORD",
    "PASSWD",
    "PASS",
    "SECRET",
    "SECRET_KEY",
    "SECRETKEY",
    "API_KEY",
    "APIKEY",
    "TOKEN",
    "PRIVATE_KEY",
    "SECRET_KEY_BASE",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "ACCESS_KEY",
    "AUTH_KEY",
    "PWD",
];
/// Words that are a setting and no password.
const SETTINGS: [&str; 14] = [
    "true", "false", "yes", "no", "on", "off", "none", "null", "disabled", "enabled", "required",
    "optional", "auto", "file",
];

fn check(files: &Files, found: &mut Found) {
    for file in &files.compose {
        let secrets = file.root.get("secrets");
        let Some(Value::Map(services)) = file.root.get("services").map(|node| &node.value) else {
            continue;
        };
        for entry in services.iter() {
            let Some(environment) = entry.node.get("environment") else { continue };
            let mut judge = |name: &str, raw: &str, place| {
                let own = secrets.is_some_and(|secrets| secrets.get(raw).is_some());
                if !own && let Some(what) = what(name, raw) {
                    let key = format!("services.{}.environment.{name}", entry.key);
                    found.at(place, key, format!("{name} {what}"));
                }
            };
            match &environment.value {
                Value::List(items) => {
                    for item in items {
                        if let Value::Scalar(Scalar { raw, .. }) = &item.value
                            && let Some((name, value)) = raw.split_once('=')
                        {
                            judge(name, value, &item.place);
                        }
                    }
                }
                Value::Map(entries) => {
                    for entry in entries.iter() {
                        if let Value::Scalar(Scalar { raw, .. }) = &entry.node.value {
                            judge(&entry.key, raw, &entry.place);
                        }
                    }
                }
                Value::Scalar(_) => {}
            }
        }
    }
}

/// What is wrong with a value, as it was written.
fn what(name: &str, raw: &str) -> Option<&'static str> {
    let upper = name.to_ascii_uppercase();
    // `DB_TOKEN` and `TOKEN` are meant, `MONKEY` and `OLDPWD` are not.
    let is_secret = upper != "OLDPWD"
        && upper != "PWD"
        && NAMES.iter().any(|end| {
            upper
                .strip_suffix(end)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with(['_', '.', '-']))
        });
    if !raw.contains('$') {
        if is_secret && is_password(raw) {
            return Some("has its value in the file");
        }
        let user =
            raw.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
        let password =
            user.and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
        return password.filter(|p| !p.is_empty()).map(|_| "has a password in its URL");
    }
    let whole = raw.starts_with("${") && raw.ends_with('}') && raw.matches('$').count() == 1;
    let default = references(raw).into_iter().find(|r| whole && r.operator == Some('-'));
    default.filter(|r| is_secret && is_password(r.word)).map(|_| "has its default in the file")
}

fn is_password(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    let setting = SETTINGS.contains(&value.to_ascii_lowercase().as_str());
    let number = value.len() < 6 && value.chars().all(|c| c.is_ascii_digit());
    !(value.is_empty() || setting || number || value.starts_with('/') || value.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::password("DB_PASSWORD", "tr0ub4dor3", true)]
    #[case::short_name("TOKEN", "abc", true)]
    #[case::key("API_SECRET_KEY", "0123456789abcdef", true)]
    #[case::lower("db_password", "x", true)]
    #[case::default("DB_PASSWORD", "${DB_PASSWORD:-hunter2}", true)]
    #[case::url("DATABASE_URL", "postgres://u:pw@db/x", true)]
    #[case::variable("DB_PASSWORD", "${DB_PASSWORD}", false)]
    #[case::empty_default("DB_PASSWORD", "${DB_PASSWORD:-}", false)]
    #[case::empty("DB_PASSWORD", "", false)]
    #[case::file("DB_PASSWORD_FILE", "/run/secrets/x", false)]
    #[case::path("DB_PASSWORD", "/run/secrets/x", false)]
    #[case::setting("MYSQL_RANDOM_ROOT_PASSWORD", "yes", false)]
    #[case::time("TOKEN_TTL", "3600", false)]
    #[case::name_of_another_thing("MONKEY", "abc", false)]
    #[case::url_without_password("DATABASE_URL", "postgres://u@db/x", false)]
    #[case::url_with_variable("DATABASE_URL", "postgres://u:${PW}@db/x", false)]
    #[case::address("TOKEN", "https://example.org/token", false)]
    fn passwords(#[case] name: &str, #[case] raw: &str, #[case] expected: bool) {
        assert_eq!(what(name, raw).is_some(), expected);
    }
}
