//! A timer of systemd's user manager: a service unit and a timer unit.

use super::mark::marked;
use super::{DESCRIPTION, ManagerCommand, NAME, RefreshTimer, TimerManager};
use crate::paths::{Environment, Os};

const COMMENT: (&str, &str) = ("# ", "");
// systemd 252 refuses a program whose path has a quote or a backslash, so a shell starts it.
const SHELL: [&str; 3] = ["/bin/sh", "-c", "exec \"$0\" \"$@\""];

pub fn manager(env: &Environment) -> TimerManager {
    let directory = env.config_home().join("systemd/user");
    let timer = format!("{NAME}.timer");
    let command = |args: &[&str]| {
        let args = [&["--user"], args].concat();
        ManagerCommand::new("systemctl", &args)
    };
    TimerManager {
        os: Os::Linux,
        paths: vec![directory.join(format!("{NAME}.service")), directory.join(&timer)],
        other_path: None,
        query: command(&["is-active", "--quiet", &timer]),
        stop: command(&["disable", "--now", &timer]),
        stops_idle: true,
        halt: command(&["stop", &timer]),
        start: vec![command(&["daemon-reload"]), command(&["enable", "--now", &timer])],
        busy: &[],
        forget: vec![command(&["daemon-reload"])],
    }
}

/// Returns the service unit and the timer unit.
pub fn units(timer: &RefreshTimer) -> Vec<String> {
    let variable = |(name, value): (&String, &String)| {
        format!("Environment={}\n", quoted(&format!("{name}={value}")))
    };
    let variables: String = timer.variables.iter().map(variable).collect();
    let service = format!(
        "[Unit]\nDescription={DESCRIPTION}\n\n[Service]\nType=oneshot\n{variables}ExecStart={}\n",
        command_line(&timer.argv)
    );
    let timer = format!(
        "[Unit]\nDescription={DESCRIPTION}\n\n[Timer]\nOnStartupSec=1min\nOnUnitActiveSec={}min\n\n\
         [Install]\nWantedBy=timers.target\n",
        timer.minutes
    );
    vec![marked(&service, 0, COMMENT), marked(&timer, 0, COMMENT)]
}

fn command_line(argv: &[String]) -> String {
    let (program, args) = argv.split_first().expect("a command has a program");
    let shell = program.contains(['\'', '"', '\\']);
    let words = SHELL.iter().filter(|_| shell).copied();
    let words = words.chain([program.as_str()]).chain(args.iter().map(String::as_str));
    // systemd.service(5): `$` starts a variable in arguments, but not in the path of the program.
    let word = |(at, word): (usize, &str)| match at {
        0 => quoted(word),
        _ => quoted(&word.replace('$', "$$")),
    };
    words.enumerate().map(word).collect::<Vec<_>>().join(" ")
}

// systemd.syntax(7): `\` escapes in quotes. systemd.unit(5): `%` starts a specifier.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    format!("\"{text}\"")
}

/// Returns the program and the arguments in a service unit.
pub fn argv(service: &str) -> Option<Vec<String>> {
    let line = service.lines().find_map(|line| line.strip_prefix("ExecStart="))?;
    let mut words = words(line);
    words.iter_mut().skip(1).for_each(|word| *word = word.replace("$$", "$"));
    let shell = words.iter().map(String::as_str).take(SHELL.len()).eq(SHELL);
    Some(words.into_iter().skip(if shell { SHELL.len() } else { 0 }).collect())
}

// Reads the words of a command line in which only double quotes are used.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (vec![], String::new(), false);
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => quoted = !quoted,
            '\\' => word.extend(chars.next()),
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.into_iter().filter(|word| !word.is_empty()).map(|word| word.replace("%%", "%")).collect()
}
