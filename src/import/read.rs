//! Reading entries as servers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::bridge;
use super::draft::{Found, Local, OAuth, Reach, Remote, SignIn, Way};
use super::header::{Headers, Held, literally};
use super::options::{Known, Options};
use super::stays::Stays;
use super::unsaid::unsaid;
use super::{Left, declared, write};
use crate::client::{Client, ClientTable, Transport};
use crate::entry::{self, Reading};
use crate::launch::Command;
use crate::paths::Environment;
use crate::secret::literal;
use crate::survey::{self, FoundEntry, FoundSection};

/// Collects what the entries of all files are as servers.
pub struct Drafts<'e> {
    /// What is carried over.
    pub found: Vec<Found>,
    /// What is not.
    pub left: Vec<Left>,
    table: &'e ClientTable,
    env: &'e Environment,
}

// The fields that name the variable a bearer token is in.
const BEARERS: [&str; 2] = ["bearer_token_env_var", "bearerTokenEnvVar"];

impl<'e> Drafts<'e> {
    /// Begins.
    pub fn new(table: &'e ClientTable, env: &'e Environment) -> Self {
        Self { found: vec![], left: vec![], table, env }
    }

    /// Leaves a section for one folder where it is.
    pub fn folder(&mut self, section: &FoundSection<'_>, folder: &str) {
        for entry in section.entries.iter().flatten() {
            self.leave(section.client, entry, Stays::Folder(folder.to_owned()));
        }
    }

    /// Reads a section.
    pub fn section(&mut self, section: &FoundSection<'_>) {
        let known = Known::of(section.client, self.env);
        for entry in section.entries.iter().flatten() {
            if let Some(why) = odd(entry) {
                self.leave(section.client, entry, why);
            } else if entry.reach.is_some()
                && let Err(why) = self.entry(section.client, &known, entry)
            {
                self.leave(section.client, entry, why);
            }
        }
    }

    fn leave(&mut self, client: &Client, entry: &FoundEntry, why: Stays) {
        let (client, entry) = (client.name.clone(), entry.name.clone());
        self.left.push(Left { client, entry, why });
    }

    fn entry(&mut self, client: &Client, known: &Known, entry: &FoundEntry) -> Result<(), Stays> {
        let fields = entry.value.as_object().ok_or_else(|| Stays::Odd("no table".to_owned()))?;
        if let Some(why) = entry.reach.as_ref().and_then(|reach| unsaid(client, fields, reach)) {
            return Err(why);
        }
        let (mut options, kept) = Options::read(client, known, fields);
        let mut last = Stays::Odd("it launches nothing".to_owned());
        for way in self.ways(entry, fields, &options)? {
            let mut found = Found {
                client: client.name.clone(),
                name: entry.name.clone(),
                off: entry.off,
                reach: way.reach,
                start: way.start,
                options: options.clone(),
            };
            let fault = self.fault(&found).and_then(|fault| {
                found.options.own.clear();
                let alone = self.fault(&found);
                if alone.is_none() {
                    options.own.clear();
                    self.leave(client, entry, Stays::OwnField("extra".into(), fault));
                }
                alone
            });
            match fault {
                Some(fault) => last = Stays::DocumentError(fault),
                None => {
                    let notes = way.notes.into_iter().chain(kept);
                    notes.for_each(|why| self.leave(client, entry, why));
                    self.found.push(found);
                    return Ok(());
                }
            }
        }
        Err(last)
    }

    // What `mcpgen check` would say to this server alone.
    fn fault(&self, found: &Found) -> Option<String> {
        write::alone(found, self.table, self.env)
    }

    // As a remote server where it can be one, else as the program that it is.
    fn ways(
        &self,
        entry: &FoundEntry,
        fields: &Map<String, Value>,
        options: &Options,
    ) -> Result<Vec<Way>, Stays> {
        let by_name = names(fields, &["env_vars", "env_keys"]);
        match entry.reach.as_ref() {
            None => Ok(vec![]),
            Some(survey::Reach::Exec(exec)) => match &exec.behind {
                Ok(behind) => Ok(vec![declared::read(behind)]),
                Err(why) => Err(Stays::Exec(why.to_string())),
            },
            Some(survey::Reach::Address { url, transport, headers }) => {
                let signs_in = options.signs_in();
                Ok(vec![address(url, *transport, headers, fields, signs_in)?.into()])
            }
            Some(survey::Reach::Program(command)) => {
                let notes = if has_tilde(command) { vec![Stays::Tilde] } else { vec![] };
                Ok(vec![Way { reach: self.local(command, &by_name)?, start: None, notes }])
            }
            Some(survey::Reach::Bridge(found)) => {
                let Some(Reading::Command(command)) = entry::read(&entry.value) else {
                    return Ok(vec![]);
                };
                let local = self.local(&command, &by_name);
                let called = bridge::read(found);
                let why = called.as_ref().err().copied();
                let called = called.ok().filter(|_| by_name.is_empty()).map(|called| Way {
                    reach: Reach::Remote(called.remote),
                    start: Some(called.start),
                    notes: called.left,
                });
                let why = why.unwrap_or("a declaration cannot say what it does");
                let notes = vec![Stays::Local(why)];
                let local = local.map(|reach| Way { reach, start: None, notes });
                match called {
                    Some(called) => Ok(std::iter::once(called).chain(local.ok()).collect()),
                    None => Ok(vec![local?]),
                }
            }
        }
    }

    fn local(&self, command: &Command, by_name: &BTreeSet<String>) -> Result<Reach, Stays> {
        let Command { program, args, env, cwd } = command;
        literally("command", program)?;
        args.iter().try_for_each(|arg| literally("args", arg))?;
        cwd.iter().try_for_each(|cwd| literally("cwd", cwd))?;
        let short = |text: &str| self.env.shorten(text);
        let mut held = BTreeMap::new();
        for (name, value) in env {
            held.insert(name.clone(), Held::read(name, &short(value))?);
        }
        for name in by_name {
            let reference = Held::Reference(format!("env:{name}"));
            held.entry(name.clone()).or_insert(reference);
        }
        Ok(Reach::Local(Local {
            command: short(program),
            args: args.iter().map(|arg| short(arg)).collect(),
            env: held,
            cwd: cwd.as_deref().map(short),
        }))
    }
}

// mcpgen puts the home folder there; clients do not.
fn has_tilde(command: &Command) -> bool {
    let Command { program, args, env, cwd } = command;
    let mut texts = args.iter().chain(env.values()).chain(cwd).chain([program]);
    texts.any(|text| text.starts_with("~/"))
}

fn odd(entry: &FoundEntry) -> Option<Stays> {
    if literal::looks_like(&entry.name).is_some() {
        return Some(Stays::Odd("its name looks like a secret".to_owned()));
    }
    entry.odd.first().map(|odd| Stays::Odd(odd.to_string()))
}

fn address(
    url: &str,
    transport: Option<Transport>,
    literal: &BTreeMap<String, String>,
    fields: &Map<String, Value>,
    signs_in: bool,
) -> Result<Reach, Stays> {
    literally("url", url)?;
    let mut headers = Headers::default();
    for (name, text) in literal {
        headers.add(name, text)?;
    }
    for (name, variable) in
        fields.get("env_http_headers").and_then(Value::as_object).into_iter().flatten()
    {
        headers.add(name, &format!("${}", variable.as_str().unwrap_or_default()))?;
    }
    for field in BEARERS {
        if let Some(variable) = fields.get(field).and_then(Value::as_str) {
            headers.add("Authorization", &format!("Bearer ${variable}"))?;
        }
    }
    let sign_in = match headers.bearer.take() {
        Some(token) => SignIn::Token(token, BTreeMap::new()),
        None if signs_in => SignIn::OAuth(OAuth::default()),
        None => SignIn::None,
    };
    let via = matches!(sign_in, SignIn::OAuth(_)).then_some("client");
    let (url, sse) = (url.to_owned(), transport == Some(Transport::Sse));
    Ok(Reach::Remote(Remote { url, sse, headers, sign_in, via, deny: vec![] }))
}

fn names(fields: &Map<String, Value>, keys: &[&str]) -> BTreeSet<String> {
    let lists = keys.iter().filter_map(|key| fields.get(*key)?.as_array());
    lists.flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}
