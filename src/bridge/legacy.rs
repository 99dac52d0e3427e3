//! HTTP+SSE, the transport of the revision 2024-11-05: one stream from the server, by which all answers come, and an
//! address that the stream names, where messages go.

use std::io::{BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::events::Events;
use super::wire::{Grip, Media, Verb};
use super::{Bridge, Failure};
use crate::model::url::same_origin;

type Stream = Events<BufReader<Box<dyn Read + Send>>>;

const PIECE: usize = 16 << 10;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const ENDPOINT: &str = "endpoint";

/// Holds where messages go.
#[derive(Debug, Default)]
pub struct Legacy {
    // None while the stream is away.
    endpoint: Mutex<Option<String>>,
    there: Condvar,
}

impl Legacy {
    /// Opens the stream, and reads it from then on.
    ///
    /// # Errors
    /// Fails where the server offers none.
    pub fn connect(bridge: &Arc<Bridge>) -> Result<Arc<Self>, Failure> {
        let legacy = Arc::new(Self::default());
        let stream = legacy.open(bridge, true)?;
        let (reads, reader) = (Arc::clone(&legacy), Arc::clone(bridge));
        bridge.crew.run(move || reads.read(&reader, stream));
        Ok(legacy)
    }

    /// Returns where messages go, waiting a while for a stream that is being opened again.
    ///
    /// # Errors
    /// Fails where it does not come back.
    pub fn endpoint(&self, patience: Duration) -> Result<String, Failure> {
        let away = |endpoint: &mut Option<String>| endpoint.is_none();
        let waited = self.there.wait_timeout_while(self.lock(), patience, away);
        let (endpoint, _) = waited.unwrap_or_else(PoisonError::into_inner);
        endpoint.clone().ok_or(Failure::NoStream)
    }

    fn open(&self, bridge: &Arc<Bridge>, person: bool) -> Result<Stream, Failure> {
        let headers = [("Accept", "text/event-stream")];
        let server = bridge.wire.url();
        let reply = bridge.signed(server, Verb::Get, &headers, &Grip::default(), person)?;
        if !reply.is_success() || reply.media() != Media::Events {
            return Err(bridge.refused(reply));
        }
        let mut stream = Events::new(BufReader::with_capacity(PIECE, reply.into_body()));
        while let Ok(Some(event)) = stream.next() {
            if event.kind.as_deref() == Some(ENDPOINT) {
                let text = String::from_utf8_lossy(&event.data);
                let joined = url::Url::parse(server).ok().and_then(|base| base.join(&text).ok());
                // What goes there may be a credential.
                let endpoint = joined.map(String::from).filter(|to| same_origin(to, server));
                let endpoint = endpoint.ok_or_else(|| Failure::Endpoint { url: bridge.shown() })?;
                *self.lock() = Some(endpoint);
                self.there.notify_all();
                return Ok(stream);
            }
        }
        Err(Failure::NoStream)
    }

    fn read(self: &Arc<Self>, bridge: &Arc<Bridge>, mut stream: Stream) {
        loop {
            while let Ok(Some(event)) = stream.next() {
                let ours = event.kind.as_deref().is_none_or(|kind| kind == "message");
                if ours && bridge.pass(event.data).is_err() {
                    bridge
                        .say
                        .line(&format!("`{}` sends an event that is no message", bridge.shown()));
                }
            }
            *self.lock() = None;
            // A session that is being opened on this stream never will be, and is waited for no longer.
            bridge.forget_own();
            bridge.session.reopens();
            bridge.fail_all(&Failure::Unanswered { url: bridge.shown() });
            stream = self.open_again(bridge);
            // The new stream is a new session.
            let lost = bridge.session.named().generation;
            let bridge = Arc::clone(bridge);
            bridge.crew.clone().run(move || {
                if let Err(failure) = bridge.begin_anew(lost) {
                    bridge.say.line(&failure.to_string());
                }
            });
        }
    }

    fn open_again(&self, bridge: &Arc<Bridge>) -> Stream {
        let mut pause = PAUSE;
        loop {
            std::thread::sleep(pause);
            match self.open(bridge, false) {
                Ok(stream) => return stream,
                Err(failure) => bridge.say.debug(&failure.to_string()),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.endpoint.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
