//! Values that a client did not replace, because the variable that they name is not set.

use std::process::Command;

use super::Environment;

/// Returns whether the value of a variable is nothing but a reference to the same variable, in any client's spelling.
pub fn is_reference_to_itself(name: &str, value: &str) -> bool {
    let inner = match value.as_bytes() {
        [b'$', b'{', .., b'}'] => &value[2..value.len() - 1],
        [b'{', .., b'}'] => return value[1..value.len() - 1].strip_prefix("env:") == Some(name),
        [b'$', ..] => &value[1..],
        _ => return false,
    };
    let inner = inner.strip_prefix("env:").unwrap_or(inner);
    let is_own = |default: &str| default.is_empty() || default.strip_prefix('$') == Some(name);
    let is_end = |rest: &str| rest.is_empty() || rest.strip_prefix(":-").is_some_and(is_own);
    inner.strip_prefix(name).is_some_and(is_end)
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
