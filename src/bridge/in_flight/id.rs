//! Compares ids of JSON-RPC.

use serde_json::Value;

/// Returns the same key for all spellings of an id: a server may write `1` for `1.0`, or a string with other escapes.
pub fn key(id: &str) -> String {
    if !id.contains(['\\', '.', 'e', 'E']) {
        return id.to_owned();
    }
    let id: Value = serde_json::from_str(id).unwrap_or_default();
    match id.as_f64().filter(|number| number.fract() == 0.0) {
        Some(number) => format!("{number:.0}"),
        None => id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_an_id_have_the_same_key() {
        for (one, other) in [("1.0", "1"), ("1e2", "100"), (r#""\u0061""#, "\"a\""), ("7", "7")] {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(key("1"), key("\"1\""));
    }
}
