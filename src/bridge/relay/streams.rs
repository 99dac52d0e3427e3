//! Streams of events: the answer to a message, and the server's own.

use std::io::{self, BufReader, Read};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::{Task, VERSION};
use crate::auth::session::SESSION_HEADER;
use crate::bridge::events::Events;
use crate::bridge::session::Named;
use crate::bridge::wire::{Grip, Media, Reply, Verb};
use crate::bridge::{Bridge, Failure};

const LAST_EVENT: &str = "Last-Event-ID";
// Events are read in pieces of this size.
const PIECE: usize = 16 << 10;
// How often a stream that was cut is taken up again before it is given up.
const RESUMPTIONS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
// A server that says 0 would be asked as fast as it answers.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
// How long a stream may stand behind the answer that it was for.
const LINGERS: Duration = Duration::from_secs(1);

impl Bridge {
    /// Reads the events that a message is answered with. A stream that is cut goes on where the server lets it, in
    /// the session that it began in.
    ///
    /// # Errors
    /// Fails where it ends without the answer.
    pub fn take_events(
        self: &Arc<Self>,
        reply: Reply,
        task: &Task,
        named: &Named,
    ) -> Result<(), Failure> {
        let mut events = Events::new(BufReader::with_capacity(PIECE, reply.into_body()));
        let (mut in_vain, mut retry) = (0, None);
        loop {
            let before = events.last_id.clone();
            let cut = self.read_events(&mut events, Some(task));
            if self.is_done(task) {
                return Ok(());
            }
            // Nobody waits for the answer any more, and the request is under way no longer.
            if task.grip.is_cut() {
                return Err(self.unanswered());
            }
            if cut.is_err_and(|error| error.kind() == io::ErrorKind::FileTooLarge) {
                return Err(Failure::TooLong { url: self.shown() });
            }
            // A server that polls says when it is to be asked again, and is for as long as it does.
            let goes_on = events.last_id != before || events.retry.is_some();
            retry = events.retry.or(retry);
            in_vain = if goes_on { 0 } else { in_vain + 1 };
            match events.last_id.clone() {
                Some(last) if in_vain <= RESUMPTIONS => {
                    events = self.take_up(&last, retry, task, named)?;
                }
                Some(_) | None => return Err(self.unanswered()),
            }
        }
    }

    // A stream that was cut goes on behind the last event that came.
    fn take_up(
        self: &Arc<Self>,
        last: &str,
        retry: Option<u64>,
        task: &Task,
        named: &Named,
    ) -> Result<Events<BufReader<Box<dyn Read + Send>>>, Failure> {
        let mut pause = PAUSE;
        for left in (0..RESUMPTIONS).rev() {
            std::thread::sleep(pause_for(retry, pause));
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.say.debug("a stream was cut; it is taken up again");
            let failure = match self.get_events(named, Some(last), &task.grip, task.person) {
                Ok(reply) if reply.is_success() && reply.media() == Media::Events => {
                    let stream = BufReader::with_capacity(PIECE, reply.into_body());
                    return Ok(Events::resumed(stream, last));
                }
                // The next message finds it lost too, and begins another. This one may have been carried out.
                Ok(reply) if reply.status == 404 && named.id.is_some() => {
                    return Err(Failure::SessionLost { url: self.shown() });
                }
                Ok(reply) => self.refused(reply),
                Err(failure) => failure,
            };
            if left == 0 || task.grip.is_cut() {
                return Err(failure);
            }
        }
        Err(self.unanswered())
    }

    fn read_events<R: io::BufRead>(
        self: &Arc<Self>,
        events: &mut Events<R>,
        task: Option<&Task>,
    ) -> io::Result<()> {
        let mut lingers = false;
        while let Some(event) = events.next()? {
            let ours = event.kind.as_deref().is_none_or(|kind| kind == "message");
            if ours && !event.data.is_empty() && self.pass(event.data).is_err() {
                self.say.line(&format!("`{}` sends an event that is no message", self.shown()));
            }
            let Some(task) = task.filter(|task| !lingers && self.is_done(task)) else { continue };
            if task.own.is_some() {
                return Ok(());
            }
            // A server ends the stream behind the answer, and one that does not is not waited for.
            lingers = true;
            task.grip.release();
            let grip = task.grip.clone();
            self.crew.later(LINGERS, move || grip.cut());
        }
        Ok(())
    }

    fn get_events(
        &self,
        named: &Named,
        last: Option<&str>,
        grip: &Grip,
        person: bool,
    ) -> Result<Reply, Failure> {
        let mut headers = vec![("Accept", "text/event-stream")];
        headers.extend(named.id.as_deref().map(|id| (SESSION_HEADER, id)));
        headers.extend(named.version.as_deref().map(|version| (VERSION, version)));
        headers.extend(last.map(|last| (LAST_EVENT, last)));
        self.signed(self.wire.url(), Verb::Get, &headers, grip, person)
    }

    /// Reads what the server sends by itself, for as long as it does and the session lasts.
    pub fn listen(self: &Arc<Self>) {
        self.listening.fetch_add(1, Ordering::SeqCst);
        self.listen_on();
        self.listening.fetch_sub(1, Ordering::SeqCst);
    }

    fn listen_on(self: &Arc<Self>) {
        let named = self.session.named();
        let (mut last, mut pause, mut failures, mut had) = (None, PAUSE, 0, false);
        loop {
            let begun = Instant::now();
            let grip = Grip::default();
            *self.own_stream.lock().unwrap_or_else(PoisonError::into_inner) = grip.clone();
            let reply = self.get_events(&named, last.as_deref(), &grip, false);
            self.session.settled();
            if self.session.named().generation != named.generation {
                return;
            }
            let mut retry = None;
            match reply {
                Ok(reply) if reply.is_success() && reply.media() == Media::Events => {
                    (failures, had) = (0, true);
                    let mut events =
                        Events::new(BufReader::with_capacity(PIECE, reply.into_body()));
                    events.last_id = last;
                    let ended = self.read_events(&mut events, None);
                    self.say.debug(&format!("the server's own stream has ended: {ended:?}"));
                    (last, retry) = (events.last_id, events.retry);
                }
                // It offers none, or has lost the session, which the next message finds out.
                Ok(reply) if reply.status < 500 => return,
                // One that was there comes back, as the machine does that has slept.
                Ok(_) | Err(_) if failures >= RESUMPTIONS && !had => {
                    return self.say.line(&format!(
                        "`{}` breaks off its own stream again and again; nothing is read from it any more",
                        self.shown()
                    ));
                }
                Ok(_) | Err(_) => failures += 1,
            }
            pause = if begun.elapsed() > LONGEST_PAUSE {
                PAUSE
            } else {
                (pause * 2).min(LONGEST_PAUSE)
            };
            std::thread::sleep(pause_for(retry, pause / 2));
            if self.session.named().generation != named.generation {
                return;
            }
        }
    }
}

fn pause_for(said: Option<u64>, own: Duration) -> Duration {
    said.map_or(own, Duration::from_millis).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}
