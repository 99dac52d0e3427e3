//! A declaration: parsed, built and rendered for every client.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::declaration::Declaration;
use mcpgen::testing::document::Document;
use mcpgen::testing::launch::Launcher;
use mcpgen::testing::suggest::Suggest;
use mcpgen::testing::{model, render};
use mcpgen_fuzz::{ENV, TABLE, assert_printable};

fuzz_target!(|text: &str| {
    let (declaration, errors) = Declaration::parse("mcp.toml", text);
    errors.iter().for_each(|error| assert_printable(&error.draw(false, None)));
    let model = match model::build(&declaration, &TABLE, &ENV, &Suggest::new(&ENV)) {
        Ok(model) if errors.is_empty() => model,
        Ok(_) => return,
        Err(errors) => {
            errors.iter().for_each(|error| assert_printable(&error.draw(false, None)));
            return;
        }
    };
    let path = "/nonexistent/ada/.config/mcpgen/mcp.toml".into();
    let Ok(launcher) = Launcher::new(&model, &ENV, path) else { return };
    for client in TABLE.iter() {
        let Ok(rendered) = render::render(&model, &launcher, client) else { continue };
        let document = Document::new(client.format, rendered.text().into_bytes()).expect("UTF-8");
        let entries = document.entries(&client.section).expect("a rendered file can be read");
        assert!(entries.len() <= model.servers.len(), "{}", client.name);
    }
});
