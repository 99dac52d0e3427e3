//! Plans the changes to one file from maps only: the desired entries, the actual entries, and the entries in the
//! ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::document::Entries;
use crate::document::edit::Edit;
use crate::ledger::{CoOwners, Owned, Target};
use crate::render::{DesiredEntry, Rendered};

mod case;
mod disable;
mod loss;
mod names;
mod rename;
#[cfg(test)]
mod tests;

use case::Case;
pub use loss::Loss;

/// The planned step for one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// mcpgen's entry is as desired.
    Keep,
    /// The user's own entry is as desired. It remains the user's own until it is adopted.
    Theirs,
    /// Another owner's entry is as desired, so this owner becomes an owner too.
    Join,
    /// The entry is no longer desired, but another owner still has it, so only this owner's record of it is removed.
    Release,
    /// An entry that mcpgen did not write is as desired and is adopted without a write.
    Enter,
    /// The entry is missing and is written.
    Add,
    /// mcpgen's fields are written again.
    Replace {
        /// Whether somebody edited mcpgen's fields.
        drift: bool,
    },
    /// The client's own switch disables the entry, and the rest of the entry stays.
    Disable,
    /// An entry that mcpgen did not write is adopted.
    Adopt,
    /// The entry is removed.
    Remove,
    /// The entry is gone or is not mcpgen's, so the ledger forgets it.
    Forget,
    /// The entry is neither mcpgen's nor desired, and remains.
    Leave,
    /// The entry would have to change, and mcpgen did not write it.
    Conflict,
}

impl Step {
    /// Returns whether the file changes.
    pub fn is_change(&self) -> bool {
        match self {
            Self::Add | Self::Replace { .. } | Self::Disable | Self::Adopt | Self::Remove => true,
            Self::Keep
            | Self::Theirs
            | Self::Join
            | Self::Release
            | Self::Enter
            | Self::Forget
            | Self::Leave
            | Self::Conflict => false,
        }
    }
}

/// The entries that may be adopted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Adopt {
    /// None.
    #[default]
    None,
    /// The entries with these names.
    Names(BTreeSet<String>),
    /// All.
    All,
}

impl Adopt {
    fn takes(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::Names(names) => names.contains(name),
            Self::All => true,
        }
    }
}

/// The planned changes to one file.
#[derive(Debug, Clone)]
pub struct FilePlan {
    /// The step for each entry that is desired, replaced, or in the ledger, in the order of the names.
    pub steps: BTreeMap<String, Step>,
    /// The edits that carry out the steps.
    pub edits: Vec<Edit>,
    /// mcpgen's entries after the plan is carried out.
    pub settled: BTreeMap<String, Owned>,
    /// mcpgen's entries while the plan is being carried out. Empty if nothing changes.
    pub pending: BTreeMap<String, Owned>,
    /// The user's own fields that are lost with each entry, or would be lost if the entry were adopted.
    pub losses: BTreeMap<String, Vec<Loss>>,
}

/// Plans one file.
pub fn plan(
    rendered: &Rendered<'_>,
    actual: &Entries,
    ours: Option<&Target>,
    others: &CoOwners,
    adopt: &Adopt,
) -> FilePlan {
    let none = BTreeMap::new();
    let owned = ours.map_or(&none, |target| &target.entries);
    let desired: BTreeMap<&String, &DesiredEntry> =
        rendered.entries.iter().map(|(name, entry)| (name, &**entry)).collect();
    let mut plan = FilePlan {
        steps: BTreeMap::new(),
        edits: vec![],
        settled: BTreeMap::new(),
        pending: BTreeMap::new(),
        losses: BTreeMap::new(),
    };
    let old = rendered.replaces.keys().chain(rendered.disabled.keys());
    let old = old.filter(|name| actual.contains_key(*name));
    let names: BTreeSet<&String> = desired.keys().copied().chain(owned.keys()).chain(old).collect();
    let case = |name: &String| Case {
        replaced: rendered.replaces.contains_key(name),
        disabled: rendered.disabled.contains_key(name),
        switch: &rendered.client.disable,
        desired: desired.get(name).copied(),
        actual: actual.get(name),
        owned: owned.get(name),
        others: others.of(name).collect(),
        spellings: rendered.client.fields(),
    };
    let renamed = rename::renamed(rendered, actual, case);
    for name in names {
        let replaced_by = rendered.replaces.get(name);
        let case = case(name);
        let step = case.decide(adopt.takes(replaced_by.unwrap_or(name)));
        let put = renamed.get(name).filter(|_| step == Step::Add);
        let put = put.map(|entry| Edit::Put { name: name.clone(), entry: Arc::clone(entry) });
        plan.edits.extend(put.or_else(|| case.edit(name, &step, rendered)));
        if step.is_change() && plan.pending.is_empty() {
            plan.pending.clone_from(owned);
        }
        plan.record(name, &case, &step);
        let server = replaced_by.unwrap_or(name);
        let desired = || desired.get(server).map(|entry| &***entry);
        let instead = renamed.get(server).map(|entry| &**entry).or_else(desired);
        let carried = rendered.carried.get(server).map(|names| &**names);
        let losses = loss::losses(&case, &step, instead, carried, rendered.client);
        if !losses.is_empty() {
            plan.losses.insert(name.clone(), losses);
        }
        plan.steps.insert(name.clone(), step);
    }
    plan
}

impl FilePlan {
    fn record(&mut self, name: &str, case: &Case<'_>, step: &Step) {
        let fields = case.fields(step);
        if step.is_change() && *step != Step::Remove {
            let owned = self.pending.entry(name.to_owned()).or_default();
            owned.settle(case.actual.and_then(Value::as_object));
            owned.pending.clone_from(&fields);
        }
        let settled = match step {
            Step::Keep
            | Step::Join
            | Step::Enter
            | Step::Add
            | Step::Replace { .. }
            | Step::Disable
            | Step::Adopt => Some(Owned { fields, pending: None }),
            // A conflict with a co-owner.
            Step::Conflict => case.owned.filter(|owned| owned.fields.is_some()).cloned(),
            Step::Theirs | Step::Release | Step::Remove | Step::Forget | Step::Leave => None,
        };
        self.settled.extend(settled.map(|owned| (name.to_owned(), owned)));
    }

    /// Returns the names of the entries with a conflict.
    pub fn conflicts(&self) -> Vec<&str> {
        let conflicts = self.steps.iter().filter(|(_, step)| **step == Step::Conflict);
        conflicts.map(|(name, _)| name.as_str()).collect()
    }

    /// Returns whether the file would change.
    pub fn is_change(&self) -> bool {
        self.steps.values().any(Step::is_change)
    }
}
