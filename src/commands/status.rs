//! `status`: the declared servers that sign in by OAuth, and how each sign-in stands. It asks nobody unless told to.

use serde_json::{Value, json};

use super::login::span;
use super::login::target::{Target, declared};
use super::refresh::sign_in;
use super::{Done, Rim, print, private, say, tell};
use crate::auth::cache::TokenSet;
use crate::auth::expiry::Standing;
use crate::auth::now;
use crate::auth::refresh::renews_itself;
use crate::cli::{Exit, Status};
use crate::diagnostic::{Diagnostic, printable};

mod probe;

use probe::{Verdict, probe};

/// Holds one server's line.
struct Row {
    target: Target,
    standing: Standing,
    tokens: Option<TokenSet>,
    renews: bool,
    warnings: Vec<Diagnostic>,
    verdict: Option<Verdict>,
}

pub fn run(rim: &Rim<'_>, flags: &Status) -> Done {
    let (place, targets) = declared(rim, &[])?;
    let mut rows: Vec<Row> = targets.into_iter().map(|target| Row::new(rim, target)).collect();
    if flags.probe {
        probe(rim, flags.allow_private, &mut rows);
    }
    if flags.json {
        let list: Vec<Value> = rows.iter().map(|row| row.json(rim, flags.probe)).collect();
        print(&(serde_json::to_string_pretty(&list).expect("plain data") + "\n"))?;
    } else if rows.is_empty() {
        tell("no declared server signs in by OAuth\n");
    } else {
        print(&table(rim, &rows, flags))?;
    }
    let mut warnings: Vec<Diagnostic> = rows.iter().flat_map(|row| row.warnings.clone()).collect();
    if let Err(error) = place.cache.agreed() {
        warnings.push(Diagnostic::warning(error.to_string()));
    }
    if !warnings.is_empty() {
        say(&warnings, rim.terminal);
    }
    advise(rim, &rows);
    Ok(Exit::Done)
}

impl Row {
    fn new(rim: &Rim<'_>, target: Target) -> Self {
        let exposed = target.files.exposed().into_iter().map(|path| {
            let shown = rim.env.display(&path);
            Diagnostic::warning(format!("`{shown}` can be read by others on this machine"))
                .help(private(rim, &path))
        });
        let mut warnings: Vec<Diagnostic> = exposed.collect();
        let (standing, tokens) = match target.files.tokens() {
            Ok(Some(tokens)) if !tokens.is_for(target.call.scope.as_deref()) => {
                (Standing::OtherScope, Some(tokens))
            }
            Ok(Some(tokens)) => (Standing::of(&tokens, now()), Some(tokens)),
            Ok(None) => (Standing::Missing, None),
            Err(error) => {
                let warning = Diagnostic::warning(error.to_string());
                let help = error.needs_sign_in().then(|| sign_in(rim, &target));
                warnings.push(help.into_iter().fold(warning, Diagnostic::help));
                (Standing::Broken, None)
            }
        };
        let Target { call, files, .. } = &target;
        let renews =
            tokens.as_ref().is_some_and(|tokens| renews_itself(call, files, tokens, rim.env.os));
        Self { target, standing, tokens, renews, warnings, verdict: None }
    }

    fn end(&self) -> Option<u64> {
        self.tokens.as_ref()?.expires_at
    }

    fn redirect(&self, rim: &Rim<'_>) -> String {
        let Target { call, files, .. } = &self.target;
        call.redirect_uri(rim.env.os, call.base_port(files.key()))
    }

    // Whether only a person can bring the sign-in back. One that the server refuses before its end is lost too:
    // nothing here would renew it.
    fn is_lost(&self) -> bool {
        match self.standing {
            Standing::Missing | Standing::Broken | Standing::OtherScope => true,
            Standing::Expired => !self.renews,
            Standing::Usable | Standing::Expiring => self.is_refused(),
        }
    }

    fn is_refused(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Refused(_)))
    }

    fn json(&self, rim: &Rim<'_>, probed: bool) -> Value {
        let tokens = self.tokens.as_ref();
        let mut row = json!({
            "server": self.target.name,
            "standing": self.standing.word(),
            "expires_at": self.end(),
            "renews": self.renews,
            "url": self.target.call.url,
            "account": tokens.and_then(TokenSet::account),
            "scope": tokens.and_then(|tokens| tokens.scope.as_deref()),
            "issuer": tokens.and_then(|tokens| tokens.issuer.as_deref()),
            "key": self.target.files.key().as_str(),
            "folder": self.target.files.folder(),
            "redirect_uri": self.redirect(rim),
            "clients": self.target.clients,
        });
        if probed {
            row["probe"] = self.verdict.as_ref().map(Verdict::word).into();
            row["probe_error"] = self.verdict.as_ref().and_then(Verdict::code).into();
        }
        row
    }

    // `accepted`, `refused: invalid_token`.
    fn probed(&self) -> String {
        let Some(verdict) = &self.verdict else { return String::new() };
        let code = verdict.code().map_or_else(String::new, |code| format!(": {code}"));
        format!("{}{code}", verdict.word())
    }

    // `in 8 h`, `2 days ago`.
    fn ends(&self) -> String {
        let Some(end) = self.end() else {
            return if self.tokens.is_some() { "unknown" } else { "" }.to_owned();
        };
        let now = now();
        if end > now {
            format!("in {}", span(end - now))
        } else {
            format!("{} ago", span(now - end))
        }
    }

    fn details(&self, rim: &Rim<'_>) -> String {
        let Target { call, files, clients, .. } = &self.target;
        let tokens = self.tokens.as_ref();
        let said =
            |text: Option<&String>| text.map_or_else(|| "-".to_owned(), |text| printable(text));
        let details = [
            ("address", printable(&call.url)),
            ("cache key", files.key().to_string()),
            ("folder", rim.env.display(files.folder())),
            ("callback", printable(&self.redirect(rim))),
            ("account", said(tokens.and_then(TokenSet::account).as_ref())),
            ("issuer", said(tokens.and_then(|tokens| tokens.issuer.as_ref()))),
            ("scope", said(tokens.and_then(|tokens| tokens.scope.as_ref()))),
            ("shared by", clients.join(", ")),
        ];
        details.map(|(name, value)| format!("    {name:9}  {value}\n")).concat()
    }
}

// A name of usual length leaves room for the rest of a line of 80.
const WIDEST: usize = 36;

fn table(rim: &Rim<'_>, rows: &[Row], flags: &Status) -> String {
    let longest = rows.iter().map(|row| row.target.name.len()).max().unwrap_or(0);
    let width = longest.clamp("SERVER".len(), WIDEST);
    let words = rows.iter().map(|row| row.standing.word().len());
    let wide = words.chain(["expiring".len()]).max().unwrap_or(0);
    let probe = if flags.probe { "  PROBE" } else { "" };
    let mut text =
        format!("{:width$}  {:wide$}  {:17}  RENEWS ITSELF{probe}\n", "SERVER", "SIGN-IN", "ENDS");
    for row in rows {
        let renews = match (&row.tokens, row.renews) {
            (None, _) => "",
            (Some(_), true) => "yes",
            (Some(_), false) => "no",
        };
        let (name, word) = (short(&row.target.name), row.standing.word());
        let line = format!(
            "{name:width$}  {word:wide$}  {:17}  {renews:13}  {}",
            row.ends(),
            row.probed()
        );
        text += line.trim_end();
        text += "\n";
        if flags.verbose {
            text += &row.details(rim);
        }
    }
    text
}

// The names are ASCII.
fn short(name: &str) -> String {
    if name.len() <= WIDEST { name.to_owned() } else { format!("{}…", &name[..WIDEST - 1]) }
}

fn advise(rim: &Rim<'_>, rows: &[Row]) {
    let names = |which: &dyn Fn(&Row) -> bool| {
        let rows = rows.iter().filter(|row| which(row));
        rows.map(|row| row.target.name.as_str()).collect::<Vec<_>>()
    };
    let lost = names(&|row| row.is_lost());
    let due = names(&|row| row.is_refused() && !row.is_lost());
    if rim.terminal.person && !lost.is_empty() {
        let login = rim.suggest.again("login", None).operands(lost);
        tell(&format!("\nsign in with {login}\n"));
    }
    if rim.terminal.person && !due.is_empty() {
        let refresh = rim.suggest.again("refresh", None).operands(due);
        tell(&format!("\nrenew with {refresh}\n"));
    }
}
