//! An entry of a client, which the first byte selects. If all of it is imported, the result is a valid declaration.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::declaration::Declaration;
use mcpgen::testing::import::{ChosenVersions, SecretPolicy, SignInAnswers, SignInNeed, import};
use mcpgen::testing::model;
use mcpgen::testing::suggest::Suggest;
use mcpgen::testing::survey::unfiled_section;
use mcpgen_fuzz::{ENV, TABLE, variant};
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let Some((number, text)) = variant(data) else { return };
    let Ok(entry) = serde_json::from_str::<Value>(text) else { return };
    let clients = TABLE.iter().count();
    let client = TABLE.iter().nth(number % clients).expect("a number of a client");
    let section = unfiled_section(client, [("x".to_owned(), entry)].into(), &ENV);
    let how = (SecretPolicy::Env, &ChosenVersions::new());
    let import = import(&[section], &TABLE, &ENV, how, &no_sign_in);
    let (declaration, errors) = Declaration::parse("mcp.toml", &import.text);
    if import.decisions > 0 || import.servers == 0 {
        return;
    }
    let shown = |errors: Vec<mcpgen::testing::diagnostic::Diagnostic>| {
        let shown: Vec<String> = errors.iter().map(|error| error.draw(false, None)).collect();
        format!("{}\n{}", shown.concat(), import.text)
    };
    assert!(errors.is_empty(), "{}", shown(errors));
    if let Err(errors) = model::build(&declaration, &TABLE, &ENV, &Suggest::new(&ENV)) {
        panic!("{}", shown(errors));
    }
});

fn no_sign_in(urls: BTreeSet<String>) -> SignInAnswers {
    urls.into_iter().map(|url| (url, SignInNeed::NotRequired)).collect()
}
