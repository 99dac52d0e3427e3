//! `keyring:NAME`: the operating system's keyring. mcpgen's entries have the service `mcpgen` and the name of the
//! secret as user name.
//!
//! A call may block forever while the keyring is locked: callers need a [`super::Deadline`].

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

use super::error::SecretError;
use crate::secret::Secret;

const SERVICE: &str = "mcpgen";

/// Connects to the keyring, and does nothing else.
///
/// # Errors
/// Fails if no keyring is available.
pub fn find() -> Result<(), SecretError> {
    store().map(drop)
}

/// Returns the secret of an entry.
///
/// # Errors
/// Fails if no keyring is available, it stays locked, or it has no such entry.
pub fn get(name: &str) -> Result<Secret, SecretError> {
    let entry = entry(name)?;
    let found =
        retry_timeouts(|| entry.get_secret()).map_err(|error| secret_error(name, &error))?;
    let bytes = Zeroizing::new(found);
    Ok(Secret::from_bytes(&bytes)?)
}

/// Writes an entry. An entry of that name is replaced.
///
/// # Errors
/// Fails if no keyring is available or it stays locked.
pub fn set(name: &str, secret: &Secret) -> Result<(), SecretError> {
    let written = entry(name)?.set_secret(secret.expose().as_bytes());
    written.map_err(|error| secret_error(name, &error))
}

/// Removes an entry.
///
/// # Errors
/// Fails if no keyring is available, it stays locked, or it has no such entry.
pub fn remove(name: &str) -> Result<(), SecretError> {
    entry(name)?.delete_credential().map_err(|error| secret_error(name, &error))
}

/// Lists the names of mcpgen's entries.
///
/// # Errors
/// Fails if no keyring is available or it stays locked.
pub fn list() -> Result<BTreeSet<String>, SecretError> {
    // The store on Windows accepts no attributes: its entries are filtered below.
    let spec = if cfg!(windows) { HashMap::new() } else { HashMap::from([("service", SERVICE)]) };
    let store = store()?;
    let found = retry_timeouts(|| store.search(&spec)).map_err(|error| secret_error("", &error))?;
    let specifiers = found.iter().filter_map(Entry::get_specifiers);
    Ok(specifiers.filter(|(service, _)| service == SERVICE).map(|(_, name)| name).collect())
}

fn entry(name: &str) -> Result<Entry, SecretError> {
    Entry::new_in_store(&store()?, SERVICE, name).map_err(|error| secret_error(name, &error))
}

// Each call opens a connection of its own, so that one that hangs does not block the others.
fn store() -> Result<Arc<CredentialStore>, SecretError> {
    retry_timeouts(open).map_err(|_| SecretError::NoKeyring)
}

// D-Bus calls time out after two seconds, but a keyring may need longer to start. The caller has a deadline.
fn retry_timeouts<T>(call: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match call() {
            Err(error) if is_dbus_timeout(&error) => {}
            result => return result,
        }
    }
}

fn is_dbus_timeout(error: &Error) -> bool {
    let platform = std::error::Error::source(error);
    platform.is_some_and(|error| error.to_string().contains("Did not receive a reply"))
}

// The keychain of macOS is locked and cannot ask for its password (errSecInteractionNotAllowed, for example over SSH),
// the password was wrong (errSecAuthFailed), or the person closed the dialog (errSecUserCanceled). The error shows its
// number only in its debug format.
fn is_locked_keychain(source: &(dyn std::error::Error + 'static)) -> bool {
    let text = format!("{source:?}");
    cfg!(target_os = "macos")
        && ["-25308", "-25293", "-128,"].iter().any(|code| text.contains(code))
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

// Some of these errors contain the secret, and most are a library's own words, so none of them is shown.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's error enum is non-exhaustive")]
fn secret_error(name: &str, error: &Error) -> SecretError {
    let name = || name.to_owned();
    match error {
        Error::NoEntry => SecretError::NotInKeyring(name()),
        Error::NoStorageAccess(_) => SecretError::Locked,
        Error::PlatformFailure(source) if is_locked_keychain(source.as_ref()) => {
            SecretError::Locked
        }
        Error::Ambiguous(_) => SecretError::Ambiguous(name()),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => SecretError::NotUtf8,
        Error::TooLong(..) => SecretError::TooLong,
        _other => SecretError::Keyring,
    }
}
