//! `status`: shows the declared OAuth servers and the state of each sign-in. It sends no requests
//! without `--probe`.

use serde_json::{Value, json};

use super::duration::duration;
use super::refresh::suggest_login;
use super::sign_ins::{ServerSignIn, declared};
use super::{Done, Invocation, eprint_diagnostics, eprint_text, print, print_json, private};
use crate::auth::cache::TokenSet;
use crate::auth::expiry::SignInState;
use crate::auth::now;
use crate::auth::stored_sign_in::StoredSignIn;
use crate::cli::{Exit, Status};
use crate::diagnostic::Diagnostic;
use crate::display::{excerpt, printable};
use crate::model::ACCOUNT_PARAM;

mod probe;

use probe::{ProbeResult, probe};

/// One server in the table.
struct StatusRow {
    sign_in: ServerSignIn,
    stored: StoredSignIn,
    tokens: Option<TokenSet>,
    warnings: Vec<Diagnostic>,
    result: Option<ProbeResult>,
}

pub fn run(invocation: &Invocation<'_>, flags: &Status) -> Done {
    let (context, sign_ins) = declared(invocation, &[])?;
    let mut rows: Vec<StatusRow> =
        sign_ins.into_iter().map(|sign_in| StatusRow::new(invocation, sign_in)).collect();
    if flags.probe {
        probe(invocation, flags.allow_private, &mut rows);
    }
    let is_lost = rows.iter().any(StatusRow::is_lost);
    if flags.quiet {
        return Ok(if is_lost { Exit::Error } else { Exit::Done });
    }
    if flags.json {
        let list: Vec<Value> = rows.iter().map(|row| row.json(invocation, flags.probe)).collect();
        print_json(&list)?;
    } else if rows.is_empty() {
        eprint_text("no declared server uses OAuth\n");
    } else {
        print(&table(invocation, &rows, flags))?;
    }
    let mut warnings: Vec<Diagnostic> = rows.iter().flat_map(|row| row.warnings.clone()).collect();
    if let Err(error) = context.cache.agreed() {
        warnings.push(Diagnostic::of_warning(&error));
    }
    if !warnings.is_empty() {
        eprint_diagnostics(&warnings, invocation.terminal);
    }
    advise(invocation, &rows);
    // JSON has the states, and a pipeline should not stop at them.
    Ok(if is_lost && !flags.json { Exit::Error } else { Exit::Done })
}

impl StatusRow {
    fn new(invocation: &Invocation<'_>, sign_in: ServerSignIn) -> Self {
        let exposed = sign_in.files.exposed().into_iter().map(|path| {
            let shown = invocation.env.display(&path);
            Diagnostic::warning(format!("other users of this machine can read `{shown}`"))
                .help(private(invocation, &path))
        });
        let mut warnings: Vec<Diagnostic> = exposed.collect();
        let ServerSignIn { call, files, .. } = &sign_in;
        let tokens = files.tokens();
        let stored = StoredSignIn::of_tokens(files.clone(), &tokens, call, invocation.env.os);
        let tokens = match tokens {
            Ok(tokens) => tokens.map(|tokens| call.as_sent(&tokens).into_owned()),
            Err(error) => {
                let warning = Diagnostic::of_warning(&error);
                let help = error.needs_sign_in().then(|| suggest_login(invocation, &sign_in));
                warnings.push(help.into_iter().fold(warning, Diagnostic::help));
                None
            }
        };
        warnings
            .extend(tokens.as_ref().and_then(|tokens| other_account(invocation, &sign_in, tokens)));
        Self { sign_in, stored, tokens, warnings, result: None }
    }

    fn expires_at(&self) -> Option<u64> {
        self.tokens.as_ref()?.expires_at
    }

    fn redirect(&self, invocation: &Invocation<'_>) -> String {
        let ServerSignIn { call, files, .. } = &self.sign_in;
        call.redirect_uri(invocation.env.os, call.base_port(files.key()))
    }

    // Whether only a new sign-in helps.
    fn is_lost(&self) -> bool {
        !self.stored.is_usable() || (self.is_refused() && !self.stored.renews)
    }

    fn is_refused(&self) -> bool {
        matches!(self.result, Some(ProbeResult::Refused(_)))
    }

    fn json(&self, invocation: &Invocation<'_>, probed: bool) -> Value {
        let tokens = self.tokens.as_ref();
        let mut row = json!({
            "server": self.sign_in.name,
            "standing": self.stored.state.word(),
            "expires_at": self.expires_at(),
            "renews": self.stored.renews,
            "url": self.sign_in.call.url,
            "account": tokens.and_then(TokenSet::account),
            "scope": tokens.and_then(TokenSet::granted_scope),
            "issuer": tokens.and_then(|tokens| tokens.issuer.as_deref()),
            "key": self.sign_in.files.key().as_str(),
            "directory": self.sign_in.files.directory(),
            "redirect_uri": self.redirect(invocation),
            "clients": self.sign_in.clients,
        });
        if self.sign_in.call.is_provider {
            row["servers"] = json!(self.sign_in.servers);
        }
        if let Some(provider) = &self.sign_in.provider {
            row["idp"] = provider.as_str().into();
        }
        if probed {
            row["probe"] = self.result.as_ref().map(ProbeResult::word).into();
            row["probe_error"] = self.result.as_ref().and_then(ProbeResult::code).into();
        }
        row
    }

    // `accepted`, `refused: invalid_token`.
    fn probed(&self) -> String {
        let Some(result) = &self.result else { return String::new() };
        let code = result.code().map_or_else(String::new, |code| format!(": {code}"));
        format!("{}{code}", result.word())
    }

    // `in 8 h`, `2 days ago`.
    fn expires(&self) -> String {
        let Some(end) = self.expires_at() else {
            return if self.tokens.is_some() { "unknown" } else { "" }.to_owned();
        };
        let now = now();
        if end > now {
            format!("in {}", duration(end - now))
        } else {
            format!("{} ago", duration(now - end))
        }
    }

    fn details(&self, invocation: &Invocation<'_>) -> String {
        let ServerSignIn { call, files, clients, .. } = &self.sign_in;
        let tokens = self.tokens.as_ref();
        let shown =
            |text: Option<&String>| text.map_or_else(|| "-".to_owned(), |text| excerpt(text));
        let (of_provider, users) = (self.sign_in.provider.clone(), self.sign_in.servers.join(", "));
        let provider = of_provider.map(|name| format!("    idp        {name}\n"));
        let users = (!users.is_empty()).then(|| format!("    used by    {users}\n"));
        let details = [
            ("url", printable(&call.url)),
            ("cache key", files.key().to_string()),
            ("directory", invocation.env.display(files.directory())),
            ("redirect", printable(&self.redirect(invocation))),
            ("account", shown(tokens.and_then(TokenSet::account).as_ref())),
            ("issuer", shown(tokens.and_then(|tokens| tokens.issuer.as_ref()))),
            ("scope", shown(tokens.and_then(TokenSet::granted_scope).map(str::to_owned).as_ref())),
            ("shared by", clients.join(", ")),
        ];
        let details = details.map(|(name, value)| format!("    {name:9}  {value}\n"));
        details.into_iter().chain(provider).chain(users).collect()
    }
}

// If the browser is signed in to another account, the server uses that account without asking.
fn other_account(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    tokens: &TokenSet,
) -> Option<Diagnostic> {
    let declared = sign_in.call.authorize_params.get(ACCOUNT_PARAM)?;
    let account = tokens.account().filter(|account| account.contains('@'))?;
    if !declared.contains('@') || account.eq_ignore_ascii_case(declared) {
        return None;
    }
    let (name, account) = (&sign_in.name, printable(&account));
    let title = format!("`{name}` is signed in as `{account}`, but `{declared}` is declared");
    let note = "the browser was signed in to that account; sign out there first";
    Some(Diagnostic::warning(title).note(note).help(suggest_login(invocation, sign_in)))
}

// The widths of the columns, and the shortest width of a name.
const EXPIRES: usize = 17;
const RENEWS: usize = 12;
const GAP: usize = 2;
const NARROWEST: usize = 12;

fn table(invocation: &Invocation<'_>, rows: &[StatusRow], flags: &Status) -> String {
    let longest = rows.iter().map(|row| row.sign_in.name.len()).max().unwrap_or(0);
    let words = rows.iter().map(|row| row.stored.state.word().len());
    let wide = words.chain(["expiring".len()]).max().unwrap_or(0);
    let probed = rows.iter().map(|row| row.probed().chars().count()).max().unwrap_or(0);
    let probe = if flags.probe { "  PROBE" } else { "" };
    let others = GAP * 3 + wide + EXPIRES + RENEWS;
    let others = others + if flags.probe { GAP + probed.max("PROBE".len()) } else { 0 };
    // The other columns are shown in full, so a long name is shortened.
    let limit = invocation.width().saturating_sub(others).max(NARROWEST);
    let width = longest.clamp("SERVER".len(), limit);
    let mut text = format!(
        "{:width$}  {:wide$}  {:EXPIRES$}  AUTO-REFRESH{probe}\n",
        "SERVER", "SIGN-IN", "EXPIRES"
    );
    for row in rows {
        let renews = match (&row.tokens, row.stored.renews) {
            (None, _) => "",
            (Some(_), true) => "yes",
            (Some(_), false) => "no",
        };
        let (name, word) = (short(&row.sign_in.name, width), row.stored.state.word());
        let line = format!(
            "{name:width$}  {word:wide$}  {:EXPIRES$}  {renews:RENEWS$}  {}",
            row.expires(),
            row.probed()
        );
        text += line.trim_end();
        text += "\n";
        if flags.verbose {
            text += &row.details(invocation);
        }
    }
    text
}

// Names are ASCII.
fn short(name: &str, width: usize) -> String {
    if name.len() <= width { name.to_owned() } else { format!("{}…", &name[..width - 1]) }
}

fn advise(invocation: &Invocation<'_>, rows: &[StatusRow]) {
    let names = |which: &dyn Fn(&StatusRow) -> bool| {
        let rows = rows.iter().filter(|row| which(row));
        rows.map(|row| row.sign_in.name.as_str()).collect::<Vec<_>>()
    };
    let lost = names(&|row| row.is_lost());
    let due = names(&|row| row.is_refused() && !row.is_lost());
    if invocation.terminal.person && !lost.is_empty() {
        let login = invocation.suggest.again("login", None).operands(lost);
        eprint_text(&format!("\nsign in with {login}\n"));
    }
    if invocation.terminal.person && !due.is_empty() {
        let expired = |row: &StatusRow| row.stored.state == SignInState::Expired;
        let early = rows.iter().any(|row| row.is_refused() && !row.is_lost() && !expired(row));
        let words = if early { "refresh --force" } else { "refresh" };
        let refresh = invocation.suggest.again(words, None).operands(due);
        eprint_text(&format!("\nrefresh with {refresh}\n"));
    }
}
