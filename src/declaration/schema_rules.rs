//! What the JSON Schema says besides the shapes of the fields: patterns, and fields that need or exclude each other.
//! These rules accept every declaration that `check` accepts.

use serde_json::{Map, Value, json};

use super::exclusive::{
    LOCAL_FIELDS, OAUTH_FIELDS, PERSON_FIELDS, REMOTE_FIELDS, RESERVED_NAMES, TOKEN_FIELDS,
    UNATTENDED,
};

// The patterns have no look-around, which some validators do not know.
const NAME: &str = "^[A-Za-z](_?[A-Za-z0-9-])*$";
const CLIENT: &str = "\\S";
const URL: &str = "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#@]+([/?#]\\S*)?$";
const REFERENCE: &str = "^((keyring|env|pass|command):[\\s\\S]*\\S|op://[\\s\\S]*\\S|\
     file:(\\$\\{|~/|/|\\\\|.:)[\\s\\S]*|dotenv:(\\$\\{|~/|/|\\\\|.:)[\\s\\S]*#[A-Za-z0-9_.-]+)$";
const TOOL: &str = "^[^*]+$";
const VARIABLE: &str = "^[^=]+$";

const SERVER: &str = "properties/servers/additionalProperties";
const IDP: &str = "properties/idp/additionalProperties";
const AUTH: &str = "properties/servers/additionalProperties/properties/auth/anyOf/1";

/// Returns the keywords to add, each with the place of the schema.
pub fn rules(clients: &[&str]) -> Vec<(String, Value)> {
    let server = |path: &str| format!("{SERVER}/properties/{path}");
    let auth = |path: &str| format!("{AUTH}/properties/{path}");
    let pattern = |pattern: &str| json!({ "pattern": pattern });
    let client = json!({ "anyOf": [{ "enum": clients }, { "type": "string", "pattern": CLIENT }] });
    let names = json!({
        "propertyNames": { "pattern": NAME, "not": { "enum": RESERVED_NAMES } }
    });
    let mut rules = vec![
        ("properties/clients".to_owned(), json!({ "minItems": 1 })),
        ("properties/clients/items".to_owned(), client.clone()),
        ("properties/launch/properties/bridge".to_owned(), json!({ "minItems": 1 })),
        ("properties/servers".to_owned(), names),
        (SERVER.to_owned(), reach()),
        (server("clients"), json!({ "minItems": 1 })),
        (server("clients/items"), client),
        (server("command"), pattern("\\S")),
        (server("url"), pattern(URL)),
        (server("secrets/additionalProperties"), pattern(REFERENCE)),
        (server("env"), json!({ "propertyNames": { "pattern": VARIABLE } })),
        (server("args/items/anyOf/1"), json!({ "required": ["secret"] })),
        (server("args/items/anyOf/1/properties/secret"), pattern(REFERENCE)),
        ("properties/idp".to_owned(), json!({ "propertyNames": { "pattern": NAME } })),
        (IDP.to_owned(), json!({ "required": ["issuer", "client-id"] })),
        (format!("{IDP}/properties/client-secret"), pattern(REFERENCE)),
        (format!("{IDP}/properties/id-token"), pattern(REFERENCE)),
        (format!("{IDP}/properties/callback-path"), pattern("^/")),
        (format!("{IDP}/properties/scope"), pattern("(^| )openid( |$)")),
        (AUTH.to_owned(), sign_in()),
        (auth("callback-path"), pattern("^/")),
        (auth("username"), pattern("^[^:\\r\\n]*$")),
    ];
    for list in ["allow", "deny"] {
        rules.push((server(&format!("tools/properties/{list}")), json!({ "minItems": 1 })));
        rules.push((server(&format!("tools/properties/{list}/items")), pattern(TOOL)));
    }
    rules.extend(
        ["token", "client-secret", "private-key", "assertion"]
            .map(|name| (auth(name), pattern(REFERENCE))),
    );
    rules
}

// A server has a command or a URL, and only the fields that belong to it.
fn reach() -> Value {
    json!({
        "oneOf": [{ "required": ["command"] }, { "required": ["url"] }],
        "dependencies": { "command": without(&REMOTE_FIELDS), "url": without(&LOCAL_FIELDS) },
    })
}

// A sign-in has a mode or a token, and only the fields that belong to it.
fn sign_in() -> Value {
    let mode =
        |mode: &str| json!({ "properties": { "mode": { "const": mode } }, "required": ["mode"] });
    json!({
        "oneOf": [{ "required": ["mode"] }, { "required": ["token"] }],
        "dependencies": {
            "token": without(&OAUTH_FIELDS),
            "mode": without(&TOKEN_FIELDS),
            "username": { "properties": { "scheme": { "const": "Basic" } }, "required": ["scheme"] },
            "client-secret": ["client-id"],
            "algorithm": ["private-key"],
            "private-key": without(&["client-secret", "token-endpoint-auth-method"]),
        },
        "allOf": [
            { "if": mode("none"), "then": without(&OAUTH_FIELDS) },
            {
                "if": mode("client-credentials"),
                "then": {
                    "properties": absent(&PERSON_FIELDS),
                    "required": ["client-id"],
                    "oneOf": [{ "required": ["client-secret"] }, { "required": ["private-key"] }],
                },
                "else": without(&["token-endpoint"]),
            },
            needs("enterprise", "idp"),
            needs("jwt-bearer", "assertion"),
            {
                "if": { "required": ["private-key"] },
                "then": { "properties": { "mode": { "enum": UNATTENDED } } },
            },
            {
                "if": { "properties": { "scheme": { "const": "Basic" } }, "required": ["scheme"] },
                "then": { "required": ["username"] },
            },
        ],
    })
}

// A mode without a person at the server, its own field, and what it cannot have.
fn needs(mode: &str, field: &str) -> Value {
    json!({
        "if": { "properties": { "mode": { "const": mode } }, "required": ["mode"] },
        "then": { "properties": absent(&PERSON_FIELDS), "required": ["client-id", field] },
        "else": without(&[field]),
    })
}

fn without(fields: &[&str]) -> Value {
    json!({ "properties": absent(fields) })
}

fn absent(fields: &[&str]) -> Value {
    let absent = |name: &&str| ((*name).to_owned(), json!(false));
    Value::Object(fields.iter().map(absent).collect::<Map<_, _>>())
}
