//! A `.env` file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::secret_store::dotenv;

fuzz_target!(|text: &str| {
    let found = dotenv::parse(text);
    let last = text.matches('\n').count() + 1;
    for variable in &found.found {
        assert!((1..=last).contains(&variable.line));
        variable.value().ok();
    }
    // No line hides the lines after it.
    let more = format!("{text}\nLAST=1\n");
    let more = dotenv::parse(&more).found;
    let variable = more.last().expect("the last variable");
    assert_eq!(
        (variable.name, variable.value().ok().as_deref().map(String::as_str)),
        ("LAST", Some("1"))
    );
    assert_eq!(more.len(), found.found.len() + 1);
});
