//! A brake for servers that refuse whatever they are shown: nobody is asked on and on, no token spent on and on.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

// As mcp-remote's: 20 exchanges or 5 sign-ins in 30 seconds.
const SPAN: Duration = Duration::from_secs(30);
const RENEWALS: usize = 20;
const SIGN_INS: usize = 5;

/// Counts what was tried lately.
#[derive(Debug, Default)]
pub struct Brake {
    renewals: VecDeque<Instant>,
    sign_ins: VecDeque<Instant>,
}

impl Brake {
    /// Takes note of a renewal.
    ///
    /// # Errors
    /// Fails where there were too many, and says so.
    pub fn renewal(&mut self) -> Result<(), &'static str> {
        let why = "the server has refused 20 renewed tokens in 30 s; wait a little, then check its account";
        note(&mut self.renewals, RENEWALS, why)
    }

    /// Takes note of a sign-in.
    ///
    /// # Errors
    /// Fails where there were too many, and says so.
    pub fn sign_in(&mut self) -> Result<(), &'static str> {
        let why =
            "the server has asked for 5 sign-ins in 30 s; wait a little, then check its account";
        note(&mut self.sign_ins, SIGN_INS, why)
    }
}

fn note(
    lately: &mut VecDeque<Instant>,
    most: usize,
    why: &'static str,
) -> Result<(), &'static str> {
    let now = Instant::now();
    lately.retain(|when| now.duration_since(*when) < SPAN);
    if lately.len() >= most {
        return Err(why);
    }
    lately.push_back(now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_so_many_nobody_is_asked() {
        let mut brake = Brake::default();
        assert!((0..SIGN_INS).all(|_| brake.sign_in().is_ok()));
        assert!(brake.sign_in().is_err() && brake.renewal().is_ok());
    }
}
