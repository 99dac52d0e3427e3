//! The starter declaration that `init` writes.

use super::Invocation;
use crate::fs;

const STARTER: &str = include_str!("starter.toml");
const CLIENTS: &str = "clients = [\"claude-code\", \"cursor\"]";

/// Returns the starter for the clients on this machine.
pub fn starter(clients: &[&str]) -> String {
    match clients {
        [] => STARTER.to_owned(),
        clients => {
            let quoted: Vec<String> = clients.iter().map(|name| format!("\"{name}\"")).collect();
            STARTER.replace(CLIENTS, &format!("clients = [{}]", quoted.join(", ")))
        }
    }
}

/// Returns whether the declaration is the starter, so that nothing is lost if it is replaced.
pub fn has_starter(invocation: &Invocation<'_>) -> bool {
    let bytes = fs::read(&invocation.declaration_path()).ok().flatten().unwrap_or_default();
    std::str::from_utf8(&bytes).is_ok_and(is_starter)
}

// The list of clients may have been changed.
fn is_starter(text: &str) -> bool {
    let same = |(line, own): (&str, &str)| match own {
        CLIENTS => line.starts_with("clients = [") && line.ends_with(']'),
        own => line == own,
    };
    text.lines().count() == STARTER.lines().count() && text.lines().zip(STARTER.lines()).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_is_recognized_until_it_is_edited() {
        assert_eq!(STARTER.matches(CLIENTS).count(), 1);
        assert!(is_starter(STARTER) && is_starter(&starter(&["codex", "cursor"])));
        assert!(!is_starter(&format!("{STARTER}[servers.one]\n")));
        assert!(!is_starter(&STARTER.replace("# [servers.files]", "[servers.files]")));
        assert!(!is_starter(""));
    }
}
