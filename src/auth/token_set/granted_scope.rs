//! The granted scope of a token set, and whether it is repeated when refreshing.

use serde_json::Value;

use super::TokenSet;

// Where the granted scope is kept if `scope` is empty.
const GRANTED_SCOPE: &str = "granted_scope";

impl TokenSet {
    /// Returns whether the server rejects a scope when refreshing. mcp-remote sends none if the stored one is empty.
    pub fn refreshes_without_scope(&self) -> bool {
        self.scope.as_deref() == Some("")
    }

    /// Returns the granted scope.
    pub fn granted_scope(&self) -> Option<&str> {
        match self.scope.as_deref() {
            Some("") => self.rest.0.get(GRANTED_SCOPE).and_then(Value::as_str),
            scope => scope,
        }
    }

    /// Remembers that the server rejects a scope when refreshing.
    #[must_use]
    pub fn refreshing_without_scope(mut self) -> Self {
        if let Some(granted) = self.scope.replace(String::new()) {
            self.rest.0.insert(GRANTED_SCOPE.into(), granted.into());
        }
        self
    }
}
