//! Validates the names of servers.

use super::fit::titles;
use crate::client::Client;
use crate::declaration::DeclarationErrors;
use crate::declaration::exclusive::RESERVED_NAMES;
use crate::fields::Spanned;
use crate::secret::literal::{self, SecretVerdict};

/// Reports a server name that no client accepts, or that one of the clients of the server rejects.
pub fn check_name(name: &Spanned<String>, clients: &[&Client], errors: &mut DeclarationErrors) {
    let text = &name.value;
    let refusing: Vec<&Client> =
        clients.iter().filter(|client| refuses(client, text)).copied().collect();
    let rename = || format!("rename the server to `{}`", portable_name(text, clients));
    if text.is_empty() {
        errors.at(name, "the server name is empty", "write a name");
    } else if !is_portable(text) {
        let title = format!("`{text}` is not a portable server name");
        let error = errors.at(name, title, "some clients reject this name");
        error.add_note(
            "a name is a letter (a-z, A-Z) followed by such letters, digits, `-` and single `_`: some clients \
             split names at `__`, others fail on spaces and dots",
        );
        if literal::judge(text) == SecretVerdict::Harmless {
            error.add_help(rename());
        }
    } else if RESERVED_NAMES.contains(&text.as_str()) {
        errors
            .at(name, format!("`{text}` is a reserved server name"), "a client reserves this name")
            .add_help(rename());
    } else if !refusing.is_empty() {
        let title = format!("the name `{text}` is not accepted by {}", titles(&refusing));
        let refused: Vec<String> =
            refusing[0].name_refuses.iter().map(|it| format!("`{it}`")).collect();
        let label = format!("contains {}", refused.join(" or "));
        errors.at(name, title, &label).add_help(rename());
    }
}

/// Converts a name to one that all clients of a server accept.
pub fn portable_name(text: &str, clients: &[&Client]) -> String {
    let kept = is_portable(text) && !clients.iter().any(|client| refuses(client, text));
    if kept && !RESERVED_NAMES.contains(&text) {
        return text.to_owned();
    }
    let part = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = text.chars().map(part).collect();
    let name = name.trim_matches('-');
    if RESERVED_NAMES.contains(&name) {
        return format!("{name}-server");
    }
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return name.to_owned();
    }
    format!("server-{name}").trim_end_matches('-').to_owned()
}

fn refuses(client: &Client, name: &str) -> bool {
    client.name_refuses.iter().any(|refused| name.contains(refused.as_str()))
}

fn is_portable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && !name.contains("__")
        && !name.ends_with('_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientTable;

    #[test]
    fn a_name_is_kept_if_all_clients_of_the_server_accept_it() {
        let table = ClientTable::load(None).expect("built in");
        let portable = |name: &str, clients: &[&str]| {
            let clients: Vec<&Client> = clients.iter().filter_map(|it| table.get(it)).collect();
            portable_name(name, &clients)
        };
        assert_eq!(portable("my_docs", &["cursor", "codex"]), "my_docs");
        assert_eq!(portable("my_docs", &["cursor", "gemini-cli"]), "my-docs");
        assert_eq!(portable("my__docs", &["cursor"]), "my--docs");
        assert_eq!(portable("_docs", &["cursor"]), "docs");
        assert_eq!(portable("docs_", &["cursor"]), "docs");
        assert_eq!(portable("servers", &["cursor"]), "servers-server");
        assert_eq!(portable("1_a", &[]), "server-1-a");
    }
}
