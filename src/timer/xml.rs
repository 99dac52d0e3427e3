//! Text in XML elements.

/// Escapes a string for the content of an element.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Returns the content of the first element with a name, and the string after the element.
pub fn element<'t>(text: &'t str, name: &str) -> Option<(String, &'t str)> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (content, rest) = rest.split_once(&format!("</{name}>"))?;
    Some((unescape(content), rest))
}

fn unescape(text: &str) -> String {
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, char)| text.replace(entity, char))
}
