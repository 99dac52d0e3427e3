//! Moves the secrets of the clients' files to the store that the user chose.

use super::super::secret::{failure, with_timeout};
use super::super::{Failure, Invocation};
use crate::diagnostic::Diagnostic;
use crate::import::{Import, SecretPolicy};
use crate::secret::Secret;
use crate::secret_store::{SecretError, dotenv, keyring};
use crate::suggest::ShellCommand;

/// Stores the secrets where the user wants them. Overwrites no secret.
///
/// # Errors
/// Fails if the store has another secret with the same name, before any secret is stored.
pub fn keep(
    invocation: &Invocation<'_>,
    import: &Import,
    secrets: SecretPolicy,
) -> Result<(), Failure> {
    match secrets {
        SecretPolicy::Ask | SecretPolicy::Env => Ok(()),
        SecretPolicy::Keyring => in_keyring(import),
        SecretPolicy::File => {
            let file = dotenv::own_file(invocation.env);
            dotenv::store(&file, &import.variables).map_err(|error| Failure::error(&error))
        }
    }
}

fn in_keyring(import: &Import) -> Result<(), Failure> {
    let mut missing = vec![];
    for (name, secret) in &import.keyring {
        if is_missing(name, secret)? {
            missing.push((name, secret));
        }
    }
    for (name, secret) in missing {
        let (to, kept) = (name.clone(), secret.clone());
        with_timeout(move || keyring::set(&to, &kept)).map_err(|error| failure(name, &error))?;
    }
    Ok(())
}

fn is_missing(name: &str, secret: &Secret) -> Result<bool, Failure> {
    let wanted = name.to_owned();
    match with_timeout(move || keyring::get(&wanted)) {
        Ok(there) if there == *secret => Ok(false),
        Ok(_) => {
            let fault = format!("the keyring already has another secret with the name `{name}`");
            let remove = ShellCommand::new("mcpgen secret rm").operand(name);
            let remove = remove.or("the keyring's own program");
            let help = format!("remove that secret with {remove}, or pass `--secrets file`");
            Err(Diagnostic::error(fault).help(help).into())
        }
        Err(SecretError::NotInKeyring(_)) => Ok(true),
        Err(error) => Err(failure(name, &error)),
    }
}
