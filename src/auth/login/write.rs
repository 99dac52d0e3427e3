//! Writing a sign-in: the token set and, where it is new, the registration.

use super::{LoginError, Signed, lease};
use crate::auth::cache::Files;

/// Writes a sign-in under the refresh lease, so that no bridge that renews the old one writes over it.
///
/// Two files cannot be exchanged in one step. Where there was no sign-in, the registration goes first: by
/// itself it is none. Where there was one, the tokens go first, since they work by themselves for a while.
///
/// # Errors
/// Fails where the disk refuses; what was not written yet is as it was.
pub fn write(files: &Files, signed: &Signed) -> Result<(), LoginError> {
    crate::fs::create_private_folder(files.folder())?;
    let _turn = lease::take_turn(files, &|_| false)?;
    let Some(registration) = &signed.registration else {
        return Ok(files.write_tokens(&signed.tokens)?);
    };
    if files.tokens().ok().flatten().is_none() {
        files.write_registration(registration)?;
        return Ok(files.write_tokens(&signed.tokens)?);
    }
    files.write_tokens(&signed.tokens)?;
    Ok(files.write_registration(registration)?)
}
