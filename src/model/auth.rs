//! How a server is signed in to, out of both spellings of `auth`.

use super::{Auth, Faults, OAuth, Token, TokenScheme, rules};
use crate::fields::{At, Fields};
use crate::model::url;

const OAUTH_FIELDS: [&str; 10] = [
    "scope",
    "resource",
    "client-id",
    "client-secret",
    "client-metadata-url",
    "authorize-params",
    "token-endpoint",
    "host",
    "port",
    "callback-path",
];
const TOKEN_FIELDS: [&str; 3] = ["header", "scheme", "username"];

/// Reads a server's `auth`. A missing one is none.
pub fn build(fields: Fields<'_>, faults: &mut Faults) -> Auth {
    if let Some(word) = fields.text("auth") {
        return if word.value == "oauth" { Auth::OAuth(Box::default()) } else { Auth::None };
    }
    let Some(table) = fields.table("auth") else { return Auth::None };
    let mode = table.text("mode").map(|at| at.value);
    let token = table.text("token");
    match (mode.as_deref(), token) {
        (None | Some("none"), Some(token)) => {
            misfits(table, &OAUTH_FIELDS, "auth = { token = … } has no", faults);
            build_token(table, &token, faults).map_or(Auth::None, Auth::Token)
        }
        (Some("oauth"), Some(token)) => {
            faults
                .at(
                    &token,
                    "a server has OAuth or a token, not both",
                    "a token beside mode = \"oauth\"",
                )
                .add_help("a header beside OAuth goes into `secrets`");
            Auth::None
        }
        (Some("oauth"), None) => {
            misfits(table, &TOKEN_FIELDS, "auth = { mode = \"oauth\" } has no", faults);
            Auth::OAuth(Box::new(build_oauth(table, faults)))
        }
        (Some(_) | None, None) => {
            let place = At { value: (), span: fields.key_span("auth").unwrap_or_default() };
            let title = "`auth` says neither a mode nor a token";
            faults.at(&place, title, "nothing to sign in with").add_help(
                "write auth = \"oauth\", auth = { mode = \"oauth\", … } or auth = { token = \"keyring:NAME\" }",
            );
            Auth::None
        }
        (Some(_), Some(_)) => Auth::None,
    }
}

fn misfits(table: Fields<'_>, names: &[&str], title: &str, faults: &mut Faults) {
    for name in names {
        if let Some(span) = table.key_span(name) {
            faults.at(&At { value: (), span }, format!("{title} `{name}`"), "does not belong here");
        }
    }
}

fn build_token(table: Fields<'_>, token: &At<String>, faults: &mut Faults) -> Option<Token> {
    let header = table.text("header");
    if let Some(header) = &header {
        rules::header_name(header, faults);
    }
    let header = header.map_or_else(|| "Authorization".to_owned(), |at| at.value);
    let username = table.text("username");
    let scheme = match (table.text("scheme"), &username) {
        (Some(at), Some(user)) if at.value == "Basic" => TokenScheme::Basic(user.value.clone()),
        (Some(at), None) if at.value == "Basic" => {
            faults
                .at(&at, "Basic wants a user name", "no `username` beside it")
                .add_help("add username = \"me@example.com\"");
            TokenScheme::Bare
        }
        (_, Some(user)) => {
            faults
                .at(user, "`username` goes with scheme = \"Basic\" alone", "no Basic here")
                .add_help("add scheme = \"Basic\"");
            TokenScheme::Bare
        }
        (Some(_), None) => TokenScheme::Bearer,
        (None, None) if header.eq_ignore_ascii_case("Authorization") => TokenScheme::Bearer,
        (None, None) => TokenScheme::Bare,
    };
    Some(Token { reference: rules::reference(token, faults)?, header, scheme })
}

fn build_oauth(table: Fields<'_>, faults: &mut Faults) -> OAuth {
    let text = |name: &str| table.text(name).map(|at| at.value);
    let secret = table.text("client-secret");
    if let (Some(secret), None) = (&secret, table.text("client-id")) {
        faults.at(secret, "a client secret wants its client id", "no `client-id` beside it");
    }
    for name in ["client-metadata-url", "token-endpoint"] {
        if let Some(at) = table.text(name)
            && url::check(&at.value).is_err()
        {
            faults.at(&at, format!("`{name}` is no https address"), "not an address");
        }
    }
    if let Some(path) = table.text("callback-path").filter(|path| !path.value.starts_with('/')) {
        faults.at(&path, "a callback path starts with `/`", "no `/` at its start");
    }
    let params = table.text_map("authorize-params");
    params.iter().for_each(|(_, value)| rules::no_secret(value, faults));
    OAuth {
        scope: text("scope"),
        resource: text("resource"),
        client_id: text("client-id"),
        client_secret: secret.and_then(|at| rules::reference(&at, faults)),
        client_metadata_url: text("client-metadata-url"),
        authorize_params: rules::plain_map(params),
        token_endpoint: text("token-endpoint"),
        host: text("host"),
        port: table.number("port").and_then(|port| port.as_u64()),
        callback_path: text("callback-path"),
    }
}
