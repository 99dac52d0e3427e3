//! `login --migrate`: moves sign-ins of mcp-remote up to 0.3.1 to the directory that newer versions
//! use.

use crate::auth::bridge_version::Feature;
use crate::auth::call::DEFAULT_CALLBACK_PATH;
use crate::auth::key::CacheKey;
use crate::auth::migrate::{self, MigrationOutcome};
use crate::commands::sign_ins::{ServerSignIn, SignInContext};
use crate::commands::{Failure, Invocation, eprint_text};
use crate::diagnostic::Diagnostic;

/// Moves sign-ins and reports each outcome.
pub fn migrate(
    invocation: &Invocation<'_>,
    context: &SignInContext,
    sign_ins: &[ServerSignIn],
) -> Result<(), Failure> {
    if !context.version.has(Feature::SharedDirectory) {
        let title = format!(
            "the declared bridge, mcp-remote {}, does not use the shared directory",
            context.version
        );
        let fault = Diagnostic::error(title)
            .note("mcp-remote would not find the sign-ins that are moved to that directory");
        return Err(fault.help("set `[launch] bridge` to version 0.3.2 or newer").into());
    }
    let redirect = |key: &CacheKey| redirect(invocation, context, sign_ins, key);
    let outcomes = migrate::migrate(&context.cache, &redirect);
    for (files, became) in outcomes.map_err(|error| Failure::error(&error))? {
        let from = invocation.env.display(files.directory());
        let sign_in = sign_ins.iter().find(|sign_in| sign_in.files.key() == files.key());
        let name = sign_in.map_or(files.key().as_str(), |sign_in| &sign_in.name);
        let what = match became {
            MigrationOutcome::Moved => "moved",
            MigrationOutcome::Kept => {
                "not moved, because newer bridges already have a usable sign-in"
            }
            MigrationOutcome::Unusable => "not moved, because it has expired",
            MigrationOutcome::OtherRedirectUri => {
                "not moved, because its client registration has another redirect URI"
            }
        };
        eprint_text(&format!("{name}: the sign-in in {from}: {what}\n"));
    }
    Ok(())
}

// Returns the redirect URI that the bridge will use. A server that is not declared has no options.
fn redirect(
    invocation: &Invocation<'_>,
    context: &SignInContext,
    sign_ins: &[ServerSignIn],
    key: &CacheKey,
) -> String {
    let os = invocation.env.os;
    match sign_ins.iter().find(|sign_in| sign_in.files.key() == key) {
        Some(sign_in) => sign_in.call.redirect_uri(os, sign_in.call.base_port(key)),
        None => {
            let host = context.version.default_host(os);
            format!("http://{host}:{}{DEFAULT_CALLBACK_PATH}", key.port())
        }
    }
}
