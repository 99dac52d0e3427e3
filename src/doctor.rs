//! Why tools do not share a sign-in, and what else keeps a server from being reached: findings, as data.
//!
//! Each check is a small file that looks at one [`DoctorInput`] and says what it finds. None of them starts
//! anything, asks anybody or writes anything.

use std::collections::BTreeSet;

use crate::display::clean;

mod cache;
mod calls;
mod difference;
mod files;
mod input;
mod ours;
mod ports;
mod programs;
mod readers;
mod secrets;
mod sharing;
mod versions;

pub use input::DoctorInput;
pub use readers::on_this_machine;

/// Says how bad a finding is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something does not work.
    Broken,
    /// It works, and not as people expect.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// Returns the word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Holds one finding. Its texts are fit for a terminal and hold nothing that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The server that it is about, by its address, unless it is about the machine.
    pub server: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What kind of finding it is, for programs.
    pub code: &'static str,
    /// What is, and why, in a line.
    pub cause: String,
    /// What to do about it, in a line.
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

    /// Makes it one about a server.
    #[must_use]
    pub fn about(self, server: &str) -> Self {
        Self { server: Some(server.to_owned()), ..self }
    }
}

/// Lists a few names in a line, and how many more there are.
fn some(names: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    match names.as_slice() {
        [one, two, three, _, rest @ ..] => {
            format!("{one}, {two}, {three} and {} more", rest.len() + 1)
        }
        few => few.join(", "),
    }
}

type DoctorCheck = fn(&DoctorInput<'_>) -> Vec<Finding>;

const CHECKS: [DoctorCheck; 9] = [
    files::findings,
    calls::findings,
    sharing::findings,
    versions::findings,
    ports::findings,
    cache::findings,
    programs::findings,
    secrets::findings,
    ours::findings,
];

/// Runs every check. The findings come grouped by server, the worst first, each once.
pub fn diagnose(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(input)).collect();
    found.sort();
    found.dedup();
    found
}
