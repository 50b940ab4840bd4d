//! Dumps as programs write them: whole, cut at every byte, and with nothing in them.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

mod compress;

use std::io::{self, Read};
use std::path::Path;

use cc_ci_dump::{Reading, Source, Verdict, read};
use compress::{COMPRESSORS, gzip};
use rstest::rstest;

const KEY: &str = "bk-abc";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dumps").join(name)).unwrap()
}

fn reading(name: &str, bytes: &[u8]) -> Reading {
    read(name, &[KEY.to_owned()], &mut &*bytes).unwrap()
}

/// True where the dump holds the row that was looked for.
fn holds(found: &Reading) -> bool {
    found.holds == [KEY]
}

fn verdict(name: &str, bytes: &[u8]) -> Verdict {
    reading(name, bytes).verdict
}

#[track_caller]
fn is_broken(name: &str, bytes: &[u8], part: &str) {
    match verdict(name, bytes) {
        Verdict::Broken(words) if words.contains(part) => {}
        other => panic!("{name} of {} bytes: {other:?}, not {part:?}", bytes.len()),
    }
}

#[track_caller]
fn is_unproven(name: &str, bytes: &[u8], part: &str) {
    match verdict(name, bytes) {
        Verdict::Unproven(words) if words.contains(part) => {}
        other => panic!("{name} of {} bytes: {other:?}, not {part:?}", bytes.len()),
    }
}

/// Whole dumps with a mark at their end, of servers as they are.
#[rstest]
#[case("pg.sql", Source::Postgres, true)]
#[case("pg-inserts.sql", Source::Postgres, true)]
#[case::empty_database("pg-empty.sql", Source::Postgres, false)]
#[case("pg-schema.sql", Source::Postgres, false)]
#[case("pg-all.sql", Source::Postgres, true)]
#[case("pg-globals.sql", Source::Postgres, false)]
#[case("pg-none.dump", Source::Postgres, true)]
#[case("pg-gzip.dump", Source::Postgres, true)]
#[case("pg-lz4.dump", Source::Postgres, true)]
#[case("pg-zstd.dump", Source::Postgres, true)]
#[case("pg-seek.dump", Source::Postgres, true)]
#[case("pg-schema.dump", Source::Postgres, false)]
#[case("pg.tar", Source::Postgres, true)]
#[case("my.sql", Source::Mysql, true)]
#[case("my-schema.sql", Source::Mysql, false)]
#[case("my-hex.sql", Source::Mysql, true)]
#[case("l.sql", Source::Sqlite, true)]
#[case::empty_database("l-empty.sql", Source::Sqlite, false)]
#[case("l.db", Source::Sqlite, true)]
#[case("r.rdb", Source::Redis, true)]
fn a_whole_dump_is_whole(#[case] name: &str, #[case] source: Source, #[case] holds: bool) {
    let bytes = fixture(name);
    let found = reading(name, &bytes);
    assert_eq!(found.verdict, Verdict::Whole, "{name}");
    assert_eq!(found.source, Some(source));
    assert_eq!((self::holds(&found), found.bytes), (holds, bytes.len() as u64), "{name}");
    for (ending, compress) in COMPRESSORS {
        let name = format!("{name}.{ending}");
        let found = reading(&name, &compress(&bytes));
        assert_eq!((&found.verdict, self::holds(&found)), (&Verdict::Whole, holds), "{name}");
        assert_eq!(found.source, Some(source), "{name}");
    }
}

/// Nothing that ends before its mark is whole, wherever it ends.
#[rstest]
#[case("pg.sql", "-- PostgreSQL database dump complete")]
#[case("pg-inserts.sql", "-- PostgreSQL database dump complete")]
#[case("pg-empty.sql", "-- PostgreSQL database dump complete")]
#[case("pg-schema.sql", "-- PostgreSQL database dump complete")]
#[case("pg-all.sql", "-- PostgreSQL database cluster dump complete")]
#[case("my.sql", "-- Dump completed")]
#[case("my-schema.sql", "-- Dump completed")]
#[case("l.sql", "COMMIT;")]
#[case("l-empty.sql", "COMMIT;")]
#[case("pg-none.dump", "")]
#[case("pg-gzip.dump", "")]
#[case("pg-lz4.dump", "")]
#[case("pg-zstd.dump", "")]
#[case("r.rdb", "")]
#[case("l.db", "")]
fn a_dump_that_is_cut_anywhere_is_broken(#[case] name: &str, #[case] mark: &str) {
    let bytes = fixture(name);
    let last =
        bytes.windows(mark.len().max(1)).rposition(|at| !mark.is_empty() && at == mark.as_bytes());
    let end = last.map_or(bytes.len(), |at| at + mark.len());
    // The first bytes alone do not say what a binary file is.
    let first = if mark.is_empty() { 16 } else { 1 };
    // Every length near both ends, some in between.
    let some = |length: &usize| *length < 80 || *length + 80 > end || length.is_multiple_of(11);
    for length in (first..end).filter(some) {
        is_broken(name, &bytes[..length], "");
    }
    let gz = gzip(&bytes);
    for length in (2..gz.len()).step_by(41) {
        is_broken(&format!("{name}.gz"), &gz[..length], "inside its gzip");
    }
}

/// What has no mark at its end is never whole and never broken.
#[rstest]
#[case("my-compact.sql")]
#[case("my-nocomments.sql")]
#[case("my-plain.sql")]
fn a_dump_without_a_mark_is_unproven(#[case] name: &str) {
    let bytes = fixture(name);
    is_unproven(name, &bytes, "without a mark at its end");
    assert!(holds(&reading(name, &bytes)));
    let statement = bytes.windows(6).position(|at| at == b"INSERT").unwrap();
    for length in statement + 1..statement + 40 {
        is_broken(name, &bytes[..length], "cut off");
    }
}

#[test]
fn commands_of_redis_are_read_to_the_last_word() {
    let bytes = fixture("r.aof");
    is_unproven("appendonly.aof", &bytes, "2 commands are whole");
    is_broken("appendonly.aof", &bytes[..bytes.len() - 1], "after 1 whole ones");
}

/// Members behind each other, filling and rubbish.
#[test]
fn members_are_read_one_after_the_other() {
    let bytes = fixture("pg.sql");
    let (first, second) = bytes.split_at(bytes.len() / 2);
    for (ending, compress) in COMPRESSORS {
        let name = format!("pg.sql.{ending}");
        let both = [compress(first), compress(second)].concat();
        assert_eq!(verdict(&name, &both), Verdict::Whole, "{name}");
        assert_eq!(verdict(&name, &[&both[..], &[0; 512]].concat()), Verdict::Whole, "{name}");
        assert_eq!(
            verdict(&name, &[&both[..], b"rubbish behind it"].concat()),
            Verdict::Whole,
            "{name}"
        );
        is_broken(&name, &both[..both.len() - 3], "inside its");
        is_broken(&name, &compress(first), "cut off");
        // Cut exactly between two members: the script in it tells.
        let with_half = [compress(first), compress(second)[..5].to_vec()].concat();
        is_broken(&name, &with_half, "inside its");
    }
}

/// A file that only begins like an archive of pg_dump is none.
#[rstest]
#[case(b"PGDMP and then words that are no archive of anything")]
#[case(b"PGDMP\x01\x0e\x00\x63\x08\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")]
#[case(b"PGDMP\x01\x0e\x00\x04\x08\x63\x00\x00\x00\x00\x00\x00\x00\x00\x00")]
fn a_stub_is_no_archive(#[case] bytes: &[u8]) {
    is_broken("p.dump", bytes, "no archive of pg_dump");
}

/// Five bytes of zstd, as a hook leaves them whose program was killed.
#[rstest]
#[case("db.zst", &[0x28, 0xb5, 0x2f, 0xfd, 0x24])]
#[case("db.sql.gz", &[0x1f, 0x8b])]
#[case("db.sql.xz", &[0xfd, b'7', b'z', b'X', b'Z', 0])]
#[case("db.sql.bz2", b"BZh9")]
#[case("db.sql.lz4", &[0x04, 0x22, 0x4d, 0x18])]
#[case("db.sql.lz", b"LZIP\x01")]
#[case("db.7z", b"7z\xbc\xaf\x27\x1c\0\x04")]
#[case("db.archive", &[0x6d, 0xe2, 0x99, 0x81, 1, 2, 3])]
#[case("db.dump", b"PGDMP")]
#[case("dump.rdb", b"REDIS00")]
fn a_beginning_alone_is_broken(#[case] name: &str, #[case] bytes: &[u8]) {
    is_broken(name, bytes, "cut off");
}

#[test]
fn nothing_is_no_dump() {
    is_broken("dump.sql", b"", "empty");
    is_broken("dump.sql", b"\n\n", "empty");
    is_broken("dump", &[0; 4096], "zero bytes");
    for (ending, compress) in COMPRESSORS {
        is_broken(&format!("dump.sql.{ending}"), &compress(b""), "empty inside its");
    }
}

/// What the programs of a hook say where they cannot do it.
#[rstest]
#[case("pg_dump: error: connection to server failed\n")]
#[case(
    "pg_dump: error: connection to server on socket \"/run/s\" failed: FATAL:  role \"app\" doesn't exist\n"
)]
#[case(
    "mysqldump: Got error: 1045: \"Access denied for user 'root'@'localhost'\" when trying to connect\n"
)]
#[case("sh: 1: pg_dump: not found\n")]
#[case("bash: line 1: mysqldump: command not found\n")]
#[case("/bin/sh: mysqldump: not found\n")]
#[case("ERROR 2002 (HY000): Can't connect to local server through socket\n")]
#[case("Error: unable to open database \"/data/app.db\": unable to open database file\n")]
#[case("OCI runtime exec failed: exec failed: no such file\n")]
#[case("Usage: mysqldump [OPTIONS] database [tables]\nOR mysqldump --help;\n")]
fn an_error_in_place_of_sql_is_broken(#[case] words: &str) {
    for name in ["dump.sql", "backup.gz", "dump", "db.bak"] {
        is_broken(name, words.as_bytes(), "");
        is_broken(&format!("{name}.gz"), &gzip(words.as_bytes()), "");
    }
}

/// Sound dumps that look odd.
#[rstest]
#[case::bom("\u{feff}PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCOMMIT;\n")]
#[case::windows(
    "PRAGMA foreign_keys=OFF;\r\nBEGIN TRANSACTION;\r\nINSERT INTO t VALUES(1);\r\nCOMMIT;\r\n"
)]
#[case::words_before_it(
    "mysqldump: [Warning] Using a password can't be secure.\n-- MySQL dump 10.13\nSET a=1;\n-- Dump completed\n"
)]
#[case::words_behind_it(
    "-- MySQL dump 10.13\nSET a=1;\n-- Dump completed\nmysqldump: warning: it's late\n"
)]
#[case::one_behind_the_other(
    "-- MySQL dump 10.13\nSET a=1;\n-- Dump completed\n-- MySQL dump 10.13\nSET a=1;\n-- Dump completed on 2026-01-01\n"
)]
#[case::own_comments_at_the_end(
    "-- PostgreSQL database dump\nSET a=1;\n-- PostgreSQL database dump complete\n--\n/* made by hook */ -- on a Monday\n"
)]
#[case::mark_in_data(
    "-- PostgreSQL database dump\nCOPY t (a) FROM stdin;\n-- PostgreSQL database dump\n'\n\\.\n-- PostgreSQL database dump complete\n"
)]
#[case::connect(
    "-- PostgreSQL database cluster dump\n\\connect app\nSET a=1;\n-- PostgreSQL database cluster dump complete\n"
)]
#[case::windows_copy(
    "-- PostgreSQL database dump\r\nCOPY t (a) FROM stdin;\r\n1\r\n\\.\r\n-- PostgreSQL database dump complete\r\n"
)]
fn an_odd_script_is_whole(#[case] script: &str) {
    assert_eq!(verdict("dump.sql", script.as_bytes()), Verdict::Whole);
}

#[rstest]
#[case::second_dump_is_cut(
    "-- MySQL dump 10.13\nSET a=1;\n-- Dump completed\n-- MySQL dump 10.13\nSET a=1;\n",
    "does not end with"
)]
#[case::inside_a_body(
    "-- PostgreSQL database dump\nCREATE FUNCTION f() AS $$ BEGIN; -- PostgreSQL database dump complete\n",
    "between dollar signs"
)]
#[case::inside_a_copy(
    "SET a=1;\nCOPY public.t (a) FROM stdin;\n1\n2\n",
    "inside the COPY of public.t"
)]
#[case::half_a_row(
    "SET a=1;\nCOPY public.t (a, b) FROM stdin WITH (FORMAT text);\n1\t",
    "inside the COPY of public.t"
)]
#[case::mysql_body(
    "DELIMITER ;;\nCREATE TRIGGER t BEGIN SELECT 1; SELECT 2;\n",
    "inside the statement"
)]
#[case::open_transaction(
    "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nINSERT INTO t VALUES(1);\n",
    "no COMMIT"
)]
#[case::sqlite_gave_up(
    "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nINSERT INTO t VALUES(1);\nROLLBACK; -- due to errors\n",
    "ROLLBACK"
)]
#[case::error_at_the_end(
    "-- MySQL dump 10.13\nSET a=1;\nmysqldump: Got error: 1146: Table doesn't exist\n",
    "Got error: 1146"
)]
#[case::nothing_but_the_mark_at_the_beginning(
    "--\n-- PostgreSQL database dump\n--\n",
    "does not end with"
)]
#[case::comments_only("-- my dump\n-- of today\n", "no statement")]
#[case::comment_is_open("SET a=1;\n/* and so", "inside a comment")]
fn a_script_that_is_cut_says_where(#[case] script: &str, #[case] part: &str) {
    is_broken("dump.sql", script.as_bytes(), part);
}

#[rstest]
#[case::settings_only("SET a=1;\n")]
#[case::no_marks("CREATE TABLE t (a int);\nINSERT INTO t VALUES ('it''s', E'\\'');\n")]
#[case::mysql_without_marks("INSERT INTO t VALUES ('it\\'s; here', 'x\\\\');\n")]
#[case::ambiguous("INSERT INTO t VALUES ('a\\', 'b'), ('c');\n")]
fn a_script_without_marks_is_unproven(#[case] script: &str) {
    is_unproven("dump.sql", script.as_bytes(), "");
}

#[test]
fn json_is_parsed() {
    let one = br#"{"users": [{"name": "it's"}], "n": 1}"#;
    assert_eq!(verdict("export.json", one), Verdict::Whole);
    for length in 1..one.len() {
        is_broken("export.json", &one[..length], "");
    }
    is_unproven("export.ndjson", b"{\"a\":1}\n{\"a\":2}\n", "all 2 are whole");
    is_broken("export.ndjson", b"{\"a\":1}\n{\"a\":", "inside a JSON value");
    is_broken("export.json", b"{\"a\": error}", "no sound JSON");
    is_unproven("app.backup", b"[section]\nkey = 1\n", "not known");
}

#[rstest]
#[case::encrypted("db.sql.gpg", b"Salted__12345678abcdefgh")]
#[case::unknown("db.dump", &[1, 0, 2, 0, 3, 0, 9, 9])]
#[case::ldif("users.ldif", b"dn: cn=admin\nobjectClass: top\n")]
#[case::a_sentence("notes.backup", b"Update the app; then restart it")]
#[case::list("users.backup", b"id;name\n1;anna\n")]
fn a_form_that_is_not_known_is_unproven(#[case] name: &str, #[case] bytes: &[u8]) {
    is_unproven(name, bytes, "");
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

#[test]
fn an_archive_is_read_to_its_end_mark() {
    let sql = fixture("pg.sql");
    let whole = tar(&[("photo.jpg", &[7; 700]), ("db/backup.sql", &sql)]);
    let found = reading("all.tar", &whole);
    assert_eq!((&found.verdict, holds(&found)), (&Verdict::Whole, true));
    let members_end = whole.len() - 1024;
    for length in (100..members_end).step_by(97) {
        is_broken("all.tar", &whole[..length], "");
    }
    is_unproven("all.tar", &whole[..members_end], "lacks the empty blocks");
    is_broken("all.tar", &tar(&[]), "zero bytes");
    let half = tar(&[("photo.jpg", &[7; 700]), ("db/backup.sql", &sql[..900])]);
    is_broken("all.tar.gz", &gzip(&half), "its member db/backup.sql is cut off");
    let nested = tar(&[("inner.tar", &half)]);
    is_broken(
        "outer.tar",
        &nested,
        "its member inner.tar is broken inside: its member db/backup.sql",
    );
    // What is no dump by its name may hold anything.
    assert_eq!(verdict("all.tar", &tar(&[("tests/cut.sqlx", &sql[..900])])), Verdict::Whole);
}

/// An input that fails says nothing of the dump.
#[test]
fn an_input_that_fails_is_an_error() {
    struct Fails(usize);
    impl Read for Fails {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("the engine went away"));
            }
            self.0 -= 1;
            into[..4].copy_from_slice(b"SET ");
            Ok(4)
        }
    }
    let error = read("dump.sql", &[], &mut Fails(3)).unwrap_err();
    assert_eq!(error.to_string(), "the engine went away");
}

/// Pieces of any size give the same answer: marks and quotes lie across their borders.
#[rstest]
#[case("pg-all.sql")]
#[case("my.sql")]
#[case("pg-gzip.dump")]
#[case("pg.tar")]
fn pieces_make_no_difference(#[case] name: &str) {
    struct Slowly<'a>(&'a [u8], usize);
    impl Read for Slowly<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(into.len()).min(self.0.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }
    let bytes = fixture(name);
    for size in [1, 3, 511] {
        let found = read(name, &[KEY.to_owned()], &mut Slowly(&bytes, size)).unwrap();
        assert_eq!((&found.verdict, holds(&found)), (&Verdict::Whole, true));
    }
}

/// The zip that Info-ZIP makes of a file and of a stream, whose sizes stand behind the data.
#[rstest]
#[case("file.zip")]
#[case("stream.zip")]
fn a_zip_is_read_to_the_end_of_its_directory(#[case] name: &str) {
    let bytes = fixture(name);
    let found = reading(name, &bytes);
    assert_eq!((&found.verdict, holds(&found)), (&Verdict::Whole, true));
    for length in (4..bytes.len()).step_by(3) {
        is_broken(name, &bytes[..length], "");
    }
    let mut flipped = bytes.clone();
    flipped[200] ^= 0x40;
    is_broken(name, &flipped, "damaged");
}

#[test]
fn a_file_of_one_store_is_not_cut_by_another_name() {
    // A directory of pg_dump: its table of contents stands in a file of its own.
    let directory = fixture("pg-dir.tar");
    assert_eq!(reading("dir.tar", &directory).verdict, Verdict::Whole);
    assert!(holds(&reading("dir.tar", &directory)));
}

#[test]
fn damage_in_the_middle_is_seen() {
    let sql = fixture("my.sql");
    for (ending, compress) in COMPRESSORS {
        let mut bytes = compress(&sql);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        is_broken(&format!("my.sql.{ending}"), &bytes, "");
    }
    let mut rdb = fixture("r.rdb");
    rdb[20] ^= 1;
    is_broken("dump.rdb", &rdb, "check sum");
    let mut archive = fixture("pg-gzip.dump");
    let last = archive.len() - 60;
    archive[last] ^= 0x55;
    is_broken("p.dump", &archive, "");
}
