//! Text: a script of SQL, JSON, or what a program said in place of a dump.

use std::io;

use crate::form::HEAD;
use crate::layer::Layer;
use crate::peek::Peek;
use crate::script::{Dialect, Script, Transaction, begins_a_statement, first_word, words};
use crate::sql::{Inside, scan};
use crate::{Source, Verdict, json};

/// Programs whose words end up in a file where their data was to be.
const PROGRAMS: [&str; 26] = [
    "pg_dump",
    "pg_dumpall",
    "pg_basebackup",
    "psql",
    "mysqldump",
    "mariadb-dump",
    "mysql",
    "mariadb",
    "mysqlpump",
    "sqlite3",
    "mongodump",
    "mongoexport",
    "redis-cli",
    "valkey-cli",
    "influx",
    "influxd",
    "sh",
    "bash",
    "ash",
    "dash",
    "su",
    "sudo",
    "tar",
    "gzip",
    "docker",
    "OCI",
];

/// Beginnings of what such a program says without its name.
const COMPLAINTS: [&str; 7] =
    ["ERROR", "Error", "error", "FATAL", "Usage", "usage", "Access denied"];

pub(crate) fn judge(layer: &mut Layer<'_>, name: &str, peek: &mut Peek<'_>) -> io::Result<Verdict> {
    let name = name.to_ascii_lowercase();
    let head = peek.ahead(HEAD)?;
    let bom = head.strip_prefix(&[0xef, 0xbb, 0xbf]);
    let text = bom.unwrap_or(head).trim_ascii_start();
    let first = text.first().copied();
    let head = text[..text.len().min(HEAD)].to_vec();
    let called_sql = name.contains(".sql");
    if matches!(first, Some(b'{' | b'[')) && !called_sql {
        if bom.is_some() {
            peek.skip(3)?;
        }
        return json::judge(layer, name.contains("json"), peek);
    }
    if called_sql || looks_like_sql(&head) {
        let script = scan(peek)?;
        if script.is_sql() || called_sql {
            layer.is(form(script.dialect));
            layer.source = layer.source.or(source(script.dialect));
            return Ok(verdict(&script));
        }
        return Ok(Verdict::unproven("its form is not known here"));
    }
    if let Some(complaint) = complaint(&head) {
        return Ok(Verdict::broken(format!("no dump but what a program said: {complaint:?}")));
    }
    Ok(Verdict::unproven(if first.is_none() {
        return Ok(Verdict::broken("empty: it holds nothing but blanks"));
    } else {
        "its form is not known here"
    }))
}

/// By the first line that is no comment, or by the mark at the beginning.
fn looks_like_sql(head: &[u8]) -> bool {
    let marks: [&[u8]; 6] = [b"-- ", b"--\n", b"--\r", b"/*!", b"/*M!", b"\\restrict "];
    marks.iter().any(|mark| head.starts_with(mark))
        || begins_a_statement(&first_word(head)) && is_shouted(head) && complaint(head).is_none()
}

/// Programs write the words of SQL in one case; a sentence begins with a capital letter alone.
fn is_shouted(head: &[u8]) -> bool {
    let word = head.iter().take_while(|byte| byte.is_ascii_alphabetic());
    let lower = word.clone().filter(|byte| byte.is_ascii_lowercase()).count();
    lower == 0 || lower == word.count()
}

/// What a program says, where the text begins with that.
fn complaint(head: &[u8]) -> Option<String> {
    let line = words(head);
    let (first, rest) = line.split_once([':', ' ']).unwrap_or((&line, ""));
    let first = first.rsplit('/').next().unwrap_or(first);
    let by_name = PROGRAMS.contains(&first) && !rest.is_empty();
    let by_words = COMPLAINTS
        .iter()
        .any(|words| line.strip_prefix(words).is_some_and(|rest| rest.starts_with([':', ' '])));
    (by_name || by_words).then_some(line)
}

fn form(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "PostgreSQL script",
        Dialect::Mysql => "MySQL script",
        Dialect::Sqlite => "SQLite script",
        Dialect::Unknown => "SQL script",
    }
}

fn source(dialect: Dialect) -> Option<Source> {
    match dialect {
        Dialect::Postgres => Some(Source::Postgres),
        Dialect::Mysql => Some(Source::Mysql),
        Dialect::Sqlite => Some(Source::Sqlite),
        Dialect::Unknown => None,
    }
}

fn verdict(script: &Script) -> Verdict {
    let said =
        script.said.as_ref().map_or_else(String::new, |said| format!("; {said:?} stands in it"));
    // Words of a program behind a dump that is complete do not belong to it.
    let alien = !begins_a_statement(&first_word(script.last.as_bytes()))
        && !script.last.starts_with("/*")
        && script.begun > 0
        && script.begun == script.completed;
    if let Some(inside) = script.inside.as_ref().filter(|_| !alien) {
        if script.is_ambiguous && script.dialect == Dialect::Unknown {
            let why = "its backslashes mean one thing to one server and another to the next";
            return Verdict::unproven(why);
        }
        if script.is_sql()
            || script.strange > 0
            || begins_a_statement(&first_word(script.last.as_bytes()))
        {
            return Verdict::broken(format!(
                "cut off: {}{said}",
                inside_words(inside, &script.last)
            ));
        }
    }
    if script.begun > script.completed {
        let mark = script.last_mark.unwrap_or_default();
        return Verdict::broken(format!("cut off: it does not end with '{mark}'{said}"));
    }
    if script.begun > 0 {
        return Verdict::Whole;
    }
    if script.statements == 0 {
        let words = script.said.as_ref().or(script.first_strange.as_ref());
        let words = words.or(script.inside.as_ref().map(|_| &script.last));
        return Verdict::broken(match words {
            Some(words) => format!("no dump: it holds no statement of SQL, but {words:?}"),
            None => "empty: it holds no statement of SQL".to_owned(),
        });
    }
    match script.transaction {
        Transaction::Open => Verdict::broken(format!(
            "cut off: it ends inside its transaction, which has no COMMIT{said}"
        )),
        Transaction::RolledBack => Verdict::broken(format!(
            "given up by the program that wrote it: it ends with ROLLBACK{said}"
        )),
        Transaction::Committed => Verdict::Whole,
        Transaction::None if script.dialect == Dialect::Sqlite && script.only_settings => {
            Verdict::broken(format!("cut off: it ends before its transaction{said}"))
        }
        Transaction::None => Verdict::unproven(format!(
            "it was written without a mark at its end; its {} statements are whole{said}",
            script.statements
        )),
    }
}

fn inside_words(inside: &Inside, last: &str) -> String {
    match inside {
        Inside::Statement => format!("it ends inside the statement {last:?}"),
        Inside::Quote => format!("it ends inside a quoted text of the statement {last:?}"),
        Inside::Dollar => format!("it ends inside a body between dollar signs, of {last:?}"),
        Inside::Comment => "it ends inside a comment".to_owned(),
        Inside::Copy(table) => format!("it ends inside the COPY of {table}"),
    }
}
