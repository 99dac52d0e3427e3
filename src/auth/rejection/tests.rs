use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use camino::Utf8Path;
use serde_json::{Value, json};

use super::*;
use crate::auth::bridge_version::BridgeVersion;
use crate::auth::cache::Cache;
use crate::paths::{Environment, Os};

fn call(args: &[&str]) -> BridgeCall {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    BridgeCall::parse(&args, BridgeVersion::NEWEST, &|_| None).unwrap()
}

fn files(home: &tempfile::TempDir, call: &BridgeCall) -> SignInFiles {
    let env = Environment::bare(Os::Linux, Utf8Path::from_path(home.path()).unwrap());
    Cache::find(&[].into(), &env).files(BridgeVersion::NEWEST, &call.key())
}

fn tokens(changes: &Value) -> TokenSet {
    let mut fields = json!({
        "access_token": "a", "token_type": "Bearer", "refresh_token": "r", "expires_at": now() + 3_600_000,
    });
    fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    TokenSet::from_file(fields.to_string().as_bytes()).unwrap()
}

#[test]
fn tokens_still_belong_to_their_issuer_after_their_registration_is_removed() {
    for issuer in [json!({}), json!({ "issuer": "https://as.example" })] {
        let (home, call) = (tempfile::tempdir().unwrap(), call(&["https://example.com"]));
        let files = files(&home, &call);
        let fields =
            json!({ "client_id": "c", "redirect_uris": [], "issuer": "https://as.example" });
        let registration = Registration::from_file(fields.to_string().as_bytes()).unwrap();
        files.write_registration(&registration).unwrap();
        files.write_tokens(&tokens(&issuer)).unwrap();
        forget_registration(&files, "another").unwrap();
        assert_eq!(files.registration().unwrap(), Some(registration));
        forget_registration(&files, "c").unwrap();
        assert_eq!(files.registration().unwrap(), None);
        let rest = files.tokens().unwrap().unwrap();
        assert_eq!(rest.issuer.as_deref(), Some("https://as.example"));
        assert_eq!(rest.refresh_token, None);
    }
}

#[test]
fn no_token_that_was_sent_and_refused_counts_as_fresh() {
    let claims = json!({ "exp": now() / 1000 + 3600 }).to_string();
    let id = format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims));
    for args in [&["https://example.com"][..], &["https://example.com", "--use-id-token"]] {
        let (home, call) = (tempfile::tempdir().unwrap(), call(args));
        let files = files(&home, &call);
        let old = tokens(&json!({ "id_token": id }));
        files.write_tokens(&old).unwrap();
        assert!(call.is_fresh(&old, now()), "{args:?}");
        forget_access(&call, &files, &Token::from("another".to_owned())).unwrap();
        assert_eq!(files.tokens().unwrap().unwrap(), old, "{args:?}");
        forget_access(&call, &files, &old.access_token).unwrap();
        let rest = files.tokens().unwrap().unwrap();
        assert!(!call.is_fresh(&rest, now()), "{args:?}");
        assert_eq!(rest.refresh_token, old.refresh_token, "{args:?}");
    }
}
