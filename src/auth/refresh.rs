//! Renewing a sign-in under the lease, so that a refresh token is spent once whoever asks.

use super::cache::{CacheError, Files, TokenSet};
use super::lease::{self, Turn};
use super::{Token, now};
use crate::fs::FsError;

/// Says why a sign-in could not be renewed; `E` is why the server would not.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError<E: std::error::Error> {
    /// The cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The lease.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The server.
    #[error(transparent)]
    Server(E),
    /// There is no sign-in.
    #[error("there is no sign-in to renew; sign in with `mcpgen login`")]
    Missing,
    /// The access token ends and nothing gets the next one.
    #[error(
        "the sign-in does not renew itself, and it has ended; sign in again with `mcpgen login`"
    )]
    Ended,
}

/// Returns a token set that `lasts` at the time it is asked about: the one in the cache, else one that
/// `spend` gets for its refresh token. Whoever else refreshes meanwhile is waited for, and their tokens taken.
///
/// # Errors
/// Fails where there is no sign-in, where it cannot be renewed and does not last, and as `spend` does. The
/// cache is then as it was.
pub fn renewed<E: std::error::Error>(
    files: &Files,
    lasts: &dyn Fn(&TokenSet, u64) -> bool,
    spend: impl FnOnce(&TokenSet, &Token) -> Result<TokenSet, E>,
) -> Result<TokenSet, RefreshError<E>> {
    let lasts = |tokens: &TokenSet| lasts(tokens, now());
    let tokens = files.tokens()?.ok_or(RefreshError::Missing)?;
    if lasts(&tokens) {
        return Ok(tokens);
    }
    if tokens.refresh_token.is_none() {
        return without_refresh(tokens);
    }
    let _lease = match lease::take_turn(files, &lasts)? {
        Turn::Theirs(tokens) => return Ok(*tokens),
        Turn::Ours(lease) => lease,
    };
    // What was read before the lease was ours may be spent.
    let tokens = files.tokens()?.ok_or(RefreshError::Missing)?;
    if lasts(&tokens) {
        return Ok(tokens);
    }
    let Some(refresh_token) = tokens.refresh_token.clone() else { return without_refresh(tokens) };
    files.sweep();
    let new = spend(&tokens, &refresh_token).map_err(RefreshError::Server)?;
    files.write_tokens(&new)?;
    Ok(new)
}

fn without_refresh<E: std::error::Error>(tokens: TokenSet) -> Result<TokenSet, RefreshError<E>> {
    let lives = tokens.expires_at.is_none_or(|end| end > now());
    if lives { Ok(tokens) } else { Err(RefreshError::Ended) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use camino::Utf8Path;
    use serde_json::json;

    use super::*;
    use crate::auth::cache::Cache;
    use crate::auth::call::BridgeCall;
    use crate::auth::era::BridgeVersion;
    use crate::auth::expiry::is_fresh;
    use crate::paths::{Environment, Os};

    #[derive(Debug, thiserror::Error)]
    #[error("no")]
    struct No;

    fn files(home: &tempfile::TempDir) -> Files {
        let env = Environment::bare(Os::Linux, Utf8Path::from_path(home.path()).unwrap());
        let args = ["https://example.com".to_owned()];
        let call = BridgeCall::parse(&args, BridgeVersion::NEWEST, &|_| None).unwrap();
        Cache::find(&[].into(), &env).files(BridgeVersion::NEWEST, &call.key())
    }

    fn tokens(access: &str, refresh: Option<&str>, left: i64) -> TokenSet {
        let end = now().saturating_add_signed(left);
        let mut fields = json!({ "access_token": access, "token_type": "b", "expires_at": end });
        if let Some(refresh) = refresh {
            fields["refresh_token"] = refresh.into();
        }
        TokenSet::from_file(fields.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_token_set_that_lasts_is_taken_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        let missing = renewed(&files, &is_fresh, |_, _| Err(No));
        assert!(matches!(missing, Err(RefreshError::Missing)));
        files.write_tokens(&tokens("a", Some("r"), 3_600_000)).unwrap();
        let kept = renewed(&files, &is_fresh, |_, _| Err(No)).unwrap();
        assert_eq!(kept.access_token.expose(), "a");
    }

    #[test]
    fn one_that_cannot_be_renewed_is_taken_until_its_end() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        files.write_tokens(&tokens("a", None, 30_000)).unwrap();
        assert!(renewed(&files, &is_fresh, |_, _| Err(No)).is_ok());
        files.write_tokens(&tokens("a", None, -1)).unwrap();
        let ended = renewed(&files, &is_fresh, |_, _| Err(No));
        assert!(matches!(ended, Err(RefreshError::Ended)));
    }

    #[test]
    fn a_refusal_leaves_the_cache_as_it_was_and_the_lease_free() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        files.write_tokens(&tokens("a", Some("r"), -1)).unwrap();
        let before = crate::fs::read(&files.path("tokens.json")).unwrap();
        let refused = renewed(&files, &is_fresh, |_, _| Err(No));
        assert!(matches!(refused, Err(RefreshError::Server(No))));
        assert_eq!(crate::fs::read(&files.path("tokens.json")).unwrap(), before);
        assert_eq!(crate::fs::names(files.folder()).len(), 1);
    }

    #[test]
    fn what_another_process_wrote_while_the_lease_was_taken_is_not_spent_again() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        files.write_tokens(&tokens("old", Some("r1"), -1)).unwrap();
        // They refresh between our first look and our lease.
        let looked = Cell::new(0);
        let lasts = |found: &TokenSet, now: u64| {
            looked.set(looked.get() + 1);
            let fresh = is_fresh(found, now);
            if looked.get() == 1 {
                files.write_tokens(&tokens("theirs", Some("r2"), 3_600_000)).unwrap();
            }
            fresh
        };
        let found = renewed(&files, &lasts, |_, _| Err(No)).unwrap();
        assert_eq!(found.access_token.expose(), "theirs");
    }

    #[test]
    fn ten_at_once_spend_one_refresh_token() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        files.write_tokens(&tokens("old", Some("r"), -1)).unwrap();
        let spent = Arc::new(AtomicUsize::new(0));
        let one = |files: Files, spent: Arc<AtomicUsize>| {
            std::thread::spawn(move || {
                let spend = |_: &TokenSet, _: &Token| {
                    spent.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(100));
                    Ok::<_, No>(tokens("new", Some("r2"), 3_600_000))
                };
                renewed(&files, &is_fresh, spend).unwrap()
            })
        };
        let all: Vec<_> = (0..10).map(|_| one(files.clone(), Arc::clone(&spent))).collect();
        for thread in all {
            assert_eq!(thread.join().unwrap().access_token.expose(), "new");
        }
        assert_eq!(spent.load(Ordering::SeqCst), 1);
    }
}
