//! What mongodump writes: archives in one file, and a file of BSON for each collection.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

mod compress;

use cc_ci_dump::{Reading, Source, Verdict, called_like_a_dump, read};
use compress::{COMPRESSORS, gzip};
use rstest::rstest;

const TERMINATOR: [u8; 4] = [0xff; 4];

/// A document of the elements that are given as bytes.
fn document(elements: &[Vec<u8>]) -> Vec<u8> {
    let body = elements.concat();
    let length = u32::try_from(body.len() + 5).unwrap();
    [&length.to_le_bytes()[..], &body, &[0]].concat()
}

fn text(key: &str, value: &str) -> Vec<u8> {
    let length = u32::try_from(value.len() + 1).unwrap().to_le_bytes();
    [&[2], key.as_bytes(), &[0], &length, value.as_bytes(), &[0]].concat()
}

fn user(name: &str) -> Vec<u8> {
    document(&[[&b"\x07_id\0"[..], &[7; 12]].concat(), text("name", name)])
}

/// CRC-64 of the documents of a collection, bit by bit.
fn sum(bytes: &[u8]) -> i64 {
    let step =
        |sum: u64, _| if sum & 1 == 1 { (sum >> 1) ^ 0xc96c_5795_d787_0f42 } else { sum >> 1 };
    let sum = bytes.iter().fold(!0_u64, |sum, byte| (0..8).fold(sum ^ u64::from(*byte), step));
    (!sum).cast_signed()
}

fn announced(collection: &str, kind: &str) -> Vec<u8> {
    document(&[text("db", "shop"), text("collection", collection), text("type", kind)])
}

fn run(collection: &str, documents: &[Vec<u8>], end: Option<i64>) -> Vec<u8> {
    let header = document(&[
        text("db", "shop"),
        text("collection", collection),
        vec![8, b'E', b'O', b'F', 0, u8::from(end.is_some())],
        [&b"\x12CRC\0"[..], &end.unwrap_or_default().to_le_bytes()].concat(),
    ]);
    [header, documents.concat(), TERMINATOR.to_vec()].concat()
}

fn beginning(collections: &[Vec<u8>]) -> Vec<u8> {
    let header = document(&[
        b"\x10concurrent_collections\0\x04\0\0\0".to_vec(),
        text("version", "0.1"),
        text("server_version", "7.0.14"),
        text("tool_version", "100.10.0"),
    ]);
    [vec![0x6d, 0xe2, 0x99, 0x81], header, collections.concat(), TERMINATOR.to_vec()].concat()
}

/// Two collections whose documents are interleaved, an empty one and a view.
fn archive() -> Vec<u8> {
    let users = [user("anna"), user("bk-abc")];
    let carts = [user("cart")];
    [
        beginning(&[
            announced("users", "collection"),
            announced("carts", ""),
            announced("empty", "collection"),
            announced("by_name", "view"),
            announced("heat", "timeseries"),
        ]),
        run("users", &users[..1], None),
        run("carts", &carts, None),
        run("users", &users[1..], None),
        run("users", &[], Some(sum(&users.concat()))),
        run("empty", &[], Some(0)),
        run("carts", &[], Some(sum(&carts.concat()))),
        run("system.buckets.heat", &[], Some(0)),
    ]
    .concat()
}

fn reading(name: &str, bytes: &[u8]) -> Reading {
    read(name, &["bk-abc".to_owned()], &mut &*bytes).unwrap()
}

#[track_caller]
fn is_broken(name: &str, bytes: &[u8], part: &str) {
    match reading(name, bytes).verdict {
        Verdict::Broken(words) if words.contains(part) => {}
        other => panic!("{name} of {} bytes: {other:?}, not {part:?}", bytes.len()),
    }
}

#[test]
fn an_archive_is_read_to_the_end_of_its_last_collection() {
    let bytes = archive();
    let found = reading("db.archive", &bytes);
    assert_eq!((found.verdict, found.holds), (Verdict::Whole, vec!["bk-abc".to_owned()]));
    assert_eq!((found.source, found.form), (Some(Source::Mongo), vec!["mongodump archive"]));
    for (ending, compress) in COMPRESSORS {
        let name = format!("db.archive.{ending}");
        assert_eq!(reading(&name, &compress(&bytes)).verdict, Verdict::Whole, "{name}");
    }
}

/// Wherever it is cut, also between two collections.
#[test]
fn an_archive_that_is_cut_anywhere_is_broken() {
    let bytes = archive();
    let last = run("system.buckets.heat", &[], Some(0)).len();
    for length in 4..bytes.len() - last {
        is_broken("db.archive", &bytes[..length], "cut off");
    }
    let gz = gzip(&bytes);
    is_broken("db.archive.gz", &gz[..gz.len() - 20], "inside its gzip");
}

#[rstest]
#[case::nothing_in_it(beginning(&[]), "it holds no collection")]
#[case::not_there(beginning(&[announced("users", "")]), "announces the collection shop.users")]
#[case::no_end(
    [beginning(&[announced("users", "")]), run("users", &[user("anna")], None)].concat(),
    "the collection shop.users has no end, after 1 whole documents"
)]
#[case::another_sum(
    [beginning(&[]), run("users", &[user("anna")], None), run("users", &[], Some(1))].concat(),
    "shop.users has another check sum"
)]
#[case::goes_on(
    [beginning(&[]), run("users", &[], Some(0)), run("users", &[user("anna")], None)].concat(),
    "shop.users goes on behind its end"
)]
#[case::words_in_it([beginning(&[]), b"error: connection reset\n".to_vec()].concat(), "is no document")]
#[case::another_header(
    [&[0x6d, 0xe2, 0x99, 0x81][..], &user("anna"), &TERMINATOR].concat(),
    "no archive of mongodump"
)]
fn an_archive_that_contradicts_itself_is_broken(#[case] bytes: Vec<u8>, #[case] part: &str) {
    is_broken("db.archive", &bytes, part);
}

/// A document with another content and the same length is known by the sum alone.
#[test]
fn damage_in_a_document_is_seen() {
    let mut bytes = archive();
    let at = bytes.windows(4).position(|here| here == b"anna").unwrap();
    bytes[at] = b'A';
    is_broken("db.archive", &bytes, "shop.users has another check sum");
}

/// The files of a folder of mongodump.
#[test]
fn a_file_of_bson_is_read_to_its_last_document() {
    let bytes = [user("anna"), user("bk-abc")].concat();
    let unproven = |name: &str, bytes: &[u8], part: &str| {
        let found = reading(name, bytes);
        assert!(
            matches!(&found.verdict, Verdict::Unproven(why) if why.contains(part)),
            "{name}: {found:?}"
        );
        assert_eq!(found.source, Some(Source::Mongo), "{name}");
    };
    for name in ["shop/users.bson", "dump"] {
        unproven(name, &bytes, "its 2 documents are whole");
        for length in 20..user("anna").len() {
            is_broken(name, &bytes[..length], "inside a document of BSON, after 0");
        }
        is_broken(name, &bytes[..bytes.len() - 1], "inside a document of BSON, after 1");
    }
    unproven("users.bson.gz", &gzip(&bytes), "its 2 documents are whole");
    // A collection without documents.
    unproven("users.bson", b"", "its 0 documents are whole");
    unproven("users.bson.gz", &gzip(b""), "its 0 documents are whole");
    is_broken("users.bson", &[&bytes[..], &[0; 9]].concat(), "after 2 whole documents comes");
    assert!(called_like_a_dump("dump/shop/users.bson") && called_like_a_dump("all.7z"));
}
