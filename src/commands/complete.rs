//! `__complete`: prints the candidates for the word at the cursor. It never prints an error, which would be in the
//! prompt: without a readable declaration there are no names.

use std::collections::BTreeSet;

use super::{Done, Invocation, print};
use crate::cli::{Cli, CompleteFlags, Exit, Global};
use crate::completion::{Candidate, DeclaredNames, NamedFiles, ValueKind, complete};
use crate::fields::{Fields, Spanned};
use crate::fs;
use crate::ledger::{self, Ledger};
use crate::secret::literal;
use crate::suggest::Suggest;

pub fn run(invocation: &Invocation<'_>, flags: CompleteFlags) -> Done {
    let mut command = Cli::described().name("mcpgen");
    command.build();
    let mut words = flags.words;
    words.extend(flags.typed);
    let find = |kind, files: &NamedFiles<'_>| names(invocation, kind, files);
    print(&complete(&command, &words, &find))?;
    Ok(Exit::Done)
}

fn names(invocation: &Invocation<'_>, kind: ValueKind, files: &NamedFiles<'_>) -> Vec<Candidate> {
    let path = |named: Option<&str>| named.map(|path| invocation.env.expand_tilde(path).into());
    let global = Global { file: path(files.file), templates: path(files.templates), sets: vec![] };
    let (env, terminal) = (invocation.env, invocation.terminal);
    let invocation = &Invocation { env, terminal, global: &global, suggest: Suggest::new(env) };
    match kind {
        ValueKind::KnownClients => known_clients(invocation),
        ValueKind::Owners => owners(invocation),
        ValueKind::WrittenEntries => written_entries(invocation),
        ValueKind::Declared(names) => in_declaration(invocation, names),
        ValueKind::Possible | ValueKind::Files | ValueKind::Directories | ValueKind::Free => vec![],
    }
}

// The names in a declaration with a syntax error are not known.
fn in_declaration(invocation: &Invocation<'_>, names: DeclaredNames) -> Vec<Candidate> {
    // A pipe could keep the user waiting.
    if !matches!(fs::read(&invocation.declaration_path()), Ok(Some(_))) {
        return vec![];
    }
    let declaration = invocation.declaration().ok().map(|(declaration, _)| declaration);
    let Some(declaration) = declaration.filter(|it| it.complete) else { return vec![] };
    let servers = declaration.servers();
    match names {
        DeclaredNames::Clients => {
            let known = known_clients(invocation);
            let named: Vec<String> = strings(declaration.fields(), "clients").collect();
            known.into_iter().filter(|client| named.contains(&client.value)).collect()
        }
        DeclaredNames::Servers => servers.iter().map(server).collect(),
        DeclaredNames::SignInServers => {
            let providers = declaration.fields().table("idp");
            let providers = providers.into_iter().flat_map(Fields::keys);
            let providers = providers.map(|name| Candidate::new(name, "identity provider"));
            let servers = servers.iter().filter(|(_, fields)| signs_in(*fields)).map(server);
            servers.chain(providers).collect()
        }
        DeclaredNames::Adoptable => {
            let replaced = servers.iter().flat_map(|(name, fields)| {
                let about = format!("replaced by {}", name.value);
                strings(*fields, "replaces").map(move |entry| Candidate::new(entry, about.clone()))
            });
            servers.iter().map(server).chain(replaced).collect()
        }
        DeclaredNames::Sets => {
            let sets = servers.iter().flat_map(|(_, fields)| strings(*fields, "sets"));
            let sets: BTreeSet<String> = sets.collect();
            sets.into_iter().map(|set| Candidate::new(set, "")).collect()
        }
        DeclaredNames::Keyring => {
            servers.iter().flat_map(|(name, fields)| keyring_names(&name.value, *fields)).collect()
        }
    }
}

fn strings<'f>(fields: Fields<'f>, name: &str) -> impl Iterator<Item = String> + use<'f> {
    let list = fields.strings(name).map(|list| list.value);
    list.into_iter().flatten().map(|item| item.value)
}

// A URL or a command could contain a secret although `check` rejects it.
fn server((name, fields): &(Spanned<String>, Fields<'_>)) -> Candidate {
    let reached = fields.string("url").or_else(|| fields.string("command"));
    Candidate::new(&name.value, reached.map(|at| literal::mask(&at.value)).unwrap_or_default())
}

fn signs_in(fields: Fields<'_>) -> bool {
    let mode = fields.string("auth").or_else(|| fields.table("auth")?.string("mode"));
    mode.is_some_and(|mode| mode.value != "none")
}

fn keyring_names(server: &str, fields: Fields<'_>) -> Vec<Candidate> {
    let auth = fields.table("auth");
    let single = ["token", "client-secret", "private-key", "assertion"];
    let in_auth = single.iter().filter_map(|name| auth?.string(name));
    let in_secrets = fields.string_map("secrets").into_iter().map(|(_, reference)| reference);
    let references = in_auth.chain(in_secrets).map(|reference| reference.value);
    let names = references.filter_map(|text| Some(text.strip_prefix("keyring:")?.to_owned()));
    names.map(|name| Candidate::new(name, format!("secret of {server}"))).collect()
}

fn known_clients(invocation: &Invocation<'_>) -> Vec<Candidate> {
    let Ok(table) = invocation.table() else { return vec![] };
    table.iter().map(|client| Candidate::new(&client.name, &client.title)).collect()
}

fn ledger(invocation: &Invocation<'_>) -> Ledger {
    Ledger::load(&ledger::path(invocation.env)).unwrap_or_default()
}

fn owners(invocation: &Invocation<'_>) -> Vec<Candidate> {
    ledger(invocation).owners().map(|owner| Candidate::new(owner, "")).collect()
}

fn written_entries(invocation: &Invocation<'_>) -> Vec<Candidate> {
    let ledger = ledger(invocation);
    let names: BTreeSet<&String> = ledger.all().flat_map(|(_, row)| row.entries.keys()).collect();
    names.into_iter().map(|name| Candidate::new(name, "")).collect()
}
