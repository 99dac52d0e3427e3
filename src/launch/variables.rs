//! The environment variables in which a bridge gets secrets.

/// The environment variable that passes an OAuth client secret to the bridge. No header has the same variable.
pub const CLIENT_SECRET: &str = "MCPGENOAUTH_CLIENT_SECRET";

/// The environment variable that passes the private key of an OAuth client to the bridge.
pub const CLIENT_KEY: &str = "MCPGENOAUTH_CLIENT_KEY";

/// The environment variable that passes the assertion of the JWT bearer grant to the bridge.
pub const ASSERTION: &str = "MCPGENOAUTH_ASSERTION";

/// The environment variable that passes the secret of the OAuth client at an identity provider to the bridge.
pub const IDP_SECRET: &str = "MCPGENOAUTH_IDP_SECRET";

/// The environment variable that passes an ID token to the bridge.
pub const ID_TOKEN: &str = "MCPGENOAUTH_ID_TOKEN";

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
        let own = [CLIENT_SECRET, CLIENT_KEY, ASSERTION, IDP_SECRET, ID_TOKEN];
        assert!(own.iter().all(|name| !name.starts_with(&prefix)));
    }
}
