//! Connections that another thread can shut down. Each connection gives its shutdown handle to the request that uses
//! it.

use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::{Arc, Weak};

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

use super::cancel::{CancelHandle, ConnectionHandle};

// Longer output is sent at once.
const PACKET: usize = 4 << 10;

thread_local! {
    // The handle of the request that this thread sends, or whose response it reads. The connection finds the request
    // here.
    static CURRENT: RefCell<Option<CancelHandle>> = const { RefCell::new(None) };
}

/// Runs `work` on the connection of the request that `cancel` cancels.
pub fn cancellable<T>(cancel: &CancelHandle, work: impl FnOnce() -> T) -> T {
    let before = CURRENT.replace(Some(cancel.clone()));
    let done = work();
    CURRENT.set(before);
    done
}

/// The body of a response, which ends with an error if its request is aborted.
pub struct CancellableReader<R> {
    inner: R,
    cancel: CancelHandle,
}

impl<R> CancellableReader<R> {
    pub fn new(inner: R, cancel: &CancelHandle) -> Self {
        Self { inner, cancel: cancel.clone() }
    }
}

impl<R: Read> Read for CancellableReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Self { inner, cancel } = self;
        match cancellable(cancel, || inner.read(out)) {
            // The body has not ended: the connection was shut down here.
            Ok(0) if cancel.is_aborted() => Err(io::ErrorKind::ConnectionAborted.into()),
            read => read,
        }
    }
}

impl<R> Drop for CancellableReader<R> {
    fn drop(&mut self) {
        self.cancel.forget_connection();
    }
}

/// Connects like ureq, and notes how to shut each connection down.
#[derive(Debug, Default)]
pub struct CancellableConnector(DefaultConnector);

impl Connector for CancellableConnector {
    type Out = CancellableTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<CancellableTransport>, Error> {
        let connection = ConnectionHandle::default();
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
                *noted.lock() = Some(Weak::clone(&handle));
                register(handle)
            }),
        };
        let inner = self.0.connect(&details, chained)?;
        Ok(inner.map(|inner| CancellableTransport { inner, connection, pending: vec![] }))
    }
}

/// A connection that can be shut down.
#[derive(Debug)]
pub struct CancellableTransport {
    inner: Box<dyn Transport>,
    connection: ConnectionHandle,
    // Output not sent yet: ureq sends the headers of a request before its body, and both often fit one packet.
    pending: Vec<u8>,
}

impl CancellableTransport {
    fn note_connection(&self) -> Result<(), Error> {
        CURRENT.with_borrow(|current| match current {
            Some(cancel) => {
                cancel.note_connection(&self.connection);
                if cancel.is_aborted() {
                    return Err(io::Error::from(io::ErrorKind::Interrupted).into());
                }
                Ok(())
            }
            None => Ok(()),
        })
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

impl Transport for CancellableTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.note_connection()?;
        self.pending.extend_from_slice(&self.inner.buffers().output()[..amount]);
        if self.pending.len() > PACKET { self.flush(timeout) } else { Ok(()) }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.note_connection()?;
        if !self.pending.is_empty() {
            self.flush(timeout)?;
        }
        CURRENT.with_borrow(|current| {
            if let Some(cancel) = current {
                cancel.note_sent();
            }
        });
        // ureq treats a full buffer as the end of the connection.
        let full = self.inner.buffers().input_append_buf().is_empty();
        let held = self.inner.buffers().input().len();
        if full && held > 0 {
            return Err(Error::LargeResponseHeader(held, held));
        }
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
