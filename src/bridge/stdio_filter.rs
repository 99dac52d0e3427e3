//! Hides tools of a server that a client reaches over stdio (`mcpgen exec`). Every other byte passes unchanged.

use std::io::{self, BufRead, Write};

use parking_lot::Mutex;

use super::message::{self, JsonRpcMessage, NotAMessage};
use super::tool_filter::{ToolFilter, UNREADABLE_LIST};

mod line;
mod output;
mod pending_lists;

use line::BorrowedLine;
use output::SharedOutput;
use pending_lists::PendingLists;

/// The filter between a client and a server.
pub struct StdioFilter {
    tools: ToolFilter,
    lists: Mutex<PendingLists>,
    client: SharedOutput,
    report: Box<dyn Fn(&str) + Send + Sync>,
}

// What is done with a line from the client.
enum Verdict {
    Forward,
    Respond(Vec<Vec<u8>>),
}

impl StdioFilter {
    /// `report` gets a message to a person for each line that is ignored.
    pub fn new(
        tools: ToolFilter,
        client: Box<dyn Write + Send>,
        report: Box<dyn Fn(&str) + Send + Sync>,
    ) -> Self {
        let client = SharedOutput::new(client);
        Self { tools, lists: Mutex::default(), client, report }
    }

    /// Forwards the client's lines until the client closes its output.
    ///
    /// # Errors
    /// Fails if the server has closed its input.
    pub fn forward_to_server(
        &self,
        mut client: impl BufRead,
        mut server: impl Write,
    ) -> io::Result<()> {
        loop {
            let mut line = vec![];
            // A read error means that the client has ended.
            if client.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
                return Ok(());
            }
            match self.judge(&line) {
                Verdict::Forward => {
                    // Some servers end a line at a carriage return too (Python, `io.TextIOWrapper`).
                    let end = BorrowedLine::of(&line).end();
                    message::on_one_line(&mut line[..end]);
                    server.write_all(&line)?;
                    server.flush()?;
                }
                Verdict::Respond(responses) => {
                    responses.into_iter().for_each(|response| self.client.send(response));
                }
            }
        }
    }

    // A line is forwarded only if every server reads the same message in it.
    fn judge(&self, line: &[u8]) -> Verdict {
        let text = BorrowedLine::of(line).message();
        if text.trim_ascii().is_empty() {
            return Verdict::Forward;
        }
        let messages = match message::parse(text) {
            Ok(messages) => messages,
            Err(error) => return Verdict::Respond(self.unreadable(text, error)),
        };
        if let Some(refusals) = self.tools.refusals(&messages) {
            return Verdict::Respond(refusals);
        }
        for list in messages.iter().filter(|message| message.is("tools/list")) {
            self.lists.lock().begin(list.request());
        }
        Verdict::Forward
    }

    fn unreadable(&self, text: &[u8], error: NotAMessage) -> Vec<Vec<u8>> {
        (self.report)(&format!("ignored a line from the client: {error}"));
        let value = message::value(text).filter(|message| message["method"].is_string());
        let id = value.and_then(|mut message| message.get_mut("id").map(serde_json::Value::take));
        id.iter().map(|id| message::failure(&id.to_string(), &error.to_string())).collect()
    }

    /// Forwards the server's output until the server closes it.
    ///
    /// # Errors
    /// Fails if the client has closed its input.
    pub fn forward_to_client(&self, mut server: impl BufRead) -> io::Result<()> {
        loop {
            // A read error means that the server has ended.
            let piece = server.fill_buf().unwrap_or_default();
            if piece.is_empty() {
                return self.client.end();
            }
            // A list is recorded before its request is forwarded, so a line that began before is not its response.
            if self.client.is_within_line() {
                let end = memchr::memchr(b'\n', piece).map_or(piece.len(), |at| at + 1);
                self.client.write(&piece[..end])?;
                server.consume(end);
            } else if self.lists.lock().is_empty() {
                let length = piece.len();
                self.client.write(piece)?;
                server.consume(length);
            } else {
                let mut line = vec![];
                server.read_until(b'\n', &mut line).ok();
                self.client.write(&self.without_hidden(line))?;
            }
        }
    }

    /// Returns whether the client has not yet read a part of the server's output.
    pub fn is_writing(&self) -> bool {
        self.client.is_writing()
    }

    fn without_hidden(&self, line: Vec<u8>) -> Vec<u8> {
        let borrowed = BorrowedLine::of(&line);
        let text = borrowed.message();
        let Ok(messages) = message::parse(text) else {
            return match self.unreadable_list(text) {
                Some(error) => borrowed.with(&error),
                None => line,
            };
        };
        let answered: Vec<&str> = messages.iter().filter_map(JsonRpcMessage::answers).collect();
        let listed: Vec<&str> =
            answered.into_iter().filter(|id| self.lists.lock().end(id)).collect();
        if listed.is_empty() {
            return line;
        }
        match self.tools.filter(text) {
            Ok(None) => line,
            Ok(Some(fewer)) => borrowed.with(&fewer),
            Err(_) => {
                let errors = listed.iter().map(|id| message::failure(id, UNREADABLE_LIST));
                borrowed.with(&errors.collect::<Vec<_>>().join(&b'\n'))
            }
        }
    }

    // A client may be able to read a list that this filter cannot read.
    fn unreadable_list(&self, text: &[u8]) -> Option<Vec<u8>> {
        let id = message::value(text)?.get("id")?.to_string();
        self.lists.lock().end(&id).then(|| message::failure(&id, UNREADABLE_LIST))
    }
}

impl std::fmt::Debug for StdioFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StdioFilter").field("tools", &self.tools).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
