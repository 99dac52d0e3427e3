//! Forms and queries (application/x-www-form-urlencoded).

/// Encodes a name or value.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Encodes names and values in their order.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pair = |(name, value): (&str, &str)| format!("{}={}", encode(name), encode(value));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Decodes a query or form. Invalid encodings stay as they are.
pub fn decode(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (percent_decode(name), percent_decode(value))
    };
    parts.map(pair).collect()
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_to_the_same() {
        let pairs = [("a b", "ü&=+%"), ("", "x"), ("scope", "a b")];
        let text = query(pairs);
        assert_eq!(text, "a%20b=%C3%BC%26%3D%2B%25&=x&scope=a%20b");
        let back = decode(&text);
        assert!(back.iter().map(|(n, v)| (n.as_str(), v.as_str())).eq(pairs));
        let odd = decode("a=%zz&b=1+2&c&&d=%4");
        let odd: Vec<_> = odd.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(odd, [("a", "%zz"), ("b", "1 2"), ("c", ""), ("d", "%4")]);
    }
}
