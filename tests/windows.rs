//! What is different on Windows. Wine runs these tests (tests/cross/windows.sh).

use std::process::Command;
use std::time::{Duration, Instant};

use crate::case::Case;

mod files;
mod killed;
mod paths;
mod programs;
mod sign_in;

const TEST: &str = "windows::note_url";

/// Sets a browser that only notes the URL, in `browser.url`: this program, which runs [`note_url`].
pub fn set_browser(case: &Case, command: &mut Command) {
    let program = std::env::current_exe().unwrap();
    command.env("BROWSER", format!("\"{}\" --ignored --exact {TEST}", program.display()));
    command.env("URL_FILE", case.path("browser.url"));
}

#[test]
#[ignore = "it is the browser of other tests, and a part that other tests start"]
fn note_url() {
    let Some(file) = std::env::var_os("URL_FILE").map(std::path::PathBuf::from) else { return };
    let temporary = file.with_extension("tmp");
    std::fs::write(&temporary, std::env::args().next_back().unwrap()).unwrap();
    std::fs::rename(temporary, file).unwrap();
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
