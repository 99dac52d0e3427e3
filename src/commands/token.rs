//! `token`: prints a valid access token, for scripts and for clients that run a program to get a
//! header.

use super::refresh::{diagnose, force_refresh, refresh_sign_in};
use super::sign_ins::declared;
use super::{Done, Failure, Invocation, print};
use crate::auth::cache::TokenSet;
use crate::cli::{Exit, TokenFlags};
use crate::diagnostic::Diagnostic;

pub fn run(invocation: &Invocation<'_>, flags: &TokenFlags) -> Done {
    let TokenFlags { server, force, reveal, allow_private } = flags;
    let (_, sign_ins) = declared(invocation, std::slice::from_ref(server))?;
    if invocation.terminal.seen && !reveal {
        let token = invocation.suggest.again("token", None).operand(server);
        let fault = Diagnostic::error("the token would be visible on this terminal");
        return Err(Failure::usage(
            fault
                .help(format!("pipe {} into the program that needs the token", token))
                .help("or print the token with `--reveal`"),
        ));
    }
    let sign_in = sign_ins.first().expect("one is named");
    if sign_in.call.is_provider {
        let error = Diagnostic::error(format!("`{server}` is an identity provider, not a server"));
        let users = sign_in.servers.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        let error = error.help(format!("name a server that uses it: {}", users.join(", ")));
        return Err(Failure::usage(error));
    }
    let lasts = |tokens: &TokenSet, now: u64| sign_in.call.is_fresh(tokens, now);
    let renewed = if *force {
        force_refresh(invocation, sign_in, *allow_private)
    } else {
        refresh_sign_in(invocation, sign_in, *allow_private, &lasts)
    };
    let tokens = renewed.map_err(|error| {
        let fault = diagnose(invocation, sign_in, &error);
        Failure::from(fault.note(format!("while getting a token for `{server}`")))
    })?;
    let Some(token) = sign_in.call.sent(&tokens) else {
        return Err(Failure::from(no_id_token(server)));
    };
    print(&format!("{}\n", token.expose()))?;
    Ok(Exit::Done)
}

/// Makes the error for a sign-in without the ID token that the declaration demands.
pub fn no_id_token(server: &str) -> Diagnostic {
    Diagnostic::error(format!("the sign-in to `{server}` has no ID token"))
        .note("`use-id-token` is set, and a server issues an ID token only for the scope `openid`")
        .help("add `openid` to `scope` under `auth`, then sign in again")
}
