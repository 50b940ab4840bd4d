//! Dumps as they were reported to be taken for whole, each with the right answer.
//!
//! | reported as | here |
//! |---|---|
//! | `full.sql`, `full.sql.gz` | `full`, `full_gzip` |
//! | `half.sql` | `half`: it ends inside a statement |
//! | `half.zst` | `half_zstd`: it ends inside the header of its frame |
//! | `onlyheader.sql.gz` | `only_header`: a comment and no statement |
//! | `error.sql.gz` | `words_of_a_program` |
//! | `cut.tar` | `cut_tar`: a member of 1,000,000 bytes of which 299,488 are there |

use std::io::Write as _;

use cc_ci_dump::{Verdict, read};
use rstest::rstest;

const ROWS: usize = 20_000;

fn full() -> Vec<u8> {
    let rows: String = (0..ROWS).map(|n| format!("INSERT INTO t VALUES ({n});\n")).collect();
    let head = "--\n-- PostgreSQL database dump\n--\n\n";
    let tail = "\n--\n-- PostgreSQL database dump complete\n--\n";
    format!("{head}{rows}{tail}").into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    to.write_all(bytes).expect("memory takes everything");
    to.finish().expect("memory takes everything")
}

fn half() -> Vec<u8> {
    let mut dump = full();
    dump.truncate(dump.len() / 2);
    dump
}

fn cut_tar() -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path("a").expect("a short name");
    header.set_size(1_000_000);
    header.set_mode(0o644);
    header.set_cksum();
    let mut archive = header.as_bytes().to_vec();
    archive.resize(300_000, b'x');
    archive
}

#[rstest]
#[case::full("full.sql", full(), true)]
#[case::full_gzip("full.sql.gz", gzip(&full()), true)]
#[case::half("half.sql", half(), false)]
#[case::half_zstd("half.zst", vec![0x28, 0xb5, 0x2f, 0xfd, 0x24], false)]
#[case::only_header("onlyheader.sql.gz", gzip(b"--\n-- PostgreSQL database dump\n--\n"), false)]
#[case::words_of_a_program(
    "error.sql.gz",
    gzip(b"pg_dump: error: connection to server failed\n"),
    false
)]
#[case::cut_tar("cut.tar", cut_tar(), false)]
fn a_reported_dump_has_the_right_answer(
    #[case] name: &str,
    #[case] dump: Vec<u8>,
    #[case] whole: bool,
) {
    let found = read(name, &[], &mut dump.as_slice()).expect("bytes in memory can be read").verdict;
    match (&found, whole) {
        (Verdict::Whole, true) | (Verdict::Broken(_), false) => {}
        _ => panic!("{name}: {found:?}"),
    }
}
