//! One row of the client table, read with every fault in it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use camino::Utf8Path;
use serde_json::Value;

use super::{Client, EXPRESSIBLE, Transport, Verification, built_in};
use crate::document::node::{MapItem, Node, NodeShape};
use crate::document::{Format, Section};
use crate::fields::{Fields, Shape, Table, field};
use crate::fs;
use crate::paths::Os;

/// The columns.
pub static ROW: Table = Table {
    title: "a client",
    fields: &[
        field("title", Shape::String, "Its name for people."),
        field("path", Shape::Paths, "Its file; a list: the first that exists, else the first."),
        field(
            "create",
            Shape::String,
            "The file to create if none of `path` exists [default: the first].",
        ),
        field("project", Shape::Paths, "Its file inside a project."),
        field("section", Shape::KeyPaths, "Where its entries lie."),
        field(
            "list-key",
            Shape::String,
            "The field with an entry's name, where the section is a list.",
        ),
        field("template", Shape::String, "Its template's file name."),
        field("accepts", Shape::Strings, "The transports it takes."),
        field("types", Shape::StringMap, "The word it has for each transport."),
        field("expresses", Shape::Strings, "What an entry can say: cwd, timeout, allow, deny."),
        field("seed", Shape::Open, "Fields written once and left to the user."),
        field("launch-fields", Shape::Strings, "Further fields that decide what is launched."),
        field("refuses-env", Shape::Strings, "Variables it leaves out of a server's environment."),
        field("restart", Shape::Boolean, "Whether it reads its file only when it starts."),
        field("lock", Shape::Boolean, "Whether it holds FILE.lock while it writes."),
        field("strict", Shape::Boolean, "Whether it takes no comments and no trailing commas."),
        field("splits", Shape::Boolean, "Whether it parts `command` into words by itself."),
        field("dock", Shape::Boolean, "Whether it is started without a shell's PATH."),
        field("folders", Shape::String, "The key that holds a section for each of some folders."),
        field("cmd-shim", Shape::Boolean, "Whether on Windows it needs cmd to start npx."),
        field("docs", Shape::String, "Where its documentation is."),
        field(
            "known",
            Shape::OneOf(Verification::WORDS),
            "How the row is known: the client was run, or its source or documentation was read.",
        ),
    ],
};

/// Reads a row; its fields are known to be of the right shape.
///
/// # Errors
/// Fails with what is missing or unknown in it.
pub fn read(item: &MapItem, folder: Option<&Utf8Path>) -> Result<Client, String> {
    let fields = Fields(&item.node);
    let name = &item.key;
    let text = |key: &str| fields.string(key).map(|at| at.value);
    let need = |key: &str| text(key).ok_or_else(|| format!("`{name}` has no `{key}`"));
    let template_name = need("template")?;
    let format = Format::of_template(&template_name).ok_or_else(|| {
        format!("`{template_name}` ends in none of .jsonc.j2, .toml.j2, .yaml.j2")
    })?;
    let template = user_template(folder, &template_name)
        .or_else(|| built_in(&template_name).map(str::to_owned))
        .ok_or_else(|| format!("there is no template `{template_name}`"))?;
    let paths = os_paths(fields.node("path").ok_or_else(|| format!("`{name}` has no `path`"))?)?;
    let section =
        key_paths(fields.node("section").ok_or_else(|| format!("`{name}` has no `section`"))?);
    let texts = |key: &str| fields.strings(key).map(|at| at.value).unwrap_or_default();
    let accepts = texts("accepts").into_iter().map(|at| {
        Transport::parse(&at.value).ok_or_else(|| format!("`{}` is no transport", at.value))
    });
    let expresses = texts("expresses").into_iter().map(|at| {
        let known = EXPRESSIBLE.iter().find(|(word, _)| *word == at.value).map(|(_, what)| *what);
        known.ok_or_else(|| format!("`{}` is none of cwd, timeout, allow, deny", at.value))
    });
    let types = fields.string_map("types").into_iter().map(|(transport, word)| {
        let known = Transport::parse(&transport.value);
        known
            .map(|t| (t, word.value))
            .ok_or_else(|| format!("`{}` is no transport", transport.value))
    });
    let own_fields: Vec<String> = texts("launch-fields").into_iter().map(|at| at.value).collect();
    Ok(Client {
        name: name.clone(),
        title: need("title")?,
        section: Section { paths: section, list_key: text("list-key") },
        format,
        template: template.into(),
        template_name,
        accepts: accepts.collect::<Result<_, _>>()?,
        types: types.collect::<Result<_, _>>()?,
        seed: fields
            .node("seed")
            .and_then(|node| node.to_value().as_object().cloned())
            .unwrap_or_default(),
        launch_fields: launch_fields(own_fields),
        refuses_env: texts("refuses-env").into_iter().map(|at| at.value).collect(),
        restart: fields.boolean("restart").unwrap_or(false),
        lock: fields.boolean("lock").unwrap_or(false),
        strict: fields.boolean("strict").unwrap_or(false),
        splits: fields.boolean("splits").unwrap_or(false),
        dock: fields.boolean("dock").unwrap_or(false),
        folders: text("folders"),
        docs: text("docs").unwrap_or_default(),
        known: text("known").and_then(|word| Verification::parse(&word)),
        expresses: expresses.collect::<Result<_, _>>()?,
        cmd_shim: fields.boolean("cmd-shim").unwrap_or(false),
        paths,
        create: text("create"),
        project: fields.node("project").map(texts_of).unwrap_or_default(),
    })
}

/// Every spelling, in any known client, of a field that decides what is launched.
const LAUNCH_FIELDS: [&str; 33] = [
    "command",
    "cmd",
    "args",
    "env",
    "envs",
    "environment",
    "env_vars",
    "env_keys",
    "envFile",
    "cwd",
    "working_directory",
    "url",
    "uri",
    "httpUrl",
    "serverUrl",
    "type",
    "transport",
    "headers",
    "http_headers",
    "env_http_headers",
    "http_headers_helper",
    "headersHelper",
    "requestInit",
    "requestOptions",
    "bearer_token_env_var",
    "bearer_token",
    "bearerTokenEnvVar",
    "apiKey",
    "api_key_env",
    "api_key_header",
    "api_key_format",
    "authProviderType",
    "socket",
];

// Most rows add nothing, and share one list.
fn launch_fields(own: Vec<String>) -> Arc<[String]> {
    static COMMON: LazyLock<Arc<[String]>> =
        LazyLock::new(|| LAUNCH_FIELDS.iter().map(|field| (*field).to_owned()).collect());
    if own.is_empty() {
        return Arc::clone(&COMMON);
    }
    COMMON.iter().cloned().chain(own).collect()
}

/// Reads a template of the user's folder.
pub fn user_template(folder: Option<&Utf8Path>, name: &str) -> Option<String> {
    String::from_utf8(fs::read(&folder?.join(name)).ok()??).ok()
}

fn os_paths(node: &Node) -> Result<BTreeMap<Os, Vec<String>>, String> {
    let NodeShape::Map(items) = &node.shape else {
        let paths = texts_of(node);
        return Ok([Os::Linux, Os::Macos, Os::Windows].map(|os| (os, paths.clone())).into());
    };
    let path = |item: &MapItem| {
        let os = match item.key.as_str() {
            "linux" => Os::Linux,
            "macos" => Os::Macos,
            "windows" => Os::Windows,
            other => return Err(format!("`{other}` is none of linux, macos, windows")),
        };
        Ok((os, texts_of(&item.node)))
    };
    items.iter().map(path).collect()
}

fn texts_of(node: &Node) -> Vec<String> {
    let text = |value: Value| value.as_str().map(str::to_owned);
    match &node.shape {
        NodeShape::List(elements) => elements.iter().filter_map(|e| text(e.to_value())).collect(),
        NodeShape::Scalar(_) | NodeShape::Map(_) => text(node.to_value()).into_iter().collect(),
    }
}

// "key", ["path", "of", "keys"], or a list of such paths.
fn key_paths(node: &Node) -> Vec<Vec<String>> {
    let nested = node.elements().iter().any(|e| matches!(e.shape, NodeShape::List(_)));
    if nested { node.elements().iter().map(texts_of).collect() } else { vec![texts_of(node)] }
}
