//! Whether secrets were written.

use cc_ci_model::Event;

/// What is known of secrets in everything that was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// True where files were searched for values.
    searched: bool,
    /// Files that hold a secret, relative to the run's folder.
    pub files: Vec<String>,
    /// Files that could not be searched.
    pub unread: Vec<String>,
    /// Kinds of events that could not be cleaned of secrets and were not written.
    pub withheld: Vec<String>,
    /// Names of values that look like secrets and are visible, with the reason.
    pub visible: Vec<String>,
}

impl Scan {
    /// The flag `no_secret_leak`; nothing where nothing is proven: no search was made, or there was nothing
    /// to look for or in.
    #[must_use]
    pub fn no_secret_leak(&self) -> Option<bool> {
        match self.alarm() {
            Some(_) => Some(false),
            None => self.searched.then_some(true),
        }
    }

    /// Why the run may have leaked secrets; nothing where the search found it clean.
    #[must_use]
    pub fn alarm(&self) -> Option<String> {
        let about = |words: &str, names: &[String]| {
            (!names.is_empty()).then(|| format!("{words} {}", names.join(", ")))
        };
        let reasons = [
            about("secrets were written to", &self.files),
            about("secrets may be in what could not be read:", &self.unread),
            about("events could not be cleaned of secrets and are missing:", &self.withheld),
        ];
        let reasons: Vec<_> = reasons.into_iter().flatten().collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// What a record adds; a later clean search does not take a leak back.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::SecretsScanned { values, files, hits, unread } => {
                self.searched |= *values > 0 && *files > 0;
                self.files.extend(hits.iter().cloned());
                self.unread.extend(unread.iter().cloned());
            }
            Event::Withheld { what, reason: _ } => self.withheld.push(what.clone()),
            Event::LeftVisible { names } => {
                for name in names {
                    if !self.visible.contains(name) {
                        self.visible.push(name.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn scan(values: usize, files: usize, hits: &[&str], unread: &[&str]) -> Event {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        Event::SecretsScanned { values, files, hits: names(hits), unread: names(unread) }
    }

    fn withheld() -> Event {
        Event::Withheld { what: "task_failed".to_owned(), reason: "r".to_owned() }
    }

    #[rstest]
    #[case::never(&[], None)]
    #[case::nothing_to_look_for(&[scan(0, 9, &[], &[])], None)]
    #[case::nothing_to_look_in(&[scan(3, 0, &[], &[])], None)]
    #[case::clean(&[scan(3, 9, &[], &[])], Some(true))]
    #[case::leaked(&[scan(3, 9, &["a"], &[])], Some(false))]
    #[case::leaked_then_clean(&[scan(3, 9, &["a"], &[]), scan(3, 9, &[], &[])], Some(false))]
    #[case::unread_is_not_clean(&[scan(3, 9, &[], &["evidence/a"])], Some(false))]
    #[case::withheld_is_not_clean(&[withheld(), scan(3, 9, &[], &[])], Some(false))]
    fn the_flag_is_a_result(#[case] events: &[Event], #[case] flag: Option<bool>) {
        let mut scan = Scan::default();
        events.iter().for_each(|event| scan.take(event));
        assert_eq!(scan.no_secret_leak(), flag);
    }

    #[test]
    fn the_alarm_names_every_reason() {
        let mut said = Scan::default();
        said.take(&scan(1, 1, &["events.jsonl"], &["evidence/a"]));
        said.take(&withheld());
        assert_eq!(
            said.alarm().unwrap(),
            "secrets were written to events.jsonl; \
             secrets may be in what could not be read: evidence/a; \
             events could not be cleaned of secrets and are missing: task_failed"
        );
    }
}
