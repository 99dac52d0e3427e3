//! Who listens on this machine's ports, as far as the system tells without being asked for rights.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
#[cfg(target_os = "linux")]
use std::io::Read as _;

/// Holds what is known of the program that listens on a port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listener {
    /// Its name.
    pub name: Option<String>,
    /// The number of its process.
    pub pid: Option<u32>,
    /// Its command line, which may hold secrets and is never shown.
    pub command: String,
}

/// Finds those of some ports that somebody listens on.
#[cfg(target_os = "linux")]
pub fn listeners(ports: &[u16]) -> Vec<(u16, Listener)> {
    let mut inodes: BTreeMap<u16, String> = BTreeMap::new();
    if ports.is_empty() {
        return vec![];
    }
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = whole(table).unwrap_or_default();
        inodes.extend(
            text.lines().skip(1).filter_map(listening).filter(|(port, _)| ports.contains(port)),
        );
    }
    let owner = |(port, inode): (u16, String)| (port, owner(&inode).unwrap_or_default());
    inodes.into_iter().map(owner).collect()
}

/// Finds those of some ports that somebody listens on: here only by trying to.
#[cfg(not(target_os = "linux"))]
pub fn listeners(ports: &[u16]) -> Vec<(u16, Listener)> {
    let taken = |port: &&u16| {
        let tried = std::net::TcpListener::bind(("127.0.0.1", **port));
        tried.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
    };
    ports.iter().filter(taken).map(|port| (*port, Listener::default())).collect()
}

/// Returns what is known of a process whose open files the system hides from this user, as those of a process that cannot
/// be dumped. `pid` is what it says of itself, so a process whose files are visible is not returned.
#[cfg(target_os = "linux")]
pub fn hidden(pid: u32) -> Option<Listener> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"));
    files
        .is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
        .then(|| process(pid))
}

/// Here the system tells nothing about another process.
#[cfg(not(target_os = "linux"))]
pub fn hidden(_pid: u32) -> Option<Listener> {
    None
}

// The system makes this text anew for each read, so it is taken in as few as possible.
#[cfg(target_os = "linux")]
fn whole(path: &str) -> Option<String> {
    let mut text = String::with_capacity(256 * 1024);
    std::fs::File::open(path).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

// `sl local_address rem_address st … inode`, an address as `0100007F:0D06`; state 0A is LISTEN (proc(5)).
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
        let folder = format!("/proc/{pid}/fd");
        let links = super::names(folder.as_str().into()).into_iter();
        links
            .filter_map(|name| std::fs::read_link(format!("{folder}/{name}")).ok())
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
