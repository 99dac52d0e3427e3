//! A rate limit on refreshes and sign-ins, for servers that refuse every token.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

// mcp-remote's limits: 20 token requests or 5 sign-ins in 30 seconds.
const SPAN: Duration = Duration::from_secs(30);
const REFRESHES: usize = 20;
const SIGN_INS: usize = 5;

/// Counts recent attempts.
#[derive(Debug, Default)]
pub struct RateLimit {
    refreshes: VecDeque<Instant>,
    sign_ins: VecDeque<Instant>,
}

impl RateLimit {
    /// Counts an attempt to refresh a token.
    ///
    /// # Errors
    /// Fails if there were too many.
    pub fn refresh(&mut self) -> Result<(), &'static str> {
        count(&mut self.refreshes, REFRESHES, "rejected 20 refreshed tokens")
    }

    /// Counts an attempt to sign in.
    ///
    /// # Errors
    /// Fails if there were too many.
    pub fn sign_in(&mut self) -> Result<(), &'static str> {
        count(&mut self.sign_ins, SIGN_INS, "required 5 sign-ins")
    }
}

fn count(
    recent: &mut VecDeque<Instant>,
    most: usize,
    why: &'static str,
) -> Result<(), &'static str> {
    let now = Instant::now();
    recent.retain(|when| now.duration_since(*when) < SPAN);
    if recent.len() >= most {
        return Err(why);
    }
    recent.push_back(now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_ins_beyond_the_limit_are_refused() {
        let mut limit = RateLimit::default();
        assert!((0..SIGN_INS).all(|_| limit.sign_in().is_ok()));
        assert!(limit.sign_in().is_err() && limit.refresh().is_ok());
    }
}
