//! What a rule is.

use std::fmt;

use cc_ci_recipe::Files;
use serde::Serialize;

use crate::finding::Found;
use crate::stack::Stack;
use crate::subject::{Subject, Upgrade};

/// How bad it is when a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It breaks a deploy, an upgrade or a restore.
    Error,
    /// It will hurt some operator some day.
    Warning,
    /// Worth knowing.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// One rule.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rule {
    /// Its stable id: `R…` are abra's, `C…` are our own.
    pub id: &'static str,
    /// Its name in words, as `floating-tag`.
    pub name: &'static str,
    /// How bad it is when it is broken.
    pub severity: Severity,
    /// What holds in a recipe that keeps it.
    pub title: &'static str,
    /// What happens where it is broken.
    pub why: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    #[serde(skip)]
    pub(crate) check: Check,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Check {
    /// The stack as it is deployed by default, and with each overlay that can be added. What an
    /// overlay does not change is reported once.
    Stack(fn(&Stack<'_>, &mut Found)),
    /// The files.
    Files(fn(&Files, &mut Found)),
    /// Two versions.
    Upgrade(fn(&Upgrade<'_>, &mut Found)),
    /// Any part of the subject; the function gives the reason where it cannot judge.
    Subject(fn(&Subject<'_>, &mut Found) -> Result<(), &'static str>),
    /// The comments that allow what other rules find; judged after all of them.
    Allowances,
    /// The rule cannot be judged from the files, for this reason.
    Never(&'static str),
}
