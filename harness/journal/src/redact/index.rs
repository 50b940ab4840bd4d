//! Finds many needles in one pass.
//!
//! An Aho-Corasick automaton looks at every byte, and with ten thousand needles each look is a cache miss.
//! Here only every n-th position is looked at: a needle of `m` bytes holds, at one of `n = m - G + 1`
//! consecutive positions, a gram of `G` bytes that begins at a multiple of `n`. A bitmap that fits into the
//! second-level cache says whether a gram can belong to a needle; a table says to which one, and the bytes
//! around it are compared. (S. Wu, U. Manber: A fast algorithm for multi-pattern searching, 1994, uses the
//! same blocks; here the step is constant, so that looks do not wait for each other.)

use std::ops::Range;

use super::forms::Needle;

/// More looks than this per needle only fill the bitmap.
const LONGEST_STEP: usize = 16;

/// A gram that more needles share is hidden without comparing: time stays bounded whatever a recipe brings,
/// and what is hidden is too much and never too little.
const CROWD: usize = 64;

/// All needles, by size.
#[derive(Clone, Default)]
pub(super) struct Index {
    parts: Vec<Part>,
}

/// Prints none of the needles.
impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Index")
    }
}

impl Index {
    pub(super) fn of(needles: Vec<Needle>) -> Self {
        let (long, rest): (Vec<_>, Vec<_>) = needles.into_iter().partition(|n| n.need >= 16);
        let (middle, short): (Vec<_>, Vec<_>) = rest.into_iter().partition(|n| n.need >= 8);
        let parts = [(8, long), (4, middle), (4, short)].into_iter();
        let parts = parts.filter(|(_, needles)| !needles.is_empty());
        Self { parts: parts.map(|(gram, needles)| Part::of(gram, needles)).collect() }
    }

    /// Where needles stand in `text`, which has no line breaks; sorted, joined where they touch.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut hits = Vec::new();
        self.parts.iter().for_each(|part| part.find(text, &mut hits));
        hits.sort_unstable_by_key(|hit| (hit.start, hit.end));
        hits.dedup_by(|next, kept| {
            let joined = next.start <= kept.end;
            if joined {
                kept.end = kept.end.max(next.end);
            }
            joined
        });
        hits
    }

    /// True where a needle stands in `text`.
    pub(super) fn touches(&self, text: &[u8]) -> bool {
        !self.find(text).is_empty()
    }
}

/// One gram of one needle.
#[derive(Clone, Copy)]
struct Entry {
    gram: u64,
    needle: u32,
    at: u32,
}

/// Needles of similar size.
#[derive(Clone)]
struct Part {
    /// Bytes of a gram, 4 or 8.
    gram: usize,
    /// Every so many positions a gram is looked at.
    step: usize,
    needles: Vec<Needle>,
    /// One bit for each value of the upper bits of a gram's hash.
    seen: Box<[u64]>,
    seen_shift: u32,
    /// Entries by the upper bits of their gram's hash.
    entries: Vec<Entry>,
    starts: Vec<u32>,
    starts_shift: u32,
}

impl Part {
    fn of(gram: usize, needles: Vec<Needle>) -> Self {
        let least = needles.iter().map(|needle| needle.need).min().unwrap_or(gram);
        let step = (least - gram + 1).min(LONGEST_STEP);
        let mut entries = Vec::new();
        for (number, needle) in needles.iter().enumerate() {
            // A needle that is found in whole is found by its first grams, a part of one by any.
            let whole = needle.need == needle.bytes.len();
            let last = needle.bytes.len() - gram;
            let last = if whole { last.min(step - 1) } else { last };
            for at in 0..=last {
                let gram = load(&needle.bytes[at..at + gram]);
                let entry = (u32::try_from(number), u32::try_from(at));
                if let (Ok(needle), Ok(at)) = entry {
                    entries.push(Entry { gram, needle, at });
                }
            }
        }
        let bits = |each: usize| (entries.len() * each).next_power_of_two().ilog2().clamp(10, 28);
        // 16 bits a gram let one in 16 strange grams through.
        let (seen_shift, starts_shift) = (64 - bits(16), 64 - bits(1));
        let mut seen = vec![0_u64; 1 << (64 - seen_shift - 6)].into_boxed_slice();
        for entry in &entries {
            let bit = hash(entry.gram) >> seen_shift;
            seen[(bit >> 6) as usize] |= 1 << (bit & 63);
        }
        entries.sort_unstable_by_key(|entry| (hash(entry.gram) >> starts_shift, entry.gram));
        let mut starts = vec![0_u32; (1 << (64 - starts_shift)) + 1];
        for entry in &entries {
            starts[(hash(entry.gram) >> starts_shift) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { gram, step, needles, seen, seen_shift, entries, starts, starts_shift }
    }

    fn find(&self, text: &[u8], hits: &mut Vec<Range<usize>>) {
        if self.gram == 8 { self.look::<8>(text, hits) } else { self.look::<4>(text, hits) }
    }

    fn look<const G: usize>(&self, text: &[u8], hits: &mut Vec<Range<usize>>) {
        let mut at = 0;
        while let Some(gram) = text.get(at..at + G) {
            let gram = load(gram);
            let bit = hash(gram) >> self.seen_shift;
            if self.seen[(bit >> 6) as usize] >> (bit & 63) & 1 == 1 {
                self.compare(text, at, gram, hits);
            }
            at += self.step;
        }
    }

    #[cold]
    fn compare(&self, text: &[u8], at: usize, gram: u64, hits: &mut Vec<Range<usize>>) {
        let bucket = (hash(gram) >> self.starts_shift) as usize;
        let (from, to) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        let entries = &self.entries[from..to];
        let same =
            entries.partition_point(|e| e.gram < gram)..entries.partition_point(|e| e.gram <= gram);
        let entries = &entries[same];
        if entries.len() > CROWD {
            let end = (at + self.gram + self.step).min(text.len());
            hits.push(at.saturating_sub(self.step)..end);
            return;
        }
        for entry in entries {
            let needle = &self.needles[entry.needle as usize];
            if let Some(hit) = meet(needle, self.gram, text, (at, entry.at as usize)) {
                hits.push(hit);
            }
        }
    }
}

/// The longest stretch of `needle` around a gram that both have, where it is long enough.
fn meet(
    needle: &Needle,
    gram: usize,
    text: &[u8],
    (at, own): (usize, usize),
) -> Option<Range<usize>> {
    let bytes = &needle.bytes;
    let behind = text[at + gram..].iter().zip(&bytes[own + gram..]);
    let behind = behind.take_while(|(a, b)| a == b).count();
    let before = text[..at].iter().rev().zip(bytes[..own].iter().rev());
    let before = before.take_while(|(a, b)| a == b).count();
    if before + gram + behind < needle.need {
        return None;
    }
    let (mut start, mut end) = (at - before, at + gram + behind);
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    if needle.edges.0 && before == own && start > 0 && digit(&text[start - 1]) {
        start -= 1;
    }
    if needle.edges.1 && own + gram + behind == bytes.len() && text.get(end).is_some_and(digit) {
        end += 1;
    }
    Some(start..end)
}

/// 4 or 8 bytes as a number.
#[inline]
fn load(gram: &[u8]) -> u64 {
    match *gram {
        [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
        _ => 0,
    }
}

/// Multiplicative hashing (D. Knuth, The Art of Computer Programming, 6.4); 2^64 divided by the golden ratio.
/// The upper bits are the good ones.
#[inline]
fn hash(gram: u64) -> u64 {
    (gram ^ (gram >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
