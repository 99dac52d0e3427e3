//! Edits in every notation that a file may have.

use serde_json::json;

use super::edit::Edit;
use super::*;

fn section(path: &[&str], list_key: Option<&str>) -> Section {
    let path = path.iter().map(|part| (*part).to_owned()).collect();
    Section { paths: vec![path], list_key: list_key.map(str::to_owned) }
}

fn put(name: &str) -> Edit {
    let entry = json!({"name": name, "command": "npx", "args": ["-y", "x"], "env": {"A": "b"}});
    Edit::Put { name: name.into(), entry: entry.as_object().unwrap().clone().into() }
}

fn round_trip(format: Format, text: &str, section: &Section) -> (String, String) {
    let document = Document::new(format, text.into()).unwrap();
    let (added, made) = document.edit(section, &[put("new"), put("two")], None).unwrap();
    let grown = Document::new(format, added.clone()).unwrap();
    assert_eq!(grown.entries(section).unwrap().len(), document.entries(section).unwrap().len() + 2);
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
        (Format::Jsonc, &json, "{\r\n    \"mcpServers\": {\r\n        \"x\": {}\r\n    }\r\n}\r\n"),
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
        (Format::Toml, &tomls, "[[mcp_servers]]\nname = \"a\"\n\n[mcp_servers.env]\nA = \"b\"\n"),
        (Format::Yaml, &goose, "a: 1\nextensions:\n  dev:\n    type: builtin # c\n  # end\nb: 2\n"),
        (Format::Yaml, &goose, "extensions: {}\nb: 2\n"),
        (Format::Yaml, &goose, "extensions:\nb: 2\n"),
        (Format::Yaml, &goose, "extensions: {a: {b: 1}}\n"),
        (Format::Yaml, &goose, "a: |\n  t\n"),
        (Format::Yaml, &goose, "{e, b: {c}}\n"),
        (Format::Yaml, &goose, "{extensions: ~}\n"),
        (Format::Yaml, &goose, "extensions: {a: {b}, c}\nd: 1\n"),
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
fn fields_are_set_and_unset_in_every_notation() {
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
fn a_file_that_cannot_be_read_gives_the_right_error() {
    let json = section(&["m"], None);
    let entries = |format, text: &str| Document::new(format, text.into()).unwrap().entries(&json);
    assert!(matches!(
        entries(Format::Jsonc, "{\"m\": {\"a\": 1, \"a\": 2}}"),
        Err(DocumentError::Duplicate { .. })
    ));
    assert!(matches!(
        entries(Format::Jsonc, "{\"m\": {\"a\": 1, \"a\": 2},}"),
        Err(DocumentError::Duplicate { .. })
    ));
    assert!(matches!(
        entries(Format::Jsonc, "{\"m\": {}, \"m\": {}}"),
        Err(DocumentError::Duplicate { .. })
    ));
    assert!(matches!(
        entries(Format::Yaml, "m: {a: 1, a: 2}\n"),
        Err(DocumentError::Duplicate { .. })
    ));
    let list = section(&["m"], Some("name"));
    for (format, text) in [
        (Format::Yaml, "m: [{name: a}, {name: a}]\n"),
        (Format::Toml, "[[m]]\nname='a'\n[[m]]\nname='a'\n"),
    ] {
        let found = Document::new(format, text.into()).unwrap().entries(&list);
        assert!(matches!(found, Err(DocumentError::Duplicate { name, .. }) if name == "a"));
    }
    assert!(matches!(entries(Format::Jsonc, "{\"m\": []}"), Err(DocumentError::WrongShape { .. })));
    assert!(matches!(entries(Format::Jsonc, "[1]"), Err(DocumentError::WrongShape { .. })));
    assert!(matches!(entries(Format::Jsonc, "{\"m\": {}"), Err(DocumentError::Syntax { .. })));
    assert_eq!(
        Document::new(Format::Jsonc, vec![b'{', 0xff]),
        Err(DocumentError::NotUtf8(Position { line: 1, column: 2 }))
    );
    assert_eq!(entries(Format::Jsonc, "{\"m\": null}"), Ok(Entries::new()));
}

#[test]
fn a_table_at_the_top_of_a_file_is_removed_with_the_blank_line_after_it() {
    let servers = section(&["s"], None);
    let gone = |names: &[&str]| -> Vec<Edit> {
        names.iter().map(|name| Edit::Remove { name: (*name).into() }).collect()
    };
    for (text, names, want) in [
        ("[s.a]\nx = 1\n\n[s.b]\nx = 2\n\n[s.c]\n", &["a", "b"][..], "[s.c]\n"),
        ("[s.a]\n\n[s.a.env]\nx = 1\n\n[s.c]\n", &["a"], "[s.c]\n"),
        ("\n[s.a]\nx = 1\n\n[s.c]\n", &["a"], "\n[s.c]\n"),
        ("# c\n\n[s.a]\nx = 1\n\n[s.c]\n", &["a"], "# c\n\n[s.c]\n"),
        ("[s.c]\n\n[s.a]\n\n[s.b]\n\n[t]\n", &["a", "b"], "[s.c]\n\n[t]\n"),
    ] {
        let document = Document::new(Format::Toml, text.into()).unwrap();
        let (bytes, _) = document.edit(&servers, &gone(names), None).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), want, "from {text:?}");
    }
}

#[test]
fn text_that_others_add_around_mcpgens_entries_in_an_empty_file_is_kept() {
    let json = section(&["m"], None);
    let toml = section(&["s"], None);
    let new = [put("new")];
    let gone = [Edit::Remove { name: "new".into() }];
    for (format, section, text, find, replace, want) in [
        (
            Format::Jsonc,
            &json,
            "// c",
            "\n  \"m\"",
            "\n  \"a\": 1,\n  \"m\"",
            "// c\n{\n  \"a\": 1\n}\n",
        ),
        (Format::Jsonc, &json, "// c", "{\n  \"m\"", "{ // d\n  \"m\"", "// c\n{ // d\n}\n"),
        (Format::Toml, &toml, "# c", "# c\n", "# c\n\na = 1\n", "# c\n\na = 1\n"),
        (Format::Toml, &toml, "# c", "command", "# d\ncommand", "# c\n"),
        (Format::Yaml, &toml, "# c", "# c\n", "# c\na: 1\n", "# c\na: 1\n"),
        (Format::Yaml, &toml, "# c: # d", "s:\n", "s: # mine\n", "# c: # d\n"),
    ] {
        let document = Document::new(format, text.into()).unwrap();
        let (added, made) = document.edit(section, &new, None).unwrap();
        let added = String::from_utf8(added).unwrap();
        let edited = added.replacen(find, replace, 1);
        assert_ne!(edited, added);
        let back = Document::new(format, edited.clone().into()).unwrap();
        let (back, _) = back.edit(section, &gone, made.as_ref()).unwrap();
        assert_eq!(String::from_utf8(back).unwrap(), want, "through {edited}");
    }
    for (format, section, text) in
        [(Format::Jsonc, &json, "// c"), (Format::Toml, &toml, "# c"), (Format::Yaml, &toml, "# c")]
    {
        let document = Document::new(format, text.into()).unwrap();
        let (added, made) = document.edit(section, &new, None).unwrap();
        let comment = if format == Format::Jsonc { "// mine" } else { "# mine" };
        let edited = String::from_utf8(added).unwrap() + comment;
        let back = Document::new(format, edited.into()).unwrap();
        let (back, _) = back.edit(section, &gone, made.as_ref()).unwrap();
        assert!(String::from_utf8(back).unwrap().ends_with(comment), "{text}");
    }
}

#[test]
fn a_section_below_a_value_that_is_not_a_map_is_rejected() {
    let nested = section(&["m", "s"], None);
    for (format, text, column) in [
        (Format::Jsonc, "{\"m\": 3}", 2),
        (Format::Jsonc, "{\"m\": []}", 2),
        (Format::Jsonc, "{\"m\": \"x\",}", 2),
        (Format::Toml, "m = 3\n", 1),
        (Format::Yaml, "m: x\n", 1),
    ] {
        let found = Document::new(format, text.into()).unwrap().entries(&nested);
        let position = Some(Position { line: 1, column });
        let want = DocumentError::WrongShape { name: "`m`".into(), wanted: "map", position };
        assert_eq!(found, Err(want), "{text}");
    }
}

#[test]
fn an_entry_is_not_added_below_a_missing_value_in_brackets() {
    for (text, path, column) in [("{m: , a}", &["m"][..], 5), ("{a, m}", &["m", "s"], 6)] {
        let (section, document) = (section(path, None), Document::new(Format::Yaml, text.into()));
        let document = document.unwrap();
        let position = Some(Position { line: 1, column });
        let want = DocumentError::WrongShape { name: "`m`".into(), wanted: "map", position };
        assert_eq!(document.edit(&section, &[put("new")], None), Err(want));
    }
}

#[test]
fn an_entry_is_not_added_to_a_value_that_cannot_contain_it() {
    let map = section(&["m", "s"], None);
    let list = section(&["m", "s"], Some("name"));
    for (format, section, text, name) in [
        (Format::Jsonc, &map, "8", "the file"),
        (Format::Jsonc, &map, "null", "the file"),
        (Format::Jsonc, &map, "[]", "the file"),
        (Format::Jsonc, &map, "{\"m\": 8}", "`m`"),
        (Format::Jsonc, &map, "{\"m\": {\"s\": 8}}", "`m.s`"),
        (Format::Jsonc, &list, "{\"m\": {\"s\": {}}}", "`m.s`"),
        (Format::Toml, &map, "m = 8\n", "`m`"),
        (Format::Toml, &list, "[m.s]\n", "`m.s`"),
        (Format::Yaml, &map, "x\n", "the file"),
        (Format::Yaml, &map, "m: x\n", "`m`"),
        (Format::Yaml, &map, "m:\n  s:\n  - x\n", "`m.s`"),
    ] {
        let document = Document::new(format, text.into()).unwrap();
        let wanted = if *section == list { "list" } else { "map" };
        for found in [
            document.entries(section).map(drop),
            document.edit(section, &[put("new")], None).map(drop),
        ] {
            let Err(DocumentError::WrongShape { name: found, wanted: shape, .. }) = found else {
                panic!("{found:?} for {text}")
            };
            assert_eq!((found.as_str(), shape), (name, wanted), "{text}");
        }
    }
}
