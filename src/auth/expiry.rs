//! When a token set is to be renewed: how much of its life is left, and how much is enough for what.

use super::cache::TokenSet;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Says how a sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInState {
    /// There is none.
    Missing,
    /// There is a file, and no bridge can read it.
    Broken,
    /// There is one for another scope, and a bridge throws it away.
    OtherScope,
    /// The access token lives.
    Usable,
    /// The access token lives and is about to end: `mcpgen refresh` would renew it.
    Expiring,
    /// The access token has ended.
    Expired,
}

impl SignInState {
    /// Judges a token set at `now`.
    pub fn of_tokens(tokens: &TokenSet, now: u64) -> Self {
        match tokens.expires_at {
            Some(end) if end <= now => Self::Expired,
            Some(_) if !lasts_longer_than(tokens, HOUR, now) => Self::Expiring,
            Some(_) | None => Self::Usable,
        }
    }

    /// Returns the word for it.
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

/// Returns whether a token set can be handed out at `now`: it lives for another minute, or for half its life
/// where that is shorter, so that tokens of a short life are not renewed at every use.
pub fn is_fresh(tokens: &TokenSet, now: u64) -> bool {
    lasts_longer_than(tokens, MINUTE, now)
}

/// Returns whether the ID token of a token set can be handed out at `now`, by what it says itself of its end.
pub fn is_fresh_id(tokens: &TokenSet, now: u64) -> bool {
    match tokens.id_end() {
        Some(end) => end > now.saturating_add(MINUTE.min(tokens.lifetime().unwrap_or(HOUR) / 2)),
        None => is_fresh(tokens, now),
    }
}

/// Returns whether a token set is to be renewed ahead of its end, by a timer: it ends within the hour, or
/// within half its life where that is shorter.
pub fn is_due(tokens: &TokenSet, now: u64) -> bool {
    !lasts_longer_than(tokens, HOUR, now)
}

// One whose end nobody knows lasts; one whose life nobody knows is taken to have been given an hour.
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
                json!({ "access_token": "a", "token_type": "b", "expires_at": now + left });
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
            TokenSet::from_file(br#"{ "access_token": "a", "token_type": "b" }"#).unwrap();
        assert_eq!(SignInState::of_tokens(&endless, now), SignInState::Usable);
    }
}
