//! The standalone stream, on which the server sends messages that are not responses.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::StreamablePeer;
use super::streams::{LONGEST_PAUSE, PAUSE, RESUMPTIONS, events_of, pause_for};
use crate::bridge::peer::Receiver;
use crate::http::{CancelHandle, Media};

impl StreamablePeer {
    /// Starts to read the standalone stream, and to ping the server if the user requested it.
    pub fn start_listening(self: &Arc<Self>) {
        let peer = Arc::clone(self);
        self.relay.in_flight().pool().run(move || {
            let _open = peer.relay.in_flight().requests().stream_opened();
            peer.listen();
        });
        let peer = Arc::clone(self);
        self.keep_alive.start(&self.relay, Duration::ZERO, move |message| peer.send(message));
    }

    /// Shuts the standalone stream down.
    pub(super) fn abort_standalone(&self) {
        self.standalone.lock().abort();
    }

    // Reads the stream as long as the server offers it and the session lasts.
    fn listen(&self) {
        let (session, log) = (self.relay.in_flight().session(), self.relay.log());
        let deliver = |bytes| self.relay.deliver(bytes);
        let receiver = Receiver { deliver: &deliver, error_bodies: true };
        let current = session.headers();
        let (mut last, mut pause, mut failures, mut was_open) = (None, PAUSE, 0, false);
        loop {
            let begun = Instant::now();
            let cancel = CancelHandle::default();
            *self.standalone.lock() = cancel.clone();
            let response = self.get_events(&current, last.as_deref(), &cancel, false);
            session.settled();
            if session.headers().generation != current.generation {
                return;
            }
            let mut retry = None;
            match response {
                Ok(response) if response.is_success() && response.media() == Media::Events => {
                    (failures, was_open) = (0, true);
                    let mut events = events_of(response, last);
                    let ended = self.read_events(&mut events, None, &receiver);
                    log.debug(&format!("the standalone stream has ended: {ended:?}"));
                    (last, retry) = (events.last_id, events.retry);
                }
                // The server offers no stream, or has lost the session. The next message detects a lost session.
                Ok(response) if response.status < 500 => return,
                // A stream that was open before is opened again without limit, because the machine may have slept.
                Ok(_) | Err(_) if failures >= RESUMPTIONS && !was_open => {
                    let url = self.relay.connection().shown();
                    let why =
                        format!("`{url}` failed to open the standalone stream {RESUMPTIONS} times");
                    return log.line(&format!("{why}; notifications from the server are lost"));
                }
                Ok(_) | Err(_) => failures += 1,
            }
            pause = if begun.elapsed() > LONGEST_PAUSE {
                PAUSE
            } else {
                (pause * 2).min(LONGEST_PAUSE)
            };
            std::thread::sleep(pause_for(retry, pause / 2));
            if session.headers().generation != current.generation {
                return;
            }
        }
    }
}
