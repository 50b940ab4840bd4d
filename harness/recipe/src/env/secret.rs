//! What stands behind the version of a secret: `# length=32 charset=hex generate=false`.

use super::EnvError;
use crate::Place;
use cc_ci_model::nearest;

/// The longest secret. A greater length is a typing error.
const MAX_LENGTH: u16 = 4096;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const SPECIAL: &str = "!@#$%^&*_-+=";
/// Characters that need no escaping in URLs, shells and SQL strings.
const SAFE_SPECIAL: &str = "_-.";

/// How a secret is made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Modifier {
    /// Characters. A secret without a length is a passphrase, whatever its charset, as with abra.
    pub(crate) length: Option<u16>,
    /// The characters to choose from.
    pub(crate) charset: String,
    /// False where only an operator can know the value.
    pub(crate) generate: bool,
}

impl Default for Modifier {
    fn default() -> Self {
        Self { length: None, charset: [LOWER, UPPER, DIGITS].concat(), generate: true }
    }
}

impl Modifier {
    /// Reads the comment behind a value. Words that are no `key=value` are prose and mean nothing.
    pub(crate) fn read(comment: &str, place: &Place) -> Result<Self, EnvError> {
        let mut modifier = Self::default();
        for word in comment.split_whitespace() {
            let Some((key, value)) = word.split_once('=') else { continue };
            let bad = |expected: &str| EnvError::BadModifier {
                place: place.clone(),
                modifier: word.to_owned(),
                expected: expected.to_owned(),
            };
            match key {
                "length" => {
                    let length = value.parse().ok().filter(|n| (1..=MAX_LENGTH).contains(n));
                    let expected = "expected a length from 1 to 4096";
                    modifier.length = Some(length.ok_or_else(|| bad(expected))?);
                }
                "charset" => modifier.charset = charset(value).ok_or_else(|| {
                    bad("expected default, alnum, hex, special or safespecial, with commas between")
                })?,
                "generate" => {
                    modifier.generate = match value {
                        "true" => true,
                        "false" => false,
                        _ => return Err(bad("expected true or false")),
                    };
                }
                // `see https://example.com/?a=b` is prose, `lenght=64` is a slip.
                _ if nearest(key, ["length", "charset", "generate"]).is_some() => {
                    return Err(bad("expected length=, charset= or generate="));
                }
                _ => {}
            }
        }
        Ok(modifier)
    }
}

fn charset(names: &str) -> Option<String> {
    let mut all = String::new();
    for name in names.split(',') {
        let parts: &[&str] = match name {
            "default" | "alnum" => &[LOWER, UPPER, DIGITS],
            "hex" => &["0123456789abcdef"],
            "special" => &[LOWER, UPPER, DIGITS, SPECIAL],
            "safespecial" => &[LOWER, UPPER, DIGITS, SAFE_SPECIAL],
            _ => return None,
        };
        // A character that stands twice would be chosen twice as often.
        for c in parts.iter().flat_map(|part| part.chars()) {
            if !all.contains(c) {
                all.push(c);
            }
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn read(comment: &str) -> Result<Modifier, EnvError> {
        let line = format!("SECRET_A_VERSION=v1 # {comment}");
        Modifier::read(comment, &Place::new(&Source::new(".env.sample", line), 1, 1))
    }

    #[test]
    fn without_words_it_is_a_passphrase() {
        let modifier = read("").unwrap();
        assert_eq!((modifier.length, modifier.charset.len(), modifier.generate), (None, 62, true));
    }

    #[test]
    fn every_word_is_read() {
        let modifier = read("length=64 charset=hex  generate=false and some prose?a=b").unwrap();
        let charset = "0123456789abcdef".to_owned();
        assert_eq!(modifier, Modifier { length: Some(64), charset, generate: false });
    }

    #[test]
    fn charsets_are_joined_without_doubles() {
        let modifier = read("charset=hex,default").unwrap();
        assert_eq!(modifier.charset.len(), 62);
    }

    #[rstest::rstest]
    #[case::length("bad_length", "length=0")]
    #[case::charset("bad_charset", "charset=klingon")]
    #[case::generate("bad_generate", "generate=no")]
    #[case::unknown("unknown_modifier", "lenght=32")]
    fn refuses(#[case] name: &str, #[case] comment: &str) {
        insta::assert_snapshot!(name, read(comment).unwrap_err());
    }
}
