//! A grip on a request under way, by which another thread can end it.
//!
//! A call that was cancelled leaves an answer behind that may never come, and whoever reads it waits in the
//! system. The connector takes note of each connection's handle, and the request of the connection it uses.

use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, ShutdownHandle, Transport,
};

use crate::bridge::crew::Place;

// What is longer is not held back.
const PACKET: usize = 4 << 10;

type Handle = Arc<Mutex<Option<Weak<dyn ShutdownHandle>>>>;

thread_local! {
    // A request is sent and its answer read by one thread, which asks its connection for both.
    static HELD: RefCell<Option<Grip>> = const { RefCell::new(None) };
}

/// Holds a request under way.
#[derive(Debug, Clone, Default)]
pub struct Grip {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    cut: AtomicBool,
    cancelled: AtomicBool,
    sent: Mutex<Option<Instant>>,
    connection: Mutex<Option<Handle>>,
    place: Mutex<Option<Place>>,
}

impl Grip {
    /// Ends the request: whoever waits for its answer waits no longer.
    pub fn cut(&self) {
        self.shared.cut.store(true, Ordering::SeqCst);
        let connection = lock(&self.shared.connection).take();
        let handle = connection.and_then(|connection| lock(&connection).clone());
        if let Some(handle) = handle.and_then(|handle| handle.upgrade()) {
            handle.shutdown();
        }
    }

    /// Keeps the request's place among those that are carried.
    pub fn keep(&self, place: Place) {
        *lock(&self.shared.place) = Some(place);
    }

    /// Gives the place to the next request: this one is answered, or nobody waits for it any more.
    pub fn release(&self) {
        let place = lock(&self.shared.place).take();
        drop(place);
    }

    /// Takes note that the client has cancelled it, and returns whether that is news.
    pub fn cancel(&self) -> bool {
        !self.shared.cancelled.swap(true, Ordering::SeqCst)
    }

    /// Returns whether it was ended.
    pub fn is_cut(&self) -> bool {
        self.shared.cut.load(Ordering::SeqCst)
    }

    /// Returns when the request was sent, to its last byte; none where it is still to be.
    pub fn sent(&self) -> Option<Instant> {
        *lock(&self.shared.sent)
    }

    /// Says that the request was refused, and is to be sent again.
    pub fn again(&self) {
        *lock(&self.shared.sent) = None;
    }

    /// Returns whether both are on the same request.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Does something with the request's connection.
    pub fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = HELD.replace(Some(self.clone()));
        let done = work();
        HELD.set(before);
        done
    }

    /// Makes a reader into one that reads under this grip.
    pub fn reader<R: Read>(&self, inner: R) -> impl Read + use<R> {
        Held { inner, grip: self.clone() }
    }

    fn takes(&self, connection: &Handle) -> Result<(), Error> {
        *lock(&self.shared.connection) = Some(Arc::clone(connection));
        if self.is_cut() { Err(io::Error::from(io::ErrorKind::Interrupted).into()) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grip").field("cut", &self.cut).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Held<R> {
    inner: R,
    grip: Grip,
}

impl<R: Read> Read for Held<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Self { inner, grip } = self;
        match grip.hold(|| inner.read(out)) {
            // An end that was made here is no end of the answer.
            Ok(0) if grip.is_cut() => Err(io::ErrorKind::ConnectionAborted.into()),
            read => read,
        }
    }
}

impl<R> Drop for Held<R> {
    // The connection is another request's next, and not ours to end.
    fn drop(&mut self) {
        lock(&self.grip.shared.connection).take();
    }
}

/// Connects as ureq does, and takes note of how to end each connection.
#[derive(Debug, Default)]
pub struct Gripping(DefaultConnector);

impl Connector for Gripping {
    type Out = Gripped;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Gripped>, Error> {
        let connection = Handle::default();
        let (noted, register) = (Arc::clone(&connection), Arc::clone(&details.register_shutdown));
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::new(move |handle| {
                *lock(&noted) = Some(Weak::clone(&handle));
                register(handle)
            }),
        };
        let inner = self.0.connect(&details, chained)?;
        Ok(inner.map(|inner| Gripped { inner, connection, pending: vec![] }))
    }
}

/// Holds a connection that can be ended.
#[derive(Debug)]
pub struct Gripped {
    inner: Box<dyn Transport>,
    connection: Handle,
    // What is to be sent. ureq sends the head of a request by itself and its body next; both fit one packet.
    pending: Vec<u8>,
}

impl Gripped {
    fn note(&self) -> Result<(), Error> {
        HELD.with_borrow(|held| held.as_ref().map_or(Ok(()), |grip| grip.takes(&self.connection)))
    }

    fn flush(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let pending = std::mem::take(&mut self.pending);
        let room = self.inner.buffers().output().len();
        for piece in pending.chunks(room) {
            self.inner.buffers().output()[..piece.len()].copy_from_slice(piece);
            self.inner.transmit_output(piece.len(), timeout)?;
        }
        Ok(())
    }
}

impl Transport for Gripped {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.note()?;
        self.pending.extend_from_slice(&self.inner.buffers().output()[..amount]);
        if self.pending.len() > PACKET { self.flush(timeout) } else { Ok(()) }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.note()?;
        if !self.pending.is_empty() {
            self.flush(timeout)?;
        }
        HELD.with_borrow(|held| {
            if let Some(grip) = held {
                lock(&grip.shared.sent).get_or_insert_with(Instant::now);
            }
        });
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
