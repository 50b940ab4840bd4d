//! Eight bytes of text at once.

/// The 8 bytes at `at`, the first of them lowest.
#[inline(always)]
pub(super) fn word(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

/// Up to 8 bytes as [`word`] reads them.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The first `count` bytes of a word; from 8 on the whole word.
#[inline(always)]
pub(super) fn lower(word: u64, count: usize) -> u64 {
    if count < 8 { word & !(u64::MAX << (8 * count)) } else { word }
}

/// True where a byte is below 14, as line breaks and tabs are. A few other words give true as well. (S.
/// Anderson, Bit Twiddling Hacks, "Determine if a word has a byte less than n".)
#[inline(always)]
pub(super) fn has_control(word: u64) -> bool {
    word.wrapping_sub(every(14)) & !word & every(0x80) != 0
}

/// Number of bytes before the first `\n` or `\r`, 8 without any.
#[inline(always)]
pub(super) fn first_break(word: u64) -> usize {
    // The lowest bit of each answer is exact, bits above it may be too many.
    let zero = |word: u64| word.wrapping_sub(every(1)) & !word & every(0x80);
    (zero(word ^ every(b'\n')) | zero(word ^ every(b'\r'))).trailing_zeros() as usize / 8
}

/// A word of eight equal bytes.
const fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Words with five bits, spread by a linear congruential generator (D. Knuth, MMIX). A load from this table
/// costs less than five shifts.
pub(super) static BITS: [u64; 512] = {
    let (mut words, mut at, mut state) = ([0_u64; 512], 0, 1_u64);
    while at < words.len() {
        while words[at].count_ones() < 5 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            words[at] |= 1 << (state >> 58);
        }
        at += 1;
    }
    words
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn breaks_are_seen_wherever_they_stand(
            bytes in proptest::array::uniform8(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'\x0b'), Just(b'\x8a'), any::<u8>()]),
        ) {
            let first = bytes.iter().position(|byte| b"\n\r".contains(byte));
            let word = u64::from_le_bytes(bytes);
            prop_assert_eq!(first_break(word), first.unwrap_or(8));
            prop_assert!(first.is_none() || has_control(word));
            for count in 0..=8 {
                prop_assert_eq!(lower(word, count), number(&bytes[..count]));
            }
        }
    }
}
