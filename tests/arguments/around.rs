//! The text around a secret in an argument.

use crate::case::Case;

// Arguments in which the text around a secret is a secret too.
const AROUND: [&str; 6] = [
    r#"["--password", "Hunter2Hunter2${X}"]"#,
    r#"["--password", "Hunter2Hunter2 ${X}"]"#,
    r#"["--token=${X}Hunter2Hunter2"]"#,
    r#"["--header", "X-Api-Key: Hunter2Hunter2${X}"]"#,
    r#"["-u", "ada", "-p", "${X}Hunter2"]"#,
    r#"["postgresql://ada:Hunter2Hunter2${X}@localhost/db"]"#,
];

#[test]
fn an_entry_with_a_secret_around_a_placeholder_is_not_imported() {
    for args in AROUND {
        let entry =
            format!(r#"{{ "mcpServers": {{ "a": {{ "command": "x", "args": {args} }} }} }}"#);
        let run = Case::new().write(".claude.json", entry).run(&["import"]);
        assert!(!run.out.contains("Hunter2"), "{args}\n{}", run.out);
        assert!(!run.err.contains("Hunter2"), "{args}\n{}", run.err);
        assert!(run.err.contains("the text around `${X}` in"), "{args}\n{}", run.err);
    }
}

#[test]
fn a_declaration_with_a_secret_around_another_is_rejected_unless_plain_lists_its_arguments() {
    for args in AROUND {
        let args = args.replace("${X}", "§").replace('[', "[ ").replace(']', " ]");
        let tables = args.split('"').enumerate().map(|(at, part)| match part.split_once('§') {
            Some((before, after)) if at % 2 == 1 => {
                format!("{{ secret = 'env:X', prefix = '{before}', suffix = '{after}' }}")
            }
            Some(_) | None if at % 2 == 1 => format!("'{part}'"),
            Some(_) | None => part.to_owned(),
        });
        let args: String = tables.collect();
        let case = Case::in_memory();
        let text = format!("clients = ['codex']\n[servers.a]\ncommand = 'x'\nargs = {args}\n");
        case.put("mcp.toml", &text);
        let run = case.run(&["check", "-f", "mcp.toml"]);
        assert_eq!(run.code, 1, "{args}");
        assert!(run.err.contains("looks like a"), "{args}\n{}", run.err);
        assert!(!run.err.contains("Hunter2"), "{args}\n{}", run.err);
        case.put("mcp.toml", format!("{text}plain = ['args']\n"));
        case.ok(&["check", "-f", "mcp.toml"]);
    }
}

#[test]
fn harmless_text_around_a_secret_is_accepted() {
    for args in [
        r#""--header", { secret = "env:X", prefix = "Authorization: Bearer " }"#,
        r#""--api-key", { secret = "env:X", prefix = "pk_" }"#,
        r#""-c", { secret = "env:X", prefix = "server --client-secret ", suffix = " run" }"#,
        r#"{ secret = "env:X", prefix = "--api-key=" }, "src""#,
        r#"{ secret = "env:X", prefix = "{\"apiKey\": \"", suffix = "\", \"a\": \"b\"}" }"#,
        r#"{ secret = "env:X", prefix = "https://a.example/?apiKey=", suffix = "&b=production" }"#,
    ] {
        let case = Case::in_memory();
        let text = format!("clients = ['codex']\n[servers.a]\ncommand = 'x'\nargs = [{args}]\n");
        case.put("mcp.toml", &text);
        case.ok(&["check", "-f", "mcp.toml"]);
    }
}
