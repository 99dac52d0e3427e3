//! Finds out whether an entry sends a token, so that its client needs no sign-in.

use super::{EntryReach, FoundEntry};
use crate::client::{Client, FieldRole};
use crate::entry;

impl FoundEntry {
    /// Returns whether an entry of a client sends a token.
    pub fn sends_token(&self, client: &Client) -> bool {
        let named = |name: &str| name.eq_ignore_ascii_case("authorization");
        match &self.reach {
            Some(EntryReach::Address { headers, url: _, transport: _ }) => {
                headers.keys().any(|name| named(name)) || self.names_token(client)
            }
            Some(reach @ (EntryReach::Bridge(_) | EntryReach::Exec(_))) => {
                let call = reach.bridge().and_then(|bridge| bridge.call.as_ref().ok());
                call.is_some_and(|call| call.headers.iter().any(|(name, _)| named(name)))
            }
            Some(EntryReach::Program(_)) | None => false,
        }
    }

    /// Returns whether an entry names an environment variable or a program from which the client reads a token.
    pub fn names_token(&self, client: &Client) -> bool {
        let Some(entry) = self.value.as_object() else { return false };
        let roles = [FieldRole::TokenVariable, FieldRole::HeaderVariables, FieldRole::TokenSource];
        let fields = entry::launch_fields(entry, client.fields());
        roles.into_iter().any(|role| client.fields().all(role, fields).next().is_some())
    }
}
