//! Clients' files as people and programs leave them.

use mcpgen::testing::document::{Format, Section};
use proptest::prelude::*;

#[derive(Debug)]
pub struct Lived {
    pub format: Format,
    pub section: Section,
    pub text: String,
}

pub fn section(path: &[&str], list_key: Option<&str>) -> Section {
    let path = path.iter().map(|key| (*key).to_owned()).collect();
    Section { paths: vec![path], list_key: list_key.map(str::to_owned) }
}

/// Writes files as people and programs leave them: any indent, comments, either line break, with or
/// without a section, a trailing comma, a final newline.
pub fn lived_in() -> impl Strategy<Value = Lived> {
    prop_oneof![json_file(), toml_file(), yaml_file()]
}

fn json_file() -> impl Strategy<Value = Lived> {
    let indent = prop::sample::select(vec!["  ", "    ", "\t", "   "]);
    let newline = prop::sample::select(vec!["\n", "\r\n"]);
    (indent, newline, 0..4_usize, 0..3_usize, any::<[bool; 6]>()).prop_map(
        |(indent, nl, entries, others, [comments, trailing, has_section, last, final_newline, inline])| {
            let note = |text: &str| if comments { format!(" // {text}") } else { String::new() };
            let comma = |more: bool| if more || trailing { "," } else { "" };
            let mut lines = vec![];
            for at in 0..others {
                lines.push(format!("\"theirs{at}\": [1, {{\"a\": null}}]"));
            }
            let mut servers: Vec<String> = (0..entries)
                .map(|at| if inline { format!("\"e{at}\": {{\"args\": [\"theirs{at}\"], \"on\": true}}") } else {
                    format!("\"e{at}\": {{{nl}{indent}{indent}{indent}\"args\": [\"theirs{at}\"], // in{nl}{indent}{indent}}}")
                })
                .collect();
            let inner = format!("{nl}{indent}{indent}");
            let count = servers.len();
            for (at, server) in servers.iter_mut().enumerate() {
                *server = format!("{inner}{server}{}{}", comma(at + 1 < count), note("theirs"));
            }
            let close = if servers.is_empty() && inline { String::new() } else { format!("{nl}{indent}") };
            if has_section {
                let at = if last { lines.len() } else { 0 };
                lines.insert(at, format!("\"mcpServers\": {{{}{close}}}", servers.concat()));
            }
            let count = lines.len();
            let body: String = lines
                .iter()
                .enumerate()
                .map(|(at, line)| format!("{nl}{indent}{line}{}{}", comma(at + 1 < count), note("theirs")))
                .collect();
            let text = format!("{{{body}{nl}}}{}", if final_newline { nl } else { "" });
            Lived { format: Format::Jsonc, section: section(&["mcpServers"], None), text }
        },
    )
}

fn toml_file() -> impl Strategy<Value = Lived> {
    let newline = prop::sample::select(vec!["\n", "\r\n"]);
    (newline, 0..3_usize, 0..5_usize, any::<[bool; 4]>()).prop_map(
        |(nl, entries, style, [comments, tail, final_newline, list])| {
            let note = if comments { " # theirs" } else { "" };
            let mut lines = vec!["theirs = 1 # top".to_owned()];
            match (list, style) {
                (true, 0) => lines.push("s = []".into()),
                (true, _) => {
                    for at in 0..entries {
                        lines.extend([
                            String::new(),
                            format!("[[s]]{note}"),
                            format!("name = \"e{at}\""),
                            format!("args = [\"theirs{at}\"]{note}"),
                        ]);
                    }
                }
                (false, 0) => lines.push("s = {}".into()),
                (false, 1) => lines.extend(
                    (0..entries).map(|at| format!("s.e{at}.args = [\"theirs{at}\"]{note}")),
                ),
                (false, 2) => {
                    lines.extend([String::new(), "[s]".into()]);
                    lines.extend(
                        (0..entries)
                            .map(|at| format!("e{at} = {{ args = [\"theirs{at}\"] }}{note}")),
                    );
                }
                (false, _) => {
                    for at in 0..entries {
                        lines.extend([
                            String::new(),
                            format!("[s.e{at}]{note}"),
                            format!("args = [\"theirs{at}\"]{note}"),
                        ]);
                        lines.extend([
                            String::new(),
                            format!("[s.e{at}.env]"),
                            "T = \"theirs\"".into(),
                        ]);
                    }
                }
            }
            if tail {
                lines.extend([
                    String::new(),
                    "[other]".into(),
                    format!("x = \"theirs\"{note}"),
                    "# theirs at the end".into(),
                ]);
            }
            let text = lines.join(nl) + if final_newline { nl } else { "" };
            let section = section(&["s"], list.then_some("name"));
            Lived { format: Format::Toml, section, text }
        },
    )
}

fn yaml_file() -> impl Strategy<Value = Lived> {
    let newline = prop::sample::select(vec!["\n", "\r\n"]);
    (newline, 0..4_usize, any::<[bool; 5]>()).prop_map(
        |(nl, entries, [comments, tail, final_newline, list, braces])| {
            let note = if comments { " # theirs" } else { "" };
            let mut lines = vec![format!("theirs: 1{note}")];
            match (entries, list) {
                (0, true) if braces => lines.push("s: []".into()),
                (0, false) if braces => lines.push("s: {}".into()),
                (0, _) => lines.push("s:".into()),
                (_, true) => {
                    lines.push("s:".into());
                    for at in 0..entries {
                        lines.extend([
                            format!("  - name: e{at}{note}"),
                            format!("    args: [theirs{at}]"),
                        ]);
                    }
                }
                (_, false) => {
                    lines.push(format!("s:{note}"));
                    for at in 0..entries {
                        lines.extend([
                            format!("  e{at}:"),
                            "    args:".into(),
                            format!("    - theirs{at}{note}"),
                        ]);
                    }
                }
            }
            if tail {
                lines.extend(["# theirs between".into(), "other: |".into(), "  theirs".into()]);
            }
            let text = lines.join(nl) + if final_newline { nl } else { "" };
            let section = section(&["s"], list.then_some("name"));
            Lived { format: Format::Yaml, section, text }
        },
    )
}
