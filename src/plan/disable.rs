//! A disabled server whose client has a switch in the entry: only the switch changes, so the user's own fields stay.

use serde_json::Value;

use super::Step;
use super::case::Case;
use crate::document::Entry;
use crate::document::edit::Edit;
use crate::ledger::{FieldHashes, hashes};

impl Case<'_> {
    /// Decides the step for mcpgen's own entry of a disabled server. Returns `None` if the client has no switch.
    pub fn decide_disabled(&self, actual: &Value) -> Option<Step> {
        let (switch, entry) = (self.switch_of_disabled()?, actual.as_object()?);
        let is_off = switch.iter().all(|(field, off)| entry.get(field) == Some(off));
        Some(if is_off { Step::Keep } else { Step::Disable })
    }

    fn switch_of_disabled(&self) -> Option<&Entry> {
        (self.disabled && !self.switch.is_empty()).then_some(self.switch)
    }

    /// Returns the edit that disables the entry.
    pub fn disable(&self, name: String) -> Option<Edit> {
        let set = self.switch_of_disabled()?.clone().into_iter().collect();
        Some(Edit::Set { name, set, unset: vec![] })
    }

    /// Returns the fields that belong to mcpgen after a step. If the user disabled the entry, the switch stays the
    /// user's own.
    pub fn fields(&self, step: &Step) -> Option<FieldHashes> {
        if let Some(desired) = self.desired {
            return Some(desired.hashes().clone());
        }
        let mut owned = self.owned?.clone();
        owned.settle(self.actual.and_then(Value::as_object));
        let mut fields = owned.fields?;
        if *step == Step::Disable {
            fields.extend(hashes(self.switch_of_disabled()?));
        }
        Some(fields)
    }
}
