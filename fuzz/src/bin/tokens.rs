//! The response of a token endpoint, and a token file of the cache.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::auth::token_set::TokenSet;

const NOW: u64 = 1_800_000_000_000;

fuzz_target!(|body: &[u8]| {
    if let Ok(fields) = serde_json::from_slice(body)
        && let Ok(tokens) = TokenSet::granted(fields, NOW)
    {
        assert!(tokens.expires_at.is_some_and(|end| end > NOW), "{:?}", tokens.expires_at);
        assert_kept(&tokens);
    }
    if let Ok(tokens) = TokenSet::from_file(body) {
        assert_kept(&TokenSet { asked_scope: None, ..tokens });
    }
});

// A file of the cache is read as it was written.
fn assert_kept(tokens: &TokenSet) {
    let read = TokenSet::from_file(&tokens.to_file()).expect("the bridge reads the file too");
    assert_eq!(read, *tokens);
    tokens.account();
    tokens.claimed_issuer();
    tokens.lifetime();
    tokens.as_id_token();
}
