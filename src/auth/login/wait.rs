//! Waits for the authorization code.

use std::time::{Duration, Instant};

use super::{CallbackPort, LoginError, LoginEvent, LoginRequest, OnLoginEvent};
use crate::auth::authorize::{AuthorizationCode, AuthorizationRequest, CallbackResult};
use crate::auth::oauth_client::ClientOrigin;

const TICK: Duration = Duration::from_millis(100);

/// Waits for the code.
///
/// # Errors
/// Fails if the sign-in was refused, or after the timeout.
pub fn wait_for_code(
    request: &LoginRequest<'_>,
    authorization: &AuthorizationRequest,
    callback: &CallbackPort,
    (deadline, client): (Instant, ClientOrigin),
    on_event: OnLoginEvent<'_>,
) -> Result<AuthorizationCode, LoginError> {
    let mut ignored = None;
    let mut ticked = Instant::now();
    loop {
        let arrival = match callback {
            CallbackPort::Ours(server) => server.results.recv_timeout(TICK).ok(),
            CallbackPort::OtherBridge(_) | CallbackPort::None => {
                std::thread::sleep(TICK);
                None
            }
        };
        // Any program can send requests to the callback port, so only the first is worth a line.
        let is_news = arrival.is_none() || ignored.is_none();
        match arrival.or_else(|| pasted(request, authorization)) {
            Some(CallbackResult::Code(code)) => return Ok(code),
            Some(CallbackResult::Failed(error)) => return Err(error.into()),
            Some(CallbackResult::Ignored(why)) => {
                if is_news {
                    on_event(LoginEvent::IgnoredRequest(&why));
                }
                ignored = Some(why);
            }
            None => {}
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let seconds = request.timeout.as_secs();
            return Err(LoginError::TimedOut { seconds, ignored, client: Some(client) });
        }
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            on_event(LoginEvent::Waiting(left));
        }
    }
}

fn pasted(
    request: &LoginRequest<'_>,
    authorization: &AuthorizationRequest,
) -> Option<CallbackResult> {
    let line = request.pasted?.try_recv().ok().filter(|line| !line.trim().is_empty())?;
    Some(authorization.check_pasted(&line))
}
