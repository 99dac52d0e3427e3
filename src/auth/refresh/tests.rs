use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use camino::Utf8Path;
use serde_json::json;

use super::*;
use crate::auth::bridge_version::BridgeVersion;
use crate::auth::cache::Cache;
use crate::auth::call::BridgeCall;
use crate::auth::expiry::is_fresh;
use crate::paths::{Environment, Os};

fn no() -> Result<TokenSet, RefreshError> {
    Err(RefreshError::NoRegistration)
}

fn files(home: &tempfile::TempDir) -> SignInFiles {
    let env = Environment::bare(Os::Linux, Utf8Path::from_path(home.path()).unwrap());
    let args = ["https://example.com".to_owned()];
    let call = BridgeCall::parse(&args, BridgeVersion::NEWEST, &|_| None).unwrap();
    Cache::find(&[].into(), &env).files(BridgeVersion::NEWEST, &call.key())
}

fn tokens(access: &str, refresh: Option<&str>, left: i64) -> TokenSet {
    let end = now().saturating_add_signed(left);
    let mut fields = json!({ "access_token": access, "token_type": "Bearer", "expires_at": end });
    if let Some(refresh) = refresh {
        fields["refresh_token"] = refresh.into();
    }
    TokenSet::from_file(fields.to_string().as_bytes()).unwrap()
}

#[test]
fn a_token_set_that_does_not_renew_itself_is_taken_until_its_end() {
    assert!(without_refresh(tokens("a", None, 30_000)).is_ok());
    assert!(matches!(without_refresh(tokens("a", None, -1)), Err(RefreshError::Expired)));
}

#[test]
fn what_a_bridge_without_a_lease_has_spent_meanwhile_is_taken() {
    let home = tempfile::tempdir().unwrap();
    let files = files(&home);
    files.write_tokens(&tokens("old", Some("r1"), -1)).unwrap();
    let found = refresh_under_lease(&files, None, &is_fresh, |_, _| {
        files.write_tokens(&tokens("theirs", Some("r2"), 3_600_000)).unwrap();
        no()
    });
    assert_eq!(found.unwrap().access_token.expose(), "theirs");
}

#[test]
fn a_refusal_leaves_the_cache_as_it_was_and_the_lease_free() {
    let home = tempfile::tempdir().unwrap();
    let files = files(&home);
    files.write_tokens(&tokens("a", Some("r"), -1)).unwrap();
    let before = crate::fs::read(&files.path("tokens.json")).unwrap();
    let refused = refresh_under_lease(&files, None, &is_fresh, |_, _| no());
    assert!(matches!(refused, Err(RefreshError::NoRegistration)));
    assert_eq!(crate::fs::read(&files.path("tokens.json")).unwrap(), before);
    assert_eq!(crate::fs::names(files.directory()).len(), 1);
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
    let found = refresh_under_lease(&files, None, &lasts, |_, _| no()).unwrap();
    assert_eq!(found.access_token.expose(), "theirs");
}

#[test]
fn ten_at_once_spend_one_refresh_token() {
    let home = tempfile::tempdir().unwrap();
    let files = files(&home);
    files.write_tokens(&tokens("old", Some("r"), -1)).unwrap();
    let spent = Arc::new(AtomicUsize::new(0));
    let one = |files: SignInFiles, spent: Arc<AtomicUsize>| {
        std::thread::spawn(move || {
            let spend = |_: &TokenSet, _: &Token| {
                spent.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(100));
                Ok(tokens("new", Some("r2"), 3_600_000))
            };
            refresh_under_lease(&files, None, &is_fresh, spend).unwrap()
        })
    };
    let all: Vec<_> = (0..10).map(|_| one(files.clone(), Arc::clone(&spent))).collect();
    for thread in all {
        assert_eq!(thread.join().unwrap().access_token.expose(), "new");
    }
    assert_eq!(spent.load(Ordering::SeqCst), 1);
}
