//! The template engine. Clients share templates, so each template is compiled once.

use std::cell::RefCell;

use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior};
use serde::Serialize;

use super::RenderError;
use crate::client::Client;
use crate::document::{Format, write};

thread_local! {
    static COMPILED: RefCell<Environment<'static>> = RefCell::new(engine());
}

/// Runs the template of a client.
///
/// # Errors
/// Fails if the template does not compile or does not run.
pub fn run(client: &Client, context: &impl Serialize) -> Result<String, RenderError> {
    let (name, text) = (&client.template_name, &client.template);
    let run = |compiled: &mut Environment<'static>| {
        if compiled.get_template(name).is_ok_and(|template| template.source() == &**text) {
            return compiled.get_template(name)?.render(Serde(context));
        }
        compiled.add_template_owned(name.clone(), text.to_string())?;
        compiled.get_template(name)?.render(Serde(context))
    };
    COMPILED.with_borrow_mut(run).map_err(|error| RenderError::Template {
        client: client.name.clone(),
        template: name.clone(),
        line: error.line().unwrap_or(1),
        message: error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
    })
}

fn engine() -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.add_filter("ms", milliseconds);
    engine.set_formatter(|out, state, value| {
        let format = Format::of_template(state.name()).expect("a row names no other template");
        let text = match value.as_str() {
            Some(text) => write::inline_string(format, text),
            None => write::inline(format, &serde_json::to_value(value).map_err(unwritable)?),
        };
        out.write_str(&text).map_err(Error::from)
    });
    engine
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::new(minijinja::ErrorKind::BadSerialization, error.to_string())
}

// The declaration has seconds, and most clients expect milliseconds.
fn milliseconds(seconds: u64) -> u64 {
    seconds.saturating_mul(1000)
}
