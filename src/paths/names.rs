//! The names of the variables of the process.

use super::Environment;

impl Environment {
    /// Returns the name of each variable.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.vars.keys().map(String::as_str)
    }
}
