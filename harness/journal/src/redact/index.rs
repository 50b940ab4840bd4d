//! Finds many needles in one pass.
//!
//! An Aho-Corasick automaton looks at every byte, and with ten thousand needles each look is a cache miss.
//! [`Index`] looks only at every n-th position: a needle of `m` bytes holds, at one of `n = m - G + 1`
//! consecutive positions, a gram of `G` bytes that begins at a multiple of `n`. A bitmap that fits into the
//! second-level cache says whether a gram can belong to a needle; a table says to which needle, and the
//! bytes around the gram are compared. (S. Wu, U. Manber: A fast algorithm for multi-pattern searching, 1994,
//! uses the same blocks; here the step is constant, so that looks do not wait for each other.)
//!
//! Needles are compared with the text without its line breaks (see [`super::flat`]), and the text is not
//! copied for that. A gram at a line break is put together from both lines. Line breaks between two looks
//! only bring the looks closer to each other.

use std::ops::Range;

use super::flat::{Window, is_break};
use super::forms::{Needle, PIECE};
use super::word::{BITS, first_break, has_control, lower, number, word};

/// A gram that more needles than this share is hidden without comparing. This bounds the time for any recipe.
/// It can hide too much text, never too little.
const CROWD: usize = 64;

/// Number of looks that share one branch.
const LOOKS: usize = 4;

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
        // A gram has at least 4 bytes, at least 5 where steps are longer than one byte.
        let mut sizes = [(8, vec![]), (4, vec![]), (2, vec![]), (1, vec![])];
        for needle in needles {
            let size = match needle.need {
                12.. => 0,
                8.. => 1,
                6.. => 2,
                _ => 3,
            };
            sizes[size].1.push(needle);
        }
        let parts = sizes.into_iter().filter(|(_, needles)| !needles.is_empty());
        Self { parts: parts.map(|(step, needles)| Part::of(step, needles)).collect() }
    }

    /// Where needles stand in `text`; sorted, joined where only line breaks are between them.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut hits = Vec::new();
        self.parts.iter().for_each(|part| part.find(text, &mut hits));
        hits.sort_unstable_by_key(|hit| (hit.start, hit.end));
        hits.dedup_by(|next, kept| {
            let between = text.get(kept.end..next.start).unwrap_or_default();
            let joined = between.iter().all(is_break);
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
    /// The needle's bytes from `at` on, zeros behind its end.
    word: u64,
    needle: u32,
    at: u16,
    /// Number of bytes of `word` that are in the text at every hit of the needle; at least the gram's.
    known: u16,
}

/// Needles of similar size.
#[derive(Clone)]
struct Part {
    /// Bytes of a gram, 4 to 8.
    gram: usize,
    /// Distance between the positions at which grams are looked at: 1, 2, 4 or 8.
    step: usize,
    needles: Vec<Needle>,
    /// Hashes a gram.
    factor: u64,
    /// The bits of a word that are behind its gram.
    behind: u64,
    /// A Bloom filter whose bits for one gram lie in one word: each look costs one load.
    seen: Box<[u64]>,
    seen_shift: u32,
    /// Entries by the upper bits of their gram's hash.
    entries: Vec<Entry>,
    starts: Vec<u32>,
    starts_shift: u32,
}

impl Part {
    fn of(step: usize, needles: Vec<Needle>) -> Self {
        let least = needles.iter().map(|needle| needle.need).min().unwrap_or(step);
        let gram = (least + 1 - step).min(8);
        let mut entries = Vec::new();
        for (serial, needle) in needles.iter().enumerate() {
            // A needle that is found in whole is found by its first grams, a part of one by any.
            let whole = needle.need == needle.bytes.len();
            let last = needle.bytes.len() - gram;
            let last = if whole { last.min(step - 1) } else { last };
            for at in 0..=last {
                let word = &needle.bytes[at..needle.bytes.len().min(at + 8)];
                let known = if whole { word.len() } else { gram };
                let entry = (u32::try_from(serial), u16::try_from(at), u16::try_from(known));
                if let (Ok(needle), Ok(at), Ok(known)) = entry {
                    entries.push(Entry { word: number(word), needle, at, known });
                }
            }
        }
        let bits = |each: usize| (entries.len() * each).next_power_of_two().ilog2().clamp(10, 28);
        // 16 bits a gram, five of them set, let about one in 500 strange grams through.
        let (seen_shift, starts_shift) = (64 - (bits(16) - 6), 64 - bits(1));
        // Multiplicative hashing (D. Knuth, The Art of Computer Programming, 6.4) by 2^64 divided by the
        // golden ratio. The shift drops the bytes behind the gram. The upper bits are the good ones.
        let factor = 0x9e37_79b9_7f4a_7c15 << (64 - 8 * gram);
        let behind = !lower(u64::MAX, gram);
        let mut seen = vec![0_u64; 1 << (64 - seen_shift)].into_boxed_slice();
        for entry in &entries {
            let hash = entry.word.wrapping_mul(factor);
            seen[(hash >> seen_shift) as usize] |= bits_of(hash);
        }
        let bucket = |entry: &Entry| (entry.word.wrapping_mul(factor) >> starts_shift) as usize;
        entries.sort_unstable_by_key(|entry| (bucket(entry), lower(entry.word, gram)));
        let mut starts = vec![0_u32; (1 << (64 - starts_shift)) + 1];
        for entry in &entries {
            starts[bucket(entry) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self {
            gram,
            step,
            needles,
            factor,
            behind,
            seen,
            seen_shift,
            entries,
            starts,
            starts_shift,
        }
    }

    fn find(&self, text: &[u8], hits: &mut Vec<Range<usize>>) {
        match self.step {
            8 => self.look::<8>(text, hits),
            4 => self.look::<4>(text, hits),
            2 => self.look::<2>(text, hits),
            _ => self.look::<1>(text, hits),
        }
    }

    /// Looks at the gram at every multiple of `STEP`.
    fn look<const STEP: usize>(&self, text: &[u8], hits: &mut Vec<Range<usize>>) {
        let mut at = 0;
        // The last look of a group reads a word, and no step is longer than a word.
        while let Some(group) = text.get(at..).and_then(|rest| rest.first_chunk::<{ LOOKS * 8 }>())
        {
            let words: [u64; LOOKS] =
                std::array::from_fn(|n| word(group, n * STEP).unwrap_or_default());
            let breaks = words.iter().fold(false, |any, word| any | self.is_broken(*word));
            let held = words.iter().fold(false, |any, word| any | self.may_hold(*word));
            if breaks | held {
                for (n, word) in words.into_iter().enumerate() {
                    if self.is_broken(word) {
                        self.near_break(text, at + n * STEP, word, hits);
                    } else if self.may_hold(word) {
                        self.compare(text, at + n * STEP, word, hits);
                    }
                }
            }
            at += LOOKS * STEP;
        }
        for at in (at..text.len()).step_by(STEP) {
            if let Some(gram) = self.gather(text, at).filter(|gram| self.may_hold(*gram)) {
                self.compare(text, at, gram, hits);
            }
        }
    }

    /// True where a line break may be inside the gram at the beginning of `word`.
    #[inline(always)]
    fn is_broken(&self, word: u64) -> bool {
        has_control(word | self.behind)
    }

    /// Looks at the gram at `at`, where `first` stands and may have line breaks.
    #[inline(always)]
    fn near_break(&self, text: &[u8], at: usize, first: u64, hits: &mut Vec<Range<usize>>) {
        let own = first_break(first);
        let behind = || word(text, at + own + 1).filter(|word| !has_control(*word));
        let gram = if own >= self.gram {
            Some(first)
        } else if let Some(behind) = behind() {
            // Most often there is one line break with enough text behind it.
            Some(lower(first, own) | behind << (8 * own))
        } else {
            self.gather(text, at)
        };
        if let Some(gram) = gram.filter(|gram| self.may_hold(*gram)) {
            self.compare(text, at, gram, hits);
        }
    }

    /// The gram at `at` without line breaks; none where the text ends before.
    #[cold]
    fn gather(&self, text: &[u8], at: usize) -> Option<u64> {
        let mut bytes = text[at..].iter().copied().filter(|byte| !is_break(byte));
        let mut gram = [0; 8];
        for byte in gram.iter_mut().take(self.gram) {
            *byte = bytes.next()?;
        }
        Some(u64::from_le_bytes(gram))
    }

    /// False where no needle has the gram at the beginning of `word`.
    #[inline(always)]
    fn may_hold(&self, word: u64) -> bool {
        let hash = word.wrapping_mul(self.factor);
        !self.seen[(hash >> self.seen_shift) as usize] & bits_of(hash) == 0
    }

    /// Compares the needles that have the gram at the beginning of `word` with the text around `at`.
    #[cold]
    #[inline(never)]
    fn compare(&self, text: &[u8], at: usize, word: u64, hits: &mut Vec<Range<usize>>) {
        let gram = lower(word, self.gram);
        let bucket = (gram.wrapping_mul(self.factor) >> self.starts_shift) as usize;
        let (from, to) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        let entries = &self.entries[from..to];
        let own = |entry: &Entry| lower(entry.word, self.gram);
        let same =
            entries.partition_point(|e| own(e) < gram)..entries.partition_point(|e| own(e) <= gram);
        let entries = &entries[same];
        if entries.len() > CROWD {
            hits.push(Window::around(text, at, self.step, self.gram + self.step).all());
            return;
        }
        // Behind the gram a word may hold a line break, or nothing at the end of the text.
        let shown = if has_control(word) { self.gram } else { 8 };
        let mut window = None;
        for entry in entries {
            if lower(entry.word ^ word, shown.min(entry.known.into())) != 0 {
                continue;
            }
            let (needle, own) = (&self.needles[entry.needle as usize], entry.at as usize);
            if !promising(needle, self.gram, text, (at, own)) {
                continue;
            }
            // The digits beside a needle belong to the window.
            let window =
                window.get_or_insert_with(|| Window::around(text, at, PIECE + 1, PIECE + 1));
            let hit = meet(needle, self.gram, window.bytes(), (window.at(), own));
            hits.extend(hit.map(|hit| window.place(hit)));
        }
    }
}

/// The bits of one word of the filter. They depend on bits of the hash that the word's place does not
/// depend on, unless the filter has more than 2^17 words. The rotation makes 64 words of each word of the
/// table: grams that share a word of the filter seldom share all bits.
#[inline(always)]
fn bits_of(hash: u64) -> u64 {
    BITS[(hash >> 38) as usize % BITS.len()].rotate_left((hash >> 32) as u32)
}

/// False where the bytes beside a gram differ so soon that `needle` cannot stand there.
fn promising(needle: &Needle, gram: usize, text: &[u8], (at, own): (usize, usize)) -> bool {
    let (before, behind) = text.split_at(at);
    let flat = |byte: &&u8| !is_break(byte);
    let behind = behind.iter().filter(flat).zip(&needle.bytes[own..]);
    let before = before.iter().rev().filter(flat).zip(needle.bytes[..own].iter().rev());
    let wanted = needle.need.min(gram + 4);
    let behind = behind.take(wanted).take_while(|(a, b)| a == b).count();
    let before = before.take(wanted - behind).take_while(|(a, b)| a == b).count();
    behind + before >= wanted
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
