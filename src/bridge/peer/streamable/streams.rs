//! Event streams that respond to messages. They are resumed if the server allows it.

use std::io::{self, BufRead, BufReader, Read};
use std::time::Duration;

use super::{ResponseTo, StreamablePeer};
use crate::bridge::connection::BridgeRequest;
use crate::bridge::error::BridgeError;
use crate::bridge::events::EventStream;
use crate::bridge::in_flight::{OutgoingMessage, SessionHeaders};
use crate::bridge::peer::Receiver;
use crate::http::{CancelHandle, HttpMethod, Media, StreamingResponse};

type ResponseEvents = EventStream<BufReader<Box<dyn Read + Send>>>;

const LAST_EVENT: &str = "Last-Event-ID";
const BUFFER: usize = 16 << 10;
/// How often an interrupted stream is resumed before the bridge gives up.
pub const RESUMPTIONS: u32 = 5;
/// The pause before a stream is resumed, doubled each time.
pub const PAUSE: Duration = Duration::from_secs(1);
pub const LONGEST_PAUSE: Duration = Duration::from_secs(30);
// A server may send `retry: 0`.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
// How long the server may keep a stream open after the response.
const LINGER: Duration = Duration::from_secs(1);

impl StreamablePeer {
    /// Reads the event stream that responds to a message. Resumes an interrupted stream in its original session.
    ///
    /// # Errors
    /// Fails if the stream ends without the response.
    pub(super) fn receive_events(
        &self,
        response: StreamingResponse,
        to: &ResponseTo<'_>,
    ) -> Result<(), BridgeError> {
        let ResponseTo { message, session, receiver } = to;
        let (connection, requests) = (self.relay.connection(), self.relay.in_flight().requests());
        let mut events = events_of(response, None);
        let (mut in_vain, mut retry) = (0, None);
        loop {
            let before = events.last_id.clone();
            let ended = self.read_events(&mut events, Some(message), receiver);
            if requests.is_answered(message) {
                return Ok(());
            }
            if message.cancel.is_aborted() {
                return Err(connection.unanswered());
            }
            if ended.is_err_and(|error| error.kind() == io::ErrorKind::FileTooLarge) {
                return Err(BridgeError::TooLong { url: connection.shown() });
            }
            // A server may close the stream with a `retry` field. Resume the stream as long as the server sends one.
            let progress = events.last_id != before || events.retry.is_some();
            retry = events.retry.or(retry);
            in_vain = if progress { 0 } else { in_vain + 1 };
            match events.last_id.clone() {
                Some(last) if in_vain <= RESUMPTIONS => {
                    events = self.resume(&last, retry, message, session)?;
                }
                Some(_) | None => return Err(connection.unanswered()),
            }
        }
    }

    // Continues an interrupted stream after the last event that arrived.
    fn resume(
        &self,
        last: &str,
        retry: Option<u64>,
        message: &OutgoingMessage,
        session: &SessionHeaders,
    ) -> Result<ResponseEvents, BridgeError> {
        let connection = self.relay.connection();
        let mut pause = PAUSE;
        for left in (0..RESUMPTIONS).rev() {
            std::thread::sleep(pause_for(retry, pause));
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.relay.log().debug("a stream was interrupted; resuming it");
            let opened = self.get_events(session, Some(last), &message.cancel, message.person);
            let error = match opened {
                Ok(response) if response.is_success() && response.media() == Media::Events => {
                    return Ok(events_of(response, Some(last.to_owned())));
                }
                // The request may have been carried out, so it is not sent again. The next message opens a new session.
                Ok(response) if response.status == 404 && session.id.is_some() => {
                    return Err(BridgeError::SessionLost { url: connection.shown() });
                }
                Ok(response) => connection.refused(response),
                Err(error) => error,
            };
            if left == 0 || message.cancel.is_aborted() {
                return Err(error);
            }
        }
        Err(connection.unanswered())
    }

    /// Delivers the events of a stream until it ends.
    ///
    /// # Errors
    /// Fails if the stream is interrupted.
    pub(super) fn read_events<R: BufRead>(
        &self,
        events: &mut EventStream<R>,
        message: Option<&OutgoingMessage>,
        receiver: &Receiver<'_>,
    ) -> io::Result<()> {
        let in_flight = self.relay.in_flight();
        let mut answered = false;
        while let Some(event) = events.next_event()? {
            let is_message = event.is_message() && !event.data.is_empty();
            if is_message && (receiver.deliver)(event.data).is_err() {
                self.relay.report_event();
            }
            let Some(message) =
                message.filter(|message| !answered && in_flight.requests().is_answered(message))
            else {
                continue;
            };
            if message.own.is_some() {
                return Ok(());
            }
            // A server closes the stream after the response. Do not wait long for a server that does not.
            answered = true;
            message.cancel.release();
            let cancel = message.cancel.clone();
            in_flight.pool().later(LINGER, move || cancel.abort());
        }
        Ok(())
    }

    /// Opens an event stream.
    ///
    /// # Errors
    /// Fails if no response comes, or no credential is accepted.
    pub(super) fn get_events(
        &self,
        session: &SessionHeaders,
        last: Option<&str>,
        cancel: &CancelHandle,
        person: bool,
    ) -> Result<StreamingResponse, BridgeError> {
        let mut headers = vec![("Accept", "text/event-stream")];
        headers.extend(session.pairs());
        headers.extend(last.map(|last| (LAST_EVENT, last)));
        let connection = self.relay.connection();
        let url = connection.url();
        let request = BridgeRequest { url, method: HttpMethod::Get, headers: &headers };
        connection.send(&request, cancel, person)
    }
}

/// Returns the events in the body of a response. `last` is the id of the last event before them, if any.
pub fn events_of(response: StreamingResponse, last: Option<String>) -> ResponseEvents {
    EventStream::new(BufReader::with_capacity(BUFFER, response.into_body()), last)
}

/// Returns the pause before a stream is opened again: `retry` if the server sent it, otherwise `own`, within limits.
pub fn pause_for(retry: Option<u64>, own: Duration) -> Duration {
    retry.map_or(own, Duration::from_millis).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}
