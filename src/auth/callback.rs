//! The callback address: a listener on this machine that the browser is sent back to, and by which running
//! bridges tell that a sign-in for their server is under way.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::authorize::{Authorization, AuthorizeError, Judged};
use super::{Token, http};

mod page;
mod sibling;

use page::{Asked, Page};
pub use sibling::{Sibling, sibling};

/// The path by which a bridge knows another.
pub const ID_PATH: &str = "/.mcp-remote/id";
/// The path by which older bridges wait for another.
pub const WAIT_PATH: &str = "/wait-for-auth";

const CROWD: usize = 32;
// As long as the exchange of a code may take.
const EXCHANGE: Duration = Duration::from_secs(30);

/// Says what came to the callback address.
#[derive(Debug)]
pub enum Arrival {
    /// The code that was asked for.
    Code(Token),
    /// The end of the sign-in.
    Failed(AuthorizeError),
    /// Something that decides nothing, and why.
    Stranger(&'static str),
}

/// Listens at the callback address until it is dropped.
#[derive(Debug)]
pub struct Callback {
    /// The port it listens on.
    pub port: u16,
    /// What arrives.
    pub arrivals: Receiver<Arrival>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    key: String,
    path: String,
    hosts: Vec<String>,
    under_way: Mutex<Option<Arc<Authorization>>>,
    success: Option<String>,
    // How the sign-in has ended, for a browser that is sent on by it.
    outcome: (Mutex<Option<bool>>, Condvar),
    done: AtomicBool,
    stopped: AtomicBool,
    visitors: AtomicUsize,
}

impl Callback {
    /// Listens on a port of this machine. `host` is the one of the callback address; a browser that came back is
    /// sent on to `success`, once the sign-in has gone well.
    ///
    /// # Errors
    /// Fails where the port is taken, or not for us.
    pub fn listen(
        port: u16,
        key: &str,
        host: &str,
        path: &str,
        success: Option<&str>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let port = listener.local_addr()?.port();
        let names = ["localhost", "127.0.0.1", "[::1]", host];
        let shared = Arc::new(Shared {
            key: key.to_owned(),
            path: path.to_owned(),
            hosts: names.map(|name| format!("{name}:{port}").to_ascii_lowercase()).into(),
            under_way: Mutex::new(None),
            success: success.map(str::to_owned),
            outcome: (Mutex::new(None), Condvar::new()),
            done: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            visitors: AtomicUsize::new(0),
        });
        let (sender, arrivals) = channel();
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, &accepting, &sender));
        Ok(Self { port, arrivals, shared })
    }

    /// Says which authorization request is under way. Until then, whoever comes is a stranger.
    pub fn expect(&self, authorization: Arc<Authorization>) {
        *self.shared.under_way.lock().unwrap_or_else(PoisonError::into_inner) = Some(authorization);
    }

    /// Says that the sign-in is done, for those who wait for it.
    pub fn done(&self) {
        self.shared.done.store(true, Ordering::SeqCst);
        self.shared.ended(true);
    }
}

impl Shared {
    fn ended(&self, well: bool) {
        let (outcome, told) = &self.outcome;
        outcome.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(well);
        told.notify_all();
    }

    // The page for a browser that brought the code: where it is sent on, it waits for what comes of it.
    fn page(&self) -> Page {
        let Some(success) = &self.success else { return Page::good() };
        let (outcome, told) = &self.outcome;
        let open = outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = told.wait_timeout_while(open, EXCHANGE, |outcome| outcome.is_none());
        match *waited.unwrap_or_else(PoisonError::into_inner).0 {
            Some(true) => Page::moved(success),
            Some(false) | None => {
                Page::refused("The sign-in failed. The log of the bridge says why.")
            }
        }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.shared.ended(false);
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Whoever waits for the next visitor gets one, and goes.
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>, sender: &Sender<Arrival>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if shared.visitors.fetch_add(1, Ordering::SeqCst) >= CROWD {
            shared.visitors.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let (shared, sender) = (Arc::clone(shared), sender.clone());
        std::thread::spawn(move || {
            // A visitor that goes away early is not ours to mourn.
            receive(stream, &shared, &sender).ok();
            shared.visitors.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

fn receive(mut stream: TcpStream, shared: &Shared, sender: &Sender<Arrival>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let asked = Asked::read(&mut stream)?;
    let (page, arrival) = answer(&asked, shared);
    if let Some(arrival @ Arrival::Code(_)) = arrival {
        // The code first: a browser that is gone brought it all the same.
        sender.send(arrival).ok();
        return shared.page().write(&mut stream);
    }
    page.write(&mut stream)?;
    if let Some(arrival) = arrival {
        sender.send(arrival).ok();
    }
    Ok(())
}

// A page of another origin can send a browser here; a name that leads here (DNS rebinding) shows in Host.
fn answer(asked: &Asked, shared: &Shared) -> (Page, Option<Arrival>) {
    if !shared.hosts.contains(&asked.host.to_ascii_lowercase()) {
        let why = "it came by another host name";
        return (
            Page::refused("This address is for this machine alone."),
            Some(Arrival::Stranger(why)),
        );
    }
    if asked.method != "GET" {
        return (Page::text(405, "GET only"), None);
    }
    let path = asked.path.as_str();
    if path == shared.path {
        callback(asked, shared)
    } else if path == ID_PATH {
        (Page::identity(&shared.key), None)
    } else if path == WAIT_PATH {
        let done = shared.done.load(Ordering::SeqCst);
        let page = if done { Page::text(200, "done") } else { Page::text(202, "under way") };
        (page, None)
    } else {
        (Page::text(404, "nothing here"), None)
    }
}

fn callback(asked: &Asked, shared: &Shared) -> (Page, Option<Arrival>) {
    let mut under_way = shared.under_way.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(authorization) = under_way.as_ref() else {
        let text = "No sign-in is under way here, or it has had its answer.";
        return (Page::refused(text), Some(Arrival::Stranger("no sign-in is under way")));
    };
    match authorization.judge(&http::decode(&asked.query)) {
        Judged::Stranger(why) => {
            let text = "This is not the answer to the sign-in that is under way. It still waits.";
            (Page::refused(text), Some(Arrival::Stranger(why)))
        }
        Judged::Code(code) => {
            *under_way = None;
            (Page::good(), Some(Arrival::Code(code)))
        }
        Judged::Failed(error) => {
            *under_way = None;
            let text = "The sign-in failed. The terminal says why.";
            (Page::refused(text), Some(Arrival::Failed(error)))
        }
    }
}

/// Returns the address of a port on this machine.
fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
