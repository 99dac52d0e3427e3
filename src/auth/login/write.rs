//! Writes a sign-in under the refresh lease, so that no bridge overwrites it with refreshed old
//! tokens. Returns the files that other users could read until now.
//!
//! Two files cannot be replaced in one step. For a first sign-in the registration is written first,
//! since it is harmless alone. Otherwise the tokens are written first, since they work alone for a
//! while.

use camino::Utf8PathBuf;

use super::{LoginError, NewSignIn, lease};
use crate::auth::cache::{Registration, SignInFiles};
use crate::auth::flow;
use crate::fs;

/// Checks that the cache is writable, before the person has to do anything.
///
/// # Errors
/// Fails if it is not.
pub fn prepare(files: &SignInFiles) -> Result<(), LoginError> {
    fs::create_private_directory(files.directory())?;
    Ok(fs::probe(files.directory())?)
}

/// Writes a sign-in under the refresh lease, so that no bridge that renews the old one writes over it, and
/// returns the files that others could read until now.
///
/// Two files cannot be exchanged in one step. Where there was no sign-in, the registration goes first: by
/// itself it is none. Where there was one, the tokens go first, since they are usable alone for a while.
///
/// # Errors
/// Fails if a file cannot be written; files not yet written keep their contents.
pub fn write(files: &SignInFiles, signed: &NewSignIn) -> Result<Vec<Utf8PathBuf>, LoginError> {
    let _turn = lease::acquire(files, &|_| false)?;
    files.sweep();
    let exposed = files.exposed();
    let kept = || files.registration().ok().flatten().filter(|_| !exposed.is_empty());
    let registration = signed.registration.clone().or_else(kept);
    if files.tokens().ok().flatten().is_none() {
        write_registration(files, registration.as_ref())?;
        files.write_tokens(&signed.tokens)?;
    } else {
        files.write_tokens(&signed.tokens)?;
        write_registration(files, registration.as_ref())?;
    }
    flow::remove_all(files)?;
    Ok(exposed)
}

fn write_registration(
    files: &SignInFiles,
    registration: Option<&Registration>,
) -> Result<(), LoginError> {
    match registration {
        Some(registration) => Ok(files.write_registration(registration)?),
        None => Ok(()),
    }
}
