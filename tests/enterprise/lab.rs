//! Stand-ins for an identity provider and for servers with authorization servers of their own. The provider's policy is a
//! list of authorization servers that it issues no assertion for.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};

use crate::case::Case;
use crate::oauth::{Answer, Asked, Server, decode, encode};

pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";

/// What the provider does.
#[derive(Debug)]
pub struct Policy {
    /// The authorization servers that it issues no assertion for.
    pub denied: BTreeSet<String>,
    /// The seconds that an ID token lasts.
    pub lifetime: i64,
    /// Whether there is a refresh token.
    pub refreshes: bool,
    /// The audience of assertions, if it is not the requested one.
    pub audience: Option<String>,
    /// The seconds that the next assertions last.
    pub assertions: Vec<i64>,
    /// The error of every request for an assertion.
    pub error: Option<&'static str>,
    count: usize,
}

pub struct Provider {
    pub server: Server,
    pub policy: Arc<Mutex<Policy>>,
}

pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Makes a JSON Web Token that nobody has signed. The stand-ins trust it.
pub fn jwt(kind: &str, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "none", "typ": kind })), part(claims))
}

pub fn claims(jwt: &str) -> Value {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn refused(code: &str) -> Answer {
    Answer::json(400, &json!({ "error": code, "error_description": "so decided" }))
}

impl Policy {
    fn sign_in(&mut self, base: &str) -> Answer {
        self.count += 1;
        let claims = json!({
            "iss": base, "aud": "mcpgen", "sub": "ada", "email": "ada@example.com",
            "iat": now(), "exp": now() + self.lifetime, "jti": self.count,
        });
        let mut tokens = json!({
            "access_token": format!("idp-access-{}", self.count), "token_type": "Bearer",
            "expires_in": 3600, "id_token": jwt("JWT", &claims),
        });
        if self.refreshes {
            tokens["refresh_token"] = format!("idp-refresh-{}", self.count).into();
        }
        Answer::json(200, &tokens)
    }

    fn assertion(
        &mut self,
        form: &std::collections::BTreeMap<String, String>,
        base: &str,
    ) -> Answer {
        let identity = claims(&form["subject_token"]);
        assert_eq!(form["requested_token_type"], ID_JAG);
        assert_eq!(form["subject_token_type"], "urn:ietf:params:oauth:token-type:id_token");
        if let Some(code) = self.error {
            return refused(code);
        }
        if identity["exp"].as_i64().unwrap() <= now() || identity["iss"] != base {
            return refused("invalid_grant");
        }
        if self.denied.contains(&form["audience"]) {
            return refused("access_denied");
        }
        self.count += 1;
        let lifetime = if self.assertions.is_empty() { 300 } else { self.assertions.remove(0) };
        let audience = self.audience.clone().unwrap_or_else(|| form["audience"].clone());
        let assertion = jwt(
            "oauth-id-jag+jwt",
            &json!({
                "iss": base, "sub": identity["sub"], "aud": audience, "resource": form["resource"],
                "client_id": "at-the-server", "jti": self.count, "exp": now() + lifetime,
            }),
        );
        Answer::json(
            200,
            &json!({
                "issued_token_type": ID_JAG, "token_type": "N_A", "access_token": assertion, "expires_in": 300,
            }),
        )
    }

    fn answer(&mut self, asked: &Asked, base: &str, answer: Answer) -> Answer {
        match asked.path.as_str() {
            "/authorize" => {
                let query = decode(&asked.query);
                assert_eq!(query["client_id"], "mcpgen");
                assert!(query["scope"].split(' ').any(|word| word == "openid"), "{query:?}");
                let (to, state) = (&query["redirect_uri"], encode(&query["state"]));
                Answer::to(302, &format!("{to}?code=c&state={state}&iss={}", encode(base)))
            }
            "/token" => {
                let form = decode(&asked.body);
                match form["grant_type"].as_str() {
                    "authorization_code" | "refresh_token" => self.sign_in(base),
                    EXCHANGE => self.assertion(&form, base),
                    _other => refused("unsupported_grant_type"),
                }
            }
            _ => answer,
        }
    }
}

impl Provider {
    pub fn start() -> Self {
        let policy = Policy {
            denied: BTreeSet::new(),
            lifetime: 3600,
            refreshes: true,
            audience: None,
            assertions: vec![],
            error: None,
            count: 0,
        };
        let policy = Arc::new(Mutex::new(policy));
        let held = Arc::clone(&policy);
        let server = Server::tampered(move |asked, base, answer| {
            held.lock().unwrap().answer(asked, base, answer)
        });
        Self { server, policy }
    }

    pub fn set(&self, change: impl FnOnce(&mut Policy)) {
        change(&mut self.policy.lock().unwrap());
    }

    /// Returns how often a grant was requested.
    pub fn grants(&self, grant: &str) -> usize {
        grants(&self.server, grant)
    }

    pub fn pages(&self) -> usize {
        self.server.asked("/authorize").len()
    }
}

/// Returns how often a grant was requested from a server.
pub fn grants(server: &Server, grant: &str) -> usize {
    let asked = server.asked("/token");
    asked.iter().filter(|asked| decode(&asked.body)["grant_type"] == grant).count()
}

/// A server whose authorization server accepts each assertion for itself once, until it expires.
pub fn server() -> Server {
    server_with(|_, answer| answer)
}

/// Such a server, where a function changes the responses of its token endpoint.
pub fn server_with(change: impl Fn(&Asked, Answer) -> Answer + Send + Sync + 'static) -> Server {
    let seen: Mutex<BTreeSet<String>> = Mutex::default();
    Server::tampered(move |asked, base, answer| match asked.path.as_str() {
        "/token" => {
            let form = decode(&asked.body);
            let answer = match form["grant_type"].as_str() {
                BEARER => accept(&claims(&form["assertion"]), base, &seen),
                _other => refused("unsupported_grant_type"),
            };
            change(asked, answer)
        }
        "/mcp"
            if asked.headers.get("authorization").is_some_and(|it| it.contains("mcp-access")) =>
        {
            let message: Value = serde_json::from_str(&asked.body).unwrap_or_default();
            let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
            Answer::json(200, &json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
        }
        _ => answer,
    })
}

fn accept(claims: &Value, base: &str, seen: &Mutex<BTreeSet<String>>) -> Answer {
    let is_new = seen.lock().unwrap().insert(claims["jti"].to_string());
    let good = claims["aud"] == base
        && claims["client_id"] == "at-the-server"
        && claims["resource"] == format!("{base}/mcp").as_str()
        && claims["exp"].as_i64().unwrap() > now();
    if !good || !is_new {
        return refused("invalid_grant");
    }
    let token = format!("mcp-access-{}", claims["jti"]);
    Answer::json(200, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 }))
}

pub const NATIVE: &str = "[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n";

/// Declares servers that accept the identities of a provider.
pub fn declared(provider: &Provider, servers: &[(&str, &Server)], launch: &str) -> Case {
    let mut text = format!(
        "clients = [\"cursor\"]\n{launch}[idp.acme]\nissuer = \"{}\"\nclient-id = \"mcpgen\"\n",
        provider.server.base()
    );
    for (name, server) in servers {
        text += &format!("[servers.{name}]\nurl = \"{}\"\n{AUTH}", server.url());
    }
    Case::new().declare(&text)
}

const AUTH: &str =
    "auth = { mode = \"enterprise\", idp = \"acme\", client-id = \"at-the-server\" }\n";

/// Makes all tokens in a directory of the cache expire.
pub fn expire(case: &Case, directory: &str) {
    for entry in std::fs::read_dir(case.path(directory)).unwrap().flatten() {
        if !entry.file_name().to_str().unwrap().ends_with("_tokens.json") {
            continue;
        }
        let mut tokens: Value =
            serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
        tokens["expires_at"] = 1.into();
        tokens["access_token"] = "expired".into();
        if let Some(id_token) = tokens["id_token"].as_str() {
            let mut old = claims(id_token);
            old["exp"] = 1.into();
            tokens["id_token"] = jwt("JWT", &old).into();
        }
        std::fs::write(entry.path(), tokens.to_string()).unwrap();
    }
}

pub const SERVERS: &str = ".mcp-auth/mcp-remote-v1";
pub const PROVIDERS: &str = ".mcp-auth/mcpgen-idp";
