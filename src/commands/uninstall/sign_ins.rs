//! The sign-ins of declared servers. Other sign-ins in the cache are not mcpgen's, because mcp-remote has the same cache.

use super::super::sign_ins::declared;
use super::super::{Done, Failure, Invocation, eprint_text, logout};
use crate::cli::Logout;
use crate::display::clean;

/// Returns their names.
pub fn found(invocation: &Invocation<'_>) -> Result<Vec<String>, Failure> {
    let names = names(invocation);
    Ok(names.iter().map(|name| format!("sign-in  {}\n", clean(name))).collect())
}

/// Signs out, and removes the registrations of the OAuth clients.
pub fn remove(invocation: &Invocation<'_>) -> Done {
    let servers = names(invocation);
    logout::run(invocation, &Logout { servers, all: false, forget: true, allow_private: false })
}

// Only the declaration says which sign-ins are mcpgen's.
fn names(invocation: &Invocation<'_>) -> Vec<String> {
    if !invocation.declaration_path().exists() {
        return vec![];
    }
    let Ok((_, sign_ins)) = declared(invocation, &[]) else {
        let check = invocation.suggest.mcpgen("check");
        eprint_text(&format!(
            "the declaration has errors, so its sign-ins are not known; list the errors with {check}\n"
        ));
        return vec![];
    };
    let there = sign_ins
        .into_iter()
        .filter(|it| it.files.exists() || matches!(it.files.registration(), Ok(Some(_)) | Err(_)));
    there.map(|sign_in| sign_in.name).collect()
}
