//! Finds out why clients do not share a sign-in, and what else prevents them from reaching a server.
//! Each check is a small file that reads a [`DoctorInput`] and returns findings. No check starts a program, sends a
//! request or writes a file.

use crate::display::clean;

mod cache;
mod calls;
mod client_store;
mod difference;
mod files;
mod headers;
mod identity_providers;
mod input;
mod layers;
mod lists;
mod other_files;
mod ours;
mod own_sign_in;
mod placeholders;
mod ports;
mod programs;
mod readers;
mod redirects;
mod rules;
mod secrets;
mod sharing;
mod timer;
mod unread;
mod versions;
mod withheld;

pub use client_store::OwnSignIns;
pub use identity_providers::identity_providers;
pub use input::{DoctorInput, normal, shown};
pub use other_files::other_files;
pub use readers::on_this_machine;
pub use unread::unread;

/// How bad a finding is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something does not work.
    Broken,
    /// Something works, but not as people expect.
    Warning,
    /// A hint that needs no action.
    Note,
}

impl Severity {
    /// Returns the name of the severity.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One finding. Its strings are safe to print to a terminal and contain no value that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The URL of the server, unless the finding is about the machine.
    pub server: Option<String>,
    /// How bad the finding is.
    pub severity: Severity,
    /// The kind of finding, for programs.
    pub code: &'static str,
    /// What is wrong and why.
    pub cause: String,
    /// How to correct it.
    pub remedy: String,
}

impl Finding {
    /// Makes a finding about this machine.
    pub fn new(
        severity: Severity,
        code: &'static str,
        cause: impl AsRef<str>,
        remedy: impl AsRef<str>,
    ) -> Self {
        let (cause, remedy) = (clean(cause.as_ref()), clean(remedy.as_ref()));
        Self { server: None, severity, code, cause, remedy }
    }

    /// Returns the finding with a server.
    #[must_use]
    pub fn about(self, server: &str) -> Self {
        Self { server: Some(server.to_owned()), ..self }
    }
}

type DoctorCheck = fn(&DoctorInput<'_>) -> Vec<Finding>;

const CHECKS: [DoctorCheck; 18] = [
    files::findings,
    layers::findings,
    rules::findings,
    lists::findings,
    calls::findings,
    sharing::findings,
    versions::findings,
    ports::findings,
    redirects::findings,
    cache::findings,
    programs::findings,
    secrets::findings,
    ours::findings,
    own_sign_in::findings,
    headers::findings,
    placeholders::findings,
    timer::findings,
    withheld::findings,
];

/// Runs every check, and returns each finding once, grouped by server and with the worst first.
pub fn diagnose(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(input)).collect();
    found.sort();
    found.dedup();
    found
}
