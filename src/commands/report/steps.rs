//! The words for the steps of a plan, before and after an apply.

use std::collections::BTreeMap;

use crate::apply::target::Prepared;
use crate::commands::count;
use crate::plan::Step;

/// Says whether the changes are planned or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tense {
    /// They are planned.
    Planned,
    /// They are made.
    Made,
}

/// The sign of a step, and its words in both tenses.
pub struct StepWords {
    pub sign: &'static str,
    planned: &'static str,
    made: &'static str,
    /// The word that counts such steps.
    counted: &'static str,
}

impl StepWords {
    const fn new(
        sign: &'static str,
        planned: &'static str,
        made: &'static str,
        counted: &'static str,
    ) -> Self {
        Self { sign, planned, made, counted }
    }

    /// Returns the words for a step that is listed. A conflict has a message of its own.
    pub fn of(step: &Step) -> Option<Self> {
        const DRIFT: (&str, &str) = (
            "replace (drift: someone edited the entry)",
            "replaced (drift: someone had edited the entry)",
        );
        Some(match step {
            Step::Add => Self::new("+", "add", "added", "added"),
            Step::Replace { drift: false } => Self::new("~", "replace", "replaced", "replaced"),
            Step::Replace { drift: true } => Self::new("~", DRIFT.0, DRIFT.1, "replaced"),
            Step::Disable => Self::new("~", "disable", "disabled", "disabled"),
            Step::Adopt => Self::new("~", "adopt", "adopted", "adopted"),
            Step::Enter => Self::new("=", "adopt unchanged", "adopted unchanged", "adopted"),
            Step::Join => {
                let (planned, made) = ("share with another owner", "shared with another owner");
                Self::new("=", planned, made, "shared")
            }
            Step::Release => {
                let (planned, made) = ("keep for another owner", "kept for another owner");
                Self::new("=", planned, made, "kept")
            }
            Step::Remove => Self::new("-", "remove", "removed", "removed"),
            Step::Conflict | Step::Keep | Step::Theirs | Step::Forget | Step::Leave => return None,
        })
    }

    /// Returns the words of one tense.
    pub fn said(&self, tense: Tense) -> &'static str {
        match tense {
            Tense::Planned => self.planned,
            Tense::Made => self.made,
        }
    }
}

/// Counts the steps and the files: "3 entries added to 2 files". Returns nothing if there are none.
pub fn counted(targets: &[Prepared<'_>]) -> Option<String> {
    let mut words: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut files = 0;
    for target in targets {
        let before = words.values().sum::<usize>();
        for step in target.plan.steps.values().filter_map(StepWords::of) {
            *words.entry(step.counted).or_default() += 1;
        }
        files += usize::from(words.values().sum::<usize>() > before);
    }
    let place = match words.keys().next() {
        Some(&"added") if words.len() == 1 => "to",
        Some(&"removed") if words.len() == 1 => "from",
        Some(_) => "in",
        None => return None,
    };
    let entries = |(at, (word, n)): (usize, (&&str, &usize))| match (at, n) {
        (0, 1) => format!("1 entry {word}"),
        (0, n) => format!("{n} entries {word}"),
        (_, n) => format!("{n} {word}"),
    };
    let steps: Vec<String> = words.iter().enumerate().map(entries).collect();
    Some(format!("{} {place} {}", steps.join(", "), count(files, "file")))
}
