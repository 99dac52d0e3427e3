//! Refreshes a sign-in for `headers`, in a process that the client does not know and so does not kill. If a process is
//! killed between the request of a refresh and the write of the new tokens, the sign-in is lost.

use std::ffi::OsString;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Instant;

use super::record::{self, Refusal};
use crate::auth::cache::TokenSet;
use crate::auth::expiry::lasts_for_client;
use crate::auth::refresh::RefreshError;
use crate::cli::Renewal;
use crate::commands::Invocation;
use crate::commands::refresh::{refresh_if_refused, refresh_sign_in};
use crate::commands::sign_ins::ServerSignIn;
use crate::paths::own_program;

/// Refreshes a sign-in, in the process that [`in_own_process`] starts.
pub fn renew(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    allow_private: bool,
    reason: Renewal,
) -> Result<TokenSet, RefreshError> {
    match reason {
        Renewal::Due => {
            let lasts =
                |tokens: &TokenSet, now: u64| lasts_for_client(&sign_in.call.as_sent(tokens), now);
            refresh_sign_in(invocation, sign_in, allow_private, &lasts)
        }
        Renewal::Refused => {
            let key = sign_in.files.key();
            let first = record::last_refusal(invocation.env, key).is_none();
            refresh_if_refused(invocation, sign_in, allow_private, &|| {
                let refusal = if first { Refusal::First } else { Refusal::Final };
                record::write_refusal(invocation.env, key, refusal);
                first
            })
        }
    }
}

/// Starts this command again, to refresh the sign-in only, and waits for it until the deadline.
///
/// # Errors
/// Fails with the line that the other process printed, or with the reason why there is none.
pub fn in_own_process(reason: Renewal, deadline: Instant) -> Result<(), String> {
    let program = own_program().ok_or("the path of mcpgen is unknown")?;
    let mut command = Command::new(program);
    command.args(arguments(reason));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child =
        command.spawn().map_err(|error| format!("this program cannot start itself: {error}"))?;
    let (sender, ended) = channel();
    std::thread::spawn(move || {
        let mut said = String::new();
        let read = child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut said));
        drop(read);
        let succeeded = child.wait().is_ok_and(|status| status.success());
        sender.send((succeeded, said)).ok();
    });
    match ended.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok((true, _)) => Ok(()),
        Ok((false, said)) => Err(said.trim().trim_start_matches("mcpgen: ").to_owned()),
        Err(_) => Err("the refresh of the sign-in takes long, and continues; try again".to_owned()),
    }
}

// The arguments of this process. An option after `--` would be an operand.
fn arguments(reason: Renewal) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let reason = match reason {
        Renewal::Due => "--renew=due",
        Renewal::Refused => "--renew=refused",
    };
    arguments.insert(end, reason.into());
    arguments
}
