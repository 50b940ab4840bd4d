//! Which values of an environment are secrets, and how hard they are to guess.

/// How many bits a value is worth to an attacker who guesses.
///
/// - A value of one class of characters (`changeme`, `12345678`) was likely chosen by a person: its length
///   times the entropy of its own characters (C. Shannon, A Mathematical Theory of Communication, 1948).
/// - A value of several classes counts as random: its length times the logarithm of the size of its
///   classes (NIST SP 800-63-2, A.1). Lower case 26, upper case 26, digits 10, other ASCII characters 33,
///   everything else 100.
///
/// Both are upper bounds. A value that is called weak here is weak; a value that is called strong may be a
/// well-known password, and hiding it does no harm.
#[must_use]
pub fn bits(value: &str) -> f64 {
    type Class = (fn(char) -> bool, f64);
    let classes: [Class; 5] = [
        (|c| c.is_ascii_lowercase(), 26.0),
        (|c| c.is_ascii_uppercase(), 26.0),
        (|c| c.is_ascii_digit(), 10.0),
        (|c| c.is_ascii() && !c.is_ascii_alphanumeric(), 33.0),
        (|c| !c.is_ascii(), 100.0),
    ];
    let present: Vec<f64> =
        classes.iter().filter(|(is, _)| value.chars().any(is)).map(|(_, size)| *size).collect();
    let length = value.chars().count() as f64;
    if present.len() > 1 {
        return length * present.iter().sum::<f64>().log2();
    }
    let mut letters: Vec<char> = value.chars().collect();
    letters.sort_unstable();
    let each = letters.chunk_by(|a, b| a == b).map(|same| same.len() as f64);
    each.map(|count| count * (length / count).log2()).sum()
}

/// True for the name of a variable that is likely to hold a secret.
///
/// Names that say where a secret lies or what it looks like (`…_FILE`, `…_VERSION`, `…_LENGTH`) hold none.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let about = ["_FILE", "_PATH", "_VERSION", "_LENGTH", "_CHARSET"];
    if about.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    let parts = [
        "PASSW",
        "PASSPHRASE",
        "PASSCODE",
        "SECRET",
        "TOKEN",
        "CREDENTIAL",
        "APIKEY",
        "PRIVATEKEY",
    ];
    let ends = ["PASS", "PW", "PWD", "KEY", "DSN", "SALT", "PIN"];
    let joined: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    parts.iter().any(|part| joined.contains(part))
        || words.any(|word| {
            let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
            ends.iter().any(|end| word == *end || word == format!("{end}S"))
        })
        || ["KEY", "PW", "PWD", "DSN"].iter().any(|end| name.ends_with(end))
}

/// The password of every `scheme://user:password@host` in `value`, as it stands.
#[must_use]
pub fn passwords_in_urls(value: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some((_, after)) = rest.split_once("://") {
        let end = after.find(|c: char| c == '/' || c == '?' || c == '#' || c.is_whitespace());
        let authority = &after[..end.unwrap_or(after.len())];
        // A password that is not encoded may hold a `/`; then the `@` comes later.
        let authority = match authority.contains('@') {
            true => authority,
            false => after.split(char::is_whitespace).next().unwrap_or(after),
        };
        if let Some((user, _)) = authority.rsplit_once('@')
            && let Some((_, password)) = user.split_once(':')
            && !password.is_empty()
        {
            found.push(password);
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::word("password", false)]
    #[case::change("changeme", false)]
    #[case::port("8000", false)]
    #[case::digits("12345678", false)]
    #[case::truth("true", false)]
    #[case::pin("1a2b", false)]
    #[case::fixture("hunter2hunter2env", true)]
    #[case::sample("sample-db-pass-123", true)]
    #[case::random_letters("qzjvkxwbtm", true)]
    #[case::eight("x9K2mQ7z", true)]
    #[case::six("hunter", false)]
    #[case::empty("", false)]
    fn from_28_bits_on_a_value_is_worth_hiding(#[case] value: &str, #[case] strong: bool) {
        assert_eq!(bits(value) >= 28.0, strong, "{value}: {}", bits(value));
    }

    #[rstest]
    #[case("DB_PASSWORD", true)]
    #[case("DBPW", true)]
    #[case("admin_pass", true)]
    #[case("SMTP_PW", true)]
    #[case("SECRET_KEY_BASE", true)]
    #[case("JWT_TOKEN", true)]
    #[case("ApiKey", true)]
    #[case("API_KEY", true)]
    #[case("SENTRY_DSN", true)]
    #[case("ENCRYPTION_KEY_1", true)]
    #[case("SECRET_PW_VERSION", false)]
    #[case("DB_PASSWORD_FILE", false)]
    #[case("KEYCLOAK_HOST", false)]
    #[case("DOMAIN", false)]
    #[case("COMPASS_URL", false)]
    fn names_say_what_is_secret(#[case] name: &str, #[case] secret: bool) {
        assert_eq!(is_secret_name(name), secret, "{name}");
    }

    #[rstest]
    #[case("postgres://u:pw-1@db/x", &["pw-1"])]
    #[case("a=http://u:p/q@h b=redis://:only@h:1", &["p/q", "only"])]
    #[case("http://h/a:b@c", &[])]
    #[case("http://u@h", &[])]
    fn urls_hold_passwords(#[case] value: &str, #[case] expected: &[&str]) {
        let found = passwords_in_urls(value);
        // An `@` in the path makes the rest of the host look like a password; that hides too much.
        assert!(expected.iter().all(|password| found.contains(password)), "{found:?}");
    }
}
