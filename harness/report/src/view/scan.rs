//! Whether secrets were written.

use cc_ci_model::Event;

/// What the search for secrets in everything that was written has found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scan {
    /// Nobody has searched, or there was nothing to look for or in: nothing is proven.
    #[default]
    NotDone,
    /// Everything was searched and nothing was found.
    Clean,
    /// Secrets were found.
    Leaked {
        /// Files that hold one, relative to the run's folder.
        files: Vec<String>,
    },
}

impl Scan {
    /// The flag `no_secret_leak`; nothing where nothing is proven.
    #[must_use]
    pub fn no_secret_leak(&self) -> Option<bool> {
        match self {
            Self::NotDone => None,
            Self::Clean => Some(true),
            Self::Leaked { .. } => Some(false),
        }
    }

    /// What a record adds; a later clean search does not take a leak back.
    pub(super) fn take(&mut self, event: &Event) {
        let Event::SecretsScanned { values, files, hits } = event else { return };
        match self {
            Self::Leaked { files } => files.extend(hits.iter().cloned()),
            Self::NotDone | Self::Clean if !hits.is_empty() => {
                *self = Self::Leaked { files: hits.clone() };
            }
            Self::NotDone if *values > 0 && *files > 0 => *self = Self::Clean,
            Self::NotDone | Self::Clean => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::never(&[], None)]
    #[case::nothing_to_look_for(&[(0, 9, false)], None)]
    #[case::nothing_to_look_in(&[(3, 0, false)], None)]
    #[case::clean(&[(3, 9, false)], Some(true))]
    #[case::leaked(&[(3, 9, true)], Some(false))]
    #[case::leaked_then_clean(&[(3, 9, true), (3, 9, false)], Some(false))]
    fn the_flag_is_a_result(#[case] scans: &[(usize, usize, bool)], #[case] flag: Option<bool>) {
        let mut scan = Scan::default();
        for (values, files, hit) in scans {
            let hits = hit.then(|| "events.jsonl".to_owned()).into_iter().collect();
            scan.take(&Event::SecretsScanned { values: *values, files: *files, hits });
        }
        assert_eq!(scan.no_secret_leak(), flag);
    }
}
