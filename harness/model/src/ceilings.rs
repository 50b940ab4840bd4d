//! Ceilings: how much of the machine one unit may take. The table below is the only place of the numbers;
//! `machine-docs/ceilings.md` is rendered from it.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

/// One ceiling. The order is that of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table says what each of them means")]
pub enum Ceiling {
    Services,
    Replicas,
    Tasks,
    Networks,
    Volumes,
    Secrets,
    Configs,
    Ports,
    ObjectBytes,
    MemoryPerTask,
    MemoryPerUnit,
    MemoryLeast,
    PidsPerTask,
    PidsPerUnit,
    PidsLeast,
    TmpfsBytes,
    OpenFiles,
    LogFileBytes,
    LogFiles,
    DiskBytes,
    DiskFreeBytes,
    OutputBytes,
    EvidenceItemBytes,
    EvidenceRunBytes,
    OwnMemoryBytes,
    OwnPids,
}

/// What a ceiling counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
}

/// A ceiling's value where no setting names another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// A number of things or bytes.
    Number(u64),
    /// A share of the memory of the engine's machine, in percent.
    OfMemory(u64),
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which ceiling.
    pub ceiling: Ceiling,
    /// Its name in `settings.toml` and behind `--ceiling`.
    pub key: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Its value where no setting names another.
    pub standard: Standard,
    /// What it bounds.
    pub bounds: &'static str,
    /// What happens at the ceiling.
    pub then: &'static str,
}

const REFUSED: &str = "the recipe is refused before anything is created";
const ADDED: &str =
    "added as a limit where the recipe names none; a recipe that names more is refused";
const CUT: &str = "the rest is dropped, and the kept part says so";

const fn row(
    ceiling: Ceiling,
    key: &'static str,
    (unit, standard): (Unit, Standard),
    bounds: &'static str,
    then: &'static str,
) -> Row {
    Row { ceiling, key, unit, standard, bounds, then }
}

const fn count(number: u64) -> (Unit, Standard) {
    (Unit::Count, Standard::Number(number))
}

const fn bytes(number: u64) -> (Unit, Standard) {
    (Unit::Bytes, Standard::Number(number))
}

const fn of_memory(percent: u64) -> (Unit, Standard) {
    (Unit::Bytes, Standard::OfMemory(percent))
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Every ceiling. Measured in whole runs of the five bundled recipes, sampled every two seconds: a task takes
/// at most 228 MiB (canaille) and 24 processes (synapse), the toolbox 85 MiB and 23 processes, the edge 33 MiB.
/// `pids_per_unit` is half of 32,768, the kernel's smallest usual `pid_max`.
pub const CEILINGS: [Row; 26] = [
    row(Ceiling::Services, "services", count(30), "services of a stack", REFUSED),
    row(Ceiling::Replicas, "replicas", count(10), "tasks of one service", REFUSED),
    row(Ceiling::Tasks, "tasks", count(50), "tasks of all services together", REFUSED),
    row(Ceiling::Networks, "networks", count(20), "networks of a stack", REFUSED),
    row(Ceiling::Volumes, "volumes", count(50), "volumes of a stack", REFUSED),
    row(Ceiling::Secrets, "secrets", count(100), "secrets of a stack", REFUSED),
    row(Ceiling::Configs, "configs", count(100), "configs of a stack", REFUSED),
    row(Ceiling::Ports, "ports", count(1000), "published ports of a stack", REFUSED),
    row(
        Ceiling::ObjectBytes,
        "object_bytes",
        bytes(8 * MIB),
        "content of all configs and secrets together; the Swarm keeps it in the memory of every manager",
        REFUSED,
    ),
    row(Ceiling::MemoryPerTask, "memory_per_task", of_memory(50), "memory of one task", ADDED),
    row(
        Ceiling::MemoryPerUnit,
        "memory_per_unit",
        of_memory(75),
        "memory limits of all tasks together; what the recipe does not name itself is shared out evenly",
        REFUSED,
    ),
    row(
        Ceiling::MemoryLeast,
        "memory_least",
        bytes(128 * MIB),
        "the smallest memory limit that is added; a stack with more tasks than that leaves room for is refused",
        REFUSED,
    ),
    row(
        Ceiling::PidsPerTask,
        "pids_per_task",
        count(4096),
        "processes and threads of one task",
        ADDED,
    ),
    row(
        Ceiling::PidsPerUnit,
        "pids_per_unit",
        count(16_384),
        "process limits of all tasks together; what the recipe does not name itself is shared out evenly",
        REFUSED,
    ),
    row(
        Ceiling::PidsLeast,
        "pids_least",
        count(128),
        "the smallest process limit that is added; a stack with more tasks than that leaves room for is refused",
        REFUSED,
    ),
    row(
        Ceiling::TmpfsBytes,
        "tmpfs_bytes",
        bytes(GIB),
        "one file system in memory: a tmpfs mount, `/dev/shm`, a volume of `type=tmpfs`",
        ADDED,
    ),
    row(
        Ceiling::OpenFiles,
        "open_files",
        count(MIB),
        "open files of one process that `ulimits: nofile` asks for",
        REFUSED,
    ),
    row(
        Ceiling::LogFileBytes,
        "log_file_bytes",
        bytes(10 * MIB),
        "one log file of one container (`max-size`)",
        "added where the recipe names none; a larger one is lowered",
    ),
    row(
        Ceiling::LogFiles,
        "log_files",
        count(3),
        "log files of one container (`max-file`)",
        "added where the recipe names none; more are lowered",
    ),
    row(
        Ceiling::DiskBytes,
        "disk_bytes",
        bytes(10 * GIB),
        "disk of one unit while it runs: its containers' own layers, its volumes and its backups",
        "the unit is torn down, and the failure is the harness's",
    ),
    row(
        Ceiling::DiskFreeBytes,
        "disk_free_bytes",
        bytes(GIB),
        "disk that stays free on the engine's machine while a unit runs",
        "the unit is torn down, and the failure is the harness's",
    ),
    row(
        Ceiling::OutputBytes,
        "output_bytes",
        bytes(8 * MIB),
        "output and error output of one command or hook, each",
        CUT,
    ),
    row(
        Ceiling::EvidenceItemBytes,
        "evidence_item_bytes",
        bytes(4 * MIB),
        "one piece of evidence, such as the log of a container",
        CUT,
    ),
    row(
        Ceiling::EvidenceRunBytes,
        "evidence_run_bytes",
        bytes(512 * MIB),
        "evidence of one run together",
        "later evidence is replaced by a line that says so",
    ),
    row(
        Ceiling::OwnMemoryBytes,
        "own_memory_bytes",
        bytes(GIB),
        "memory of one of the harness's own containers",
        "added as a limit",
    ),
    row(
        Ceiling::OwnPids,
        "own_pids",
        count(512),
        "processes and threads of one of the harness's own containers",
        "added as a limit",
    ),
];

impl Ceiling {
    /// Its line of the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        // A test proves that the table is in the order of the enum.
        &CEILINGS[self as usize]
    }

    /// Its name in `settings.toml` and behind `--ceiling`.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// The ceiling called `key`.
    #[must_use]
    pub fn named(key: &str) -> Option<Self> {
        CEILINGS.iter().find(|row| row.key == key).map(|row| row.ceiling)
    }

    /// How to raise it, for a hint.
    #[must_use]
    pub fn remedy(self) -> String {
        let key = self.key();
        format!("--ceiling {key}=VALUE raises it, or `{key}` below [ceilings] in settings.toml")
    }

    /// `number` in words: `3` or `512 MiB`.
    #[must_use]
    pub fn words(self, number: u64) -> String {
        match self.row().unit {
            Unit::Count => number.to_string(),
            Unit::Bytes => size(number),
        }
    }
}

/// The ceilings that hold on one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceilings {
    values: [u64; CEILINGS.len()],
}

impl Ceilings {
    /// The standard ceilings of a machine with so much memory, in bytes.
    #[must_use]
    pub fn of_machine(memory_bytes: u64) -> Self {
        let value = |row: Row| match row.standard {
            Standard::Number(number) => number,
            // Whole MiB, for the words of messages.
            Standard::OfMemory(percent) => memory_bytes / 100 * percent / MIB * MIB,
        };
        Self { values: CEILINGS.map(value) }
    }

    /// The value of one ceiling.
    #[must_use]
    pub fn get(&self, ceiling: Ceiling) -> u64 {
        self.values[ceiling as usize]
    }

    /// Sets one ceiling.
    pub fn set(&mut self, ceiling: Ceiling, value: u64) {
        self.values[ceiling as usize] = value;
    }

    /// As [`Ceilings::get`], for lengths in memory.
    #[must_use]
    pub fn length(&self, ceiling: Ceiling) -> usize {
        usize::try_from(self.get(ceiling)).unwrap_or(usize::MAX)
    }
}

/// Reads a ceiling's value: a number, for bytes also with `k`, `m`, `g` or `t` (powers of 1,024). Zero is no
/// ceiling: it would refuse everything.
///
/// # Errors
/// What was expected.
pub fn ceiling_value(ceiling: Ceiling, text: &str) -> Result<u64, &'static str> {
    let expected = match ceiling.row().unit {
        Unit::Count => "a whole number above 0",
        Unit::Bytes => "a size above 0, as 512m or 10g",
    };
    let read = match ceiling.row().unit {
        Unit::Count => text.trim().parse().ok(),
        Unit::Bytes => read_size(text),
    };
    read.filter(|value| *value > 0).ok_or(expected)
}

/// A size as Docker writes it: `10485760`, `10m`, `10mb`, `10MiB`; powers of 1,024.
#[must_use]
pub fn read_size(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().trim_end_matches('b').trim_end_matches('i') {
        "" => 1,
        "k" => KIB,
        "m" => MIB,
        "g" => GIB,
        "t" => GIB * KIB,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// A size for a reader; never rounded.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = [(GIB * KIB, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")];
    let fits = units.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    match fits {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

/// The table as a page.
#[must_use]
pub fn ceilings_page() -> String {
    let mut page = String::from(
        "# Ceilings\n\nHow much of the machine one unit may take. Rendered from \
         `harness/model/src/ceilings.rs`; a test compares.\n\n\
         Each ceiling is set by `--ceiling KEY=VALUE`, by `CC_CI_CEILINGS=KEY=VALUE,…`, or below \
         `[ceilings]` in `settings.toml` of the state folder; the first that names it holds. Sizes are \
         bytes, or have `k`, `m`, `g`, `t` (powers of 1,024). A share of memory is of the memory that \
         the engine reports.\n\n\
         A failure at a limit that the harness added is `harness.node`; at a limit that the recipe names \
         itself it is the recipe's.\n\n\
         | key | standard | bounds | at the ceiling |\n|---|---|---|---|\n",
    );
    for row in CEILINGS {
        let _ = writeln!(page, "| `{}` | {} | {} | {} |", row.key, row, row.bounds, row.then);
    }
    page
}

impl fmt::Display for Row {
    /// The standard value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.standard {
            Standard::Number(number) => f.write_str(&self.ceiling.words(number)),
            Standard::OfMemory(percent) => write!(f, "{percent} % of the memory"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ceiling_has_its_line() {
        for (number, row) in CEILINGS.iter().enumerate() {
            assert_eq!(row.ceiling as usize, number, "{}", row.key);
            assert_eq!(Ceiling::named(row.key), Some(row.ceiling));
        }
    }

    #[test]
    fn the_page_is_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../machine-docs/ceilings.md");
        let page = ceilings_page();
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == page, "{path} differs from the table; its content should be:\n{page}");
    }

    #[test]
    fn a_share_is_of_the_machine() {
        let small = Ceilings::of_machine(4 << 30);
        assert_eq!(small.get(Ceiling::MemoryPerTask), 2047 << 20);
        assert_eq!(small.get(Ceiling::Services), 30);
    }

    #[rstest::rstest]
    #[case::bytes(Ceiling::DiskBytes, "1024", Ok(1024))]
    #[case::unit(Ceiling::DiskBytes, "10g", Ok(10 << 30))]
    #[case::long_unit(Ceiling::DiskBytes, "10 MiB", Ok(10 << 20))]
    #[case::count(Ceiling::Tasks, "7", Ok(7))]
    #[case::no_unit_for_counts(Ceiling::Tasks, "7k", Err(()))]
    #[case::nothing_is_no_ceiling(Ceiling::Tasks, "0", Err(()))]
    #[case::negative(Ceiling::Tasks, "-1", Err(()))]
    #[case::overflow(Ceiling::DiskBytes, "99999999999999t", Err(()))]
    #[case::nonsense(Ceiling::DiskBytes, "much", Err(()))]
    fn values(#[case] ceiling: Ceiling, #[case] text: &str, #[case] expected: Result<u64, ()>) {
        assert_eq!(ceiling_value(ceiling, text).map_err(drop), expected);
    }

    #[rstest::rstest]
    #[case(10 << 30, "10 GiB")]
    #[case(1536 << 20, "1536 MiB")]
    #[case(1000, "1000 bytes")]
    fn sizes_are_never_rounded(#[case] bytes: u64, #[case] words: &str) {
        assert_eq!(size(bytes), words);
    }
}
