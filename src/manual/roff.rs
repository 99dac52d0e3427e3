//! Writes man pages in roff, with the macros of man(7).

use std::fmt::Write as _;

// The day on which the content of the pages was last revised. A page has the same bytes on every day.
const REVISED: &str = "2026-11-29";

// mandoc's lint reports longer lines of roff.
const LONGEST_LINE: usize = 78;

/// A man page.
pub struct ManPage {
    text: String,
}

impl ManPage {
    /// Starts a page.
    pub fn new(title: &str, section: u8, about: &str) -> Self {
        let heading = format!(
            ".TH {} {section} {REVISED} \"mcpgen {}\"\n",
            code(&title.to_uppercase()),
            env!("CARGO_PKG_VERSION")
        );
        let mut page = Self { text: heading };
        page.section("NAME");
        let _ = writeln!(page.text, "{} \\- {}", code(title), prose(about));
        page
    }

    /// Starts a section.
    pub fn section(&mut self, name: &str) {
        let _ = writeln!(self.text, ".SH {name}");
    }

    /// Starts a subsection.
    pub fn subsection(&mut self, name: &str) {
        let _ = writeln!(self.text, ".SS {}", prose(name));
    }

    /// Adds a paragraph. Parts in backticks are bold.
    pub fn paragraph(&mut self, text: &str) {
        self.new_paragraph();
        self.line(text);
    }

    // A heading starts a paragraph itself.
    fn new_paragraph(&mut self) {
        if !self.text.lines().last().is_some_and(|line| line.starts_with(".S")) {
            self.text += ".PP\n";
        }
    }

    /// Adds a term in roff, with its description.
    pub fn item(&mut self, term: &str, text: &str) {
        let _ = writeln!(self.text, ".TP\n{term}");
        self.line(text);
    }

    /// Adds lines that are not filled.
    pub fn example(&mut self, lines: &str) {
        self.new_paragraph();
        self.text += ".RS 4\n.EX\n";
        for line in lines.lines() {
            let _ = writeln!(self.text, "{}", start(&code(line)));
        }
        self.text += ".EE\n.RE\n";
    }

    fn line(&mut self, text: &str) {
        let mut line = String::new();
        for word in prose(text).split(' ') {
            if !line.is_empty() && line.len() + 1 + word.len() > LONGEST_LINE {
                let _ = writeln!(self.text, "{}", start(&line));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        let _ = writeln!(self.text, "{}", start(&line));
    }

    /// Returns the page.
    pub fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

/// Returns bold code.
pub fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", code(text))
}

/// Returns italic code, for a value that the user replaces.
pub fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", code(text))
}

// Escapes what must be copied exactly: groff would print other characters for these.
fn code(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out += "\\e",
            '-' => out += "\\-",
            '~' => out += "\\(ti",
            '^' => out += "\\(ha",
            '\'' => out += "\\(aq",
            '`' => out += "\\(ga",
            c => character(&mut out, c),
        }
    }
    out
}

// Escapes prose. What is in backticks is code.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out += &bold(part);
            continue;
        }
        for c in part.chars() {
            match c {
                '\\' => out += "\\e",
                '\n' => out.push(' '),
                '\'' => out += "\\(aq",
                '~' => out += "\\(ti",
                c => character(&mut out, c),
            }
        }
    }
    out
}

fn character(out: &mut String, c: char) {
    if c.is_ascii() {
        out.push(c);
    } else {
        let _ = write!(out, "\\[u{:04X}]", u32::from(c));
    }
}

// A line that starts with a period would be a macro.
fn start(line: &str) -> String {
    if line.starts_with('.') { format!("\\&{line}") } else { line.to_owned() }
}
