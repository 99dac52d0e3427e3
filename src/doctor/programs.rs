//! Checks whether the programs that clients start exist, also for a client without the `PATH` of a shell.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::display::first_names;
use crate::entry;
use crate::entry::bridge::Starter;
use crate::entry::headers_helper::headers_program;
use crate::fs;
use crate::launch::start_error::not_on_path_help;
use crate::launch::{Command, Launcher};
use crate::paths::{Environment, Os, search};
use crate::survey::EntryReach;

// The PATH of a program that is started from a dock or a menu.
const DOCK: [&str; 5] = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];
/// The oldest Node.js that any supported bridge runs on.
const NODE: u32 = 18;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    // By cause and remedy: a missing program is one finding, even if many entries start it.
    let mut absent: BTreeMap<(String, String), Vec<&Route<'_>>> = BTreeMap::new();
    let mut docked: BTreeMap<Utf8PathBuf, BTreeSet<&str>> = BTreeMap::new();
    // Most entries start the same few programs.
    let mut places: BTreeMap<(String, String), Option<Program>> = BTreeMap::new();
    for route in &input.routes {
        let (value, spellings) = (&route.entry.value, route.section.client.fields());
        let command =
            entry::command(value, spellings).or_else(|| headers_program(value, spellings));
        for command in command.iter().chain(behind_exec(input, route).as_ref()) {
            let place =
                places.entry(key(command)).or_insert_with(|| Program::find(command, input.env));
            if place.is_none() {
                absent.entry(missing(input, route, command)).or_default().push(route);
            }
        }
        let Some(command) = command else { continue };
        let Some(Some(Program { place, node })) = places.get(&key(&command)) else { continue };
        let path = command.env.get("PATH").map_or("", String::as_str);
        let by_name = !command.program.contains(['/', '\\']);
        let docks = place.parent().is_some_and(|directory| !DOCK.contains(&directory.as_str()));
        if by_name && docks && path.is_empty() && route.section.client.dock {
            docked.entry(place.clone()).or_default().insert(&route.client);
        }
        found.extend(node.and_then(|version| old_node(input, route, version)));
    }
    found.extend(absent.iter().map(|((why, remedy), routes)| {
        let who: BTreeSet<&str> = routes.iter().map(|route| route.who.as_str()).collect();
        let entries: BTreeSet<String> = routes.iter().map(|route| route.place(input.env)).collect();
        let (who, entries) = (first_names(who), first_names(entries.iter().map(String::as_str)));
        let cause = format!("{who} cannot start {entries}: {why}");
        Finding::new(Severity::Broken, "program", cause, remedy)
    }));
    found.extend(docked.iter().map(|(place, who)| dock(input, place, who)));
    found
}

// The path of a program, and the version of the Node.js that it belongs to.
struct Program {
    place: Utf8PathBuf,
    node: Option<u32>,
}

impl Program {
    fn find(command: &Command, env: &Environment) -> Option<Self> {
        let place = find(command, env)?;
        let node = node_version(&place);
        Some(Self { place, node })
    }
}

// The PATH in an entry replaces mcpgen's PATH for that entry.
fn find(command: &Command, env: &Environment) -> Option<Utf8PathBuf> {
    let program = command.program.as_str();
    if program.contains(['/', '\\']) {
        let path = Utf8PathBuf::from(program);
        return (path.is_file() || path.is_relative()).then_some(path);
    }
    let names = match env.os {
        Os::Windows => vec![format!("{program}.exe"), format!("{program}.cmd"), program.to_owned()],
        Os::Linux | Os::Macos => vec![program.to_owned()],
    };
    let path = command.env.get("PATH").map_or(env.path(), |path| path.as_ref());
    names.iter().find_map(|name| search::find_program(name, path))
}

fn key(command: &Command) -> (String, String) {
    (command.program.clone(), command.env.get("PATH").cloned().unwrap_or_default())
}

// Returns the command that `mcpgen exec` starts.
fn behind_exec(input: &DoctorInput<'_>, route: &Route<'_>) -> Option<Command> {
    let EntryReach::Exec(exec) = route.reach else { return None };
    let start = &exec.behind.as_ref().ok().filter(|_| !exec.prints_headers)?.start;
    Some(Launcher::for_start(&start.launch, input.env).start(&start.server).command)
}

// Returns why the program cannot be started, and what to do.
fn missing(input: &DoctorInput<'_>, route: &Route<'_>, command: &Command) -> (String, String) {
    let program = &command.program;
    let ours = input.is_ours(route) || matches!(route.reach, EntryReach::Exec(_));
    let field = match (ours, route.reach.bridge()) {
        (false, _) => Some("`command`".to_owned()),
        (true, None) => Some("`command` in mcp.toml".to_owned()),
        // The declaration of a server with a URL has no command.
        (true, Some(_)) => None,
    };
    let or = |what: &str| field.as_ref().map_or(String::new(), |field| format!("{what} {field}"));
    if program.contains(char::is_whitespace) {
        let why = "`command` must contain only the program".to_owned();
        (why, format!("move the arguments to `args`{}", or(", or correct the path in")))
    } else if program.contains(['/', '\\']) {
        let remedy = format!("install the program{}", or(", or correct its path in"));
        (format!("`{program}` does not exist"), remedy)
    } else {
        let install = || format!("install the program{}", or(", or write its absolute path in"));
        let remedy = not_on_path_help(program).unwrap_or_else(install);
        (format!("`{program}` is not on PATH"), remedy)
    }
}

fn dock(input: &DoctorInput<'_>, place: &Utf8Path, who: &BTreeSet<&str>) -> Finding {
    let name = place.file_name().unwrap_or_default();
    let place = input.env.display(place);
    let cause = format!(
        "`{name}` is in {place}, where {} may not find it if started from a dock or a \
         menu",
        first_names(who.iter().copied())
    );
    let remedy =
        format!("write {place} in `command`, or set `absolute = true` under [launch] in mcp.toml");
    Finding::new(Severity::Note, "dock", cause, remedy)
}

fn old_node(input: &DoctorInput<'_>, route: &Route<'_>, version: u32) -> Option<Finding> {
    match route.reach.bridge()?.start.by {
        Starter::Npx | Starter::NpmExec | Starter::PnpmDlx | Starter::YarnDlx | Starter::Direct => {
        }
        Starter::Bunx | Starter::Mcpgen => return None,
    }
    if version >= NODE {
        return None;
    }
    let cause = format!(
        "{} starts the bridge with Node.js {version}, but the bridge needs {NODE} or newer",
        route.who
    );
    let place = route.place(input.env);
    let remedy = format!("install a newer Node.js, and write the new path in `command` of {place}");
    Some(Finding::new(Severity::Broken, "node", cause, remedy))
}

// The version of Node.js is in its path, or in a header file in the same installation.
fn node_version(program: &Utf8Path) -> Option<u32> {
    let major = |text: &str| text.split('.').next()?.parse::<u32>().ok();
    let parts = program.components().map(|part| part.as_str());
    let named = |part: &str| {
        let text = part.strip_prefix("node-").unwrap_or(part);
        let text = text.strip_prefix('v')?;
        text.contains('.').then(|| major(text))?
    };
    parts.filter_map(named).next_back().or_else(|| {
        let bin = program.parent()?;
        let header = bin.join("../include/node/node_version.h");
        let text = String::from_utf8(fs::read(&header).ok()??).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("#define NODE_MAJOR_VERSION"))?;
        line.trim().parse().ok()
    })
}
