//! The files of `templates`, which are part of the program.

use include_dir::{Dir, include_dir};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Returns the content of a built-in file.
pub fn built_in(name: &str) -> Option<&'static str> {
    // `Dir::get_file` is slow: it compares paths part by part.
    BUILT_IN.files().find(|file| file.path().as_os_str() == name)?.contents_utf8()
}

/// Splits a table into its rows, each with its name. A row starts with its header, and contains the headers of the
/// tables in it. The names have no quotes.
pub fn rows(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = first_header(table);
    std::iter::from_fn(move || {
        let row = rest?;
        let name = &row[1..row.find(']')?];
        let inner = |next: &str| next[1..].strip_prefix(name).is_some_and(|it| it.starts_with('.'));
        let mut next = header_after(row);
        while let Some(header) = next.filter(|next| inner(next)) {
            next = header_after(header);
        }
        rest = next;
        Some((name, &row[..row.len() - next.map_or(0, str::len)]))
    })
}

fn first_header(text: &str) -> Option<&str> {
    if text.starts_with('[') { Some(text) } else { header_after(text) }
}

fn header_after(text: &str) -> Option<&str> {
    text.find("\n[").map(|at| &text[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_contains_its_comments_and_the_tables_in_it() {
        let table = "# top\n[a]\nx = [\n  1,\n]\n\n[a.b]\ny = 1\n# c\n[ab]\nz = 1\n";
        let split: Vec<(&str, &str)> = rows(table).collect();
        let first = "[a]\nx = [\n  1,\n]\n\n[a.b]\ny = 1\n# c\n";
        assert_eq!(split, [("a", first), ("ab", "[ab]\nz = 1\n")]);
        assert_eq!(rows("# nothing\n").count(), 0);
    }
}
