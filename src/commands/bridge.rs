//! `bridge`: serves a remote server over stdio, in place of mcp-remote.
//!
//! Standard input and output belong to the client. Messages go to standard error, which clients show in their logs.

use std::io::{self, BufReader};
use std::sync::Arc;
use std::sync::mpsc::channel;

use super::{Done, Failure, Invocation, eprint_text};
use crate::bridge::log::BridgeLog;
use crate::bridge::options::BridgeOptions;
use crate::bridge::{BridgeSetup, EndReason, VariableValues};
use crate::cli::{BridgeFlags, Exit};
use crate::diagnostic::Diagnostic;
use crate::fs;
use crate::paths::Environment;
use crate::secret::Secret;

mod log;

use log::LogOutput;

// Size of the buffer for standard input.
const PIECE: usize = 16 << 10;

pub fn run(invocation: &Invocation<'_>, flags: &BridgeFlags) -> Done {
    serve(invocation, invocation.env, &flags.args, &[])
}

/// Serves a remote server until the client ends. `args` are the arguments after `mcpgen bridge`; `secrets` are values
/// of `${NAME}` that are not in the environment.
pub fn serve(
    invocation: &Invocation<'_>,
    env: &Environment,
    args: &[String],
    secrets: &[(String, Secret)],
) -> Done {
    let read = |path: &str| {
        let bytes = fs::read(&env.absolute(path.into())).ok().flatten()?;
        String::from_utf8(bytes).ok()
    };
    let options = BridgeOptions::parse(args, &read)
        .map_err(|error| Failure::usage(Diagnostic::of_error(&error)))?;
    let output = Arc::new(LogOutput::new(env, &options));
    let logged = Arc::clone(&output);
    let sink = Arc::new(move |text: &str, debug: bool| logged.write(text, debug));
    let log = BridgeLog::new(sink, options.debug);
    let (sender, ended) = channel();
    stop_on_signals(&sender);
    let on_end = Arc::new(move |end| sender.send(end).unwrap_or_default());
    let stdin = Box::new(BufReader::with_capacity(PIECE, io::stdin()));
    let stdout = Box::new(io::stdout());
    let login = invocation.suggest.mcpgen("login").to_string();
    let values = VariableValues { env, secrets };
    let bridge = BridgeSetup { options, values, stdin, stdout, on_end, log, login }.bridge();
    let bridge = bridge.map_err(|error| Failure::error(&error))?;
    let reading = Arc::clone(&bridge);
    std::thread::spawn(move || reading.read_messages());
    // Wait until the client closes standard input or output, or until a signal arrives.
    bridge.close(ended.recv().unwrap_or(EndReason::Terminated));
    output.flush();
    Ok(Exit::Done)
}

#[cfg(unix)]
fn stop_on_signals(ends: &std::sync::mpsc::Sender<EndReason>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ends = ends.clone();
    let signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]);
    // Without handlers, a signal ends the process at once, and the session with the server stays open.
    let Ok(mut signals) = signals else { return };
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            ends.send(EndReason::Terminated).ok();
        }
    });
}

#[cfg(not(unix))]
fn stop_on_signals(_ends: &std::sync::mpsc::Sender<EndReason>) {}
