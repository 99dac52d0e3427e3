//! A request with the credential that the server wants, and another one where it wants another.

use std::time::Instant;

use crate::auth::challenge::Challenge;
use crate::bridge::access::{AccessError, Had};
use crate::bridge::wire::{Grip, Reply, Verb};
use crate::bridge::{Bridge, Failure};

const AUTHORIZATION: &str = "Authorization";
// One that was looked up, one renewed, one signed in for.
const REFUSALS: u32 = 3;
// With the sign-in before them, as often as the specification's own client asks (SEP-2350).
const STEPS: u32 = 2;

impl Bridge {
    /// Sends a request. Where the server refuses its credential, another one is had and the request sent again; a
    /// `person` is asked for one only if the client waits for the answer.
    ///
    /// # Errors
    /// Fails where no answer comes, and where there is no credential that the server takes.
    pub fn signed(
        &self,
        to: &str,
        verb: Verb<'_>,
        headers: &[(&str, &str)],
        grip: &Grip,
        person: bool,
    ) -> Result<Reply, Failure> {
        let since = Instant::now();
        let (mut refusals, mut steps, mut renewed) = (0, 0, false);
        loop {
            let fixed = self.wire.has(AUTHORIZATION);
            let token = if fixed { None } else { self.access.bearer() };
            let bearer = token.as_ref().map(|token| format!("Bearer {}", token.expose()));
            let mut headers = headers.to_vec();
            headers.extend(bearer.as_deref().map(|bearer| (AUTHORIZATION, bearer)));
            let reply = self.wire.send(to, verb, &headers, grip)?;
            self.say.debug_with(|| format!("the server answers {}", reply.described()));
            let challenge = Challenge::from_headers(reply.headers("www-authenticate"));
            let narrow = challenge.error.as_deref() == Some("insufficient_scope");
            match reply.status {
                401 if fixed => return Err(AccessError::Header(self.shown()).into()),
                401 if refusals < REFUSALS => {
                    refusals += 1;
                    grip.again();
                    match self.access.refused(token.as_ref(), since, renewed, person)? {
                        Had::Found => {}
                        Had::Renewed => renewed = true,
                        // One that is refused as well is not what the server minds.
                        Had::SignedIn => refusals = REFUSALS,
                    }
                }
                403 if narrow && (fixed || !person) => return Ok(reply),
                403 if narrow && steps < STEPS => {
                    steps += 1;
                    grip.again();
                    self.access.step_up(token.as_ref(), &challenge, since)?;
                }
                403 if narrow => return Err(AccessError::Scope(self.shown()).into()),
                _other => return Ok(reply),
            }
        }
    }
}
