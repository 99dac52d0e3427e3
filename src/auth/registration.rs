//! A client registration, as in the cache and in the response of a registration endpoint.

use serde_json::{Map, Value};
use url::Url;

use super::Token;
use super::token_set::{Rest, file};

/// A client registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The client id.
    pub client_id: String,
    /// The client secret, if any.
    pub client_secret: Option<Token>,
    /// The registered redirect URIs.
    pub redirect_uris: Vec<String>,
    /// The authentication method: `none`, `client_secret_post` or `client_secret_basic`.
    pub token_endpoint_auth_method: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// All other fields. They may hold secrets and are never shown.
    pub rest: Rest,
}

/// What is wrong with a client registration. No value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRegistration {
    /// It is not JSON, or incomplete.
    #[error("the content is not a complete JSON object")]
    NotJson,
    /// A field is missing or has the wrong type.
    #[error("`{0}` is missing or has the wrong type")]
    Field(&'static str),
}

impl Registration {
    /// Parses a file of the cache; rejects what mcp-remote rejects.
    ///
    /// # Errors
    /// Fails with the first reason.
    pub fn from_file(bytes: &[u8]) -> Result<Self, InvalidRegistration> {
        let fields: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|_| InvalidRegistration::NotJson)?;
        Self::from_fields(fields)
    }

    /// Parses a registration response. Fields that it omits were granted as requested (RFC 7591,
    /// section 3.2.1); null counts as omitted.
    ///
    /// # Errors
    /// Fails if it contains no client id.
    pub fn from_answer(
        asked: Map<String, Value>,
        answer: Map<String, Value>,
    ) -> Result<Self, InvalidRegistration> {
        let mut fields = asked;
        fields.extend(answer.into_iter().filter(|(_, value)| !value.is_null()));
        Self::from_fields(fields)
    }

    fn from_fields(mut fields: Map<String, Value>) -> Result<Self, InvalidRegistration> {
        let client_id = text(&mut fields, "client_id")?;
        Ok(Self {
            client_id: client_id.ok_or(InvalidRegistration::Field("client_id"))?,
            client_secret: text(&mut fields, "client_secret")?.map(Token::from),
            redirect_uris: redirect_uris(fields.remove("redirect_uris"))?,
            token_endpoint_auth_method: text(&mut fields, "token_endpoint_auth_method")?,
            issuer: text(&mut fields, "issuer")?,
            rest: Rest(fields),
        })
    }

    /// Serializes a file of the cache.
    pub fn to_file(&self) -> Vec<u8> {
        let Self {
            client_id,
            client_secret,
            redirect_uris,
            token_endpoint_auth_method,
            issuer,
            rest,
        } = self;
        let mut fields = Map::new();
        fields.insert("client_id".into(), client_id.as_str().into());
        fields.insert("redirect_uris".into(), redirect_uris.clone().into());
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                fields.insert(name.into(), value.into());
            }
        };
        put("client_secret", client_secret.as_ref().map(Token::expose));
        put("token_endpoint_auth_method", token_endpoint_auth_method.as_deref());
        put("issuer", issuer.as_deref());
        fields.extend(rest.0.clone());
        file(&fields)
    }
}

fn text(
    fields: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, InvalidRegistration> {
    match fields.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_),
        ) => Err(InvalidRegistration::Field(name)),
    }
}

// mcp-remote requires the list, with a URL in each place.
fn redirect_uris(value: Option<Value>) -> Result<Vec<String>, InvalidRegistration> {
    let wrong = InvalidRegistration::Field("redirect_uris");
    let uris: Vec<String> = serde_json::from_value(value.ok_or(wrong)?).map_err(|_| wrong)?;
    if uris.iter().any(|uri| Url::parse(uri).is_err()) { Err(wrong) } else { Ok(uris) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_registration_keeps_what_it_does_not_know() {
        let fields = json!({
            "client_id": "c", "redirect_uris": ["http://localhost:1/cb"], "client_secret": "s",
            "token_endpoint_auth_method": "none", "issuer": "https://as", "client_name": "n",
        });
        let read = Registration::from_file(fields.to_string().as_bytes()).unwrap();
        assert!(!format!("{read:?}").contains("\"s\""));
        let written: Value = serde_json::from_slice(&read.to_file()).unwrap();
        assert_eq!(written, fields);
    }

    #[test]
    fn an_answer_stands_over_what_was_asked_for() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let asked = json!({ "redirect_uris": ["http://localhost:1/cb"], "scope": "a",
            "token_endpoint_auth_method": "none" });
        let answer = json!({ "client_id": "c", "client_secret": null, "scope": "b" });
        let read = Registration::from_answer(object(asked), object(answer)).unwrap();
        assert_eq!((read.client_id.as_str(), &read.client_secret), ("c", &None));
        assert_eq!(read.token_endpoint_auth_method.as_deref(), Some("none"));
        assert_eq!(read.rest.0["scope"], "b");
    }

    #[test]
    fn what_mcp_remote_passes_over_is_no_registration() {
        for (text, want) in [
            ("{", InvalidRegistration::NotJson),
            (r#"{ "client_id": "c" }"#, InvalidRegistration::Field("redirect_uris")),
            (r#"{ "redirect_uris": [] }"#, InvalidRegistration::Field("client_id")),
            (
                r#"{ "client_id": "c", "redirect_uris": ["x"] }"#,
                InvalidRegistration::Field("redirect_uris"),
            ),
            (
                r#"{ "client_id": "c", "redirect_uris": [], "client_secret": null }"#,
                InvalidRegistration::Field("client_secret"),
            ),
        ] {
            assert_eq!(Registration::from_file(text.as_bytes()), Err(want), "{text}");
        }
    }
}
