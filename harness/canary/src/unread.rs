//! What a store's complaint means for the data in it.

use cc_ci_model::Unread;

/// Words of a disk without room: the kernel, SQLite, PostgreSQL (53100), MariaDB (28), Redis.
const FULL: [&str; 6] = [
    "No space left on device",
    "database or disk is full",
    "53100",
    "Errcode: 28",
    "error 28 \"No space",
    "Disk quota exceeded",
];

/// Words of a disk that cannot be read or written: the kernel, SQLite, PostgreSQL (58030), MariaDB (5).
const IO: [&str; 6] = [
    "Input/output error",
    "disk I/O error",
    "58030",
    "Errcode: 5 ",
    "Structure needs cleaning",
    "Read-only file system",
];

/// Words of a server that refuses the login.
const REFUSED: [&str; 24] = [
    "password authentication failed",
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "28P01",
    "28000",
    "42501",
    "permission denied",
    "Permission denied",
    "is not permitted to log in",
    "ERROR 1044",
    "ERROR 1045",
    "ERROR 1130",
    "ERROR 1142",
    "ERROR 1143",
    "ERROR 1227",
    "ERROR 1698",
    "ERROR 1820",
    "ERROR 1862",
    "ERROR 4151",
    "NOAUTH",
    "WRONGPASS",
    "NOPERM",
    "unable to authenticate",
];

/// Words of a server whose files are there and are not what they were.
const DAMAGED: [&str; 26] = [
    "XX001",
    "XX002",
    "58P01",
    "invalid page",
    "could not read block",
    "could not open file",
    "missing chunk number",
    "is malformed",
    "not a database",
    "no such table",
    "ERROR 126",
    "ERROR 127",
    "ERROR 144",
    "ERROR 145",
    "ERROR 1016",
    "ERROR 1017",
    "ERROR 1030",
    "ERROR 1033",
    "ERROR 1034",
    "ERROR 1035",
    "ERROR 1054",
    "ERROR 1194",
    "ERROR 1712",
    "ERROR 1813",
    "ERROR 1932",
    "WRONGTYPE",
];

/// What a complaint says about the data behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The data is there and damaged.
    Damaged,
    /// Nothing is known of the data.
    Unread(Unread),
}

/// Reads a complaint. A failing disk comes before everything else: its consequences are no damage of the store.
/// Unknown words say nothing about the data.
pub(crate) fn meaning(words: &str) -> Meaning {
    let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    if says(&FULL) {
        Meaning::Unread(Unread::DiskFull)
    } else if says(&IO) {
        Meaning::Unread(Unread::Io)
    } else if says(&REFUSED) || is_no_role(words) {
        Meaning::Unread(Unread::Refused)
    } else if says(&DAMAGED) {
        Meaning::Damaged
    } else {
        Meaning::Unread(Unread::Closed)
    }
}

/// PostgreSQL has no code for a refused connection.
fn is_no_role(words: &str) -> bool {
    words.contains("role \"") && words.contains("does not exist")
}

#[cfg(test)]
mod tests {
    use super::*;
    use {Meaning as M, Unread as U};

    #[rstest::rstest]
    #[case(
        "psql: error: FATAL:  password authentication failed for user \"app\"",
        M::Unread(U::Refused)
    )]
    #[case("FATAL:  role \"app\" does not exist", M::Unread(U::Refused))]
    #[case("ERROR:  42501: permission denied for table cc_ci_canary", M::Unread(U::Refused))]
    #[case("FATAL:  no pg_hba.conf entry for host \"10.0.0.2\"", M::Unread(U::Refused))]
    #[case("ERROR 1045 (28000): Access denied for user 'root'@'localhost'", M::Unread(U::Refused))]
    #[case("ERROR 1698 (28000): Access denied for user 'root'@'localhost'", M::Unread(U::Refused))]
    #[case("NOAUTH Authentication required.", M::Unread(U::Refused))]
    #[case("WRONGPASS invalid username-password pair", M::Unread(U::Refused))]
    #[case("ERROR:  53100: could not extend file: No space left on device", M::Unread(U::DiskFull))]
    #[case("Error: database or disk is full", M::Unread(U::DiskFull))]
    #[case(
        "ERROR 3 (HY000): Error writing file (Errcode: 28 \"No space left\")",
        M::Unread(U::DiskFull)
    )]
    #[case("ERROR:  58030: could not read block 0: Input/output error", M::Unread(U::Io))]
    #[case("Error: disk I/O error (10)", M::Unread(U::Io))]
    #[case("ERROR:  XX001: invalid page in block 0 of relation base/5/1", M::Damaged)]
    #[case("ERROR:  XX001: could not read block 0 in file: read only 0 of 8192 bytes", M::Damaged)]
    #[case("ERROR 1932 (42S02): Table 'shop.t' doesn't exist in engine", M::Damaged)]
    #[case("WRONGTYPE Operation against a key", M::Damaged)]
    #[case("Error: database disk image is malformed (11)", M::Damaged)]
    #[case("there is no psql in its container", M::Unread(U::Closed))]
    #[case("sh: 3: Syntax error", M::Unread(U::Closed))]
    #[case("", M::Unread(U::Closed))]
    fn a_complaint_has_one_meaning(#[case] words: &str, #[case] expected: Meaning) {
        assert_eq!(meaning(words), expected);
    }
}
