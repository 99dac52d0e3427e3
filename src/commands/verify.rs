//! `verify`: starts each declared server as the clients do, and shows whether it responds and how many tools it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::select_clients::pick;
use super::select_servers::unknown_server;
use super::{Done, Failure, Invocation, eprint_diagnostics, eprint_text, print, print_json};
use crate::cli::{Exit, Verify};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, Server};
use crate::verify::{DistinctLaunch, VerifyLimits, VerifyResult, distinct_launches, verify_all};

mod diagnosis;
mod json;
mod table;

pub fn run(invocation: &Invocation<'_>, flags: &Verify) -> Done {
    let table = invocation.table()?;
    let model = invocation.model(&table)?;
    let clients = pick(invocation, &flags.clients, &model.clients, &table)?;
    let servers = named(invocation, &flags.servers, &model)?;
    let launcher = invocation.launcher(&model, invocation.env, None)?;
    let launches = distinct_launches(&model, &servers, &clients, &launcher, invocation.env);
    check_clients(flags, &launches)?;
    let signal = Arc::new(AtomicUsize::new(0));
    watch_signals(&signal);
    let timeout = Duration::from_secs(flags.timeout);
    let limits = VerifyLimits { timeout, jobs: flags.jobs.into(), signal: &signal };
    let progress = |finished| report_progress(invocation, finished, launches.len());
    progress(0);
    let results = verify_all(&launches, invocation.env, &limits, &progress);
    if invocation.is_animated() {
        eprint_text(CLEAR);
    }
    let results = results.map_err(|error| Failure::error(&error))?;
    let signal = signal.load(Ordering::SeqCst);
    if signal != 0 {
        // The exit code of a program that the signal has ended, as shells report it.
        std::process::exit(i32::try_from(signal).map_or(1, |signal| 128 + signal));
    }
    finish(invocation, flags, &launches, &results)
}

fn finish(
    invocation: &Invocation<'_>,
    flags: &Verify,
    launches: &[DistinctLaunch<'_>],
    results: &[VerifyResult],
) -> Done {
    let pairs: Vec<_> = launches.iter().zip(results).collect();
    if flags.json {
        print_json(&json::rows(&pairs))?;
    } else if pairs.is_empty() {
        eprint_text("no server is declared for these clients\n");
    } else {
        print(&table::text(invocation, &pairs))?;
    }
    let errors = diagnosis::diagnostics(invocation, flags, &pairs);
    if errors.is_empty() {
        return Ok(Exit::Done);
    }
    if !flags.json {
        eprint_text("\n");
    }
    eprint_diagnostics(&errors, invocation.terminal);
    Ok(Exit::Error)
}

fn named<'m>(
    invocation: &Invocation<'_>,
    names: &[String],
    model: &'m Model,
) -> Result<Vec<&'m Server>, Failure> {
    let known = || model.servers.iter().map(|server| server.name.as_str());
    if let Some(name) = names.iter().find(|name| !known().any(|known| known == *name)) {
        let otherwise = "pass the name of a declared server";
        return Err(unknown_server(invocation, name, Some(model), known(), otherwise));
    }
    let wanted = |server: &&Server| names.is_empty() || names.contains(&server.name);
    Ok(model.servers.iter().filter(wanted).collect())
}

// A server that the user names must be started.
fn check_clients(flags: &Verify, launches: &[DistinctLaunch<'_>]) -> Result<(), Failure> {
    let is_started = |name: &&String| launches.iter().any(|launch| launch.server.name == **name);
    let Some(name) = flags.servers.iter().find(|name| !is_started(name)) else { return Ok(()) };
    let (who, help) = match flags.clients.is_empty() {
        true => ("a client", "add a client to `clients` of the server"),
        false => ("these clients", "omit `--client`, or pass a client of the server"),
    };
    let error = Diagnostic::error(format!("`{name}` is not declared for {who}"));
    Err(Failure::usage(error.help(help)))
}

// Clears the line on a terminal (ECMA-48, EL).
const CLEAR: &str = "\r\x1b[2K";

fn report_progress(invocation: &Invocation<'_>, finished: usize, all: usize) {
    if invocation.is_animated() {
        eprint_text(&format!("{CLEAR}verified {finished} of {all}"));
    }
}

// Records the signal instead of ending at once, so that no server stays behind.
fn watch_signals(signal: &Arc<AtomicUsize>) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    for number in [SIGINT, SIGTERM] {
        let value = usize::try_from(number).unwrap_or(1);
        signal_hook::flag::register_usize(number, Arc::clone(signal), value).ok();
    }
    #[cfg(unix)]
    {
        let hangup = signal_hook::consts::SIGHUP;
        let value = usize::try_from(hangup).unwrap_or(1);
        signal_hook::flag::register_usize(hangup, Arc::clone(signal), value).ok();
    }
}
