//! Values that a client did not replace, because the variable that they name is not set.

use std::process::Command;

use super::Environment;
use crate::placeholder;

/// Returns whether the value of a variable is nothing but a reference to the same variable, in any client's spelling.
pub fn is_reference_to_itself(name: &str, value: &str) -> bool {
    if !value.starts_with(['$', '{']) {
        return false;
    }
    if value.strip_prefix('$') == Some(name) {
        return true;
    }
    let found = placeholder::known(value);
    let is_own = |default: &str| default.is_empty() || default.strip_prefix('$') == Some(name);
    let [it] = found.as_slice() else { return false };
    it.is_all_of(value) && it.name == name && it.default.is_none_or(is_own)
}

impl Environment {
    /// Removes the variables whose values the client did not replace.
    pub fn remove_unexpanded(&self, command: &mut Command) {
        for name in &self.unexpanded {
            command.env_remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reference_to_the_same_variable_counts() {
        for value in ["$T", "${T}", "${T:-}", "${T:-$T}", "${env:T}", "{env:T}"] {
            assert!(is_reference_to_itself("T", value), "{value}");
        }
        for value in [
            "", "T", "$", "${", "{}", "$TT", "${S}", "a$T", "${T}a", "{T}", "$ecret", "${T:-x}",
            "${T:-$S}",
        ] {
            assert!(!is_reference_to_itself("T", value), "{value}");
        }
    }
}
