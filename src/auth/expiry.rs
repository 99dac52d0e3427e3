//! Decides whether a token set is fresh enough to use, and when to refresh it.

use super::cache::TokenSet;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// The state of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignInState {
    /// There is no token file.
    Missing,
    /// The token file is invalid.
    Broken,
    /// It has another scope, so the bridge deletes it.
    OtherScope,
    /// The access token is valid.
    Usable,
    /// The access token expires soon; `mcpgen refresh` would refresh it.
    Expiring,
    /// The access token has expired.
    Expired,
}

impl SignInState {
    /// Returns the state of a token set at `now`.
    pub fn of_tokens(tokens: &TokenSet, now: u64) -> Self {
        match tokens.expires_at {
            Some(end) if end <= now => Self::Expired,
            Some(_) if !lasts_longer_than(tokens, HOUR, now) => Self::Expiring,
            Some(_) | None => Self::Usable,
        }
    }

    /// Returns the state as users see it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Broken => "broken",
            Self::OtherScope => "another scope",
            Self::Usable => "usable",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
        }
    }
}

/// Returns whether a token set can be handed out at `now`: it is valid for another minute, or for
/// half its lifetime if that is shorter, so that short-lived tokens are not refreshed at each use.
pub fn is_fresh(tokens: &TokenSet, now: u64) -> bool {
    lasts_longer_than(tokens, MINUTE, now)
}

/// Returns whether a client can have a token set at `now`: it is valid for another ten minutes, or for half its lifetime
/// if that is shorter. A client uses the token until the server refuses it.
pub fn lasts_for_client(tokens: &TokenSet, now: u64) -> bool {
    lasts_longer_than(tokens, 10 * MINUTE, now)
}

/// Returns whether a timer should refresh a token set: it expires within an hour, or within half
/// its lifetime if that is shorter.
pub fn is_due(tokens: &TokenSet, now: u64) -> bool {
    !lasts_longer_than(tokens, HOUR, now)
}

// Without an expiry a token set lasts; without a lifetime, assume one hour.
fn lasts_longer_than(tokens: &TokenSet, margin: u64, now: u64) -> bool {
    let margin = margin.min(tokens.lifetime().unwrap_or(HOUR) / 2);
    tokens.expires_at.is_none_or(|end| end > now.saturating_add(margin))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_set_is_renewed_before_its_end_and_not_much_before() {
        let now = 1_000 * HOUR;
        for (left, life, fresh, due, standing) in [
            (8 * HOUR, Some(8 * HOUR), true, false, SignInState::Usable),
            (HOUR, Some(8 * HOUR), true, true, SignInState::Expiring),
            (31 * MINUTE, Some(HOUR), true, false, SignInState::Usable),
            (30 * MINUTE, Some(HOUR), true, true, SignInState::Expiring),
            (MINUTE, Some(HOUR), false, true, SignInState::Expiring),
            (31_000, Some(MINUTE), true, false, SignInState::Usable),
            (30_000, Some(MINUTE), false, true, SignInState::Expiring),
            (0, Some(HOUR), false, true, SignInState::Expired),
            (31 * MINUTE, None, true, false, SignInState::Usable),
            (30 * MINUTE, None, true, true, SignInState::Expiring),
        ] {
            let mut fields =
                json!({ "access_token": "a", "token_type": "Bearer", "expires_at": now + left });
            if let Some(life) = life {
                fields["expires_in"] = (life / 1000).into();
            }
            let tokens = TokenSet::from_file(fields.to_string().as_bytes()).unwrap();
            let judged = (
                is_fresh(&tokens, now),
                is_due(&tokens, now),
                SignInState::of_tokens(&tokens, now),
            );
            assert_eq!(judged, (fresh, due, standing), "{left} of {life:?}");
        }
        let endless =
            TokenSet::from_file(br#"{ "access_token": "a", "token_type": "Bearer" }"#).unwrap();
        assert_eq!(SignInState::of_tokens(&endless, now), SignInState::Usable);
    }
}
