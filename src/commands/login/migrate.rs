//! `login --migrate`: what mcp-remote up to 0.3.1 kept in a folder of its version moves to where newer ones look.

use crate::auth::bridge_version::Feature;
use crate::auth::call::DEFAULT_CALLBACK_PATH;
use crate::auth::key::CacheKey;
use crate::auth::migrate::{self, MigrationOutcome};
use crate::commands::sign_ins::{ServerSignIn, SignInContext};
use crate::commands::{Failure, Rim, tell};
use crate::diagnostic::Diagnostic;

/// Carries sign-ins over and says what became of each.
pub fn migrate(
    rim: &Rim<'_>,
    context: &SignInContext,
    sign_ins: &[ServerSignIn],
) -> Result<(), Failure> {
    if !context.version.has(Feature::SharedDirectory) {
        let title = format!(
            "the bridge is mcp-remote {}, which looks in a folder of its own",
            context.version
        );
        let fault =
            Diagnostic::error(title).note("what is moved to the shared folder, it would not find");
        return Err(fault.help("name 0.3.2 or newer in `[launch] bridge`").into());
    }
    let redirect = |key: &CacheKey| redirect(rim, context, sign_ins, key);
    let outcomes = migrate::migrate(&context.cache, &redirect);
    for (files, became) in outcomes.map_err(|error| Failure::error(&error))? {
        let from = rim.env.display(files.directory());
        let sign_in = sign_ins.iter().find(|sign_in| sign_in.files.key() == files.key());
        let name = sign_in.map_or(files.key().as_str(), |sign_in| &sign_in.name);
        let what = match became {
            MigrationOutcome::Moved => "moved",
            MigrationOutcome::Kept => "left there; a usable one is where newer bridges look",
            MigrationOutcome::Unusable => "left there; it has ended",
            MigrationOutcome::OtherRedirectUri => {
                "left there; its client has another callback address"
            }
        };
        tell(&format!("{name}: the sign-in in {from}: {what}\n"));
    }
    Ok(())
}

// The callback address that the bridge will have; one of a server that is not declared has no flags.
fn redirect(
    rim: &Rim<'_>,
    context: &SignInContext,
    sign_ins: &[ServerSignIn],
    key: &CacheKey,
) -> String {
    let os = rim.env.os;
    match sign_ins.iter().find(|sign_in| sign_in.files.key() == key) {
        Some(sign_in) => sign_in.call.redirect_uri(os, sign_in.call.base_port(key)),
        None => {
            let host = context.version.default_host(os);
            format!("http://{host}:{}{DEFAULT_CALLBACK_PATH}", key.port())
        }
    }
}
