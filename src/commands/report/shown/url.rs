//! What is shown of a URL that mcpgen did not write: its host, and the parts of its path that are not keys.

use super::HIDDEN;
use crate::secret::literal::TABLE;

/// Returns a URL with everything hidden that may be a key. A string that is not a URL is hidden.
pub fn shown(text: &str) -> String {
    let scheme = text.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme));
    let Some((scheme, rest)) = scheme else { return HIDDEN.to_owned() };
    let (path, query) = match rest.find(['?', '#']) {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, ""),
    };
    let mut parts = path.split('/');
    let authority = parts.next().unwrap_or_default();
    let (user, host) = match authority.rsplit_once('@') {
        Some((_, host)) => (format!("{HIDDEN}@"), host),
        None => (String::new(), authority),
    };
    let labels: Vec<&str> =
        host.split('.').map(|label| if is_label(label) { label } else { HIDDEN }).collect();
    let path =
        parts.map(|part| if is_known(part) { format!("/{part}") } else { format!("/{HIDDEN}") });
    let query = if query.is_empty() { String::new() } else { format!("{}{HIDDEN}", &query[..1]) };
    format!("{scheme}://{user}{}{}{query}", labels.join("."), path.collect::<String>())
}

fn is_known(part: &str) -> bool {
    let version = part.strip_prefix('v').unwrap_or_default();
    let version = (1..3).contains(&version.len()) && version.bytes().all(|c| c.is_ascii_digit());
    part.is_empty() || version || TABLE.paths.contains(&part)
}

// Keys are also in names of hosts: a long label with digits is hidden.
fn is_label(label: &str) -> bool {
    let name = label.split(':').next().unwrap_or_default();
    name.len() < 16 || !name.bytes().any(|c| c.is_ascii_digit())
}
