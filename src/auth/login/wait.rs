//! Waiting for a person: at the callback port, and for what is pasted.

use std::time::{Duration, Instant};

use super::{Door, Event, Job, LoginError, Say, Way};
use crate::auth::Token;
use crate::auth::authorize::{Authorization, Judged};
use crate::auth::callback::Arrival;

const TICK: Duration = Duration::from_millis(100);

/// Waits for the code.
///
/// # Errors
/// Fails where the sign-in was refused, and where nobody signs in until the deadline.
pub fn wait(
    job: &Job<'_>,
    authorization: &Authorization,
    door: &Door,
    deadline: Instant,
    say: Say<'_>,
) -> Result<Token, LoginError> {
    let mut stranger = None;
    loop {
        let arrival = match door {
            Door::Open(callback) => callback.arrivals.recv_timeout(TICK).ok(),
            Door::Sibling(_) | Door::None => {
                std::thread::sleep(TICK);
                None
            }
        };
        match arrival.or_else(|| pasted(job, authorization)) {
            Some(Arrival::Code(code)) => return Ok(code),
            Some(Arrival::Failed(error)) => return Err(error.into()),
            Some(Arrival::Stranger(why)) => {
                say(Event::Stranger(why));
                stranger = Some(why);
            }
            None => {}
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timed_out(job.patience, stranger));
        }
        say(Event::Waits(left));
    }
}

fn pasted(job: &Job<'_>, authorization: &Authorization) -> Option<Arrival> {
    let Way::Printed(lines) = job.way else { return None };
    let line = lines.try_recv().ok().filter(|line| !line.trim().is_empty())?;
    Some(match authorization.judge_pasted(&line) {
        Judged::Code(code) => Arrival::Code(code),
        Judged::Failed(error) => Arrival::Failed(error),
        Judged::Stranger(why) => Arrival::Stranger(why),
    })
}

/// Says that nobody signed in.
pub fn timed_out(patience: Duration, stranger: Option<&str>) -> LoginError {
    let came = stranger.map_or(String::new(), |why| format!(" (an answer came, but {why})"));
    LoginError::TimedOut(format!("{} s", patience.as_secs()), came)
}
