//! Pages that are generated from the program by `just bless`.

use mcpgen::testing::auth::bridge_flags::{KNOWN_FLAGS, KnownFlag};
use serde_json::Value;

use super::repository;
use crate::case::{Case, golden};

#[test]
fn the_clients_page_is_the_client_table() {
    let case = Case::new();
    let table: Value = serde_json::from_str(&case.ok(&["clients", "--json"]).out).unwrap();
    let home = format!("{}/", case.home().display());
    let (mut clients, mut files, mut links) = (String::new(), String::new(), String::new());
    for client in table.as_array().unwrap() {
        let text = |key: &str| client[key].as_str().map(str::to_owned);
        let quoted = |path: String| format!("`{}`", path.replace(&home, "~/"));
        let name = text("name").unwrap();
        let title = text("title").unwrap();
        let known = text("known").expect("every built-in row says how it is known");
        let accepts: Vec<&str> =
            client["accepts"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let docs = text("docs").filter(|docs| !docs.is_empty());
        let shown = if docs.is_some() { format!("[{title}]") } else { title.clone() };
        clients += &format!("| `{name}` | {shown} | {} | {known} |\n", accepts.join(", "));
        let file = text("path").map_or_else(|| "not on Linux".to_owned(), quoted);
        let project = text("project").map_or_else(|| "–".to_owned(), quoted);
        let variable = text("home").map_or_else(|| "–".to_owned(), quoted);
        files += &format!("| `{name}` | {file} | {project} | {variable} |\n");
        links += &docs.map(|docs| format!("[{title}]: {docs}\n")).unwrap_or_default();
    }
    let table = table.as_array().unwrap();
    let (fields, passed) = (optional_fields(table), passed_on(table));
    let headers = headers_from_mcpgen(table);
    let page = format!(
        "{CLIENTS_HEAD}{clients}{FILES_HEAD}{files}{FIELDS_HEAD}{fields}{PASSED_HEAD}{passed}{HEADERS_HEAD}{headers}{BRIDGE}\n{links}"
    );
    let wide = page.lines().find(|line| line.chars().count() > 140);
    assert_eq!(wide, None, "a page that can be read as it is");
    golden("../docs/reference/clients.md", &page);
}

const CLIENTS_HEAD: &str = "\
# The clients

`just bless` generates this page from the client table, `templates/clients.toml`. The column *known from* names the
source of the facts about a client, its file, and the fields in the file:

- **run**: we ran the client, and it read a file that mcpgen wrote. `just accept` repeats this test for each of these
  clients. [What takes effect](../measurements/effect.md) shows which of these clients also called the tools of the
  servers. [What the schemas accept](../measurements/schemas.md) shows which clients publish a schema or a validator,
  and that it accepts what mcpgen writes.
- **source**: we read the client's source code, or the files in its package.
- **documentation**: the client's documentation states the facts, or several other programs write the client's file in
  the same way.

| name | client | transports | known from |
|---|---|---|---|
";

const FILES_HEAD: &str = "
## Their files

This table shows the paths on Linux. `mcpgen clients` shows the paths on your machine. The last column names the
environment variable of clients that can have [several homes](declaration.md#several-homes-of-one-client).

| name | file | in a project | home |
|---|---|---|---|
";

const FIELDS_HEAD: &str = "
## Their optional fields

This table shows which optional fields of a declaration an entry can have. A *no* means that the client has no such field,
and the word after it names the source of this fact, as in the first table. If a client has no `cwd`, it starts `mcpgen
exec`, which changes the directory.

| name | cwd | timeout | startup-timeout | allow | deny |
|---|---|---|---|---|---|
";

fn optional_fields(table: &[Value]) -> String {
    let mut rows = String::new();
    for client in table {
        let absent = client["absent"].as_str().expect("a built-in row has a source");
        let listed = client["expresses"].as_array().unwrap();
        let cell = |name: &str| match listed.iter().any(|it| it == name) {
            true => "yes".to_owned(),
            false => format!("no ({absent})"),
        };
        let cells = ["cwd", "timeout", "startup-timeout", "allow", "deny"].map(cell).join(" | ");
        rows += &format!("| `{}` | {cells} |\n", client["name"].as_str().unwrap());
    }
    rows
}

const PASSED_HEAD: &str = "
## What they pass on

This table shows which variables of its own environment a client passes to a server, and how a secret in such a variable
reaches the server ([Secrets](secrets.md#what-a-client-passes-on)). If a row has a version and a date, `just accept`
measured the facts in the row. For the other rows, the first table names the source. A client that is not in this table
has not been examined, and mcpgen assumes that it passes every variable.

| name | passes | a secret in a variable | measured |
|---|---|---|---|
";

const HEADERS_HEAD: &str = "
## Headers from mcpgen

With `via = \"headers\"`, these clients connect [without a bridge](../guides/without-a-bridge.md): they run `mcpgen headers`.
The entry has the command in a field of its own, or in the value of each header. [Headers from
mcpgen](../measurements/headers.md) shows which of these clients were run. To add a client, add the column
`headers-helper` to its row ([the client table](../../templates/README.md#a-program-that-prints-the-headers)).

| name | place in the entry | from version | asks again if the server refuses the token |
|---|---|---|---|
";

fn headers_from_mcpgen(table: &[Value]) -> String {
    let mut rows = String::new();
    for client in table {
        let helper = &client["headers_helper"];
        let Some(place) = helper["place"].as_object() else { continue };
        let place = match (place.get("field"), place.get("each")) {
            (Some(field), _) => format!("`{}`", field.as_str().unwrap()),
            (_, form) => format!("`{}` in `headers`", form.unwrap().as_str().unwrap()),
        };
        let since = helper["since"].as_str().unwrap_or("–");
        let again = if helper["once"] == true { "no, only when it connects" } else { "yes" };
        let name = client["name"].as_str().unwrap();
        rows += &format!("| `{name}` | {place} | {since} | {again} |\n");
    }
    rows
}

const BRIDGE: &str = "
## A client that replaces the bridge

If an entry is exactly `npx -y mcp-remote@VERSION URL` without `env`, Cline does not start the bridge: it connects to the
URL itself, and signs in separately. So each entry of a bridge in Cline's file has the environment variable
`MCP_KEEP_BRIDGE` (the column `bridge-env` of the client table). No program reads this variable. The command and its
arguments are the same as in all other clients. `import` and `doctor` ignore the variable.

We ran Cline 3.0.57, 3.0.61, 3.0.64 and 3.0.65 on 2026-11-29: each version starts the bridge, with mcp-remote and with
the native bridge, and uses the shared sign-in. `just effect` repeats this test for the newest version.
";

fn passed_on(table: &[Value]) -> String {
    let recorded = std::fs::read_to_string(repository("tests/accept/environment.json")).unwrap();
    let recorded: Value = serde_json::from_str(&recorded).unwrap();
    let mut rows = String::new();
    for client in table {
        let name = client["name"].as_str().unwrap();
        let Some(environment) = client["environment"].as_str() else { continue };
        let strips: Vec<&str> =
            client["strips"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let passes = match (environment, strips.as_slice()) {
            ("all", _) => "everything".to_owned(),
            ("strips-secrets", []) => "everything that does not look like a secret".to_owned(),
            ("strips-secrets", strips) => format!("everything except {} names", strips.len()),
            (_, _) => "a few variables".to_owned(),
        };
        let secret = match (environment, client["names_variables"] == true) {
            ("all", _) => "passes",
            (_, true) => "passes, because the entry names the variable",
            ("strips-secrets", false) => "passes under another name, for example `GH_TOKEN`",
            (_, false) => "does not pass: use `keyring:` or `file:`",
        };
        let run = &recorded[name];
        let measured = match run["version"].as_str() {
            Some(version) => {
                assert_eq!(run["environment"], environment, "{name}: run `just accept`");
                format!("{version}, {}", run["date"].as_str().unwrap())
            }
            None => "–".to_owned(),
        };
        rows += &format!("| `{name}` | {passes} | {secret} | {measured} |\n");
    }
    rows
}

#[test]
fn the_declarations_page_lists_every_field_of_the_schema() {
    const MARK: &str = "<!-- every field: made from the program by `just bless` -->\n";
    let schema: Value = serde_json::from_str(&Case::new().ok(&["schema"]).out).unwrap();
    let mut lines = String::from("\n| field | |\n|---|---|\n");
    list_fields("", &schema, &mut lines);
    let page = std::fs::read_to_string(repository("docs/reference/declaration.md")).unwrap();
    let (prose, _) = page.split_once(MARK).expect("the page has its mark");
    golden("../docs/reference/declaration.md", &format!("{prose}{MARK}{lines}"));
}

fn list_fields(prefix: &str, schema: &Value, lines: &mut String) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{prefix}{name}");
        *lines +=
            &format!("| `{path}` | {} |\n", field["description"].as_str().unwrap_or_default());
        list_fields(&format!("{path}."), field, lines);
        list_fields(&format!("{path}.NAME."), &field["additionalProperties"], lines);
        for variant in field["items"]["anyOf"].as_array().into_iter().flatten() {
            list_fields(&format!("{path}."), variant, lines);
        }
        for variant in field["anyOf"].as_array().into_iter().flatten() {
            list_fields(&format!("{path}."), variant, lines);
        }
    }
}

#[test]
fn the_bridges_page_has_the_table_of_options() {
    const START: &str = "<!-- options: made from the program by `just bless` -->\n";
    const END: &str = "<!-- options end -->\n";
    let page = std::fs::read_to_string(repository("docs/reference/bridge.md")).unwrap();
    let (before, rest) = page.split_once(START).expect("the page has its mark");
    let (_, after) = rest.split_once(END).expect("the page has its mark");
    let rows: String = KNOWN_FLAGS.iter().map(row).collect();
    let table = format!("\n| option | mcp-remote | meaning |\n|---|---|---|\n{rows}\n");
    golden("../docs/reference/bridge.md", &format!("{before}{START}{table}{END}{after}"));
}

fn row(known: &KnownFlag) -> String {
    let value = known.value.map(|value| format!(" {value}")).unwrap_or_default();
    let since = known.since.map_or_else(|| "no".to_owned(), |version| version.to_string());
    let key = if known.key_part.is_some() { ". *key*" } else { "" };
    format!("| `{}{value}` | {since} | {}{key} |\n", known.name, known.help)
}

#[test]
fn the_page_on_completions_has_the_recorded_results() {
    const HEAD: &str = "| shell | completed | date |\n|---|---|---|\n";
    let page = std::fs::read_to_string(repository("docs/reference/completions.md")).unwrap();
    let recorded = std::fs::read_to_string(repository("tests/completions/recorded.txt")).unwrap();
    let (before, rest) = page.split_once(HEAD).expect("the page has the table");
    let (_, after) = rest.split_once("\n\n").expect("a paragraph follows the table");
    golden("../docs/reference/completions.md", &format!("{before}{HEAD}{recorded}\n{after}"));
}
