//! A declaration and the file that it includes, which are divided by a NUL.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::declaration::{Declaration, Includes};
use mcpgen::testing::model;
use mcpgen::testing::suggest::Suggest;
use mcpgen_fuzz::{ENV, TABLE, assert_printable};

static DIRECTORY: LazyLock<PathBuf> = LazyLock::new(|| {
    let directory = std::env::temp_dir().join(format!("mcpgen-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory");
    directory
});

fuzz_target!(|data: &[u8]| {
    let Some(at) = data.iter().position(|byte| *byte == 0) else { return };
    let Ok(text) = std::str::from_utf8(&data[..at]) else { return };
    std::fs::write(DIRECTORY.join("a.toml"), &data[at + 1..]).expect("a temporary file");
    let path = DIRECTORY.join("mcp.toml");
    let path = path.to_str().expect("a path in UTF-8").into();
    let text = format!("include = [\"a.toml\"]\n{text}");
    let includes = Includes { env: &ENV, path, project: None };
    let (declaration, errors) = includes.read(Declaration::parse("mcp.toml", &text));
    errors.iter().for_each(|error| assert_printable(&error.draw(false, None)));
    if let Err(errors) = model::build(&declaration, &TABLE, &ENV, &Suggest::new(&ENV)) {
        errors.iter().for_each(|error| assert_printable(&error.draw(false, None)));
    }
});
