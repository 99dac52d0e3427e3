//! Stays between the client and the server to hide tools. The server is a child process, which mcpgen starts by
//! starting itself again: so this process never has the secrets of the server.

use std::io::{self, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::super::{Done, Failure, Invocation, eprint_text};
use super::child_process::{self, LiveChild};
use crate::bridge::{StdioFilter, ToolFilter};
use crate::diagnostic::Diagnostic;
use crate::model::Server;
use crate::paths::own_program;

// Size of the buffers.
const PIECE: usize = 16 << 10;
// How long to wait for output after the server has exited: another process may keep the output open.
const LAST_OUTPUT: Duration = Duration::from_millis(200);

/// Starts a server and forwards the messages between the client and the server.
pub fn serve(invocation: &Invocation<'_>, server: &Server) -> Done {
    let filter = ToolFilter::new(&server.allow, &server.deny);
    let report = Box::new(|text: &str| eprint_text(&format!("mcpgen: {text}\n")));
    let filter = Arc::new(StdioFilter::new(filter, Box::new(io::stdout()), report));
    let unstartable = |error: io::Error| -> Failure {
        let title = format!("cannot start `{}`: cannot run mcpgen again", server.name);
        Diagnostic::error(title)
            .note(error.to_string())
            .help("check the program file of mcpgen and its permissions")
            .into()
    };
    let live = LiveChild::default();
    live.forward_signals();
    let (mut child, ended) = start(invocation, server, &filter).map_err(unstartable)?;
    let status = live.wait(&mut child).map_err(unstartable)?;
    wait_for_output(&ended, &filter);
    exit(status)
}

fn start(
    invocation: &Invocation<'_>,
    server: &Server,
    filter: &Arc<StdioFilter>,
) -> io::Result<(Child, Receiver<()>)> {
    let program = own_program().ok_or(io::ErrorKind::NotFound)?;
    let mut again = Command::new(program);
    again.args(["exec", "--filtered-by", &std::process::id().to_string()]);
    again.arg("--file").arg(invocation.declaration_path()).args(["--", &server.name]);
    let mut child = child_process::spawn(again.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let missing = || io::Error::other("the server has no standard streams");
    let stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let to_server = Arc::clone(filter);
    std::thread::spawn(move || {
        let client = BufReader::with_capacity(PIECE, io::stdin());
        if to_server.forward_to_server(client, stdin).is_err() {
            child_process::close_stdin();
        }
    });
    let (to_client, (done, ended)) = (Arc::clone(filter), channel());
    std::thread::spawn(move || {
        let server = BufReader::with_capacity(PIECE, stdout);
        if to_client.forward_to_client(server).is_ok() {
            child_process::close_stdout();
        }
        done.send(()).ok();
    });
    Ok((child, ended))
}

// A client that reads slowly still gets everything.
fn wait_for_output(ended: &Receiver<()>, filter: &StdioFilter) {
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(LAST_OUTPUT) {
        if !filter.is_writing() {
            return;
        }
    }
}

// The exit code of the server, or its signal, is that of this process.
fn exit(status: ExitStatus) -> Done {
    child_process::repeat_signal(status);
    std::process::exit(status.code().unwrap_or(1))
}
