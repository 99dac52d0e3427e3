//! `login --migrate`: what mcp-remote up to 0.3.1 kept in a folder of its version moves to where newer ones look.

use super::target::{Place, Target};
use crate::auth::call::DEFAULT_CALLBACK_PATH;
use crate::auth::era::Feature;
use crate::auth::key::CacheKey;
use crate::auth::migrate::{self, Carried};
use crate::commands::{Failure, Rim, tell};
use crate::diagnostic::Diagnostic;

/// Carries sign-ins over and says what became of each.
pub fn migrate(rim: &Rim<'_>, place: &Place, targets: &[Target]) -> Result<(), Failure> {
    if !place.version.has(Feature::SharedFolder) {
        let title = format!(
            "the bridge is mcp-remote {}, which looks in a folder of its own",
            place.version
        );
        let fault =
            Diagnostic::error(title).note("what is moved to the shared folder, it would not find");
        return Err(fault.help("name 0.3.2 or newer in `[launch] bridge`").into());
    }
    let redirect = |key: &CacheKey| redirect(rim, place, targets, key);
    let carried = migrate::migrate(&place.cache, &redirect);
    for (files, became) in carried.map_err(|error| Failure::error(&error))? {
        let from = rim.env.display(files.folder());
        let target = targets.iter().find(|target| target.files.key() == files.key());
        let name = target.map_or(files.key().as_str(), |target| &target.name);
        let what = match became {
            Carried::Moved => "moved",
            Carried::Kept => "left there; a usable one is where newer bridges look",
            Carried::Useless => "left there; it has ended",
            Carried::OtherAddress => "left there; its client has another callback address",
        };
        tell(&format!("{name}: the sign-in in {from}: {what}\n"));
    }
    Ok(())
}

// The callback address that the bridge will have; one of a server that is not declared has no flags.
fn redirect(rim: &Rim<'_>, place: &Place, targets: &[Target], key: &CacheKey) -> String {
    let os = rim.env.os;
    match targets.iter().find(|target| target.files.key() == key) {
        Some(target) => target.call.redirect_uri(os, target.call.base_port(key)),
        None => {
            let host = place.version.default_host(os);
            format!("http://{host}:{}{DEFAULT_CALLBACK_PATH}", key.port())
        }
    }
}
