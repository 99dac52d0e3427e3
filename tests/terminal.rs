//! A person at a terminal: mcpgen runs on a terminal of its own, and the test reads what it shows and types.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::case::{CANARY, Case, kill_later};
use crate::oauth::{browse, browser};

/// mcpgen on a terminal.
pub struct Terminal<'a> {
    case: &'a Case,
    child: Child,
    keys: Option<ChildStdin>,
    shown: Receiver<Vec<u8>>,
    text: String,
    read: usize,
}

impl<'a> Terminal<'a> {
    /// Starts mcpgen with a browser that only notes the URL.
    pub fn start(case: &'a Case, args: &[&str]) -> Self {
        let wrapper = ["sh", "-c", "exec script -qec \"$0 $*\" /dev/null"];
        let mut command = case.wrapped(&wrapper, args);
        command.env("BROWSER", format!("'{}'", browser(case).display()));
        command.env("TERM", "xterm").stdin(Stdio::piped());
        let mut child = command.spawn().expect("`script` (Debian: bsdutils) is installed");
        kill_later(child.id());
        let (keys, mut screen) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, shown) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut chunk) {
                if sender.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { case, child, keys, shown, text: String::new(), read: 0 }
    }

    /// Waits until a string is shown that was not there before, and returns everything up to it.
    pub fn expect(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.text[self.read..].find(text) {
                let end = self.read + at + text.len();
                let before = self.text[self.read..end].to_owned();
                self.read = end;
                return before;
            }
            let more = self.shown.recv_timeout(Duration::from_secs(50));
            let more = more.unwrap_or_else(|_| panic!("`{text}` is not shown:\n{}", self.text));
            self.text += &String::from_utf8_lossy(&more).replace('\r', "");
        }
    }

    /// Types a line.
    pub fn line(&mut self, line: &str) {
        let keys = self.keys.as_mut().expect("the terminal is open");
        keys.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Waits for a question and answers it.
    pub fn answer(&mut self, question: &str, answer: &str) -> String {
        let before = self.expect(question);
        self.expect("] ");
        self.line(answer);
        before
    }

    /// Signs in as a person does, in the browser that mcpgen opens.
    pub fn sign_in(&mut self) {
        self.expect("in your browser");
        let noted = self.case.path("browser.url");
        let url = std::iter::repeat_with(|| {
            std::thread::sleep(Duration::from_millis(5));
            std::fs::read_to_string(&noted)
        });
        let url = url.take(5000).find_map(Result::ok).expect("a browser is opened");
        std::fs::remove_file(&noted).unwrap();
        browse(&url);
    }

    /// Kills mcpgen as a closed terminal does, without an answer to its question.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until mcpgen exits, and returns its exit code and everything that it showed.
    pub fn end(mut self) -> (i32, String) {
        let status = self.child.wait().unwrap();
        drop(self.keys);
        while let Ok(more) = self.shown.recv_timeout(Duration::from_secs(50)) {
            self.text += &String::from_utf8_lossy(&more).replace('\r', "");
        }
        assert!(!self.text.contains(CANARY), "the canary is on the terminal:\n{}", self.text);
        (status.code().unwrap_or(-1), self.text)
    }
}
