//! The programs that listen on ports of this machine, as far as the system shows them without extra rights.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;

/// The known facts about a program that listens on a port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listener {
    /// Its name.
    pub name: Option<String>,
    /// Its process ID.
    pub pid: Option<u32>,
    /// Its command line, which may contain secrets and is never shown.
    pub command: String,
}

/// Returns those of the given ports that a program listens on.
#[cfg(target_os = "linux")]
pub fn listeners(ports: &[u16]) -> Vec<(u16, Listener)> {
    let mut inodes: BTreeMap<u16, String> = BTreeMap::new();
    // The system needs milliseconds to make the tables, of which a read returns at most one page (seq_file), and usually
    // every port is free. Only an administrator can bind the ports below 1024.
    let ports: Vec<u16> =
        ports.iter().copied().filter(|port| *port < 1024 || !is_free(*port)).collect();
    if ports.is_empty() {
        return vec![];
    }
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        inodes.extend(
            text.lines().skip(1).filter_map(listening).filter(|(port, _)| ports.contains(port)),
        );
    }
    let owner = |(port, inode): (u16, String)| (port, owner(&inode).unwrap_or_default());
    inodes.into_iter().map(owner).collect()
}

/// Returns those of the given ports that a program listens on. On this system, it can only try to bind each port.
#[cfg(not(target_os = "linux"))]
pub fn listeners(ports: &[u16]) -> Vec<(u16, Listener)> {
    let taken = ports.iter().filter(|port| !is_free(**port));
    taken.map(|port| (*port, Listener::default())).collect()
}

// Returns whether no program listens on a port of the loopback interface.
fn is_free(port: u16) -> bool {
    ["127.0.0.1", "::1"].iter().all(|host| {
        let tried = std::net::TcpListener::bind((*host, port));
        tried.is_ok() || tried.is_err_and(|error| error.kind() != std::io::ErrorKind::AddrInUse)
    })
}

/// Returns the known facts about a process whose open files the system hides from this user, for example because the
/// process cannot be dumped. `pid` is the process's own claim, so `None` is returned if its files are visible.
#[cfg(target_os = "linux")]
pub fn hidden(pid: u32) -> Option<Listener> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"));
    files
        .is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
        .then(|| process(pid))
}

/// Returns `None`: this system shows nothing about another process.
#[cfg(not(target_os = "linux"))]
pub fn hidden(_pid: u32) -> Option<Listener> {
    None
}

// A line is `sl local_address rem_address st … inode`. An address looks like `0100007F:0D06`, and state 0A is LISTEN
// (proc(5)).
#[cfg(target_os = "linux")]
fn listening(line: &str) -> Option<(u16, String)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, port) = fields.get(1)?.rsplit_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    (*fields.get(3)? == "0A").then(|| Some((port, (*fields.get(9)?).to_owned())))?
}

#[cfg(target_os = "linux")]
fn owner(inode: &str) -> Option<Listener> {
    let socket = format!("socket:[{inode}]");
    let pids = super::names("/proc".into()).into_iter().filter_map(|name| name.parse::<u32>().ok());
    let holds = |pid: &u32| {
        let directory = format!("/proc/{pid}/fd");
        let links = super::names(directory.as_str().into()).into_iter();
        links
            .filter_map(|name| std::fs::read_link(format!("{directory}/{name}")).ok())
            .any(|link| link.to_str() == Some(&socket))
    };
    pids.into_iter().find(holds).map(process)
}

#[cfg(target_os = "linux")]
fn process(pid: u32) -> Listener {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
    Listener {
        name: read("comm").map(|name| name.trim().to_owned()),
        pid: Some(pid),
        command: read("cmdline").unwrap_or_default(),
    }
}
