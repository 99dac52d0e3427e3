//! Hashes values, and compares them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The hash of a value, which is written as hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, std::hash::Hash)]
pub struct Hash([u8; 16]);

/// Returns the hash of a value. Equal values have the same hash, even if the order of their keys differs.
pub fn hash(value: &Value) -> Hash {
    let mut hasher = Sha256::new();
    feed(&mut hasher, value);
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize()[..16]);
    Hash(hash)
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let number = Some(&*text).filter(|text| text.len() == 32 && !text.starts_with('+'));
        let number = number.and_then(|text| u128::from_str_radix(text, 16).ok());
        let number = number.ok_or_else(|| serde::de::Error::custom("not a hash"))?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// Hashes a file's bytes.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

// Each value starts with its type and contains its length, so that different values never give the same bytes.
fn feed(hasher: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hasher.update("n;"),
        Value::Bool(flag) => hasher.update(if *flag { "btrue;" } else { "bfalse;" }),
        Value::Number(_) => feed_parts(hasher, &["i", &plain_number(value), ";"]),
        Value::String(text) => feed_parts(hasher, &["s", &text.len().to_string(), ":", text, ";"]),
        Value::Array(list) => {
            feed_parts(hasher, &["l", &list.len().to_string(), ";"]);
            list.iter().for_each(|value| feed(hasher, value));
        }
        Value::Object(map) => {
            feed_parts(hasher, &["m", &map.len().to_string(), ";"]);
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            for (key, value) in sorted {
                feed_parts(hasher, &["k", &key.len().to_string(), ":", key, ";"]);
                feed(hasher, value);
            }
        }
    }
}

fn feed_parts(hasher: &mut Sha256, parts: &[&str]) {
    parts.iter().for_each(|part| hasher.update(part));
}

/// Returns whether two values are the same. `30` and `30.0` are the same, because clients write either.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => plain_number(one) == plain_number(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(key, value)| other.get(key).is_some_and(|other| same(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        (_, _) => one == other,
    }
}

fn plain_number(value: &Value) -> String {
    let whole = value.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15);
    whole.map_or_else(|| value.to_string(), |n| format!("{n:.0}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_have_the_same_hash_and_different_values_do_not() {
        assert_eq!(hash(&json!({"a": 1, "b": [true]})), hash(&json!({"b": [true], "a": 1})));
        for (one, other, equal) in [
            (json!([30]), json!([30.0]), true),
            (json!(30.5), json!(30), false),
            (json!({"a": [1.0], "b": {}}), json!({"b": {}, "a": [1]}), true),
            (json!({"a": 1}), json!({"a": 1, "b": null}), false),
            (json!([1, 2]), json!([1]), false),
            (json!(true), json!(false), false),
            (json!(-0.0), json!(0), false),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64), false),
        ] {
            assert_eq!((same(&one, &other), hash(&one) == hash(&other)), (equal, equal), "{one}");
        }
        for (one, other) in [
            (json!(["ab", "c"]), json!(["a", "bc"])),
            (json!("1"), json!(1)),
            (json!({}), json!([])),
            (json!(null), json!("")),
        ] {
            assert_ne!(hash(&one), hash(&other));
        }
    }
    // Ledgers contain hashes, so a change would make every entry look edited.
    #[test]
    fn the_hash_of_a_value_stays_the_same() {
        let value = json!({"a": [true, null, 1.5], "b": "text"});
        let text = "329fb3a7a956e374b568c3de9ecbcddb";
        assert_eq!(format!("{:?}", hash(&value)), text);
        assert_eq!(serde_json::to_value(hash(&value)).unwrap(), json!(text));
        assert_eq!(serde_json::from_value::<Hash>(json!(text)).unwrap(), hash(&value));
    }

    #[test]
    fn only_32_hexadecimal_digits_are_a_hash() {
        let digits = "0123456789abcdef0123456789abcde";
        assert!(serde_json::from_value::<Hash>(json!(format!("{digits}f"))).is_ok());
        for text in
            [digits.to_owned(), format!("{digits}ff"), format!("+{digits}"), format!("{digits}g")]
        {
            assert!(serde_json::from_value::<Hash>(json!(text)).is_err(), "{text}");
        }
    }
}
