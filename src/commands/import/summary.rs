//! What an import says about secrets.

use std::collections::BTreeMap;

use super::super::{Invocation, count};
use crate::import::{Import, SecretPolicy};
use crate::secret::Secret;
use crate::secret_store::dotenv;
use crate::suggest::ShellCommand;

/// Says where the secrets are now, and which of them are still missing.
pub fn about_secrets(
    invocation: &Invocation<'_>,
    import: &Import,
    secrets: SecretPolicy,
) -> Vec<String> {
    let mut lines = vec![];
    let names = |names: &BTreeMap<String, Secret>| {
        let names: Vec<&str> = names.keys().map(String::as_str).collect();
        names.join(", ")
    };
    let file = || invocation.env.display(&dotenv::own_file(invocation.env));
    match secrets {
        SecretPolicy::Ask if !import.keyring.is_empty() => lines.push(format!(
            "{} in the clients' files: `--secrets keyring` moves them to the keyring, \
             `--secrets file` to a file that only you can read, and `--secrets env` refers to \
             environment variables",
            count(import.keyring.len(), "secret")
        )),
        SecretPolicy::Env if !import.variables.is_empty() => lines.push(format!(
            "set these environment variables before you start the clients: {}",
            names(&import.variables)
        )),
        SecretPolicy::Keyring if !import.keyring.is_empty() => {
            lines.push(format!("stored in the keyring: {}", names(&import.keyring)));
        }
        SecretPolicy::File if !import.variables.is_empty() => {
            lines.push(format!("stored in {}: {}", file(), names(&import.variables)));
        }
        SecretPolicy::Ask | SecretPolicy::Env | SecretPolicy::Keyring | SecretPolicy::File => {}
    }
    let inputs = || import.inputs.join(", ");
    match secrets {
        SecretPolicy::Ask | SecretPolicy::Keyring => {
            lines.extend(import.inputs.iter().map(|name| {
                let set = ShellCommand::new("mcpgen secret set").operand(name);
                format!("store a secret that is not in the files: {}", set.or("mcpgen secret set"))
            }))
        }
        SecretPolicy::Env | SecretPolicy::File if import.inputs.is_empty() => {}
        SecretPolicy::Env => lines.push(format!(
            "set what is not in the files before you start the clients: {}",
            inputs()
        )),
        SecretPolicy::File => {
            lines.push(format!("add what is not in the clients' files to {}: {}", file(), inputs()))
        }
    }
    lines
}
