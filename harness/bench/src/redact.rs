//! The cost of redaction, compared with the SHA-256 that every piece of evidence costs as well.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use cc_ci_journal::Redactor;
use cc_ci_model::{Secret, sha256_hex};
use cc_ci_session::{Failure, Kind};
use serde::Serialize;

use super::median::median;

/// At most this share of the time of the SHA-256 of the same bytes.
const GOAL: f64 = 1.0;

/// Secrets that are hidden.
const SECRETS: usize = 1_000;

/// The log that is cleaned, in pieces of this size; a piece of evidence is seldom larger.
const PIECE: usize = 256 * 1024;
const PIECES: usize = 64;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct RedactionCost {
    /// `release`, or `debug`, whose numbers say little.
    build: &'static str,
    secrets: usize,
    bytes: usize,
    /// Pieces of the log in which secrets were found.
    found_in: usize,
    /// Median megabytes per second of CPU time.
    redaction: f64,
    sha256: f64,
    /// Median of the rounds' ratios, and all of them.
    ratio: f64,
    every_ratio: Vec<f64>,
    /// Milliseconds to take the secrets in.
    hiding_millis: f64,
    goal: f64,
    /// True where the goal is met.
    pub met: bool,
}

/// Cleans a log and computes its SHA-256, by turns.
///
/// # Errors
/// A bug of the redaction.
pub fn redact(rounds: u32) -> Result<RedactionCost, Failure> {
    let mut numbers = Numbers(1);
    let secrets: Vec<String> = (0..SECRETS).map(|at| secret(at, &mut numbers)).collect();
    let log = log(&secrets, &mut numbers);
    let pieces: Vec<&[u8]> = log.chunks(PIECE).collect();
    let mut redactor = Redactor::default();
    let started = Instant::now();
    let values: Vec<Secret> = secrets.iter().map(|secret| secret.as_str().into()).collect();
    let visible = redactor.hide(&values).len();
    let hiding_millis = started.elapsed().as_secs_f64() * 1_000.0;
    if visible > 0 {
        return Err(Failure::message(Kind::Bug, format!("{visible} secrets stay visible")));
    }
    let clean = || pieces.iter().map(|piece| redactor.clean(black_box(piece)).len()).sum::<usize>();
    let hash = || pieces.iter().map(|piece| sha256_hex(black_box(piece)).len()).sum::<usize>();
    let (mut cleaned, mut hashed) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        for ours in [round % 2 == 0, round % 2 != 0] {
            let started = thread_seconds();
            black_box(if ours { clean() } else { hash() });
            let seconds = thread_seconds() - started;
            if ours { cleaned.push(seconds) } else { hashed.push(seconds) }
        }
    }
    let every_ratio: Vec<f64> =
        cleaned.iter().zip(&hashed).map(|(ours, theirs)| ours / theirs).collect();
    let speed = |seconds: Vec<f64>| median(seconds).map_or(0.0, |s| log.len() as f64 / s / 1e6);
    let ratio = median(every_ratio.iter().copied()).unwrap_or(f64::INFINITY);
    let measured = RedactionCost {
        build: if cfg!(debug_assertions) { "debug" } else { "release" },
        secrets: secrets.len(),
        bytes: log.len(),
        found_in: pieces.iter().filter(|piece| redactor.leaks(piece)).count(),
        redaction: speed(cleaned),
        sha256: speed(hashed),
        ratio,
        every_ratio,
        hiding_millis,
        goal: GOAL,
        met: ratio <= GOAL,
    };
    Ok(measured)
}

/// CPU time of this thread: other programs on the machine do not count.
fn thread_seconds() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

impl RedactionCost {
    /// For a reader.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{} secrets, {} MiB of logs, secrets in {} of {PIECES} pieces ({} build)\n\
             redaction {:.0} MB/s, SHA-256 {:.0} MB/s: {:.2} ×, goal ≤ {GOAL:.1} × {}\n",
            self.secrets,
            self.bytes >> 20,
            self.found_in,
            self.build,
            self.redaction,
            self.sha256,
            self.ratio,
            if self.met { "met" } else { "missed" },
        )
    }
}

/// The same numbers in every run (G. Marsaglia, Xorshift RNGs, 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn word(&mut self, length: usize, letters: &[u8]) -> String {
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }
}

/// Lengths and letters as recipes ask for them: mostly 32 and 40 characters, some of 12 to 20, a
/// passphrase here and there.
fn secret(at: usize, numbers: &mut Numbers) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let signs = b"abcdefghijklmnopqrstuvwxyz0123456789!@%^&*_+-=";
    match at % 10 {
        0..=3 => numbers.word(32, letters),
        4 | 5 => numbers.word(40, letters),
        6 => numbers.word(64, b"0123456789abcdef"),
        7 => numbers.word(20, signs),
        8 => numbers.word(12, letters),
        _ => (0..5).map(|_| numbers.word(6, b"bcdfghaeiou")).collect::<Vec<_>>().join("-"),
    }
}

/// Lines as web servers, JSON loggers and stack traces write them; every 500th holds a secret.
fn log(secrets: &[String], numbers: &mut Numbers) -> Vec<u8> {
    let mut text = String::with_capacity(PIECE * PIECES + 400);
    let paths = ["/", "/api/v1/users", "/assets/app-4f3a.js", "/health", "/login?next=%2Fhome"];
    let words = ["connection accepted", "cache miss for key", "migrated table", "job finished in"];
    let mut line = 0_usize;
    while text.len() < PIECE * PIECES {
        line += 1;
        let (path, word) = (paths[numbers.below(paths.len())], words[numbers.below(words.len())]);
        let (number, id) = (numbers.below(100_000), numbers.word(16, b"0123456789abcdef"));
        let _ = match line % 4 {
            0 => writeln!(
                text,
                "10.0.3.{} - - [27/Nov/2026:20:59:{:02} +0000] \"GET {path} HTTP/1.1\" 200 {number} \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"",
                number % 256,
                number % 60
            ),
            1 => writeln!(
                text,
                "{{\"level\":\"info\",\"ts\":17957{number:05},\"msg\":\"{word} {id}\",\"path\":\"{path}\",\"took\":{number}}}"
            ),
            2 => writeln!(
                text,
                "2026-11-27 20:59:{:02}.{number:05} UTC [{}] LOG:  {word} {id}",
                number % 60,
                number % 999
            ),
            _ => writeln!(
                text,
                "    at com.example.app.Handler.handle(Handler.java:{}) ~[app.jar:{id}]",
                number % 999
            ),
        };
        if line.is_multiple_of(500) {
            let secret = &secrets[numbers.below(secrets.len())];
            let _ = writeln!(text, "connecting to postgres://app:{secret}@db:5432/app");
        }
    }
    text.truncate(PIECE * PIECES);
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_the_same_each_time_and_holds_secrets() {
        let made = || {
            let mut numbers = Numbers(1);
            let secrets: Vec<String> = (0..20).map(|at| secret(at, &mut numbers)).collect();
            let log = log(&secrets, &mut numbers);
            (secrets, log)
        };
        let (secrets, log) = made();
        assert!(made() == (secrets.clone(), log.clone()));
        assert_eq!(log.len(), PIECE * PIECES);
        let mut redactor = Redactor::default();
        let values: Vec<Secret> = secrets.iter().map(|secret| secret.as_str().into()).collect();
        assert!(redactor.hide(&values).is_empty());
        assert!(redactor.leaks(&log) && !redactor.leaks(&redactor.clean(&log)));
    }
}
