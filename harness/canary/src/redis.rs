//! Canary data as keys of a Redis or Valkey server.
//!
//! Only data that a server promises to keep is proven. A server that saves nothing, or saves it in its own
//! container only, is a cache and may lose its data. A write is done when the server has saved it in the way of
//! its configuration. With an append-only file the kernel has the write; without one a snapshot is taken in
//! place of the next save point. A server without save points gets no snapshot, since it would never save the
//! data itself.

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_model::Fault;

use crate::home::Home;
use crate::process::{Answer, Server, ask};
use crate::standing::Standing;
use crate::unwritten::{self, Gap, Unwritten, refused};
use crate::{Discovery, Found, Inhabited, Saved, Store};

const SCRIPT: &str = include_str!("scripts/redis.sh");

struct Redis {
    name: String,
    server: Server,
    home: Home,
}

pub(crate) async fn discover(standing: &Standing<'_>, server: &Server) -> Result<Discovery, Fault> {
    let mut found = Discovery::default();
    let name = format!("redis:{}", server.service);
    let said = match ask(standing, server, SCRIPT, &["look"]).await? {
        Answer::Said(said) => said,
        Answer::Refused(words) | Answer::Unasked(_, words) => {
            return Ok(unwritten::unasked(standing, server, "redis", words));
        }
    };
    let looked = read(&said);
    let home = Home::of(standing, &server.service, looked.folder);
    match looked.kept(&home) {
        Err((gap, reason)) => {
            let saved = home.saved(standing, &server.service);
            let volume = home.volume.clone();
            found.unwritten.push(Unwritten { name, reason, gap, volume, saved });
        }
        Ok(()) => {
            found.homes.push(Inhabited { kind: server.kind, home: home.clone() });
            found.stores.push(Arc::new(Redis { name, server: server.clone(), home }));
        }
    }
    Ok(found)
}

/// What `look` printed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Looked<'a> {
    save: &'a str,
    appends: bool,
    folder: &'a str,
    refused: Option<&'a str>,
}

fn read(said: &str) -> Looked<'_> {
    let mut looked = Looked { refused: Some("it says nothing"), ..Looked::default() };
    for line in said.lines() {
        match line.split_once('\t').unwrap_or((line, "")) {
            ("save", save) => looked.save = save,
            ("appendonly", word) => looked.appends = word == "yes",
            ("folder", folder) => looked.folder = folder,
            ("yes", _) => looked.refused = None,
            ("no", words) => looked.refused = Some(words),
            _ => {}
        }
    }
    looked
}

impl Looked<'_> {
    /// The reason why nothing can be proven, as an error.
    fn kept(&self, home: &Home) -> Result<(), (Gap, String)> {
        if self.save.is_empty() && !self.appends {
            let reason = "a cache: by its own configuration (save \"\", appendonly no) it keeps \
                          nothing";
            return Err((Gap::ByDesign, reason.to_owned()));
        }
        if home.volume.is_none() {
            let reason = format!("a cache: no volume is mounted on {}", self.folder);
            return Err((Gap::ByDesign, reason));
        }
        self.refused.map_or(Ok(()), |words| Err((Gap::Open, words.to_owned())))
    }
}

impl Redis {
    async fn must(&self, standing: &Standing<'_>, words: &[&str]) -> Result<(), Fault> {
        match ask(standing, &self.server, SCRIPT, words).await? {
            Answer::Said(_) => Ok(()),
            Answer::Refused(words) | Answer::Unasked(_, words) => Err(refused(&self.name, words)),
        }
    }
}

#[async_trait]
impl Store for Redis {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn volume(&self) -> Option<&str> {
        self.home.volume.as_deref()
    }

    fn is_in_no_volume(&self) -> bool {
        self.home.volume.is_none()
    }

    fn is_read_in_place(&self) -> bool {
        false
    }

    fn is_of_record(&self) -> bool {
        false
    }

    fn saved(&self, standing: &Standing<'_>) -> Saved {
        self.home.saved(standing, &self.server.service)
    }

    async fn write(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        self.must(standing, &["set", key, &format!("written {key}")]).await
    }

    async fn find(&self, standing: &Standing<'_>, key: &str) -> Result<Found, Fault> {
        Ok(match ask(standing, &self.server, SCRIPT, &["get", key]).await? {
            Answer::Said(said) if said == "gone" => Found::Gone,
            Answer::Said(said) if said == format!("is written {key}") => Found::Intact,
            Answer::Said(said) => {
                let value = said.strip_prefix("is ").unwrap_or(&said);
                Found::Changed(format!("key {key} holds {value:?}"))
            }
            Answer::Refused(words) => Found::of_complaint(words),
            Answer::Unasked(why, words) => Found::Unreadable(why, words),
        })
    }

    async fn damage(&self, standing: &Standing<'_>, key: &str) -> Result<bool, Fault> {
        self.must(standing, &["set", key, "damaged"]).await.map(|()| true)
    }

    fn forgets(&self) -> bool {
        true
    }

    async fn clear(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        self.must(standing, &["del", key]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::snapshots("save\t3600 1\nappendonly\tno\nfolder\t/data\nyes\n", true, None)]
    #[case::appends("save\t\nappendonly\tyes\nfolder\t/data\nyes\n", true, None)]
    #[case::neither(
        "save\t\nappendonly\tno\nfolder\t/data\nyes\n",
        true,
        Some((Gap::ByDesign, "(save \"\", appendonly no)"))
    )]
    #[case::no_volume(
        "save\t3600 1\nappendonly\tno\nfolder\t/data\nyes\n",
        false,
        Some((Gap::ByDesign, "no volume is mounted on /data"))
    )]
    #[case::replica(
        "save\t3600 1\nappendonly\tno\nfolder\t/data\nno\tREADONLY You can't write\n",
        true,
        Some((Gap::Open, "READONLY You can't write"))
    )]
    #[case::silent("save\t3600 1\n", true, Some((Gap::Open, "it says nothing")))]
    fn what_a_server_promises_to_keep(
        #[case] said: &str,
        #[case] mounted: bool,
        #[case] expected: Option<(Gap, &str)>,
    ) {
        let volume = mounted.then(|| "cache".to_owned());
        let home = Home { volume, path: String::new() };
        match (read(said).kept(&home), expected) {
            (Ok(()), None) => {}
            (Err((gap, reason)), Some((expected, part))) => {
                assert_eq!(gap, expected);
                assert!(reason.contains(part), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}
