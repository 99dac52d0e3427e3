//! The environment variables in which a bridge gets secrets.

/// The environment variable that passes an OAuth client secret to the bridge. No header has the same variable.
pub const CLIENT_SECRET: &str = "MCPGENOAUTH_CLIENT_SECRET";

/// The environment variable that passes the private key of an OAuth client to the bridge.
pub const CLIENT_KEY: &str = "MCPGENOAUTH_CLIENT_KEY";

/// Returns the environment variable that passes a header to the bridge.
pub fn header_variable(name: &str) -> String {
    format!("MCPGEN_{}", name.to_ascii_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_header_has_the_variable_of_a_client_secret() {
        let prefix = header_variable("");
        assert!(header_variable("OAuth-Client-Secret").starts_with(&prefix));
        assert!(!CLIENT_SECRET.starts_with(&prefix) && !CLIENT_KEY.starts_with(&prefix));
    }
}
