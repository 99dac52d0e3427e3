//! Forms and queries (application/x-www-form-urlencoded).

use url::form_urlencoded;

/// Encodes a name or value. Spaces and tildes are written so that every decoder reads them.
pub fn encode(text: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20").replace("%7E", "~")
}

/// Encodes names and values in their order.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pair = |(name, value): (&str, &str)| format!("{}={}", encode(name), encode(value));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Decodes a query or form. Invalid encodings stay as they are.
pub fn decode(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_pairs_are_decoded_to_the_same_pairs() {
        let pairs = [("a b", "ü&=+%"), ("", "x"), ("scope", "a b")];
        let text = query(pairs);
        assert_eq!(text, "a%20b=%C3%BC%26%3D%2B%25&=x&scope=a%20b");
        let back = decode(&text);
        assert!(back.iter().map(|(n, v)| (n.as_str(), v.as_str())).eq(pairs));
        let odd = decode("a=%zz&b=1+2&c&&d=%4&e=%+f&f=% 1");
        let odd: Vec<_> = odd.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            odd,
            [("a", "%zz"), ("b", "1 2"), ("c", ""), ("d", "%4"), ("e", "% f"), ("f", "% 1")]
        );
    }
}
