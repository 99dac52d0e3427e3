//! The honest server: an MCP server and its authorization server in one, which checks what it is sent.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Answer, Asked, decode, encode};

/// What the server knows.
#[derive(Debug, Default)]
pub struct Book {
    pub seen: Vec<Asked>,
    pub clients: BTreeMap<String, Value>,
    codes: BTreeMap<String, BTreeMap<String, String>>,
    /// Refresh tokens that are good, by the client they belong to.
    pub refresh: BTreeMap<String, String>,
    /// Everything that nobody else may see.
    pub secrets: Vec<String>,
    /// Whether the code that was shown has been typed.
    pub typed: bool,
    count: usize,
}

const SCOPES: [&str; 2] = ["mcp:read", "mcp:write"];

impl Book {
    fn secret(&mut self, what: &str) -> String {
        self.count += 1;
        let secret = format!("{what}-{}-0f1e2d3c4b5a6978", self.count);
        self.secrets.push(secret.clone());
        secret
    }

    pub fn answer(&mut self, asked: &Asked, base: &str) -> Answer {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/mcp") => Self::mcp(base),
            ("GET", "/.well-known/oauth-protected-resource/mcp") => Answer::json(
                200,
                &json!({
                    "resource": format!("{base}/mcp"),
                    "authorization_servers": [base],
                    "scopes_supported": SCOPES,
                }),
            ),
            ("GET", "/.well-known/oauth-authorization-server") => {
                Answer::json(200, &Self::metadata(base))
            }
            ("POST", "/register") => self.register(&asked.body),
            ("GET", "/authorize") => self.authorize(&decode(&asked.query), base),
            ("POST", "/token") => self.token(asked, base),
            ("POST", "/device") => self.device(base),
            ("POST", "/revoke") => Answer::text(200, "text/plain", ""),
            _ => Answer::text(404, "text/plain", "nothing here"),
        }
    }

    fn mcp(base: &str) -> Answer {
        let mut answer = Answer::json(401, &json!({ "error": "invalid_token" }));
        let metadata = format!("{base}/.well-known/oauth-protected-resource/mcp");
        let value = format!("Bearer resource_metadata=\"{metadata}\", scope=\"mcp:read\"");
        answer.headers.push(("WWW-Authenticate".into(), value));
        answer
    }

    fn metadata(base: &str) -> Value {
        let at = |path: &str| format!("{base}/{path}");
        json!({
            "issuer": base,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "registration_endpoint": at("register"),
            "device_authorization_endpoint": at("device"),
            "revocation_endpoint": at("revoke"),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
            "scopes_supported": ["mcp:read", "mcp:write", "offline_access"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn register(&mut self, body: &str) -> Answer {
        let mut client: Value = serde_json::from_str(body).unwrap();
        self.count += 1;
        let id = format!("client-{}", self.count);
        client["client_id"] = id.as_str().into();
        self.clients.insert(id, client.clone());
        Answer::json(201, &client)
    }

    fn authorize(&mut self, query: &BTreeMap<String, String>, base: &str) -> Answer {
        let Some(client) = self.clients.get(&query["client_id"]) else {
            return Answer::json(400, &json!({ "error": "invalid_client" }));
        };
        let uris = client["redirect_uris"].as_array().unwrap();
        assert!(uris.contains(&query["redirect_uri"].as_str().into()), "registered: {uris:?}");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["response_type"], "code");
        let code = self.secret("code");
        self.codes.insert(code.clone(), query.clone());
        let (to, state) = (&query["redirect_uri"], encode(&query["state"]));
        Answer::to(302, &format!("{to}?code={code}&state={state}&iss={}", encode(base)))
    }

    fn token(&mut self, asked: &Asked, base: &str) -> Answer {
        let form = decode(&asked.body);
        let refused = |code: &str| Answer::json(400, &json!({ "error": code }));
        self.secrets.extend(form.get("code_verifier").cloned());
        let Some(client) = self.client(asked, &form) else { return refused("invalid_client") };
        if form.get("resource") != Some(&format!("{base}/mcp")) {
            return refused("invalid_target");
        }
        match form["grant_type"].as_str() {
            "authorization_code" => {
                let Some(query) = self.codes.remove(&form["code"]) else {
                    return refused("invalid_grant");
                };
                let digest = Sha256::digest(&form["code_verifier"]);
                let same = BASE64_URL_SAFE_NO_PAD.encode(digest) == query["code_challenge"]
                    && query["client_id"] == client
                    && query["redirect_uri"] == form["redirect_uri"]
                    && query.get("resource") == form.get("resource");
                let scope = query.get("scope").cloned().unwrap_or_default();
                if same { self.issue(&client, &scope) } else { refused("invalid_grant") }
            }
            "refresh_token" => match self.refresh.remove(&form["refresh_token"]) {
                Some(owner) if owner == client => self.issue(&client, "mcp:read"),
                Some(_) | None => refused("invalid_grant"),
            },
            "urn:ietf:params:oauth:grant-type:device_code" if self.typed => {
                self.issue(&client, "mcp:read")
            }
            "urn:ietf:params:oauth:grant-type:device_code" => refused("authorization_pending"),
            _other => refused("unsupported_grant_type"),
        }
    }

    // Who asks, if he proves it in the way he registered.
    fn client(&self, asked: &Asked, form: &BTreeMap<String, String>) -> Option<String> {
        let basic = asked.headers.get("authorization").map(|value| {
            let pair = BASE64_STANDARD.decode(value.strip_prefix("Basic ").unwrap()).unwrap();
            let pair = String::from_utf8(pair).unwrap();
            let (id, secret) = pair.split_once(':').unwrap();
            (id.to_owned(), Some(secret.to_owned()))
        });
        let posted = || Some((form.get("client_id")?.clone(), form.get("client_secret").cloned()));
        let (id, secret) = basic.or_else(posted)?;
        let known = self.clients.get(&id)?;
        let good = known.get("client_secret").and_then(Value::as_str) == secret.as_deref();
        good.then_some(id)
    }

    fn issue(&mut self, client: &str, scope: &str) -> Answer {
        let (access, refresh) = (self.secret("access"), self.secret("refresh"));
        self.refresh.insert(refresh.clone(), client.to_owned());
        Answer::json(
            200,
            &json!({
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": 3600,
                "refresh_token": refresh,
                "scope": scope,
            }),
        )
    }

    fn device(&mut self, base: &str) -> Answer {
        let code = self.secret("device");
        Answer::json(
            200,
            &json!({
                "device_code": code,
                "user_code": "WDJB-MJHT",
                "verification_uri": format!("{base}/activate"),
                "verification_uri_complete": format!("{base}/activate?user_code=WDJB-MJHT"),
                "expires_in": 600,
                "interval": 1,
            }),
        )
    }
}
