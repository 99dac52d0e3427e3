//! `headers`: prints the headers for a remote server, for clients that run a program to get them.
//!
//! Clients kill the program after ten seconds, so it responds earlier. Standard output belongs to the client: it gets
//! the headers or nothing. An error is one line on standard error.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::refresh::diagnose;
use super::sign_ins::{ServerSignIn, of_start};
use super::token::no_id_token;
use super::{Done, Failure, Invocation, eprint_raw, exec, print};
use crate::auth::Token;
use crate::auth::cache::TokenSet;
use crate::auth::expiry::lasts_for_client;
use crate::auth::now;
use crate::auth::refresh::RefreshError;
use crate::cli::{Exit, HeadersFlags, Renewal};
use crate::diagnostic::Diagnostic;
use crate::launch::Launcher;
use crate::model::{Auth, Reach, RemoteServer, ServerStart, Via};
use record::{HandedOut, Refusal};

mod record;
mod renewal;

pub use record::{directory, forget};

// Clients kill the program after ten seconds.
const DEADLINE: Duration = Duration::from_secs(8);
// The part of it, in seconds, in which secrets are resolved.
const SECRETS: u64 = 5;
const AUTHORIZATION: &str = "Authorization";
// The headers that a client sets itself. They say how it speaks to the server, and not who it is.
const OF_THE_CLIENT: [&str; 2] = ["accept", "content-type"];

pub fn run(invocation: &Invocation<'_>, flags: &HeadersFlags) -> Done {
    let deadline = Instant::now() + DEADLINE;
    match output(invocation, flags, deadline) {
        Ok(text) => {
            print(&text)?;
            Ok(Exit::Done)
        }
        Err(failure) => {
            eprint_raw(&format!("mcpgen: {}\n", failure.one_line()));
            Ok(failure.exit())
        }
    }
}

fn output(
    invocation: &Invocation<'_>,
    flags: &HeadersFlags,
    deadline: Instant,
) -> Result<String, Failure> {
    let mut start = exec::start(invocation, &flags.server)?;
    // The bridge gets these variables too, for example a proxy.
    let bridge_env = Launcher::for_start(&start.launch, invocation.env).start(&start.server);
    let env = invocation.env.overlaid(&bridge_env.command.env);
    let (Invocation { terminal, global, suggest, env: _ }, env) = (invocation, &env);
    let invocation = &Invocation { env, terminal, global, suggest: suggest.clone() };
    start.launch.secret_timeout = start.launch.secret_timeout.min(SECRETS);
    let auth = remote(&start)?.auth.clone();
    let sign_in = of_start(invocation, &start)?;
    if let Some(reason) = flags.renew {
        let renewed = renewal::renew(invocation, &sign_in, flags.allow_private, reason);
        return match renewed {
            Ok(_) => Ok(String::new()),
            Err(error) => Err(Failure::from(diagnose(invocation, &sign_in, &error))),
        };
    }
    if invocation.terminal.seen && !flags.reveal {
        let again = invocation.suggest.again("headers", None).operand(&flags.server);
        let fault = Diagnostic::error("the headers would be visible on this terminal");
        return Err(Failure::usage(
            fault
                .help(format!("pipe {again} into a program, or print the headers with `--reveal`")),
        ));
    }
    let mut headers = declared_headers(invocation, start)?;
    let is_token = |name: &str| name.eq_ignore_ascii_case(AUTHORIZATION);
    let has_own = headers.iter().any(|(name, _)| is_token(name));
    let wanted = flags.header.as_deref().is_none_or(is_token);
    if matches!(auth, Auth::OAuth(_)) && wanted && !has_own {
        let token = access_token(invocation, &sign_in, deadline)?;
        headers.push((AUTHORIZATION.to_owned(), format!("Bearer {}", token.expose())));
    }
    printed(&flags.server, headers, flags.header.as_deref())
}

fn remote(start: &ServerStart) -> Result<&RemoteServer, Failure> {
    let name = &start.server.name;
    let Reach::Remote(remote) = &start.server.reach else {
        let error = Diagnostic::error(format!("`{name}` is a local server, which has no headers"));
        return Err(Failure::usage(error.help("pass the name of a server with a `url`")));
    };
    if remote.via == Via::Client && matches!(remote.auth, Auth::OAuth(_)) {
        let error = Diagnostic::error(format!("each client signs in to `{name}` separately"));
        return Err(Failure::usage(error.help("remove `via = \"client\"` to share a sign-in")));
    }
    Ok(remote)
}

// The headers in the declaration, with their secrets. They do not need the secrets with which mcpgen signs in, whose
// stores may be slow or ask a person.
fn declared_headers(
    invocation: &Invocation<'_>,
    mut start: ServerStart,
) -> Result<Vec<(String, String)>, Failure> {
    if let Reach::Remote(RemoteServer { auth: Auth::OAuth(oauth), .. }) = &mut start.server.reach {
        (oauth.client_secret, oauth.private_key) = (None, None);
        (oauth.assertion, oauth.provider) = (None, None);
    }
    let required = Launcher::for_start(&start.launch, invocation.env).start(&start.server).secrets;
    exec::restart_in_session(&required, invocation.env);
    let sign_in = of_start(invocation, &start)?;
    let credentials = sign_in.credentials_from.resolve(&sign_in.call, invocation.env);
    let mut headers = credentials.map_err(|error| Failure::error(&error))?.headers;
    headers.retain(|(name, _)| !OF_THE_CLIENT.contains(&name.to_ascii_lowercase().as_str()));
    Ok(headers)
}

// A client asks again for the token that it already has if the server refuses this token. A client uses a token until the
// server refuses it, so a token that expires soon is not handed out.
fn access_token(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    deadline: Instant,
) -> Result<Token, Failure> {
    let (call, env, key) = (&sign_in.call, invocation.env, sign_in.files.key());
    let failure = |error: &RefreshError| Failure::from(diagnose(invocation, sign_in, error));
    let read = || sign_in.files.tokens().map_err(|error| failure(&error.into()));
    let mut tokens = read()?;
    let sent = |tokens: Option<&TokenSet>| tokens.and_then(|tokens| call.sent(tokens).cloned());
    let handed_out = HandedOut::of_client(env, key);
    let known = handed_out.as_ref().zip(sent(tokens.as_ref()));
    let is_known = known.is_some_and(|(handed_out, token)| handed_out.is_of(&token));
    // The server is not asked about an expired token: some servers end the whole sign-in then.
    let is_valid = tokens
        .as_ref()
        .is_some_and(|tokens| call.as_sent(tokens).expires_at.is_none_or(|end| end > now()));
    if is_known && !is_valid && record::last_refusal(env, key) == Some(Refusal::Final) {
        return Err(failure(&RefreshError::StillRefused));
    }
    let refused = is_known && is_valid;
    let lasts = |tokens: &TokenSet| lasts_for_client(&call.as_sent(tokens), now());
    if refused || !tokens.as_ref().is_some_and(lasts) {
        let reason = if refused { Renewal::Refused } else { Renewal::Due };
        match renewal::in_own_process(reason, deadline) {
            Ok(()) => tokens = read()?,
            // The client can still use the old token.
            Err(_) if is_valid && !refused => {}
            Err(line) => return Err(Diagnostic::error(line).into()),
        }
    }
    let token = sent(tokens.as_ref()).ok_or_else(|| Failure::from(no_id_token(&sign_in.name)))?;
    if let Some(handed_out) = handed_out {
        handed_out.write(&token);
    }
    Ok(token)
}

fn printed(
    server: &str,
    headers: Vec<(String, String)>,
    only: Option<&str>,
) -> Result<String, Failure> {
    let Some(only) = only else {
        let headers: Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        return Ok(format!("{}\n", Value::Object(headers)));
    };
    let found = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(only));
    let missing = || {
        let error = Diagnostic::error(format!("`{server}` has no header `{only}`"));
        Failure::usage(error.help("omit `--header` to print all headers"))
    };
    found.map(|(_, value)| value + "\n").ok_or_else(missing)
}
