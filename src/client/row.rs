//! Reads one row of the client table and reports every error in it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use camino::Utf8Path;

use super::columns::ROW;
use super::expansion::Expansion;
use super::headers_helper::HeadersHelper;
use super::native_sign_in::NativeSignIn;
use super::sign_in_store::SignInStore;
use super::spellings;
use super::{
    AlsoReads, Client, EXPRESSIBLE, EntryPart, Expressible, PassedEnvironment, Transport,
    Verification, template,
};
use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{MapItem, Node, NodeShape};
use crate::document::{Format, Section};
use crate::fields::{Fields, Spanned, check_table};
use crate::paths::{Os, variables_in};
use values::{key_paths, open, strings, strings_of};

mod layout;
mod values;

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
    let other_layout = reader.other_layout(client.as_ref(), user_directory);
    let client = client.map(|client| Client { other_layout, ..client });
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
        let fields = self.fields;
        let text = |key: &str| fields.string(key).map(|at| at.value);
        let title = self.required("title").and(text("title"));
        let template = self.required_template(user_directory);
        let paths = self.required("path").map(|node| self.os_paths(node));
        let layers = fields.node("layers").map(|node| self.os_paths(node));
        let home = self.home(paths.as_ref());
        let section = self.required("section").map(key_paths);
        let accepts = self.words("accepts", "a transport", &Transport::WORDS);
        let (expresses, expansion, types) = (self.expresses(), self.expansion(), self.types());
        let (template_name, format, template) = template?;
        Some(Client {
            name: self.item.key.clone(),
            title: title?,
            section: Section { paths: section?, list_key: text("list-key") },
            other_layout: None,
            format,
            template: template.into(),
            template_name,
            accepts,
            types,
            seed: open(fields, "seed"),
            disable: open(fields, "disable"),
            sign_in: fields.table("sign-in").map(NativeSignIn::read),
            headers_helper: fields.table("headers-helper").and_then(HeadersHelper::read),
            is_other_layout: false,
            own_rules: None,
            own_fields: fields.table("fields").map(spellings::added),
            own_launch_fields: strings(fields, "launch-fields"),
            fields: OnceLock::new(),
            refuses_env: strings(fields, "refuses-env"),
            bridge_env: self.bridge_env(),
            environment: text("environment").and_then(|word| PassedEnvironment::parse(&word)),
            passes: strings(fields, "passes"),
            strips: strings(fields, "strips"),
            variable: text("variable"),
            expansion,
            restart: fields.boolean("restart").unwrap_or(false),
            lock: fields.boolean("lock").unwrap_or(false),
            strict: fields.boolean("strict").unwrap_or(false),
            splits: fields.boolean("splits").unwrap_or(false),
            project_note: text("project-note"),
            name_refuses: strings(fields, "name-refuses"),
            one_list: fields.boolean("one-list").unwrap_or(false),
            dock: fields.boolean("dock").unwrap_or(false),
            directories: text("directories"),
            sign_ins: fields.table("sign-ins").and_then(SignInStore::read),
            docs: text("docs").unwrap_or_default(),
            known: text("known").and_then(|word| Verification::parse(&word)),
            absent: text("absent").and_then(|word| Verification::parse(&word)),
            also_reads: fields.table("also-reads").map(also_reads).unwrap_or_default(),
            expresses,
            maximum: maximum(fields),
            cmd_shim: fields.boolean("cmd-shim").unwrap_or(false),
            paths: paths?,
            layers: layers.unwrap_or_default(),
            home,
            create: text("create"),
            project: fields.node("project").map(strings_of).unwrap_or_default(),
        })
    }

    fn expresses(&mut self) -> Vec<Expressible> {
        self.words("expresses", "a field that `expresses` can name", &EXPRESSIBLE)
    }

    fn expansion(&mut self) -> Expansion {
        let parts = self.words("expands-in", "a part of an entry", &EntryPart::WORDS);
        let predefined = strings(self.fields, "predefined");
        Expansion::new(self.fields.node("expands").map(strings_of), &predefined, parts)
    }

    fn add(&mut self, title: String, span: Range<usize>, label: &str, help: &str) {
        let fault = Diagnostic::error(title).at(self.source, span, label);
        self.faults.push(fault.help(help));
    }

    fn required(&mut self, key: &str) -> Option<&'a Node> {
        let node = self.fields.node(key);
        let is_table = matches!(self.item.node.shape, NodeShape::Map(_));
        // A misspelled field is reported as such.
        let misspelled = || self.fields.keys().any(|key| ROW.field(key).is_none());
        if node.is_none() && is_table && !misspelled() {
            let title = format!("`{}` has no `{key}`", self.item.key);
            self.add(title, self.item.key_span.clone(), "this row", &format!("add `{key} = …`"));
        }
        node
    }

    fn required_template(
        &mut self,
        user_directory: Option<&Utf8Path>,
    ) -> Option<(String, Format, String)> {
        self.required("template")?;
        let name = self.fields.string("template")?;
        self.template(name, user_directory)
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

    fn words<T: Copy>(&mut self, key: &str, noun: &str, words: &[(&str, T)]) -> Vec<T> {
        let list = self.fields.strings(key).map(|at| at.value).unwrap_or_default();
        list.into_iter().filter_map(|word| self.word(word, noun, words)).collect()
    }

    fn word<T: Copy>(&mut self, at: Spanned<String>, noun: &str, words: &[(&str, T)]) -> Option<T> {
        let Spanned { value, span } = at;
        let known = words.iter().find(|(word, _)| *word == value);
        if known.is_none() {
            let title = format!("`{value}` is not {noun}");
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.add(title, span, "unknown value", &use_one_of(&words));
        }
        known.map(|(_, meaning)| *meaning)
    }

    fn types(&mut self) -> BTreeMap<Transport, String> {
        let mut types = BTreeMap::new();
        for (transport, word) in self.fields.string_map("types") {
            if let Some(known) = self.word(transport, "a transport", &Transport::WORDS) {
                types.insert(known, word.value);
            }
        }
        types
    }

    fn home(&mut self, paths: Option<&BTreeMap<Os, Vec<String>>>) -> Option<String> {
        let Spanned { value: name, span } = self.fields.string("home")?;
        let mut patterns = paths?.values().flatten();
        if !patterns.any(|pattern| variables_in(pattern).contains(&name.as_str())) {
            let title = format!("`home` is `{name}`, but `path` does not contain `${{{name}}}`");
            self.add(title, span, "not in `path`", "name an environment variable of `path`");
        }
        Some(name)
    }

    fn bridge_env(&self) -> BTreeMap<String, String> {
        let pairs = self.fields.string_map("bridge-env").into_iter();
        pairs.map(|(name, value)| (name.value, value.value)).collect()
    }

    fn os_paths(&mut self, node: &Node) -> BTreeMap<Os, Vec<String>> {
        let NodeShape::Map(items) = &node.shape else {
            let paths = strings_of(node);
            return Os::all().map(|os| (os, paths.clone())).into();
        };
        let mut paths = BTreeMap::new();
        for item in items {
            let Some(os) = Os::parse(&item.key) else {
                let title = format!("`{}` is not an operating system", item.key);
                let help = use_one_of(Os::WORDS);
                self.add(title, item.key_span.clone(), "unknown key", &help);
                continue;
            };
            paths.insert(os, strings_of(&item.node));
        }
        paths
    }
}

fn use_one_of(words: &[&str]) -> String {
    match words {
        [others @ .., last] => format!("use {} or {last}", others.join(", ")),
        [] => String::new(),
    }
}

fn maximum(fields: Fields<'_>) -> Vec<(Expressible, u64)> {
    let Some(table) = fields.table("maximum") else { return vec![] };
    let number = |name: &str| table.number(name).and_then(|number| number.as_u64());
    let limit = |(name, what): &(&str, Expressible)| Some((*what, number(name)?));
    EXPRESSIBLE.iter().filter_map(limit).collect()
}

fn also_reads(table: Fields<'_>) -> AlsoReads {
    AlsoReads {
        user: strings(table, "user"),
        project: strings(table, "project"),
        twice: table.boolean("twice").unwrap_or(false),
    }
}
