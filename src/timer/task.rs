//! A timer of Windows' Task Scheduler: a task of the user.

use super::mark::marked;
use super::xml::{element, escape};
use super::{DESCRIPTION, ManagerCommand, NAME, RefreshTimer, TimerManager};
use crate::paths::{Environment, Os};

pub fn manager(env: &Environment) -> TimerManager {
    let path = env.state_dir().join(format!("{NAME}.xml"));
    let command = |args: &[&str]| ManagerCommand::new("schtasks", args);
    let delete = command(&["/Delete", "/TN", NAME, "/F"]);
    TimerManager {
        os: Os::Windows,
        other_path: None,
        query: command(&["/Query", "/TN", NAME]),
        stop: delete.clone(),
        stops_idle: false,
        halt: delete,
        start: vec![command(&["/Create", "/TN", NAME, "/XML", path.as_str()])],
        busy: &[],
        forget: vec![],
        paths: vec![path],
    }
}

/// Returns the definition of the task. The trigger has no user, because a trigger at logon needs an administrator.
pub fn definition(timer: &RefreshTimer) -> String {
    let (program, args) = timer.argv.split_first().expect("a command has a program");
    let args: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{DESCRIPTION}</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Repetition>
        <Interval>PT{}M</Interval>
      </Repetition>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
    </Principal>
  </Principals>
  <Settings>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{}</Command>
      <Arguments>{}</Arguments>
    </Exec>
  </Actions>
</Task>
"#,
        timer.minutes,
        escape(program),
        escape(&args.join(" "))
    );
    marked(&text, 1, ("<!-- ", " -->"))
}

// A backslash before a quote must be doubled. No argument contains a quote.
fn quoted(arg: &str) -> String {
    let slashes = arg.len() - arg.trim_end_matches('\\').len();
    format!("\"{arg}{}\"", "\\".repeat(slashes))
}

/// Returns the program and the arguments in the definition of a task.
pub fn argv(definition: &str) -> Option<Vec<String>> {
    let (program, rest) = element(definition, "Command")?;
    let (arguments, _) = element(rest, "Arguments")?;
    let mut words = vec![program];
    for word in arguments.split('"').skip(1).step_by(2) {
        let slashes = word.len() - word.trim_end_matches('\\').len();
        words.push(word[..word.len() - slashes / 2].to_owned());
    }
    Some(words)
}
