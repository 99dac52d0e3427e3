//! Validates the names of servers.

use crate::declaration::DeclarationErrors;
use crate::fields::Spanned;
use crate::secret::literal::{self, SecretVerdict};

// Names that some client reserves (Claude's CLI; OpenCode's and Kilo's `mcp` section).
const RESERVED: [&str; 3] = ["workspace", "servers", "timeout"];

/// Reports a server name that some client rejects.
pub fn check_name(name: &Spanned<String>, errors: &mut DeclarationErrors) {
    let text = &name.value;
    let portable = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if text.is_empty() {
        errors.at(name, "the server name is empty", "write a name");
    } else if !portable {
        let title = format!("`{text}` is not a portable server name");
        let error = errors.at(name, title, "some clients reject this name");
        error.add_note(
            "a name is a letter (a-z, A-Z) followed by such letters, digits and `-`: Gemini splits names at \
             `_`, Codex fails on spaces and dots",
        );
        if literal::judge(text) == SecretVerdict::Harmless {
            error.add_help(format!("rename the server to `{}`", portable_name(text)));
        }
    } else if RESERVED.contains(&text.as_str()) {
        errors
            .at(name, format!("`{text}` is a reserved server name"), "a client reserves this name")
            .add_help(format!("rename the server to `{}`", portable_name(text)));
    }
}

/// Converts a name to one that every client accepts.
pub fn portable_name(text: &str) -> String {
    let part = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = text.chars().map(part).collect();
    let name = name.trim_matches('-');
    if RESERVED.contains(&name) {
        return format!("{name}-server");
    }
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return name.to_owned();
    }
    format!("server-{name}").trim_end_matches('-').to_owned()
}
