//! A timer of launchd: an agent of the user.

use super::mark::marked;
use super::xml::{element, escape};
use super::{ManagerCommand, NAME, RefreshTimer, TimerManager};
use crate::paths::{Environment, Os};

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
"#;

// EIO, EINPROGRESS and EALREADY. `launchctl bootout` returns before launchd has released the name of the agent, which
// takes about five seconds.
const BUSY: &[i32] = &[5, 36, 37];

pub fn manager(env: &Environment, user: u32) -> TimerManager {
    let agents = env.home.join("Library/LaunchAgents");
    let path = agents.join(format!("{NAME}.plist"));
    let (domain, service) = (format!("gui/{user}"), format!("gui/{user}/{NAME}"));
    let command = |args: &[&str]| ManagerCommand::new("launchctl", args);
    TimerManager {
        os: Os::Macos,
        // home-manager (modules/launchd) copies its agents to this path and does not link them.
        other_path: Some(agents.join(format!("org.nix-community.home.{NAME}.plist"))),
        query: command(&["print", &service]),
        stop: command(&["bootout", &service]),
        stops_idle: false,
        halt: command(&["bootout", &service]),
        start: vec![command(&["bootstrap", &domain, path.as_str()])],
        busy: BUSY,
        forget: vec![],
        paths: vec![path],
    }
}

/// Returns the property list of the agent.
pub fn agent(timer: &RefreshTimer) -> String {
    let mut text = HEAD.to_owned();
    let mut key = |name: &str, value: &str| {
        text += &format!("\t<key>{name}</key>\n\t{value}\n");
    };
    let string = |value: &String| format!("\t\t<string>{}</string>\n", escape(value));
    let arguments: String = timer.argv.iter().map(string).collect();
    key("Label", &format!("<string>{NAME}</string>"));
    key("ProgramArguments", &format!("<array>\n{arguments}\t</array>"));
    if !timer.variables.is_empty() {
        let variable = |(name, value)| format!("\t\t<key>{name}</key>\n{}", string(value));
        let variables: String = timer.variables.iter().map(variable).collect();
        key("EnvironmentVariables", &format!("<dict>\n{variables}\t</dict>"));
    }
    key("StartInterval", &format!("<integer>{}</integer>", timer.minutes * 60));
    key("RunAtLoad", "<true/>");
    key("ProcessType", "<string>Background</string>");
    text += "</dict>\n</plist>\n";
    marked(&text, 1, ("<!-- ", " -->"))
}

/// Returns the program and the arguments in a property list.
pub fn argv(plist: &str) -> Option<Vec<String>> {
    let (_, rest) = plist.split_once("<key>ProgramArguments</key>")?;
    let (mut rest, _) = rest.split_once("</array>")?;
    let mut words = vec![];
    while let Some((word, after)) = element(rest, "string") {
        words.push(word);
        rest = after;
    }
    Some(words)
}
