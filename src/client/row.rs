//! Reads one row of the client table and reports every error in it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use camino::Utf8Path;
use serde_json::Value;

use super::sign_in_store::{SIGN_INS, SignInStore};
use super::spellings::{self, FIELDS};
use super::{Client, EXPRESSIBLE, PassedEnvironment, Transport, Verification, template};
use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{MapItem, Node, NodeShape};
use crate::document::{Format, Section};
use crate::fields::{Fields, Shape, Spanned, Table, check_table, field};
use crate::paths::Os;

/// The columns of a row.
pub static ROW: Table = Table {
    title: "a client",
    fields: &[
        field("title", Shape::String, "The client's name for people."),
        field(
            "path",
            Shape::Paths,
            "The client's file. In a list, the first that exists counts, otherwise the first.",
        ),
        field(
            "create",
            Shape::String,
            "The file to create if none of `path` exists [default: the first].",
        ),
        field("project", Shape::Paths, "The client's file in a project."),
        field("section", Shape::KeyPaths, "The keys that lead to the section of entries."),
        field(
            "list-key",
            Shape::String,
            "The field with the name of an entry, if the section is a list.",
        ),
        field("template", Shape::String, "The file name of the template."),
        field("accepts", Shape::Strings, "The transports that the client supports."),
        field("types", Shape::StringMap, "The client's name for each transport."),
        field(
            "expresses",
            Shape::Strings,
            "The settings that an entry can contain: cwd, timeout, allow, deny, env-names.",
        ),
        field("seed", Shape::Open, "Fields that mcpgen writes once and then leaves to the user."),
        field("fields", Shape::Table(&FIELDS), "The client's own names of fields, by role."),
        field("launch-fields", Shape::Strings, "Other fields that change what is launched."),
        field(
            "refuses-env",
            Shape::Strings,
            "Environment variables that the client does not pass to servers.",
        ),
        field(
            "environment",
            Shape::OneOf(PassedEnvironment::WORDS),
            "What the client passes of its own environment to a server.",
        ),
        field("passes", Shape::Strings, "Environment variables that it passes nevertheless."),
        field("strips", Shape::Strings, "The only environment variables that it does not pass."),
        field("variable", Shape::String, "How `env` refers to the client's variable NAME."),
        field("restart", Shape::Boolean, "Whether the client reads its file only when it starts."),
        field(
            "lock",
            Shape::Boolean,
            "Whether the client holds FILE.lock while it writes the file.",
        ),
        field("strict", Shape::Boolean, "Whether the client rejects comments and trailing commas."),
        field(
            "splits",
            Shape::Boolean,
            "Whether the client splits `command` into a program and arguments.",
        ),
        field("dock", Shape::Boolean, "Whether the client is started without a shell's PATH."),
        field(
            "directories",
            Shape::String,
            "The key that contains one section for each of several directories.",
        ),
        field("cmd-shim", Shape::Boolean, "Whether the client needs cmd to start npx on Windows."),
        field("sign-ins", Shape::Table(&SIGN_INS), "The client's file with its own sign-ins."),
        field("docs", Shape::String, "The URL of the client's documentation."),
        field(
            "known",
            Shape::OneOf(Verification::WORDS),
            "The source of the row: the client was run, or its source code or \
             documentation was read.",
        ),
    ],
};

/// Reads a row.
///
/// # Errors
/// Fails with every error in the row.
pub fn read_row(
    source: &Arc<Source>,
    item: &MapItem,
    user_directory: Option<&Utf8Path>,
) -> Result<Client, Vec<Diagnostic>> {
    let faults = check_table(source, &ROW, &item.key, &item.node);
    let mut reader = RowReader { source, item, fields: Fields(&item.node), faults };
    let client = reader.client(user_directory);
    match client {
        Some(client) if reader.faults.is_empty() => Ok(client),
        Some(_) | None => Err(reader.faults),
    }
}

struct RowReader<'a> {
    source: &'a Arc<Source>,
    item: &'a MapItem,
    fields: Fields<'a>,
    faults: Vec<Diagnostic>,
}

impl<'a> RowReader<'a> {
    // Reads every field before it fails, so that one run reports all errors.
    fn client(&mut self, user_directory: Option<&Utf8Path>) -> Option<Client> {
        let name = self.item.key.clone();
        let fields = self.fields;
        let text = |key: &str| fields.string(key).map(|at| at.value);
        let title = self.required("title").and(text("title"));
        let template = self.required("template").and(fields.string("template"));
        let template = template.and_then(|name| self.template(name, user_directory));
        let paths = self.required("path").map(|node| self.os_paths(node));
        let section = self.required("section").map(key_paths);
        let accepts = self.words("accepts", "transport", Transport::parse);
        let expresses = self.words("expresses", "field that `expresses` can name", |word| {
            EXPRESSIBLE.iter().find(|(known, _)| *known == word).map(|(_, what)| *what)
        });
        let types = self.types();
        let strings = |key: &str| strings(fields, key);
        let (template_name, format, template) = template?;
        Some(Client {
            name,
            title: title?,
            section: Section { paths: section?, list_key: text("list-key") },
            format,
            template: template.into(),
            template_name,
            accepts,
            types,
            seed: fields
                .node("seed")
                .and_then(|node| node.to_value().as_object().cloned())
                .unwrap_or_default(),
            own_fields: fields.table("fields").map(spellings::added),
            own_launch_fields: strings("launch-fields"),
            fields: OnceLock::new(),
            refuses_env: strings("refuses-env"),
            environment: text("environment").and_then(|word| PassedEnvironment::parse(&word)),
            passes: strings("passes"),
            strips: strings("strips"),
            variable: text("variable"),
            restart: fields.boolean("restart").unwrap_or(false),
            lock: fields.boolean("lock").unwrap_or(false),
            strict: fields.boolean("strict").unwrap_or(false),
            splits: fields.boolean("splits").unwrap_or(false),
            dock: fields.boolean("dock").unwrap_or(false),
            directories: text("directories"),
            sign_ins: fields.table("sign-ins").and_then(SignInStore::read),
            docs: text("docs").unwrap_or_default(),
            known: text("known").and_then(|word| Verification::parse(&word)),
            expresses,
            cmd_shim: fields.boolean("cmd-shim").unwrap_or(false),
            paths: paths?,
            create: text("create"),
            project: fields.node("project").map(strings_of).unwrap_or_default(),
        })
    }

    fn add(&mut self, title: String, span: Range<usize>, label: &str, help: &str) {
        let fault = Diagnostic::error(title).at(self.source, span, label);
        self.faults.push(fault.help(help));
    }

    fn required(&mut self, key: &str) -> Option<&'a Node> {
        let node = self.fields.node(key);
        let is_table = matches!(self.item.node.shape, NodeShape::Map(_));
        // A misspelled field is reported as such.
        let misspelled = self.fields.keys().any(|key| ROW.field(key).is_none());
        if node.is_none() && is_table && !misspelled {
            let title = format!("`{}` has no `{key}`", self.item.key);
            let help = format!("add `{key} = …`");
            self.add(title, self.item.key_span.clone(), "this row", &help);
        }
        node
    }

    fn template(
        &mut self,
        name: Spanned<String>,
        user_directory: Option<&Utf8Path>,
    ) -> Option<(String, Format, String)> {
        let Spanned { value: name, span } = name;
        let format = Format::of_template(&name);
        if format.is_none() {
            let title = format!("the extension of `{name}` is not a known format");
            let help = "use .jsonc.j2, .toml.j2 or .yaml.j2";
            self.add(title, span.clone(), "unknown extension", help);
        }
        match template::load(user_directory, &name) {
            Ok(Some(text)) => Some((name, format?, text)),
            Ok(None) => {
                // If the format is unknown, that error is already reported.
                if format.is_some() {
                    let title = format!("template `{name}` not found");
                    let help = "put the template next to this file, or name a built-in template";
                    self.add(title, span, "not found", help);
                }
                None
            }
            Err(error) => {
                let fault = Diagnostic::of_error(&error);
                self.faults.push(fault.at(self.source, span, "this template"));
                None
            }
        }
    }

    fn words<T>(&mut self, key: &str, noun: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let list = self.fields.strings(key).map(|at| at.value).unwrap_or_default();
        let mut found = vec![];
        for Spanned { value, span } in list {
            match parse(&value) {
                Some(known) => found.push(known),
                None => self.unknown(&value, span, noun),
            }
        }
        found
    }

    fn unknown(&mut self, value: &str, span: Range<usize>, noun: &str) {
        let help = match noun {
            "transport" => "use stdio, http or sse",
            _ => "use cwd, timeout, allow, deny or env-names",
        };
        self.add(format!("`{value}` is not a {noun}"), span, "unknown value", help);
    }

    fn types(&mut self) -> BTreeMap<Transport, String> {
        let mut types = BTreeMap::new();
        for (transport, word) in self.fields.string_map("types") {
            match Transport::parse(&transport.value) {
                Some(known) => drop(types.insert(known, word.value)),
                None => self.unknown(&transport.value, transport.span, "transport"),
            }
        }
        types
    }

    fn os_paths(&mut self, node: &Node) -> BTreeMap<Os, Vec<String>> {
        let NodeShape::Map(items) = &node.shape else {
            let paths = strings_of(node);
            return [Os::Linux, Os::Macos, Os::Windows].map(|os| (os, paths.clone())).into();
        };
        let mut paths = BTreeMap::new();
        for item in items {
            let os = match item.key.as_str() {
                "linux" => Os::Linux,
                "macos" => Os::Macos,
                "windows" => Os::Windows,
                other => {
                    let title = format!("`{other}` is not an operating system");
                    let help = "use linux, macos or windows";
                    self.add(title, item.key_span.clone(), "unknown key", help);
                    continue;
                }
            };
            paths.insert(os, strings_of(&item.node));
        }
        paths
    }
}

fn strings(fields: Fields<'_>, key: &str) -> Vec<String> {
    let list = fields.strings(key).map(|at| at.value).unwrap_or_default();
    list.into_iter().map(|at| at.value).collect()
}

fn strings_of(node: &Node) -> Vec<String> {
    let text = |value: Value| value.as_str().map(str::to_owned);
    match &node.shape {
        NodeShape::List(elements) => elements.iter().filter_map(|e| text(e.to_value())).collect(),
        NodeShape::Scalar(_) | NodeShape::Map(_) => text(node.to_value()).into_iter().collect(),
    }
}

// "key", ["path", "of", "keys"], or a list of such paths.
fn key_paths(node: &Node) -> Vec<Vec<String>> {
    let nested = node.elements().iter().any(|e| matches!(e.shape, NodeShape::List(_)));
    if nested { node.elements().iter().map(strings_of).collect() } else { vec![strings_of(node)] }
}
