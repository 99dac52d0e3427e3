//! What is a secret, what stands for one, and what is neither: `check`, `import`, `doctor` and `plan --diff` agree.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::case::{Case, golden};
use rows::{Place, Row, rows};

mod canary;
mod rows;
mod values;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Secret,
    Placeholder,
    Harmless,
}

fn name(at: usize) -> String {
    format!("s{at}x")
}

fn entry(row: &Row) -> Value {
    let value = row.value.as_str();
    match row.place {
        Place::Env(name) => json!({ "command": "x", "env": { name: value } }),
        Place::Header(name) => {
            json!({ "url": "https://a.example/mcp", "headers": { name: value } })
        }
        Place::Args => json!({ "command": "x", "args": value.split(' ').collect::<Vec<_>>() }),
        Place::Arg => json!({ "command": "x", "args": [value] }),
        Place::Url => json!({ "url": value }),
    }
}

// Every row as a server, each on a line of its own.
fn declaration(rows: &[Row]) -> String {
    let mut text = "clients = [\"cursor\"]\n".to_owned();
    for (at, row) in rows.iter().enumerate() {
        let Value::Object(fields) = entry(row) else { unreachable!() };
        let fields = fields.iter().map(|(key, value)| format!("{key} = {}", inline(value)));
        let fields: Vec<String> = fields.collect();
        text += &format!("servers.{} = {{ {} }}\n", name(at), fields.join(", "));
    }
    text
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| format!("\"{key}\" = {}", inline(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Array(list) => {
            format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        // On one line.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn file(rows: &[Row]) -> String {
    let entries: serde_json::Map<String, Value> =
        rows.iter().enumerate().map(|(at, row)| (name(at), entry(row))).collect();
    json!({ "mcpServers": entries }).to_string()
}

fn of_message(text: &str) -> Verdict {
    if text.contains("placeholder of a README") {
        Verdict::Placeholder
    } else if text.contains("looks like") || text.contains("in plain text") {
        Verdict::Secret
    } else {
        Verdict::Harmless
    }
}

fn worst(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Secret, _) | (_, Verdict::Secret) => Verdict::Secret,
        (Verdict::Placeholder, _) | (_, Verdict::Placeholder) => Verdict::Placeholder,
        (Verdict::Harmless, Verdict::Harmless) => Verdict::Harmless,
    }
}

fn checked(rows: &[Row]) -> Vec<Verdict> {
    let case = Case::new().write("mcp.toml", declaration(rows));
    let run = case.run(&["check", "-f", "mcp.toml"]);
    let mut found = vec![Verdict::Harmless; rows.len()];
    for error in run.err.split("error: ").skip(1) {
        let (_, place) = error.split_once("mcp.toml:").expect("an error has a position");
        let line: usize = place.split(':').next().unwrap().parse().unwrap();
        let verdict = of_message(error);
        assert_ne!(verdict, Verdict::Harmless, "{error}");
        found[line - 2] = worst(found[line - 2], verdict);
    }
    found
}

fn imported(rows: &[Row], case: &Case) -> Vec<Verdict> {
    let run = case.run(&["import", "--secrets", "env"]);
    let text: toml_edit::DocumentMut = run.out.parse().unwrap();
    let unwrapped = run.err.replace("\n         ", " ");
    let notes: BTreeMap<&str, &str> = unwrapped
        .split("warning: `")
        .skip(1)
        .filter_map(|note| Some((note.split_once('`')?.0, note)))
        .collect();
    let verdict = |(at, row): (usize, &Row)| {
        let name = name(at);
        if let Some(note) = notes.get(name.as_str()) {
            return of_message(note);
        }
        let server = text["servers"].get(&name).unwrap_or_else(|| panic!("{row:?}\n{}", run.err));
        let args = server.get("args").and_then(toml_edit::Item::as_array);
        let in_args = args.is_some_and(|args| args.iter().any(toml_edit::Value::is_inline_table));
        let beside = server.get("secrets").is_some() || server.get("auth").is_some();
        let hidden = in_args || beside;
        if hidden { Verdict::Secret } else { Verdict::Harmless }
    };
    rows.iter().enumerate().map(verdict).collect()
}

fn diagnosed(rows: &[Row], case: &Case) -> Vec<Verdict> {
    let run = case.run(&["doctor", "--json"]);
    let findings: Value = serde_json::from_str(&run.out).unwrap();
    let mut found = vec![Verdict::Harmless; rows.len()];
    for finding in findings.as_array().unwrap() {
        let cause = finding["cause"].as_str().unwrap();
        let code = finding["code"].as_str().unwrap();
        if !["plain", "placeholder"].contains(&code) {
            continue;
        }
        let name = cause.split('`').nth(1).unwrap();
        let at: usize = name.trim_matches(['s', 'x']).parse().unwrap();
        found[at] = worst(found[at], of_message(cause));
    }
    found
}

// The module of home-manager judges the same rows. No value is written in full, since scanners would report it.
#[test]
fn the_rows_that_the_module_judges_are_these() {
    let judged = rows().into_iter().filter(|row| row.verdict != Verdict::Placeholder);
    let row = |row: Row| {
        let chars: Vec<char> = row.value.chars().collect();
        let parts: Vec<String> = chars.chunks(6).map(|part| part.iter().collect()).collect();
        let (place, name) = match row.place {
            Place::Env(name) => ("env", name),
            Place::Header(name) => ("headers", name),
            Place::Args => ("args", ""),
            Place::Arg => ("arg", ""),
            Place::Url => ("url", ""),
        };
        let line = json!([place, name, parts, row.verdict == Verdict::Secret]);
        format!("  {line}")
    };
    let lines: Vec<String> = judged.map(row).collect();
    golden("../tests/nix/recognized.json", &format!("[\n{}\n]\n", lines.join(",\n")));
}

#[test]
fn check_import_and_doctor_agree_about_every_row_and_no_output_has_a_secret() {
    let rows = rows();
    let harmless = rows.iter().filter(|row| row.verdict == Verdict::Harmless).count();
    assert!(rows.len() >= 150 && harmless * 2 >= rows.len(), "{} {harmless}", rows.len());
    let case = Case::new().write(".cursor/mcp.json", file(&rows));
    let results = [
        ("check", checked(&rows)),
        ("import", imported(&rows, &case)),
        ("doctor", diagnosed(&rows, &case)),
    ];
    let mut wrong = vec![];
    for (at, row) in rows.iter().enumerate() {
        for (command, verdicts) in &results {
            if verdicts[at] != row.verdict {
                wrong.push(format!("{command}: {:?} for {row:?}", verdicts[at]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let servers: String =
        (0..rows.len()).map(|at| format!("servers.{}.command = \"y\"\n", name(at))).collect();
    let case = case.declare(&format!("clients = [\"cursor\"]\n{servers}"));
    for args in [
        &["plan", "--adopt-all", "--diff"][..],
        &["plan", "--adopt-all", "--json"],
        &["import"],
        &["import", "--secrets", "env"],
        &["doctor"],
        &["doctor", "--json"],
        &["apply", "--adopt-all"],
    ] {
        let run = case.run(args);
        for row in rows.iter().filter(|row| row.verdict == Verdict::Secret) {
            let secret = row.secret();
            assert!(!run.out.contains(secret), "{args:?} shows {row:?}");
            assert!(!run.err.contains(secret), "{args:?} shows {row:?}");
        }
    }
}
