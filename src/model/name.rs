//! Names of servers: what every client takes.

use super::Faults;
use crate::fields::Spanned;
use crate::secret::literal;

// Names that some client keeps for itself (Claude's CLI; OpenCode's and Kilo's `mcp` section).
const RESERVED: [&str; 3] = ["workspace", "servers", "timeout"];

/// Finds what some client would not take in a server's name.
pub fn check(name: &Spanned<String>, faults: &mut Faults) {
    let text = &name.value;
    let portable = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if text.is_empty() {
        faults.at(name, "a server's name is empty", "a name is wanted");
    } else if !portable {
        let title = format!("`{text}` is a name that some client refuses");
        let fault = faults.at(name, title, "not portable");
        fault.add_note("a name is a letter, then letters, digits and `-`: Gemini splits names at `_`, Codex chokes on spaces and dots");
        if literal::looks_like(text).is_none() {
            fault.add_help(format!("call it `{}`", portable_name(text)));
        }
    } else if RESERVED.contains(&text.as_str()) {
        faults
            .at(name, format!("`{text}` is a name that some client keeps for itself"), "reserved")
            .add_help(format!("call it `{}`", portable_name(text)));
    }
}

/// Makes a name that every client takes.
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
