//! 7z archives: the directory at the end is read, the data is not unpacked.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use cc_ci_dump::{Verdict, read};

/// The header of an archive with `packed` bytes of data and a directory.
fn archive(packed: &[u8], directory: &[u8]) -> Vec<u8> {
    let sizes = [packed.len() as u64, directory.len() as u64].map(u64::to_le_bytes).concat();
    let start = [&sizes[..], &crc32fast::hash(directory).to_le_bytes()].concat();
    let sum = crc32fast::hash(&start).to_le_bytes();
    [b"7z\xbc\xaf\x27\x1c\0\x04", &sum[..], &start, packed, directory].concat()
}

#[track_caller]
fn is_broken(bytes: &[u8], part: &str) {
    match read("db.7z", &[], &mut &*bytes).unwrap().verdict {
        Verdict::Broken(words) if words.contains(part) => {}
        other => panic!("{} bytes: {other:?}, not {part:?}", bytes.len()),
    }
}

#[test]
fn an_archive_is_read_to_its_directory_and_stays_unproven() {
    let whole = archive(&[7; 900], b"names and places");
    let found = read("db.7z", &[], &mut &*whole).unwrap();
    assert_eq!(found.form, ["7z"]);
    match found.verdict {
        Verdict::Unproven(why) => assert!(why.contains("is not unpacked here"), "{why}"),
        other => panic!("{other:?}"),
    }
    for length in 6..whole.len() {
        is_broken(&whole[..length], "cut off");
    }
    is_broken(&archive(b"", b""), "no member");
    // 7z writes the header when everything else is written.
    is_broken(&[&whole[..8], &[0; 24], &[7; 900][..]].concat(), "has no directory");
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    is_broken(&flipped(14), "the header of its 7z archive");
    is_broken(&flipped(whole.len() - 1), "the directory of its 7z archive");
}
