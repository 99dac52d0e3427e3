//! Moves sign-ins from the per-version directories of mcp-remote up to 0.3.1 to the shared directory.
//!
//! A sign-in is moved, not copied: if two bridges used the same refresh token, a server that rotates refresh tokens
//! would end the sign-in.

use std::collections::BTreeMap;

use super::bridge_version::BridgeVersion;
use super::cache::{Cache, CacheError, SignInFiles};
use super::key::CacheKey;
use super::now;
use crate::fs;

/// What happened to a sign-in in an old directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationOutcome {
    /// It was moved to the shared directory.
    Moved,
    /// It was not moved, because the shared directory already has a usable sign-in.
    Kept,
    /// It was not moved, because it is invalid, or has expired and has no refresh token.
    Unusable,
    /// It was not moved, because its OAuth client has another redirect URI, so that the bridge would delete it.
    OtherRedirectUri,
}

/// Moves the newest sign-in of each cache key to the shared directory, unless the shared directory already has a usable
/// one. `redirect` returns the redirect URI of a key.
///
/// # Errors
/// Fails if the cache is not writable. Completed moves remain.
pub fn migrate(
    cache: &Cache,
    redirect: &dyn Fn(&CacheKey) -> String,
) -> Result<BTreeMap<SignInFiles, MigrationOutcome>, CacheError> {
    let mut newest: BTreeMap<CacheKey, SignInFiles> = BTreeMap::new();
    for files in cache.list().into_iter().filter(|files| !files.is_shared()) {
        let newer = newest.get(files.key()).is_some_and(|other| age(other) >= age(&files));
        if !newer {
            newest.insert(files.key().clone(), files);
        }
    }
    let mut done = BTreeMap::new();
    for (key, old) in newest {
        let new = cache.files(BridgeVersion::NEWEST, &key);
        let outcome = move_sign_in(&old, &new, &redirect(&key))?;
        done.insert(old, outcome);
    }
    Ok(done)
}

fn age(files: &SignInFiles) -> Option<u64> {
    fs::modified(&files.path("tokens.json"))
}

fn move_sign_in(
    old: &SignInFiles,
    new: &SignInFiles,
    redirect: &str,
) -> Result<MigrationOutcome, CacheError> {
    if is_usable(new) {
        return Ok(MigrationOutcome::Kept);
    }
    if !is_usable(old) {
        return Ok(MigrationOutcome::Unusable);
    }
    let registration = old.registration().ok().flatten();
    let fits = |uris: &[String]| uris.iter().any(|uri| uri == redirect);
    if registration.as_ref().is_some_and(|found| !fits(&found.redirect_uris)) {
        return Ok(MigrationOutcome::OtherRedirectUri);
    }
    let Some(tokens) = old.tokens()? else { return Ok(MigrationOutcome::Unusable) };
    // Write the registration first: a registration without tokens is harmless, but tokens without a registration cannot
    // be refreshed.
    if let Some(registration) = &registration {
        new.write_registration(registration)?;
    }
    new.write_tokens(&tokens)?;
    old.remove_tokens()?;
    old.remove_registration()?;
    Ok(MigrationOutcome::Moved)
}

// Returns whether the sign-in has not expired or has a refresh token.
fn is_usable(files: &SignInFiles) -> bool {
    files.tokens().ok().flatten().is_some_and(|tokens| {
        tokens.refresh_token.is_some() || tokens.expires_at.is_none_or(|end| end > now())
    })
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::call::BridgeCall;
    use crate::paths::{Environment, Os};

    const REDIRECT: &str = "http://localhost:1/oauth/callback";

    struct OldCaches {
        _directory: tempfile::TempDir,
        cache: Cache,
    }

    impl OldCaches {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let env = Environment::bare(Os::Linux, Utf8Path::from_path(directory.path()).unwrap());
            Self { _directory: directory, cache: Cache::find(&[].into(), &env) }
        }

        fn files(&self, version: &str, url: &str) -> SignInFiles {
            let version = BridgeVersion::parse(version).unwrap();
            let call = BridgeCall::parse(&[url.to_owned()], version, &|_| None).unwrap();
            self.cache.files(version, &call.key())
        }

        fn put(&self, version: &str, url: &str, more: &Value) {
            let files = self.files(version, url);
            let mut fields =
                json!({ "access_token": version, "token_type": "Bearer", "requested_scope": "" });
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            fs::create_private_directory(files.directory()).unwrap();
            let write = |name, value: Value| {
                fs::write_private(&files.path(name), value.to_string().as_bytes()).unwrap();
            };
            write("tokens.json", fields);
            write("client_info.json", json!({ "client_id": "c", "redirect_uris": [REDIRECT] }));
        }

        fn access(&self, version: &str, url: &str) -> Option<String> {
            let tokens = self.files(version, url).tokens().unwrap()?;
            Some(tokens.access_token.expose().to_owned())
        }

        fn migrate(&self) -> Vec<MigrationOutcome> {
            migrate(&self.cache, &|_| REDIRECT.into()).unwrap().into_values().collect()
        }
    }

    #[test]
    fn the_newest_sign_in_of_each_key_is_moved_once() {
        let home = OldCaches::new();
        let renews = json!({ "refresh_token": "r", "expires_in": 60 });
        home.put("0.1.29", "https://a.example", &renews);
        std::thread::sleep(std::time::Duration::from_millis(20));
        home.put("0.1.38", "https://a.example", &renews);
        assert_eq!(home.migrate(), [MigrationOutcome::Moved]);
        assert_eq!(home.access("0.15.1", "https://a.example").as_deref(), Some("0.1.38"));
        assert_eq!(home.access("0.1.38", "https://a.example"), None);
        assert_eq!(home.access("0.1.29", "https://a.example").as_deref(), Some("0.1.29"));
        let moved = home.files("0.15.1", "https://a.example");
        assert!(moved.registration().unwrap().is_some());
        let text = fs::read(&moved.path("tokens.json")).unwrap().unwrap();
        let fields: Value = serde_json::from_slice(&text).unwrap();
        assert!(fields["expires_at"].is_u64() && fields.get("requested_scope").is_none());
        assert_eq!(home.migrate(), [MigrationOutcome::Kept]);
    }

    #[test]
    fn a_usable_sign_in_is_not_overwritten_and_an_unusable_one_is_not_moved() {
        let home = OldCaches::new();
        home.put("0.15.1", "https://a.example", &json!({ "refresh_token": "r" }));
        home.put("0.1.38", "https://a.example", &json!({ "refresh_token": "r" }));
        home.put("0.1.38", "https://b.example", &json!({ "expires_at": 1 }));
        let mut outcome = home.migrate();
        outcome.sort_by_key(|outcome| *outcome == MigrationOutcome::Unusable);
        assert_eq!(outcome, [MigrationOutcome::Kept, MigrationOutcome::Unusable]);
        assert_eq!(home.access("0.15.1", "https://a.example").as_deref(), Some("0.15.1"));
        assert_eq!(home.access("0.15.1", "https://b.example"), None);
    }

    #[test]
    fn a_sign_in_that_the_bridge_would_delete_is_not_moved() {
        let home = OldCaches::new();
        home.put("0.1.38", "https://a.example", &json!({ "refresh_token": "r" }));
        let outcome =
            migrate(&home.cache, &|_| "http://localhost:2/oauth/callback".into()).unwrap();
        assert_eq!(outcome.into_values().collect::<Vec<_>>(), [MigrationOutcome::OtherRedirectUri]);
        assert!(home.access("0.1.38", "https://a.example").is_some());
    }
}
