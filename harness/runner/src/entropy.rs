//! Randomness. Tests bring their own.

use rand::Rng;

/// Makes up bytes and words that cannot be guessed.
pub trait Entropy: Send + Sync + 'static {
    /// So many random bytes.
    fn bytes(&self, count: usize) -> Vec<u8>;

    /// A word of `length` characters out of `charset`, each equally likely.
    fn word(&self, length: usize, charset: &str) -> String {
        let letters: Vec<char> = charset.chars().take(256).collect();
        if letters.is_empty() {
            return String::new();
        }
        // Bytes past the last full multiple would favour the first letters; they are thrown away.
        let fair = 256 - 256 % letters.len();
        let mut word = String::with_capacity(length);
        while word.chars().count() < length {
            let fresh = self.bytes(length);
            let fair = fresh.into_iter().map(usize::from).filter(|byte| *byte < fair);
            let picked = fair.map(|byte| letters[byte % letters.len()]);
            word.extend(picked.take(length - word.chars().count()));
        }
        word
    }

    /// So many made-up words with hyphens between. Their letters alternate so that they can be read
    /// aloud; six of them are worth 118 bits.
    fn passphrase(&self, words: u16) -> String {
        let letter = |at| if at % 2 == 0 { "bcdfghjklmnprstvwyz" } else { "aeiou" };
        let word = |_| (0..6).map(|at| self.word(1, letter(at))).collect::<String>();
        (0..words).map(word).collect::<Vec<_>>().join("-")
    }
}

/// The machine's source of randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bytes(&self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_wanted_length_and_letters() {
        let word = SystemEntropy.word(40, "abc");
        assert_eq!(word.len(), 40);
        assert!(word.chars().all(|letter| "abc".contains(letter)));
        assert_ne!(SystemEntropy.word(40, "abcdef"), SystemEntropy.word(40, "abcdef"));
        assert_eq!(SystemEntropy.word(3, ""), "");
    }
}
