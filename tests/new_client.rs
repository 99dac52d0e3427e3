//! A new client by data alone: a row and a template, with names of their own for every field.

use serde_json::{Map, Value, json};

use crate::case::Case;
use crate::repository::path as repository;

const ROWS: &str = ".config/mcpgen/templates/clients.toml";

/// The roles of `templates/fields.toml`, each with its first name.
fn roles() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(repository("templates/fields.toml")).unwrap();
    let table: toml_edit::Document<String> = text.parse().unwrap();
    let first = |(role, names): (&str, &toml_edit::Item)| {
        (role.to_owned(), names.as_array().unwrap().get(0).unwrap().as_str().unwrap().to_owned())
    };
    table.iter().map(first).collect()
}

/// The name that the new client has for a role.
fn own(role: &str) -> String {
    format!("own_{}", role.replace('-', "_"))
}

/// An entry whose fields are named by the function. A key that begins with `@` is a role.
fn spelled(entry: &Value, name: &dyn Fn(&str) -> String) -> Value {
    let Value::Object(fields) = entry else { return entry.clone() };
    let renamed = fields.iter().map(|(key, value)| {
        let key = key.strip_prefix('@').map_or_else(|| key.clone(), name);
        (key, spelled(value, name))
    });
    Value::Object(renamed.collect())
}

/// Entries in which every role occurs.
fn samples() -> Map<String, Value> {
    let url = "https://docs.example.com/mcp";
    let samples = json!({
        "local": { "@command": "sh", "@args": ["-c", "x"], "@env": { "A": "b" }, "@cwd": "/srv" },
        "listed": { "@command": ["sh", "-c", "y"], "@env-names": ["TENANT"] },
        "direct": { "@url": format!("{url}/direct"), "@transport": "http", "@headers": { "X-A": "b" } },
        "streamed": { "@http-url": format!("{url}/streamed") },
        "requested": { "@url": format!("{url}/requested"), "@request": { "@headers": { "X-A": "b" } } },
        "keyed": { "@url": format!("{url}/keyed"), "@header-variables": { "X-Key": "KEY" } },
        "token": { "@url": format!("{url}/token"), "@token-variable": "TOKEN" },
        "helped": { "@url": format!("{url}/helped"), "@token-source": "/bin/helper" },
        "nested": { "@launch-table": { "@transport": "stdio", "@command": "sh", "@args": ["z"] } },
        "filed": { "@command": "sh", "@args": ["filed"], "@env-file": "/srv/.env" },
        "other": { "@command": "sh", "@other": "/srv/.env" },
        "enabled": { "@command": "sh", "@args": ["on"], "@enabled": true },
        "not-enabled": { "@command": "sh", "@args": ["off"], "@enabled": false },
        "disabled": { "@command": "sh", "@args": ["off too"], "@disabled": true },
        "signed": { "@url": format!("{url}/signed"), "@sign-in": { "scopes": "read" }, "@redirect": "http://localhost:1" },
        "text-args": { "@command": "sh", "@args": "-c x" },
        "number-env": { "@command": "sh", "@env": { "PORT": 1 } },
        "list-url": { "@url": [url] },
        "both": { "@command": "sh", "@url": url },
        "neither": { "@cwd": "/srv" },
        "built-in": { "@transport": "builtin" },
    });
    samples.as_object().unwrap().clone()
}

/// A client whose file contains the samples.
fn client_with(fields: &str, name: &dyn Fn(&str) -> String) -> Case {
    let row = format!(
        "[acme]\ntitle = 'Acme'\npath = '~/.acme/mcp.json'\nsection = 'servers'\n\
        template = 'mcp-servers.jsonc.j2'\naccepts = ['stdio', 'http', 'sse']\nfields = {{ {fields} }}\n"
    );
    let servers = spelled(&Value::Object(samples()), name);
    Case::new().write(ROWS, row).write(".acme/mcp.json", json!({ "servers": servers }).to_string())
}

#[test]
fn the_samples_have_every_role_of_the_table() {
    let text = Value::Object(samples()).to_string();
    for (role, _) in roles() {
        assert!(text.contains(&format!("\"@{role}\"")), "no sample has the role `{role}`");
    }
}

#[test]
fn a_field_with_a_name_of_the_row_is_read_like_one_with_a_common_name() {
    let known = roles();
    let common = |role: &str| known.iter().find(|(name, _)| name == role).unwrap().1.clone();
    let names = known.iter().map(|(role, _)| match role.as_str() {
        "url" => format!("url = ['{}', '{}']", own("url"), own("http-url")),
        role => format!("{role} = ['{}']", own(role)),
    });
    let cases = [
        client_with("", &common),
        client_with(&names.collect::<Vec<_>>().join(", "), &|role| own(role)),
    ];
    for args in [&["import"][..], &["doctor"], &["doctor", "--json"]] {
        let [plain, named] = [&cases[0], &cases[1]].map(|case| {
            let run = case.run(args);
            let home = case.home().display().to_string();
            (run.code, format!("{}\n{}", run.out, run.err).replace(&home, "~"))
        });
        // The longest names first: one name can begin with another.
        let mut renamed = known.clone();
        renamed.sort_by_key(|(role, _)| std::cmp::Reverse(role.len()));
        let text =
            renamed.iter().fold(named.1, |text, (role, first)| text.replace(&own(role), first));
        let (plain_words, words) = (words(&plain.1), words(&text));
        assert_eq!(words, plain_words, "{args:?}");
        assert_eq!(named.0, plain.0, "{args:?}");
    }
}

// The words of an output, because names of other lengths break lines elsewhere.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Two clients with a template of their own: one with every field in the entry, and one with the fields of the launch
/// in a table of their own, in a list.
fn new_clients() -> Case {
    let case = Case::new().var("TENANT", "acme");
    for name in ["clients.toml", "acme.jsonc.j2", "bolt.yaml.j2"] {
        let text = std::fs::read(repository("tests/new_client").join(name)).unwrap();
        case.put(&format!(".config/mcpgen/templates/{name}"), text);
    }
    case
}

fn declaration(client: &str) -> String {
    let text = std::fs::read_to_string(repository("tests/new_client/mcp.toml")).unwrap();
    text.replace("@CLIENT@", client).replace("@MCPGEN@", env!("CARGO_BIN_EXE_mcpgen"))
}

const FILES: [(&str, &str); 2] = [("acme", ".acme/mcp.json"), ("bolt", ".bolt/servers.yaml")];

#[test]
fn a_client_with_names_of_its_own_is_rendered_applied_planned_imported_and_undone() {
    for (client, file) in FILES {
        let case = new_clients().declare(&declaration(client));
        let rendered = case.ok(&["render"]).out;
        for name in ["how", "endpoint", "heads", "vars", "inherit", "workdir", "limit", "whitelist"]
        {
            assert!(rendered.contains(name), "`{name}` of {client}\n{rendered}");
        }
        case.ok(&["apply"]);
        assert_eq!(case.run(&["plan", "--exit-code"]).code, 0, "{client}: a plan after an apply");
        let written = case.read(file);

        let imported = case.ok(&["import"]);
        assert!(!imported.err.contains("not imported"), "{}", imported.err);
        let program = format!("[launch]\nmcpgen = \"{}\"", env!("CARGO_BIN_EXE_mcpgen"));
        let again = new_clients().declare(&imported.out.replace("[launch]", &program));
        assert_eq!(again.ok(&["render"]).out, rendered, "{}", imported.out);

        case.ok(&["undo"]);
        assert!(!case.exists(file));
        // An entry of the user stays as it is.
        case.put(file, written.replace("\"read\"", "\"write\"").replace("[read]", "[write]"));
        let before = case.read(file);
        let run = case.run(&["apply"]);
        assert_eq!((run.code, case.read(file)), (4, before), "{}", run.err);
    }
}

#[test]
fn doctor_names_the_fields_of_a_client_as_the_client_does() {
    let planted = [
        (
            "acme",
            "\"programArgs\": [\"shell\"]",
            "\"programArgs\": \"shell\"",
            "`programArgs` is a string",
        ),
        (
            "acme",
            "\"endpoint\": \"https://docs",
            "\"program\": \"sh\", \"endpoint\": \"https://docs",
            "both a command and a URL",
        ),
        ("bolt", "argv: [sh, shell]", "argv: {sh: shell}", "`argv` is a table"),
        ("bolt", "vars: {LOG_LEVEL: info}", "vars: {LOG_LEVEL: 1}", "`vars.LOG_LEVEL` is a number"),
    ];
    for (client, from, to, finding) in planted {
        let (_, file) = FILES.into_iter().find(|(name, _)| *name == client).unwrap();
        let case = new_clients().declare(&declaration(client));
        case.ok(&["apply"]);
        let healthy = case.ok(&["doctor"]);
        assert!(healthy.out.contains("no problems in 9 entries"), "{}", healthy.out);
        let text = case.read(file);
        assert!(text.contains(from), "{text}");
        case.put(file, text.replace(from, to));
        let report = case.run(&["doctor"]);
        let said = words(&report.out).join(" ");
        assert!(said.contains(finding), "{finding}\n{said}");
    }
}

#[test]
fn all_errors_of_all_rows_are_reported_in_one_run() {
    let rows = "\
        [acme]\npath = { linux = '~/a.json', beos = 'x' }\nsection = 'a'\ntemplate = 'none.jsonc.j2'\n\
        accepts = ['stdio', 'pigeon']\nexpresses = ['colour']\ntypes = { smoke = 'signal' }\n\
        environment = 'most'\nstrict = 'yes'\nfields = { urll = ['a'], args = 'b' }\n\
        [bolt]\ntitle = 'Bolt'\npath = 3\nsection = 4\ntemplate = 'bolt.json'\naccepts = ['stdio']\n\
        [dart]\ntitle = 'Dart'\npath = 'a'\nsection = 'a'\ntemplate = 'dart.toml.j2'\naccepts = ['stdio']\n";
    let case =
        Case::new().write(ROWS, rows).declare("clients = ['acme']\n[servers.a]\ncommand = 'x'\n");
    case.put(".config/mcpgen/templates/dart.toml.j2", b"a = \xff");
    let run = case.run(&["check"]);
    for error in [
        "`acme` has no `title`",
        "`beos` is not an operating system",
        "template `none.jsonc.j2` not found",
        "`pigeon` is not a transport",
        "`colour` is not a field that `expresses` can name",
        "`smoke` is not a transport",
        "`environment` must be",
        "`strict` must be",
        "`urll` is not a field of `fields`",
        "`args` must be a list of strings",
        "`path` must be",
        "`section` must be",
        "the extension of `bolt.json` is not a known format",
        "dart.toml.j2` is not UTF-8",
    ] {
        assert!(run.err.contains(error), "{error}\n{}", run.err);
    }
    assert_eq!((run.code, run.err.matches("error: ").count()), (1, 14), "{}", run.err);
}

#[test]
fn errors_in_the_rules_of_a_new_client_are_reported() {
    let row = "[acme]\ntitle = 'Acme'\npath = '~/.acme.json'\nsection = 'servers'\n\
               template = 'mcp-servers.jsonc.j2'\naccepts = ['stdio']\n";
    let errors = |rules: &str| {
        let case = Case::in_memory()
            .write(ROWS, row)
            .write(".config/mcpgen/templates/rules.toml", rules)
            .declare("clients = ['acme']\n[servers.srv]\ncommand = 'uvx'\n");
        let run = case.run(&["check"]);
        assert_ne!(run.code, 0, "{rules}");
        run.err
    };
    assert!(errors("[acme\n").contains("rules.toml:1"));
    let err = errors(
        "[acme]\ntypes = { port = 'integer', url = ['string', 'nul'] }\nloses = 'entrie'\n\
         [acne]\nloses = 'entry'\n\
         [[acme.lists]]\nkey = ['a']\nos = 'linus'\neffekt = 'blocks'\n\
         [[acme.entries]]\nneeded = 'yes'\nat-most = 'x'\nloses = 'file'\n\
         [[acme.other-layout.entries]]\nfield = 'a'\n\
         [[acme.unread]]\nkey = 3\n",
    );
    for (line, error, help) in [
        (2, "`port` must be", ""),
        (2, "`url` must be", "a similar value exists: \"null\""),
        (3, "`loses` must be", "a similar value exists: \"entry\""),
        (4, "`acne` is not a client", "a client with a similar name exists: `acme`"),
        (8, "`os` must be", "a similar value exists: \"linux\""),
        (9, "`effekt` is not a field of `lists`", "`effect`"),
        (11, "`needed` must be", ""),
        (12, "`at-most` must be", ""),
        (14, "a row in `entries` of `acme` has no `loses`", "add `loses = …`"),
        (17, "`key` must be", ""),
        (16, "a row in `unread` of `acme` has no `path`", "add `path = …`"),
    ] {
        let at = err.find(error).unwrap_or_else(|| panic!("{error}\n{err}"));
        let one = err[at..].split("\nerror: ").next().unwrap();
        assert!(one.contains(&format!("rules.toml:{line}:")), "{line} {error}\n{one}");
        assert!(one.contains(help), "{help}\n{one}");
    }
}

#[test]
fn a_row_with_an_error_is_not_reported_again_for_its_rules() {
    let case = Case::in_memory()
        .write(ROWS, "[acme]\ntitle = 'Acme'\n")
        .write(".config/mcpgen/templates/rules.toml", "[acme]\nloses = 'file'\n")
        .declare("clients = []\n");
    let err = case.run(&["check"]).err;
    assert!(err.contains("`acme` has no `path`") && !err.contains("is not a client"), "{err}");
}

#[test]
fn the_clients_whose_files_a_client_reads_must_exist() {
    let row = "[acme]\ntitle = 'Acme'\npath = '~/.acme.json'\nsection = 'servers'\n\
               template = 'mcp-servers.jsonc.j2'\naccepts = ['stdio']\n\
               also-reads = { user = ['acme', 'cursor', 'cursr'] }\nstrict = 'yes'\n";
    let case = Case::new().write(ROWS, row).declare("clients = []\n");
    let err = case.run(&["check"]).err;
    for part in ["`cursr` is not a client", "exists: `cursor`", "`strict` must be"] {
        assert!(err.contains(part), "{part}\n{err}");
    }
    assert_eq!(err.matches("is not a client").count(), 1, "{err}");
}
