//! Dumps of databases, and where they are put.

use std::collections::BTreeMap;

use super::split::{base, commands};

/// Programs that dump a database.
const DUMPERS: [&str; 7] = [
    "pg_dump",
    "pg_dumpall",
    "pg_basebackup",
    "mysqldump",
    "mariadb-dump",
    "mariabackup",
    "mongodump",
];
/// Options whose value is the file that is written.
const OUTPUTS: [&str; 9] =
    ["-f", "--file", "-r", "--result-file", "--archive", "--out", "-o", "-D", "--rdb"];

/// Those programs that write a table into a file each, and the options that name their folder. To
/// `pg_dump` a `-T` is a table to leave out.
const BY_TABLE: [&str; 2] = ["mysqldump", "mariadb-dump"];
const FOLDERS: [&str; 2] = ["--tab", "-T"];

/// A command that dumps a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dump {
    /// Its line in the script, from 1.
    pub(crate) line: usize,
    /// The absolute path that holds the dump in the end. `None` where it cannot be told: no
    /// output is named, it is relative, or made of variables that the script does not set.
    pub(crate) path: Option<String>,
}

/// The dumps that `script` makes: `pg_dump`, `mysqldump` and their like, `sqlite3` with `.backup`,
/// `.dump` or `VACUUM INTO`, `redis-cli --rdb`. A dump that is moved (`mv`) is where it is moved.
pub(crate) fn dumps(script: &str) -> Vec<Dump> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut dumps: Vec<Dump> = Vec::new();
    for command in commands(script) {
        let words: Vec<String> =
            command.words.iter().map(|word| replace(word, &variables)).collect();
        let rest = words.iter().skip_while(|word| {
            ["export", "local", "readonly", "then", "do", "{"].contains(&word.as_str())
        });
        if let Some((name, value)) = rest.clone().next().and_then(|word| word.split_once('='))
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            variables.insert(name.to_owned(), value.to_owned());
        }
        let rest: Vec<&String> = rest.collect();
        if rest.first().is_some_and(|word| base(word) == "mv") {
            let paths: Vec<&&String> =
                rest.iter().skip(1).filter(|word| !word.starts_with('-')).collect();
            if let [from, to] = paths.as_slice() {
                for dump in dumps.iter_mut().filter(|dump| dump.path.as_deref() == Some(from)) {
                    dump.path = absolute(to);
                }
            }
        } else if is_dump(&words) {
            dumps.push(Dump { line: command.line, path: output(&words) });
        }
    }
    dumps
}

fn is_dump(words: &[String]) -> bool {
    let has = |name: &str| words.iter().any(|word| base(word) == name);
    let mentions = |part: &str| words.iter().any(|word| word.contains(part));
    DUMPERS.iter().any(|dumper| has(dumper))
        || has("sqlite3") && (mentions(".backup") || mentions(".dump") || mentions("VACUUM INTO"))
        || has("redis-cli") && has("--rdb")
}

/// The last file that is written, since pipes end in it.
fn output(words: &[String]) -> Option<String> {
    let by_table = words.iter().any(|word| BY_TABLE.contains(&base(word)));
    let names_output =
        |option: &str| OUTPUTS.contains(&option) || by_table && FOLDERS.contains(&option);
    let mut found = None;
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let target = match word.as_str() {
            ">" | ">>" | "1>" => words.peek().map(|word| word.as_str()),
            "tee" => words.peek().map(|word| word.as_str()),
            option if names_output(option) => words.peek().map(|word| word.as_str()),
            word => (word.strip_prefix(">>").or(word.strip_prefix('>')))
                .or_else(|| {
                    let (option, value) = word.split_once('=')?;
                    names_output(option).then_some(value)
                })
                .or_else(|| statement(word)),
        };
        if let Some(target) = target.filter(|t| !t.starts_with('&') && !t.starts_with("/dev/")) {
            found = Some(target);
        }
    }
    found.and_then(absolute)
}

/// The path in `.backup '/data/x'` or `VACUUM INTO '/data/x'`.
fn statement(word: &str) -> Option<&str> {
    let rest = word.split_once(".backup").or_else(|| word.split_once("VACUUM INTO"))?.1;
    rest.trim().trim_start_matches("main ").trim_matches(['\'', '"', ' ']).into()
}

fn absolute(path: &str) -> Option<String> {
    let path = path.trim_end_matches([')', '}']);
    (path.starts_with('/') && !path.contains('$')).then(|| path.to_owned())
}

/// Replaces the variables that are known; the others stay.
fn replace(word: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let braced = tail.starts_with('{');
        let name = tail.trim_start_matches('{');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, after) = name.split_at(end.unwrap_or(name.len()));
        let closed = !braced || after.starts_with('}');
        match variables.get(name).filter(|_| closed) {
            Some(value) => {
                out.push_str(value);
                rest = if braced { &after[1..] } else { after };
            }
            None => {
                out.push('$');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::redirect("pg_dump -U a b > /postgres.dump", "1:/postgres.dump")]
    #[case::pipe("pg_dump b | gzip > /x/d.gz", "1:/x/d.gz")]
    #[case::option("pg_dump -Fc -f /d b", "1:/d")]
    #[case::option_equals("mysqldump --result-file=/d b", "1:/d")]
    #[case::quoted("sh -c 'true' && pg_dump b > \"/d e\"", "1:/d e")]
    #[case::folder("mysqldump --tab=/d b", "1:/d")]
    #[case::folder_in_short("mariadb-dump -T /d b", "1:/d")]
    #[case::table_to_leave_out("pg_dump -T /d b", "1:?")]
    #[case::moved("set -e\nd=/data/d\npg_dump > $d.tmp\nmv -f $d.tmp ${d}", "3:/data/d")]
    #[case::sqlite("db=/data/x\nsqlite3 $db \".timeout 1\" \".backup '$db.bak'\"", "2:/data/x.bak")]
    #[case::errors_are_no_dump("pg_dump b 2>/dev/null >/d", "1:/d")]
    #[case::unknown_variable("pg_dump > $WHERE/d", "1:?")]
    #[case::relative("pg_dump > d", "1:?")]
    #[case::nothing("psql -f /d b", "")]
    #[case::comment("# pg_dump > /d", "")]
    fn finds(#[case] script: &str, #[case] expected: &str) {
        let shown: Vec<String> = (dumps(script).iter())
            .map(|dump| format!("{}:{}", dump.line, dump.path.as_deref().unwrap_or("?")))
            .collect();
        assert_eq!(shown.join(" "), expected);
    }
}
