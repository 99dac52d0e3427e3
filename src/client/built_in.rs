//! The files of `templates`, which are part of the program.

use include_dir::{Dir, include_dir};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Returns the content of a built-in file.
pub fn built_in(name: &str) -> Option<&'static str> {
    // `Dir::get_file` is slow: it compares paths part by part.
    BUILT_IN.files().find(|file| file.path().as_os_str() == name)?.contents_utf8()
}
