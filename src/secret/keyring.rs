//! `keyring:NAME`: the operating system's keyring, in which mcpgen's entries have the service `mcpgen`
//! and the secret's name as user name.
//!
//! Calls may wait for a person to unlock it, for ever: callers limit them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

use super::{Secret, SecretError};
use crate::diagnostic::printable;

const SERVICE: &str = "mcpgen";

/// Reads an entry.
///
/// # Errors
/// Fails where the keyring is not there, stays locked or has no such entry.
pub fn get(name: &str) -> Result<Secret, SecretError> {
    let entry = entry(name)?;
    let found = patiently(|| entry.get_secret()).map_err(|error| fault(name, &error))?;
    let bytes = Zeroizing::new(found);
    Secret::from_bytes(&bytes)
}

/// Writes an entry, and replaces one that is there.
///
/// # Errors
/// Fails where the keyring is not there or stays locked.
pub fn set(name: &str, secret: &Secret) -> Result<(), SecretError> {
    let written = entry(name)?.set_secret(secret.expose().as_bytes());
    written.map_err(|error| fault(name, &error))
}

/// Removes an entry.
///
/// # Errors
/// Fails where the keyring is not there, stays locked or has no such entry.
pub fn remove(name: &str) -> Result<(), SecretError> {
    entry(name)?.delete_credential().map_err(|error| fault(name, &error))
}

/// Lists the names of mcpgen's entries.
///
/// # Errors
/// Fails where the keyring is not there or stays locked.
pub fn list() -> Result<BTreeSet<String>, SecretError> {
    // Windows' store takes no attributes; what it lists is sifted below all the same.
    let spec = if cfg!(windows) { HashMap::new() } else { HashMap::from([("service", SERVICE)]) };
    let store = store()?;
    let found = patiently(|| store.search(&spec)).map_err(|error| fault("", &error))?;
    let specifiers = found.iter().filter_map(Entry::get_specifiers);
    Ok(specifiers.filter(|(service, _)| service == SERVICE).map(|(_, name)| name).collect())
}

fn entry(name: &str) -> Result<Entry, SecretError> {
    Entry::new_in_store(&store()?, SERVICE, name).map_err(|error| fault(name, &error))
}

// A connection each: one that hangs must not hold up the others.
fn store() -> Result<Arc<CredentialStore>, SecretError> {
    patiently(open).map_err(|error| SecretError::NoKeyring(reason(&error)))
}

// The message bus gives up after two seconds, which a keyring that is just being started may take. How long
// is too long is for callers to say.
fn patiently<T>(call: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match call() {
            Err(error) if gave_up(&error) => {}
            done => return done,
        }
    }
}

fn gave_up(error: &Error) -> bool {
    let platform = std::error::Error::source(error);
    platform.is_some_and(|error| error.to_string().contains("Did not receive a reply"))
}

#[cfg(all(unix, not(target_os = "macos")))]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(dbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

// Some of these errors carry the secret, so none is shown as a whole.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of errors is an open one")]
fn fault(name: &str, error: &Error) -> SecretError {
    let name = || name.to_owned();
    match error {
        Error::NoEntry => SecretError::NotInKeyring(name()),
        Error::NoStorageAccess(_) => SecretError::Locked,
        Error::Ambiguous(_) => SecretError::Ambiguous(name()),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => SecretError::NotText,
        Error::TooLong(..) => SecretError::TooLong,
        other => SecretError::Keyring(reason(other)),
    }
}

fn reason(error: &Error) -> String {
    let text = match std::error::Error::source(error) {
        Some(platform) => platform.to_string(),
        None => error.to_string(),
    };
    printable(text.lines().next().unwrap_or_default())
}
