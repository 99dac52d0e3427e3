//! The callback server, which receives the redirect of the browser on this machine. Bridges also use it to detect that
//! another bridge is signing in to the same server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::authorize::{AuthorizationRequest, CallbackResult};
use crate::http;

mod connections;
mod other_bridge;
mod page;

use connections::IdleConnections;
pub use other_bridge::{OtherBridge, ask_identity, ask_other_bridge};
use page::CallbackPage;
pub use page::CallbackRequest;

/// The path where bridges identify each other.
pub const ID_PATH: &str = "/.mcp-remote/id";
/// The path where older bridges wait for a sign-in.
pub const WAIT_PATH: &str = "/wait-for-auth";

// The longest time a code exchange may take.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(30);

/// A callback server, which listens until it is dropped.
#[derive(Debug)]
pub struct CallbackServer {
    /// The port.
    pub port: u16,
    /// The results of requests to the redirect URI.
    pub results: Receiver<CallbackResult>,
    state: Arc<CallbackState>,
}

#[derive(Debug)]
struct CallbackState {
    key: String,
    path: String,
    hosts: Vec<String>,
    pending: Mutex<Option<Arc<AuthorizationRequest>>>,
    success: Option<String>,
    // Whether the sign-in succeeded. The response to the browser depends on it if `success` is set.
    outcome: (Mutex<Option<bool>>, Condvar),
    done: AtomicBool,
    stopped: AtomicBool,
    idle: IdleConnections,
}

impl CallbackServer {
    /// Listens on a port of this machine. `host` is the host of the redirect URI. After a successful sign-in, the
    /// browser is redirected to `success`, if it is set.
    ///
    /// # Errors
    /// Fails if the port is in use or not permitted.
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
        let state = Arc::new(CallbackState {
            key: key.to_owned(),
            path: path.to_owned(),
            hosts: names.map(|name| format!("{name}:{port}").to_ascii_lowercase()).into(),
            pending: Mutex::new(None),
            success: success.map(str::to_owned),
            outcome: (Mutex::new(None), Condvar::new()),
            done: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            idle: IdleConnections::default(),
        });
        let (sender, results) = channel();
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || accept(&listener, &accepting, &sender));
        Ok(Self { port, results, state })
    }

    /// Sets the authorization request in progress. Before that, redirects are ignored.
    pub fn expect(&self, authorization: Arc<AuthorizationRequest>) {
        *self.state.pending.lock() = Some(authorization);
    }

    /// Reports success to bridges and browsers that wait.
    pub fn done(&self) {
        self.state.done.store(true, Ordering::SeqCst);
        self.state.finish(true);
    }
}

impl CallbackState {
    fn finish(&self, well: bool) {
        let (outcome, changed) = &self.outcome;
        outcome.lock().get_or_insert(well);
        changed.notify_all();
    }

    // Returns the page for the browser that delivered the code. If `success` is set, waits until the sign-in has
    // succeeded or failed.
    fn page(&self) -> CallbackPage {
        let Some(success) = &self.success else { return CallbackPage::good() };
        let (outcome, changed) = &self.outcome;
        let mut outcome = outcome.lock();
        changed.wait_while_for(&mut outcome, |outcome| outcome.is_none(), EXCHANGE_TIMEOUT);
        match *outcome {
            Some(true) => CallbackPage::moved(success),
            Some(false) | None => {
                CallbackPage::refused("The sign-in failed. The log of the bridge has the cause.")
            }
        }
    }
}

impl Drop for CallbackServer {
    fn drop(&mut self) {
        self.state.finish(false);
        self.state.stopped.store(true, Ordering::SeqCst);
        // Connect once, to wake up the accepting thread.
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok();
    }
}

fn accept(listener: &TcpListener, state: &Arc<CallbackState>, sender: &Sender<CallbackResult>) {
    for stream in listener.incoming() {
        if state.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream.map(Arc::new) else { continue };
        state.idle.add(&stream);
        let (receiving, held, sender) = (Arc::clone(state), Arc::clone(&stream), sender.clone());
        let started = std::thread::Builder::new().spawn(move || {
            // A client that disconnects early is not an error.
            receive(&held, &receiving, &sender).ok();
        });
        if started.is_err() {
            state.idle.remove(&stream);
        }
    }
}

fn receive(
    stream: &Arc<TcpStream>,
    state: &CallbackState,
    sender: &Sender<CallbackResult>,
) -> io::Result<()> {
    let request = CallbackRequest::read(stream);
    state.idle.remove(stream);
    let (page, result) = respond(&request?, state);
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    if let Some(result @ CallbackResult::Code(_)) = result {
        // Send the code even if the browser has disconnected.
        sender.send(result).ok();
        return state.page().write(stream);
    }
    page.write(stream)?;
    if let Some(result) = result {
        sender.send(result).ok();
    }
    Ok(())
}

// Any website can make a browser send a request to this server. If the host name of the website resolves to this
// machine (DNS rebinding), the `Host` header contains that name.
fn respond(
    request: &CallbackRequest,
    state: &CallbackState,
) -> (CallbackPage, Option<CallbackResult>) {
    if !state.hosts.contains(&request.host.to_ascii_lowercase()) {
        let why = "the request used another host name";
        return (
            CallbackPage::refused("This URL works on this machine only."),
            Some(CallbackResult::Ignored(why.to_owned())),
        );
    }
    if request.method != "GET" {
        return (CallbackPage::text(405, "GET only"), None);
    }
    let path = request.path.as_str();
    if path == state.path {
        callback(request, state)
    } else if path == ID_PATH {
        (CallbackPage::identity(&state.key), None)
    } else if path == WAIT_PATH {
        let done = state.done.load(Ordering::SeqCst);
        let page = if done {
            CallbackPage::text(200, "done")
        } else {
            CallbackPage::text(202, "under way")
        };
        (page, None)
    } else {
        (CallbackPage::text(404, "not found"), None)
    }
}

fn callback(
    request: &CallbackRequest,
    state: &CallbackState,
) -> (CallbackPage, Option<CallbackResult>) {
    let mut pending = state.pending.lock();
    let Some(authorization) = pending.as_ref() else {
        let text = "No sign-in is in progress here, or it has already received its response.";
        return (
            CallbackPage::refused(text),
            Some(CallbackResult::Ignored("no sign-in is in progress".to_owned())),
        );
    };
    match authorization.check_response(&http::decode(&request.query)) {
        CallbackResult::Ignored(why) => {
            let text = "This response belongs to another sign-in. The sign-in in progress is \
                        still waiting.";
            (CallbackPage::refused(text), Some(CallbackResult::Ignored(why)))
        }
        CallbackResult::Code(code) => {
            *pending = None;
            (CallbackPage::good(), Some(CallbackResult::Code(code)))
        }
        CallbackResult::Failed(error) => {
            *pending = None;
            let text = "The sign-in failed. The terminal shows the cause.";
            (CallbackPage::refused(text), Some(CallbackResult::Failed(error)))
        }
    }
}

/// Returns the socket address of a port on this machine.
fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
