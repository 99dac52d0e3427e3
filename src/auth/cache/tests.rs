use serde_json::json;

use super::*;
use crate::paths::Os;

fn env(vars: &[(&str, &str)]) -> Environment {
    Environment::bare(Os::Linux, Utf8Path::new("/home/ada")).with(vars)
}

#[test]
fn the_directory_comes_from_the_declaration_else_the_shell_else_the_home_directory() {
    for (launch, shell, want, agreed) in [
        (None, None, "/home/ada/.mcp-auth", true),
        (None, Some("/shell"), "/shell", true),
        (None, Some("rel"), "/home/ada/rel", true),
        (Some("~/auth"), None, "/home/ada/auth", true),
        (Some("/a"), Some("/a/."), "/a", true),
        (Some("/a"), Some("/b"), "/a", false),
        (Some(""), Some("/b"), "/b", true),
    ] {
        let entry =
            |value: Option<&str>| value.map(|value| (DIRECTORY_VARIABLE.into(), value.into()));
        let launch = entry(launch).into_iter().collect();
        let shell: Vec<_> = shell.map(|value| (DIRECTORY_VARIABLE, value)).into_iter().collect();
        let cache = Cache::find(&launch, &env(&shell));
        assert_eq!(cache.directory(), want);
        assert_eq!(cache.agreed().is_ok(), agreed, "{launch:?} {shell:?}");
    }
}

#[test]
fn written_files_are_private_and_can_be_read_and_listed() {
    let directory = tempfile::tempdir().unwrap();
    let base = Utf8Path::from_path(directory.path()).unwrap().join("auth");
    let cache = Cache { directory: base, elsewhere: None };
    let name = format!("{}_tokens.json", "0123456789abcdef".repeat(2));
    let key = CacheKey::from_file_name(&name).unwrap();
    let fields = json!({ "access_token": "a", "token_type": "Bearer", "expires_at": 7 });
    let tokens = TokenSet::from_file(fields.to_string().as_bytes()).unwrap();
    for version in ["0.1.38", "0.15.1"] {
        let files = cache.files(BridgeVersion::parse(version).unwrap(), &key);
        assert_eq!(files.tokens().unwrap(), None);
        files.write_tokens(&tokens).unwrap();
        assert_eq!(files.tokens().unwrap().as_ref(), Some(&tokens));
        assert_eq!(files.exposed(), Vec::<Utf8PathBuf>::new());
    }
    let listed: Vec<_> = cache.list().iter().map(SignInFiles::is_shared).collect();
    assert_eq!(listed, [false, true]);
    cache.list()[1].remove_tokens().unwrap();
    assert_eq!(cache.list().len(), 1);
}

#[test]
fn a_sweep_keeps_the_temporary_lease_files_of_live_processes() {
    let directory = tempfile::tempdir().unwrap();
    let base = Utf8Path::from_path(directory.path()).unwrap();
    let key = CacheKey::from_file_name(&format!("{}_x", "a".repeat(32))).unwrap();
    let files = SignInFiles { base: base.to_owned(), directory: base.to_owned(), key };
    let ask = |pid: u32| json!({ "pid": pid, "nonce": "n", "at": crate::auth::now() }).to_string();
    for (name, text, left) in [
        (TOKENS, "{".into(), true),
        (LEASE, ask(0x3fff_fff0), true),
        (LEASE, ask(std::process::id()), false),
    ] {
        let path = files.path(name);
        let temp = base.join(format!(".{}.mcpgen-x.tmp", path.file_name().unwrap()));
        fs::write_private(&temp, text.as_bytes()).unwrap();
        files.sweep();
        assert_eq!(!temp.exists(), left, "{name} {text}");
    }
}

#[test]
fn a_missing_expiry_is_computed_from_the_modification_time() {
    let directory = tempfile::tempdir().unwrap();
    let base = Utf8Path::from_path(directory.path()).unwrap();
    let key = CacheKey::from_file_name(&format!("{}_x", "a".repeat(32))).unwrap();
    let files = SignInFiles { base: base.to_owned(), directory: base.to_owned(), key };
    let text = br#"{ "access_token": "a", "token_type": "Bearer", "expires_in": 3600 }"#;
    fs::write_private(&files.path(TOKENS), text).unwrap();
    let end = files.tokens().unwrap().unwrap().expires_at.unwrap();
    assert!(end.abs_diff(crate::auth::now() + 3_600_000) < 60_000);
}
