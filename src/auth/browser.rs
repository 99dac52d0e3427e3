//! Opens a URL in the person's browser, without a shell: the server chose the URL, so a shell must
//! not interpret it.

use std::process::{Child, Command, Stdio};

use crate::diagnostic::Help;
use crate::http::{HttpError, check};
use crate::paths::{Environment, Os, search};

/// Why no browser was opened.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The URL must not be opened.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// `$BROWSER` is not a valid command line.
    #[error("`BROWSER` has an unclosed quote")]
    Quoting,
    /// The program did not start.
    #[error("cannot start the browser `{0}`")]
    NotStarted(String),
}

impl Help for BrowserError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.help(),
            Self::Quoting => Some("close the quote".to_owned()),
            Self::NotStarted(_) => Some("set BROWSER to your browser".to_owned()),
        }
    }
}

/// Opens a URL with `$BROWSER`, otherwise with the default browser.
///
/// # Errors
/// Fails if the URL is not HTTP, or if no program starts.
pub fn open(url: &str, env: &Environment) -> Result<Child, BrowserError> {
    // The caller knows whether plain http is allowed.
    check(url, true)?;
    let argv = argv(url, env)?;
    let (program, args) = argv.split_first().expect("a browser has a name");
    let mut command = Command::new(program);
    // A bridge that a client started from the dock lacks the PATH of a shell.
    search::set(&mut command, &env.wide_path());
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(|_| BrowserError::NotStarted(program.clone()))
}

fn argv(url: &str, env: &Environment) -> Result<Vec<String>, BrowserError> {
    let words = match env.var("BROWSER") {
        // In the paths of Windows, a backslash does not quote the next character.
        Some(words) if env.os == Os::Windows => split(&words.replace('\\', r"\\"))?,
        Some(words) => split(words)?,
        None => vec![],
    };
    let mut words = if words.is_empty() { opener(env.os) } else { words };
    if words.iter().any(|word| word.contains("%s")) {
        words.iter_mut().for_each(|word| *word = word.replace("%s", url));
    } else {
        words.push(url.to_owned());
    }
    Ok(words)
}

fn split(words: &str) -> Result<Vec<String>, BrowserError> {
    shell_words::split(words).map_err(|_| BrowserError::Quoting)
}

fn opener(os: Os) -> Vec<String> {
    let words: &[&str] = match os {
        Os::Linux => &["xdg-open"],
        Os::Macos => &["open"],
        Os::Windows => &["rundll32", "url.dll,FileProtocolHandler"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    #[test]
    fn the_address_is_one_word_whatever_it_holds() {
        let env = |browser: &str| {
            Environment::bare(Os::Linux, Utf8Path::new("/home/ada")).with(&[("BROWSER", browser)])
        };
        let url = "https://as/a?b=c&d=$(x);e";
        for (browser, want) in [
            ("", vec!["xdg-open", url]),
            ("curl -sL", vec!["curl", "-sL", url]),
            ("'my browser' --new %s", vec!["my browser", "--new", url]),
        ] {
            assert_eq!(argv(url, &env(browser)).unwrap(), want, "{browser}");
        }
        let windows = Environment::bare(Os::Windows, Utf8Path::new("C:/Users/ada"));
        let windows = windows.with(&[("BROWSER", r#""C:\my browser\b.exe" C:\x"#)]);
        assert_eq!(argv(url, &windows).unwrap(), [r"C:\my browser\b.exe", r"C:\x", url]);
        assert!(matches!(argv(url, &env("'x")), Err(BrowserError::Quoting)));
        assert!(matches!(open("javascript:alert(1)", &env("true")), Err(BrowserError::Http(_))));
    }
}
