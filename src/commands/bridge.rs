//! `bridge`: serves a remote server over stdio, in mcp-remote's place.
//!
//! Standard input and output belong to the client. What there is to say goes to standard error, which clients
//! show in their logs.

use std::io::{self, BufReader};
use std::sync::Arc;
use std::sync::mpsc::channel;

use super::{Done, Failure, Rim, tell};
use crate::bridge::options::Options;
use crate::bridge::say::Say;
use crate::bridge::{End, Start, Values};
use crate::cli::{Bridge, Exit};
use crate::diagnostic::{Diagnostic, printable};
use crate::fs;
use crate::paths::Environment;
use crate::secret::Secret;
use crate::suggest::ShellCommand;

mod log;

// A message comes in pieces of this size.
const PIECE: usize = 16 << 10;

pub fn run(rim: &Rim<'_>, flags: &Bridge) -> Done {
    serve(rim.env, &flags.args, &[])
}

/// Serves a remote server until the client is done. `args` are what stands behind `mcpgen bridge`; `secrets` are
/// what `${NAME}` stands for where the environment does not say it.
pub fn serve(env: &Environment, args: &[String], secrets: &[(String, Secret)]) -> Done {
    let read = |path: &str| {
        let bytes = fs::read(&env.absolute(path.into())).ok().flatten()?;
        String::from_utf8(bytes).ok()
    };
    let options = Options::parse(args, &read).map_err(|error| {
        let fault = Diagnostic::error(error.to_string());
        let other = ShellCommand::new("npx -y mcp-remote@0.15.1");
        Failure::usage(fault.help(format!("{other} takes the same command line")))
    })?;
    let log = log::open(env, &options);
    let silent = options.silent && !options.debug;
    let sink = Arc::new(move |text: &str, debug: bool| {
        let text = printable(text);
        if !silent {
            tell(&format!("mcpgen: {text}\n"));
        }
        log.write(&text, debug);
    });
    let say = Say::new(sink, options.debug);
    let (sender, ended) = channel();
    stop_on_signals(&sender);
    let ends = Arc::new(move |end| sender.send(end).unwrap_or_default());
    let stdin = Box::new(BufReader::with_capacity(PIECE, io::stdin()));
    let stdout = Box::new(io::stdout());
    let values = Values { env, secrets };
    let bridge = Start { options, values, stdin, stdout, ends, say }.bridge();
    let bridge = bridge.map_err(|error| Failure::error(&error))?;
    let reading = Arc::clone(&bridge);
    std::thread::spawn(move || reading.read());
    // Whoever is first: the client has said its last, is gone, or a signal says so.
    bridge.end(ended.recv().unwrap_or(End::Gone));
    Ok(Exit::Done)
}

#[cfg(unix)]
fn stop_on_signals(ends: &std::sync::mpsc::Sender<End>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ends = ends.clone();
    let signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]);
    // Without them the process ends at once, and the server finds out by itself.
    let Ok(mut signals) = signals else { return };
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            ends.send(End::Gone).ok();
        }
    });
}

#[cfg(not(unix))]
fn stop_on_signals(_ends: &std::sync::mpsc::Sender<End>) {}
