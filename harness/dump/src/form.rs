//! What a file is, by its first bytes and its name.

/// Forms that are told apart by how they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Lz4,
    Lzip,
    Tar,
    Zip,
    SevenZip,
    Pgdmp,
    Mongodump,
    Sqlite,
    Rdb,
    Aof,
    /// Known by sight, and nothing here can read it.
    Closed(&'static str),
    Text,
    Unknown,
}

/// Bytes that [`Form::of`] wants to see.
pub(crate) const HEAD: usize = 560;

/// How files begin.
const MAGIC: [(&[u8], Form); 21] = [
    (&[0x1f, 0x8b], Form::Gzip),
    (b"BZh", Form::Bzip2),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], Form::Xz),
    (&[0x28, 0xb5, 0x2f, 0xfd], Form::Zstd),
    (&[0x04, 0x22, 0x4d, 0x18], Form::Lz4),
    (b"PK\x03\x04", Form::Zip),
    (b"PK\x05\x06", Form::Zip),
    (b"PGDMP", Form::Pgdmp),
    (b"SQLite format 3\0", Form::Sqlite),
    (b"REDIS0", Form::Rdb),
    (b"VALKEY", Form::Rdb),
    (&[0x1f, 0x9d], Form::Closed("a file of compress")),
    (&[0x02, 0x21, 0x4c, 0x18], Form::Closed("lz4 in its old form")),
    (b"LZIP", Form::Lzip),
    (b"7z\xbc\xaf\x27\x1c", Form::SevenZip),
    (b"Rar!\x1a\x07", Form::Closed("a rar archive")),
    (&[0x6d, 0xe2, 0x99, 0x81], Form::Mongodump),
    (b"Salted__", Form::Closed("encrypted by openssl")),
    (b"age-encryption.org/", Form::Closed("encrypted by age")),
    (b"-----BEGIN PGP MESSAGE", Form::Closed("encrypted by PGP")),
    (&[0xff, 0xfe], Form::Closed("text in UTF-16")),
];

impl Form {
    /// How a file of this form begins; empty where that is not always the same.
    pub(crate) fn magic(self) -> &'static [u8] {
        MAGIC.iter().find(|(_, form)| *form == self).map_or(&[], |(magic, _)| magic)
    }

    pub(crate) fn of(head: &[u8]) -> Self {
        if let Some((_, form)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
            return *form;
        }
        // Frames of zstd that hold none of the data stand in front of those of pzstd.
        if head.len() >= 4 && head[0] & 0xf0 == 0x50 && head[1..4] == [0x2a, 0x4d, 0x18] {
            return Self::Zstd;
        }
        if is_tar(head) {
            return Self::Tar;
        }
        if is_aof(head) {
            return Self::Aof;
        }
        if head.contains(&0) { Self::Unknown } else { Self::Text }
    }
}

/// A header of tar carries the sum of its own bytes (POSIX, pax, "ustar Interchange Format").
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..512) else { return false };
    let digits: Vec<u8> = block[148..156].iter().copied().filter(u8::is_ascii_digit).collect();
    let Some(said) = std::str::from_utf8(&digits).ok().and_then(|d| u64::from_str_radix(d, 8).ok())
    else {
        return false;
    };
    let blank = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { 32 } else { *byte };
    block.iter().enumerate().map(|pair| u64::from(blank(pair))).sum::<u64>() == said
}

/// `*3` and the end of a line: a command of Redis' protocol.
fn is_aof(head: &[u8]) -> bool {
    let digits = head.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
    let first = head.first();
    let annotated = head.starts_with(b"#TS:");
    annotated || (first == Some(&b'*') && digits > 0 && head[1 + digits..].starts_with(b"\r\n$"))
}

/// The name of what is inside a compressed file.
pub(crate) fn inner_name(name: &str) -> String {
    const ENDINGS: [(&str, &str); 15] = [
        (".tgz", ".tar"),
        (".tbz2", ".tar"),
        (".tbz", ".tar"),
        (".txz", ".tar"),
        (".tzst", ".tar"),
        (".gz", ""),
        (".gzip", ""),
        (".bz2", ""),
        (".bzip2", ""),
        (".xz", ""),
        (".zst", ""),
        (".zstd", ""),
        (".lz4", ""),
        (".tlz", ".tar"),
        (".lz", ""),
    ];
    let lower = name.to_ascii_lowercase();
    let found = ENDINGS.iter().find(|(ending, _)| lower.ends_with(ending));
    match found {
        Some((ending, inner)) => format!("{}{inner}", &name[..name.len() - ending.len()]),
        None => name.to_owned(),
    }
}

/// True where a name says that its file is a dump. An app writes files of its own while a hook runs (locks,
/// journals, its live database); those are none.
#[must_use]
pub fn called_like_a_dump(path: &str) -> bool {
    const ENDINGS: [&str; 22] = [
        "sql",
        "gz",
        "dump",
        "dmp",
        "tar",
        "tgz",
        "bak",
        "backup",
        "zst",
        "xz",
        "txz",
        "bz2",
        "tbz2",
        "lz4",
        "zip",
        "ldif",
        "pgdump",
        "archive",
        "mongodump",
        "bson",
        "lz",
        "7z",
    ];
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS.contains(&ending) || name.contains("dump") || name.contains("backup")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("db.sql.gz", "db.sql")]
    #[case("DB.SQL.GZ", "DB.SQL")]
    #[case("all.tgz", "all.tar")]
    #[case("dump", "dump")]
    fn what_is_inside_is_called(#[case] name: &str, #[case] inner: &str) {
        assert_eq!(inner_name(name), inner);
    }

    #[rstest::rstest]
    #[case(b"*3\r\n$3\r\nSET", Form::Aof)]
    #[case(b"#TS:1\r\n", Form::Aof)]
    #[case(b"* a list\n", Form::Text)]
    #[case(b"-- SQL", Form::Text)]
    #[case(b"", Form::Text)]
    #[case(b"\x50\x2a\x4d\x18\x04\0\0\0", Form::Zstd)]
    #[case(b"a\0b", Form::Unknown)]
    fn a_form_is_known_by_its_first_bytes(#[case] head: &[u8], #[case] form: Form) {
        assert_eq!(Form::of(head), form);
    }
}
