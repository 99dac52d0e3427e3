//! Phrases that docs/style.md rules out and that have no legitimate use.

use crate::case::Case;
use crate::repository;

/// The files and directories that are checked.
const CHECKED: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "benches",
    "docs",
    "examples",
    "flake.nix",
    "fuzz",
    "modules",
    "release",
    "src",
    "templates",
    "tests",
];

/// What is not checked: the files that quote the phrases, and declarations, some of which are not UTF-8.
const NOT_CHECKED: &[&str] = &["docs/style.md", "tests/style.rs", "tests/declarations/"];

const EXTENSIONS: &[&str] = &[
    "rs", "md", "toml", "nix", "j2", "json", "stderr", "ask", "env", "keyring", "mjs", "sh", "py",
];

/// Each phrase, word by word, and what to write instead.
const PHRASES: &[(&str, &str)] = &[
    ("a text", "a string"),
    ("texts", "strings"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("an end", "it expires, it closes"),
    ("its end", "it expires, it closes"),
    ("the begin of", "the start of, the first"),
    ("stands there", "is in the file"),
    ("lies there", "is in the directory"),
    ("is had", "exists"),
    ("what is said to", "messages to"),
    ("is no", "is not a"),
    ("home folder", "home directory"),
    ("folder of its own", "separate directory"),
    ("lies in", "is in"),
    ("lies beside", "is next to"),
    ("stands in", "is in"),
    ("passes over", "ignores"),
    ("passed over", "ignored"),
    ("take out", "remove"),
    ("takes out", "removes"),
    ("taken out", "removed"),
    ("carried over", "imported"),
    ("switched off", "disabled"),
    ("signs in by", "signs in with, uses"),
    ("by themselves", "separately, directly"),
];

/// What a phrase may be part of.
const LEGITIMATE: &[&str] = &[
    "a text editor",
    "a text file",
    "there is no",
    "which is no longer",
    "that is no longer",
    "is no longer",
    "is no more",
    "is no less",
];

#[test]
fn no_file_has_a_phrase_without_legitimate_use() {
    let mut found = vec![];
    for root in CHECKED {
        assert!(repository::path(root).exists(), "{root} is not in the repository");
        for file in repository::files(&[root], EXTENSIONS) {
            if NOT_CHECKED.iter().any(|path| file.starts_with(path)) {
                continue;
            }
            let content = repository::content(&file);
            let prose = if file.ends_with(".rs") { prose_of_rust(&content) } else { content };
            found.extend(offences(&file, &prose));
        }
    }
    assert!(found.is_empty(), "see docs/style.md\n{}", found.join("\n"));
}

#[test]
fn no_man_page_has_one_either() {
    let case = Case::new();
    case.ok(&["man", "pages"]);
    let mut found = vec![];
    for page in std::fs::read_dir(case.path("pages")).unwrap().flatten() {
        let name = page.file_name().into_string().unwrap();
        let Some(command) = name.strip_suffix(".1") else { continue };
        assert!(command.starts_with("mcpgen"), "{name}");
        found.extend(offences(&name, &case.read(&format!("pages/{name}"))));
    }
    assert!(found.is_empty(), "see docs/style.md\n{}", found.join("\n"));
}

#[test]
fn phrases_are_found_over_line_breaks_and_legitimate_uses_are_not() {
    let prose = |content: &str| offences("x", content).len();
    for bad in
        ["is a text.", "`x` is no\n/// `URL`", "Texts", "\"K\", say", "x is no a | b", "at its end"]
    {
        assert_eq!(prose(bad), 1, "{bad}");
    }
    for good in [
        "a text editor",
        "there\n// is no file",
        "it is no longer",
        "mending-wall",
        "a | text",
        "If so, say which one.",
    ] {
        assert_eq!(prose(good), 0, "{good}");
    }
    let rust = "let texts = 'a'; // a text\nf(\"b\\\"\", say); let x: &'a str = r#\"an \"end\"#;";
    let found = offences("x", &prose_of_rust(rust));
    assert_eq!(found.len(), 2, "{found:?}");
}

/// Returns each phrase in some prose, with its file and line.
fn offences(file: &str, prose: &str) -> Vec<String> {
    let words: Vec<(usize, &str)> = prose
        .lines()
        .enumerate()
        .flat_map(|(number, line)| line.split_whitespace().map(move |word| (number + 1, word)))
        .filter(|(_, word)| !matches!(*word, "//" | "///" | "//!" | "#"))
        .collect();
    let plain: Vec<String> = words
        .iter()
        .map(|(_, word)| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .collect();
    let mut found = vec![];
    for (at, (line, word)) in words.iter().enumerate() {
        let has = |phrase: &str, start: Option<usize>| {
            let mut words = phrase.split(' ').zip(start.into_iter().flat_map(|start| start..));
            words.all(|(word, at)| plain.get(at).is_some_and(|plain| plain == word))
                && start.is_some()
        };
        let legitimate = LEGITIMATE
            .iter()
            .any(|allowed| has(allowed, Some(at)) || has(allowed, at.checked_sub(1)));
        for (phrase, better) in PHRASES.iter().filter(|(phrase, _)| has(phrase, Some(at))) {
            if !legitimate {
                found.push(format!("{file}:{line}: `{phrase}`; for example: {better}"));
            }
        }
        let closes = word.ends_with(|c: char| c.is_ascii_punctuation()) || at + 1 == words.len();
        if at > 0 && plain[at] == "say" && words[at - 1].1.ends_with(',') && closes {
            found.push(format!("{file}:{line}: `, say`; for example: for example"));
        }
    }
    found
}

/// Returns the comments and strings of Rust source, line by line; `|` stands for the code between them.
fn prose_of_rust(source: &str) -> String {
    let (mut prose, mut rest) = (String::new(), source);
    while let Some(first) = rest.chars().next() {
        let (kept, length) = if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            (rest[..length].to_owned(), length)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            let inside = raw.find("\"#").unwrap_or(raw.len());
            (format!("{} |", &raw[..inside]), (inside + 5).min(rest.len()))
        } else if first == '"' {
            string(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            (" | ".to_owned(), 1 + rest[1..].find('\'').map_or(1, |end| end + 1).max(3))
        } else {
            let kept = if first == '\n' { "\n" } else { "" };
            (kept.to_owned(), first.len_utf8())
        };
        prose += &kept;
        rest = rest.get(length..).unwrap_or_default();
    }
    prose
}

/// Returns what a string literal says, and the literal's length.
fn string(literal: &str) -> (String, usize) {
    let (mut kept, mut escaped) = (String::new(), false);
    for (at, char) in literal.char_indices().skip(1) {
        match char {
            '"' if !escaped => return (format!("{kept} | "), at + 1),
            '\n' => kept.push('\n'),
            _ if escaped => kept.push(' '),
            '\\' => {}
            _ => kept.push(char),
        }
        escaped = char == '\\' && !escaped;
    }
    (kept, literal.len())
}
