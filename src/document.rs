//! A client's file as a parsed text: reading one section of it, and editing that without touching
//! anything else.
//!
//! The three formats share one tree with places ([`node`]) and one kind of edit ([`splice`]): a range of
//! bytes is replaced, and every byte outside stays, comments, order, line breaks and all.

use std::collections::HashMap;

use serde_json::{Map, Value};

pub mod edit;
pub mod flow;
pub mod jsonc;
pub mod node;
pub mod splice;
pub mod toml;
pub mod write;
pub mod yaml;

use node::{Node, Shape};

/// Names the formats of clients' files: a closed set, unlike the clients themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// JSON, with comments and trailing commas where the file has them.
    Jsonc,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

impl Format {
    /// Tells the format from a template's name: `x.jsonc.j2`, `x.toml.j2`, `x.yaml.j2`.
    pub fn of_template(name: &str) -> Option<Self> {
        match name.strip_suffix(".j2")?.rsplit_once('.')?.1 {
            "jsonc" => Some(Self::Jsonc),
            "toml" => Some(Self::Toml),
            "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Returns the format's name as people write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Jsonc => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }
}

/// Holds one server in a client's file: its fields in the order of the text.
pub type Entry = Map<String, Value>;

/// Holds the entries of a section by name. One that is no map is some other value.
pub type Entries = HashMap<String, Value>;

/// Says what is put in or taken out somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Entries of a section: they open up, a field each line, and go with the comments inside them.
    Entries,
    /// Fields of an entry: each stays on a line, and the comment behind it outlives it.
    Fields,
}

/// Says where a client's entries lie in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Paths of keys; the first that exists in a file counts, else the last.
    pub paths: Vec<Vec<String>>,
    /// The field that holds an entry's name, where the section is a list.
    pub list_key: Option<String>,
}

/// Says what we had to make in a file for our entries to have a place, so that it can go with them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Made {
    /// The whole file.
    File,
    /// The section's key, and this many levels of it.
    Section(usize),
    /// The section was there and empty: the white space (or brackets) that stood for nothing.
    Blank(String),
}

/// Points into a text, counted from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Spot {
    fn new(text: &str, at: usize) -> Self {
        let (line, column) = crate::diagnostic::line_column(text, at);
        Self { line, column }
    }
}

/// Says why a file cannot be read or edited. None of its messages holds any of the file's values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is not UTF-8.
    #[error("the file is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// The file does not parse.
    #[error("{message}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// Where.
        spot: Spot,
    },
    /// A key of the section, or of an entry, is there twice.
    #[error("`{name}` is there twice")]
    Duplicate {
        /// The key.
        name: String,
        /// Where the second one is.
        spot: Spot,
    },
    /// The section is something else than a map (or a list).
    #[error("`{section}` is not a {wanted}")]
    WrongShape {
        /// The section's path.
        section: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// An edit would have changed something that is not ours: a bug of ours, caught before any harm.
    #[error("the edit would change something that is not mcpgen's")]
    Unsafe,
}

impl Fault {
    fn syntax(text: &str, at: usize, message: &str) -> Self {
        // A parser's message may go on with lines that quote the text.
        let first = message.lines().next().unwrap_or_default().trim_end_matches('.');
        Self::Syntax { message: lower_first(first), spot: Spot::new(text, at) }
    }

    /// Returns where the fault lies, if it lies somewhere.
    pub fn spot(&self) -> Option<(usize, usize)> {
        match self {
            Self::Syntax { spot, .. } | Self::Duplicate { spot, .. } => {
                Some((spot.line, spot.column))
            }
            Self::NotUtf8(_) | Self::WrongShape { .. } | Self::Unsafe => None,
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

/// Holds a client's file: its text without the byte order mark, which is kept aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    format: Format,
    text: String,
    bom: bool,
}

const BOM: &str = "\u{feff}";

impl Document {
    /// Takes a file's bytes.
    ///
    /// # Errors
    /// Fails where they are not UTF-8.
    pub fn new(format: Format, bytes: Vec<u8>) -> Result<Self, Fault> {
        let text = String::from_utf8(bytes)
            .map_err(|error| Fault::NotUtf8(error.utf8_error().valid_up_to()))?;
        match text.strip_prefix(BOM) {
            Some(rest) => Ok(Self { format, text: rest.to_owned(), bom: true }),
            None => Ok(Self { format, text, bom: false }),
        }
    }

    /// Reads the entries of a section.
    ///
    /// # Errors
    /// Fails where the file does not parse, where a key in the section is there twice, and where the
    /// section is no map (or no list).
    pub fn entries(&self, section: &Section) -> Result<Entries, Fault> {
        if let Some(found) = self.peek(section) {
            return found;
        }
        let Some(root) = read(self.format, &self.text)? else { return Ok(Entries::new()) };
        if !matches!(root.shape, Shape::Map(_)) {
            return Err(Fault::WrongShape { section: "the file".into(), wanted: "map" });
        }
        self.refuse_duplicates(&root, section)?;
        section.read(&root.to_value())
    }

    // A duplicate beside the section is none of our business, as long as it is not the section itself.
    fn refuse_duplicates(&self, root: &Node, section: &Section) -> Result<(), Fault> {
        let heads = section.heads();
        let mut found: Vec<&node::Item> = vec![];
        for item in root.items().iter().filter(|item| heads.contains(&item.key.as_str())) {
            let twice = found.iter().any(|seen| seen.key == item.key).then_some(item);
            if let Some(item) = twice.or_else(|| item.node.duplicate()) {
                return Err(self.duplicate(&item.key, item.key_span.start));
            }
            found.push(item);
        }
        let list = root.descend(section.choose(Some(root)));
        let mut names = std::collections::HashSet::new();
        for element in list.map(Node::elements).unwrap_or_default() {
            if let Some(name) = section.name_of(element)
                && !names.insert(name.clone())
            {
                return Err(self.duplicate(&name, element.span.start));
            }
        }
        Ok(())
    }

    fn duplicate(&self, name: &str, at: usize) -> Fault {
        Fault::Duplicate { name: name.to_owned(), spot: Spot::new(&self.text, at) }
    }

    fn peek(&self, section: &Section) -> Option<Result<Entries, Fault>> {
        if self.format != Format::Jsonc {
            return None;
        }
        let found = jsonc::peek(&self.text, &section.heads())?;
        Some(found.and_then(|map| section.read(&Value::Object(map))))
    }

    /// Returns the file's bytes after some edits, and what had to be made for them.
    ///
    /// # Errors
    /// Fails where the file does not parse, and rather than change what is not in the edits.
    pub fn edit(
        &self,
        section: &Section,
        edits: &[edit::Edit],
        made: Option<&Made>,
    ) -> Result<(Vec<u8>, Option<Made>), Fault> {
        let (text, made) = edit::apply(self.format, &self.text, section, edits, made)?;
        let names: Vec<&str> = edits.iter().map(edit::Edit::name).collect();
        if self.rest(&self.text, section, &names)? != self.rest(&text, section, &names)? {
            return Err(Fault::Unsafe);
        }
        let bom = if self.bom { BOM } else { "" };
        Ok((format!("{bom}{text}").into_bytes(), made))
    }

    /// Returns whether a section holds nothing and the file nothing but the section and `header`.
    pub fn is_husk(&self, section: &Section, header: &Map<String, Value>) -> bool {
        match read(self.format, &self.text) {
            Ok(None) => true,
            Ok(Some(root)) => {
                let heads = section.heads();
                let rest = root.items().iter().filter(|item| !heads.contains(&item.key.as_str()));
                let known =
                    |item: &node::Item| header.get(&item.key) == Some(&item.node.to_value());
                let entries =
                    section.read(&root.to_value()).is_ok_and(|entries| entries.is_empty());
                entries && rest.into_iter().all(known)
            }
            Err(_) => false,
        }
    }

    // Everything in a text but the named entries, and without a section that holds nothing else.
    fn rest(&self, text: &str, section: &Section, names: &[&str]) -> Result<Value, Fault> {
        let Some(root) = read(self.format, text)? else { return Ok(Value::Object(Map::new())) };
        let path = section.choose(Some(&root)).to_vec();
        let mut value = root.to_value();
        section.strip(&mut value, &path, names);
        Ok(value)
    }
}

/// Reads a text with places; one without any value has no root.
///
/// # Errors
/// Fails where it does not parse.
pub fn read(format: Format, text: &str) -> Result<Option<Node>, Fault> {
    match format {
        Format::Jsonc => jsonc::read(text),
        Format::Toml => toml::read(text).map(Some),
        Format::Yaml => yaml::read(text),
    }
}

impl Section {
    fn heads(&self) -> Vec<&str> {
        self.paths.iter().filter_map(|path| path.first()).map(String::as_str).collect()
    }

    /// Picks the path that counts in a file.
    pub fn choose(&self, root: Option<&Node>) -> &[String] {
        let exists =
            |path: &&Vec<String>| root.is_some_and(|root| root.descend(path.iter()).is_some());
        let found = self.paths.iter().find(exists).or(self.paths.last());
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// Reads the entries of this section out of a file's value.
    ///
    /// # Errors
    /// Fails where the section is no map (or no list). A null is an empty one.
    pub fn read(&self, root: &Value) -> Result<Entries, Fault> {
        let place = |path: &&Vec<String>| path.iter().try_fold(root, |value, key| value.get(key));
        let Some(value) = self.paths.iter().find_map(|path| place(&path)) else {
            return Ok(Entries::new());
        };
        let wrong = |wanted| {
            let path = self.paths.last().map(|path| path.join(".")).unwrap_or_default();
            Err(Fault::WrongShape { section: path, wanted })
        };
        match (value, &self.list_key) {
            (Value::Null, _) => Ok(Entries::new()),
            (Value::Object(map), None) => {
                Ok(map.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
            }
            (Value::Array(list), Some(key)) => Ok(named(list, key)),
            (_, None) => wrong("map"),
            (_, Some(_)) => wrong("list"),
        }
    }

    /// Finds the position of each named entry in the section's node.
    pub fn index(&self, node: &Node) -> HashMap<String, usize> {
        match &self.list_key {
            None => {
                node.items().iter().enumerate().map(|(at, item)| (item.key.clone(), at)).collect()
            }
            Some(_) => {
                let named = node.elements().iter().enumerate();
                named.filter_map(|(at, element)| Some((self.name_of(element)?, at))).collect()
            }
        }
    }

    fn name_of(&self, element: &Node) -> Option<String> {
        let name = element.item(self.list_key.as_ref()?)?;
        Some(name.node.to_value().as_str()?.to_owned())
    }

    /// Puts entries together as this section holds them: a map, or a list.
    pub fn collect(&self, entries: &[(String, Value)]) -> Value {
        match self.list_key {
            None => Value::Object(entries.iter().cloned().collect()),
            Some(_) => entries.iter().map(|(_, entry)| entry.clone()).collect(),
        }
    }

    fn strip(&self, root: &mut Value, path: &[String], names: &[&str]) {
        let Some((last, head)) = path.split_last() else { return };
        let Some(parent) = head.iter().try_fold(&mut *root, |value, key| value.get_mut(key)) else {
            return;
        };
        let Some(map) = parent.as_object_mut() else { return };
        let empty = match map.get_mut(last) {
            Some(Value::Object(entries)) => {
                entries.retain(|name, _| !names.contains(&name.as_str()));
                entries.is_empty()
            }
            Some(Value::Array(list)) => {
                let key = self.list_key.as_deref().unwrap_or_default();
                list.retain(|entry| !entry[key].as_str().is_some_and(|name| names.contains(&name)));
                list.is_empty()
            }
            Some(Value::Null) => true,
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => false,
        };
        if empty {
            map.shift_remove(last);
            if map.is_empty() && !head.is_empty() {
                self.strip(root, head, names);
            }
        }
    }
}

fn named(list: &[Value], key: &str) -> Entries {
    list.iter()
        .filter_map(|entry| Some((entry.get(key)?.as_str()?.to_owned(), entry.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::edit::Edit;
    use super::*;

    fn section(path: &[&str], list_key: Option<&str>) -> Section {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Section { paths: vec![path], list_key: list_key.map(str::to_owned) }
    }

    fn put(name: &str) -> Edit {
        let entry = json!({"name": name, "command": "npx", "args": ["-y", "x"], "env": {"A": "b"}});
        Edit::Put { name: name.into(), entry: entry.as_object().unwrap().clone() }
    }

    fn round_trip(format: Format, text: &str, section: &Section) -> (String, String) {
        let document = Document::new(format, text.into()).unwrap();
        let (added, made) = document.edit(section, &[put("new"), put("two")], None).unwrap();
        let grown = Document::new(format, added.clone()).unwrap();
        assert_eq!(
            grown.entries(section).unwrap().len(),
            document.entries(section).unwrap().len() + 2
        );
        let gone = [Edit::Remove { name: "new".into() }, Edit::Remove { name: "two".into() }];
        let (back, _) = grown.edit(section, &gone, made.as_ref()).unwrap();
        (String::from_utf8(added).unwrap(), String::from_utf8(back).unwrap())
    }

    #[test]
    fn adding_and_removing_gives_the_same_bytes() {
        let json = section(&["mcpServers"], None);
        let toml = section(&["mcp_servers"], None);
        let tomls = section(&["mcp_servers"], Some("name"));
        let goose = section(&["extensions"], None);
        let list = section(&["mcpServers"], Some("name"));
        for (format, section, text) in [
            (Format::Jsonc, &json, "{\n  \"mcpServers\": {}\n}\n"),
            (Format::Jsonc, &json, "{\n  \"mcpServers\": { }\n}"),
            (Format::Jsonc, &json, "{\n  \"mcpServers\": {\n  }\n}\n"),
            (
                Format::Jsonc,
                &json,
                "{\n\t\"a\": 1, // c\n\t// own\n\t\"mcpServers\": {\n\t\t\"x\": {}, // y\n\t\t// z\n\t},\n}\n",
            ),
            (
                Format::Jsonc,
                &json,
                "{\r\n    \"mcpServers\": {\r\n        \"x\": {}\r\n    }\r\n}\r\n",
            ),
            (Format::Jsonc, &json, "{\"mcpServers\":{\"x\":{}},\"b\":1}"),
            (Format::Jsonc, &json, "{\"mcpServers\": {\"x\": {}, \"y\": {} } }"),
            (Format::Jsonc, &json, "\u{feff}{\n  \"a\": 1\n}\n"),
            (Format::Jsonc, &json, "{\n  \"a\": [1,\n 2], // note\n  /* b */\n}\n"),
            (Format::Jsonc, &json, "{\n  \"mcpServers\": {\n    // nothing yet\n  }\n}\n"),
            (Format::Toml, &toml, "a = 1\n"),
            (Format::Toml, &toml, "a = 1"),
            (
                Format::Toml,
                &toml,
                "a = 1\r\n\r\n[mcp_servers.x]\r\ncommand = \"c\" # d\r\n# e\r\n\r\n[z]\r\nb = 2",
            ),
            (Format::Toml, &toml, "[mcp_servers]\nx = { command = \"c\" }\n\n\n[q]\n"),
            (Format::Toml, &toml, "mcp_servers = {}\n[q]\n"),
            (Format::Toml, &toml, "mcp_servers = { x = { a = 1 } } # c\n"),
            (Format::Toml, &toml, "mcp_servers.x.command = \"c\"\nmodel = 1\n[q]\n\n"),
            (Format::Toml, &tomls, "mcp_servers = []\n"),
            (
                Format::Toml,
                &tomls,
                "[[mcp_servers]]\nname = \"a\"\n\n[mcp_servers.env]\nA = \"b\"\n",
            ),
            (
                Format::Yaml,
                &goose,
                "a: 1\nextensions:\n  dev:\n    type: builtin # c\n  # end\nb: 2\n",
            ),
            (Format::Yaml, &goose, "extensions: {}\nb: 2\n"),
            (Format::Yaml, &goose, "extensions:\nb: 2\n"),
            (Format::Yaml, &goose, "extensions: {a: {b: 1}}\n"),
            (Format::Yaml, &goose, "a: |\n  t\n"),
            (
                Format::Yaml,
                &goose,
                "a: 1\r\nextensions:\r\n    x:\r\n        y: [1,\r\n          2]\r\n",
            ),
            (Format::Yaml, &list, "mcpServers:\n  - name: a\n    args:\n    - b\n"),
            (Format::Yaml, &list, "mcpServers:\n- name: a\nname: q\n"),
            (Format::Yaml, &list, "mcpServers: []\n"),
        ] {
            let (added, back) = round_trip(format, text, section);
            assert_eq!(back, text, "through\n{added}");
        }
    }

    #[test]
    fn fields_are_set_and_unset_in_every_spelling() {
        let set = vec![
            ("args".to_owned(), json!(["q"])),
            ("env".to_owned(), json!({"K": "v"})),
            ("cwd".to_owned(), json!("/x")),
        ];
        let edit = Edit::Set { name: "a".into(), set, unset: vec!["url".into()] };
        let json = section(&["m"], None);
        for (format, text, want) in [
            (
                Format::Jsonc,
                "{\n  \"m\": {\n    \"a\": {\n      \"url\": \"u\", // old\n      \"args\": [], // keep\n      \"on\": true\n    }\n  }\n}\n",
                "{\n  \"m\": {\n    \"a\": {\n      // old\n      \"args\": [\"q\"], // keep\n      \"on\": true,\n      \"env\": {\n        \"K\": \"v\"\n      },\n      \"cwd\": \"/x\"\n    }\n  }\n}\n",
            ),
            (
                Format::Jsonc,
                "{\"m\":{\"a\":{\"url\":1}}}",
                "{\"m\":{\"a\":{\"args\":[\"q\"],\"env\":{\"K\":\"v\"},\"cwd\":\"/x\"}}}",
            ),
            (
                Format::Toml,
                "[m.a]\nurl = 'u'\nargs = [] # keep\n\n[m.a.env]\nOLD = '1'\n\n[m.b]\n",
                "[m.a]\nargs = [\"q\"] # keep\nenv = { K = \"v\" }\ncwd = \"/x\"\n\n[m.b]\n",
            ),
            (
                Format::Toml,
                "m.a.url = 1\nm.a.on = true\n",
                "m.a.on = true\nm.a.args = [\"q\"]\nm.a.env = { K = \"v\" }\nm.a.cwd = \"/x\"\n",
            ),
            (
                Format::Toml,
                "[m]\na = { url = 1, on = true }\n",
                "[m]\na = { on = true, args = [\"q\"], env = { K = \"v\" }, cwd = \"/x\" }\n",
            ),
            (
                Format::Yaml,
                "m:\n  a:\n    url: u\n    env: # mine\n      OLD: 1\n    args:\n    - b\n    on: true\n",
                "m:\n  a:\n    env: # mine\n      {K: v}\n    args: [q]\n    on: true\n    cwd: /x\n",
            ),
            (
                Format::Yaml,
                "m:\n  a: {url: u, on: true}\n",
                "m:\n  a: {on: true, args: [q], env: {K: v}, cwd: /x}\n",
            ),
            (
                Format::Yaml,
                "m:\n  a:\n    url: u\n",
                "m:\n  a:\n    args: [q]\n    env: {K: v}\n    cwd: /x\n",
            ),
        ] {
            let document = Document::new(format, text.into()).unwrap();
            let (bytes, _) = document.edit(&json, std::slice::from_ref(&edit), None).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), want);
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        let json = section(&["m"], None);
        let entries =
            |format, text: &str| Document::new(format, text.into()).unwrap().entries(&json);
        assert!(matches!(
            entries(Format::Jsonc, "{\"m\": {\"a\": 1, \"a\": 2}}"),
            Err(Fault::Duplicate { .. })
        ));
        assert!(matches!(
            entries(Format::Jsonc, "{\"m\": {\"a\": 1, \"a\": 2},}"),
            Err(Fault::Duplicate { .. })
        ));
        assert!(matches!(
            entries(Format::Jsonc, "{\"m\": {}, \"m\": {}}"),
            Err(Fault::Duplicate { .. })
        ));
        assert!(matches!(entries(Format::Yaml, "m: {a: 1, a: 2}\n"), Err(Fault::Duplicate { .. })));
        let list = section(&["m"], Some("name"));
        for (format, text) in [
            (Format::Yaml, "m: [{name: a}, {name: a}]\n"),
            (Format::Toml, "[[m]]\nname='a'\n[[m]]\nname='a'\n"),
        ] {
            let found = Document::new(format, text.into()).unwrap().entries(&list);
            assert!(matches!(found, Err(Fault::Duplicate { name, .. }) if name == "a"));
        }
        assert!(matches!(entries(Format::Jsonc, "{\"m\": []}"), Err(Fault::WrongShape { .. })));
        assert!(matches!(entries(Format::Jsonc, "[1]"), Err(Fault::WrongShape { .. })));
        assert!(matches!(entries(Format::Jsonc, "{\"m\": {}"), Err(Fault::Syntax { .. })));
        assert_eq!(Document::new(Format::Jsonc, vec![b'{', 0xff]), Err(Fault::NotUtf8(1)));
        assert_eq!(entries(Format::Jsonc, "{\"m\": null}"), Ok(Entries::new()));
    }
}
