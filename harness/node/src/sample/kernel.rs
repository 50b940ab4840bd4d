//! What the kernel says about the whole machine, read from its own texts. Pure.

/// Time that tasks were stalled since the machine was booted, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stalled {
    /// At least one task was.
    pub(super) some: u64,
    /// Every task that had something to do was.
    pub(super) full: Option<u64>,
}

/// Reads `/proc/pressure/*` (Documentation/accounting/psi.rst of the kernel). The sums are read and not the
/// averages: an average over 10 s still shows a stall that is over.
pub(super) fn stalled(text: &str) -> Option<Stalled> {
    let total = |kind: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(' '))?;
        let total = line.split_whitespace().find_map(|word| word.strip_prefix("total="))?;
        total.parse().ok()
    };
    Some(Stalled { some: total("some")?, full: total("full") })
}

/// Load average of the last minute, and the number of processes and threads that exist: `/proc/loadavg`, proc(5).
pub(super) fn load(text: &str) -> Option<(f64, u64)> {
    let mut words = text.split_whitespace();
    let load = words.next()?.parse().ok()?;
    let (_, threads) = words.nth(2)?.split_once('/')?;
    Some((load, threads.parse().ok()?))
}

/// `MemAvailable` of `/proc/meminfo` in bytes: the kernel's own estimate of what a new process can have, proc(5).
pub(crate) fn memory_available(text: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The number behind `key` in a text of lines `key number`, as `/proc/vmstat`, `cpu.stat` and `memory.events` are.
pub(super) fn counter(text: &str, key: &str) -> Option<u64> {
    let value = |line: &str| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok();
    text.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const CPU: &str = "some avg10=75.00 avg60=27.44 avg300=8.58 total=32746709\n\
                       full avg10=0.00 avg60=0.00 avg300=0.00 total=12\n";

    #[rstest]
    #[case::both(CPU, Some((32_746_709, Some(12))))]
    #[case::before_5_13("some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n", Some((5, None)))]
    // The file exists where PSI is compiled in but off, and gives nothing.
    #[case::off("", None)]
    #[case::half("some avg10=0.00\n", None)]
    #[case::no_number("some total=x\nfull total=1\n", None)]
    fn stalls_are_sums(#[case] text: &str, #[case] expected: Option<(u64, Option<u64>)>) {
        assert_eq!(stalled(text).map(|found| (found.some, found.full)), expected);
    }

    #[rstest]
    #[case::whole("2.49 1.10 0.43 7/112 7515\n", Some((2.49, 112)))]
    #[case::cut("2.49 1.10", None)]
    #[case::empty("", None)]
    fn load_and_threads(#[case] text: &str, #[case] expected: Option<(f64, u64)>) {
        assert_eq!(load(text), expected);
    }

    #[rstest]
    #[case::vmstat("nr_free_pages 9\noom_kill 3\n", "oom_kill", Some(3))]
    // `memory.events` has a name that begins alike.
    #[case::whole_words("oom_kill_disable 0\nunder_oom 1\noom_kill 2\n", "oom_kill", Some(2))]
    #[case::absent("oom 1\n", "oom_kill", None)]
    fn counters_go_by_whole_names(
        #[case] text: &str,
        #[case] key: &str,
        #[case] expected: Option<u64>,
    ) {
        assert_eq!(counter(text, key), expected);
    }

    #[rstest]
    #[case::given("MemTotal: 9 kB\nMemAvailable:   23438472 kB\n", Some(23_438_472 * 1024))]
    #[case::absent("MemTotal: 9 kB\n", None)]
    fn available_memory_is_in_bytes(#[case] text: &str, #[case] expected: Option<u64>) {
        assert_eq!(memory_available(text), expected);
    }
}
