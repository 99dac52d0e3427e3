//! The processes of this machine, as far as the system shows them without extra rights.

/// A running process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// The process ID of its parent.
    pub parent: u32,
    /// When it started. Together with the process ID, this identifies it.
    pub started: String,
}

/// Returns the process ID of the parent of this process.
#[cfg(unix)]
pub fn parent() -> u32 {
    std::os::unix::process::parent_id()
}

/// Returns zero: on this system the parent is not known.
#[cfg(not(unix))]
pub fn parent() -> u32 {
    0
}

/// Returns a process, if it runs and this user can see it.
#[cfg(target_os = "linux")]
pub fn process(pid: u32) -> Option<Process> {
    of_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Returns a process, if it runs and this user can see it.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn process(pid: u32) -> Option<Process> {
    let columns = ["-o", "ppid=", "-o", "lstart=", "-o", "comm=", "-p"];
    let mut ps = std::process::Command::new("/bin/ps");
    let ran = ps.args(columns).arg(pid.to_string()).env("LC_ALL", "C").output().ok()?;
    of_ps(&String::from_utf8(ran.stdout).ok()?)
}

/// Returns `None`: on this system processes are not known.
#[cfg(not(unix))]
pub fn process(_pid: u32) -> Option<Process> {
    None
}

// proc_pid_stat(5): the name is in parentheses and may contain any character. The parent is the fourth field, and the
// start time is the twenty-second.
#[cfg(any(test, target_os = "linux"))]
fn of_stat(stat: &str) -> Option<Process> {
    let (start, rest) = stat.rsplit_once(") ")?;
    let (_, name) = start.split_once('(')?;
    let mut fields = rest.split(' ').skip(1);
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.to_owned();
    Some(Process { name: name.to_owned(), parent, started })
}

// The start time consists of five words: `Mon Nov 30 00:46:53 2026`.
#[cfg(any(test, all(unix, not(target_os = "linux"))))]
fn of_ps(line: &str) -> Option<Process> {
    let mut words = line.split_whitespace();
    let parent = words.next()?.parse().ok()?;
    let started: Vec<&str> = words.by_ref().take(5).collect();
    let name: Vec<&str> = words.collect();
    let complete = started.len() == 5 && !name.is_empty();
    let started = started.join("-").replace(':', "-");
    complete.then(|| Process { name: name.join(" "), parent, started })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name_is() {
        let stat = "41 (a) b (c) S 7 41 41 0 -1 4194560 109 0 0 0 0 0 0 0 20 0 1 0 81623 2797568 0";
        let want = Process { name: "a) b (c".into(), parent: 7, started: "81623".into() };
        assert_eq!(of_stat(stat), Some(want));
        assert_eq!(of_stat("41 (a"), None);
        let line = "  501 Mon Nov 30 00:46:53 2026     /Applications/A B.app/Contents/MacOS/a\n";
        let found = of_ps(line).unwrap();
        assert_eq!((found.parent, found.started.as_str()), (501, "Mon-Nov-30-00-46-53-2026"));
        assert_eq!(found.name, "/Applications/A B.app/Contents/MacOS/a");
        assert_eq!(of_ps(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_found() {
        let own = process(std::process::id()).unwrap();
        assert_eq!(own.parent, parent());
        assert!(process(own.parent).is_some());
        assert_eq!(process(0), None);
    }
}
