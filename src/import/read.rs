//! Reading entries as servers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::address;
use super::argument::{self, DraftArguments};
use super::argument_variables;
use super::bridge;
use super::comments;
use super::draft::{DraftCandidate, DraftReach, HiddenTools, LocalDraft, OAuthDraft, ServerDraft};
use super::env_file::{self, EnvFile};
use super::inexpressible::inexpressible;
use super::note::NoteReason;
use super::options::{EntryOptions, OptionFields};
use super::own_sign_in::{forbids_sign_in, take_sign_in};
use super::value::{DraftValue, ValueReader};
use super::{ImportNote, declared, write};
use crate::client::{Client, ClientTable, EntryPart, FieldRole, FieldSpellings};
use crate::entry::{self, EntryLaunch};
use crate::launch::Command;
use crate::launch::inherited::is_read_by_bridges;
use crate::paths::Environment;
use crate::secret::literal;
use crate::survey::{EntryReach, FoundEntry, FoundSection};

/// Collects the servers that the entries of all files become.
pub struct Drafts<'e> {
    /// The entries that are imported.
    pub found: Vec<ServerDraft>,
    /// What is not.
    pub left: Vec<ImportNote>,
    table: &'e ClientTable,
    env: &'e Environment,
}

impl<'e> Drafts<'e> {
    /// Begins.
    pub fn new(table: &'e ClientTable, env: &'e Environment) -> Self {
        Self { found: vec![], left: vec![], table, env }
    }

    /// Reports the entries of a section that applies in one directory only.
    pub fn directory(&mut self, section: &FoundSection<'_>, directory: &str) {
        for entry in section.entries.iter().flatten() {
            self.leave(section, entry, NoteReason::Directory(directory.to_owned()));
        }
    }

    /// Reads a section.
    pub fn section(&mut self, section: &FoundSection<'_>) {
        let known = OptionFields::of(section.client, self.env);
        let mut comments = comments::read(section);
        for entry in section.entries.iter().flatten() {
            if let Some(why) = odd(entry) {
                self.leave(section, entry, why);
            } else if entry.reach.is_some() {
                let comments = comments.remove(&entry.name).unwrap_or_default();
                match self.entry(section, &known, entry) {
                    Ok(mut found) => {
                        found.comments = comments.lines;
                        self.found.push(found);
                        if comments.hidden {
                            self.leave(section, entry, NoteReason::Comment);
                        }
                    }
                    Err(why) => self.leave(section, entry, why),
                }
            }
        }
    }

    fn leave(&mut self, section: &FoundSection<'_>, entry: &FoundEntry, why: NoteReason) {
        let (client, entry) = (section.client.name.clone(), entry.name.clone());
        let file = self.env.display(&section.path);
        self.left.push(ImportNote { client, file, entry, why });
    }

    fn entry(
        &mut self,
        section: &FoundSection<'_>,
        known: &OptionFields,
        entry: &FoundEntry,
    ) -> Result<ServerDraft, NoteReason> {
        let client = section.client;
        let fields = entry
            .value
            .as_object()
            .ok_or_else(|| NoteReason::Odd("the entry is not a table".to_owned()))?;
        let mut fields = fields.clone();
        let (env_file, defaults) = self.env_file(client, entry, &mut fields)?;
        let fields = &fields;
        if let Some(why) =
            entry.reach.as_ref().and_then(|reach| inexpressible(client, fields, reach))
        {
            return Err(why);
        }
        let connects = matches!(entry.reach, Some(EntryReach::Address { .. }));
        let (mut options, kept) = EntryOptions::read(client, known, fields, connects);
        let own = if connects { take_sign_in(client, &mut options.own) } else { None };
        let own = own.or_else(|| options.signs_in(client.fields()).then(OAuthDraft::default));
        let mut last = NoteReason::Odd("the entry launches nothing".to_owned());
        for candidate in self.candidates(client, entry, fields, own)? {
            let mut reach = candidate.reach;
            if let DraftReach::Local(local) = &mut reach {
                env_file.iter().for_each(|(name, held)| {
                    local.env.entry(name.clone()).or_insert_with(|| held.clone());
                });
            }
            let mut found = ServerDraft {
                client: client.name.clone(),
                file: self.env.display(&section.path),
                name: entry.name.clone(),
                off: entry.off,
                reach,
                start: candidate.start,
                options: options.clone(),
                forbids_sign_in: forbids_sign_in(client, &options.own),
                comments: vec![],
            };
            let fault = self.fault(&found).and_then(|fault| {
                found.options.own.clear();
                let alone = self.fault(&found);
                if alone.is_none() {
                    options.own.clear();
                    self.leave(section, entry, NoteReason::OwnField("extra".into(), fault));
                }
                alone
            });
            match fault {
                Some(fault) => last = NoteReason::DocumentError(fault),
                None => {
                    let notes = candidate.notes.into_iter().chain(kept).chain(defaults);
                    notes.for_each(|why| self.leave(section, entry, why));
                    return Ok(found);
                }
            }
        }
        Err(last)
    }

    // Returns the variables of the `.env` file of a program and the notes about its path, and removes its field.
    fn env_file(
        &self,
        client: &Client,
        entry: &FoundEntry,
        fields: &mut Map<String, Value>,
    ) -> Result<(BTreeMap<String, DraftValue>, Vec<NoteReason>), NoteReason> {
        if !matches!(entry.reach, Some(EntryReach::Program(_))) {
            return Ok(Default::default());
        }
        let mut reader = ValueReader::new(client);
        let Some(EnvFile { field, variables }) =
            env_file::read(fields, client.fields(), self.env, &mut reader)?
        else {
            return Ok(Default::default());
        };
        fields.shift_remove(&field);
        Ok((variables, reader.notes))
    }

    // Returns the error that `mcpgen check` would report for this server alone.
    fn fault(&self, found: &ServerDraft) -> Option<String> {
        write::alone(found, self.table, self.env)
    }

    // Returns the entry as a remote server if that is possible, and as a local server.
    fn candidates(
        &self,
        client: &Client,
        entry: &FoundEntry,
        fields: &Map<String, Value>,
        own_sign_in: Option<OAuthDraft>,
    ) -> Result<Vec<DraftCandidate>, NoteReason> {
        let spellings = client.fields();
        let fields = entry::launch_fields(fields, spellings);
        let mut by_name = names(fields, spellings);
        match entry.reach.as_ref() {
            None => Ok(vec![]),
            Some(EntryReach::Exec(exec)) => match &exec.behind {
                Ok(behind) => {
                    declared::check_names(behind, &by_name, self.env)?;
                    Ok(vec![declared::read(behind)])
                }
                Err(why) => Err(NoteReason::Exec(why.to_string())),
            },
            Some(EntryReach::Address { url, transport, headers }) => {
                let mut reader = ValueReader::new(client);
                let (literal, found) = ((*transport, headers), (fields, spellings));
                let reach = address::read(url, literal, found, own_sign_in, &mut reader)?;
                Ok(vec![DraftCandidate { notes: reader.notes, ..reach.into() }])
            }
            Some(EntryReach::Program(command)) => {
                let command = &command.without_cmd(client, self.env.os);
                let mut reader = ValueReader::new(client);
                let mut reach = self.local(command, &by_name, &mut reader)?;
                argument_variables::hide_secrets(&mut reach, &command.args);
                let mut notes = reader.notes;
                notes.extend(has_tilde(command).then_some(NoteReason::Tilde));
                Ok(vec![DraftCandidate { reach, start: None, notes }])
            }
            Some(EntryReach::Bridge(found)) => {
                let Some(EntryLaunch::Command(command)) =
                    entry::read_entry(&entry.value, spellings)
                else {
                    return Ok(vec![]);
                };
                // mcpgen writes them itself.
                by_name.retain(|name| !is_read_by_bridges(name));
                let command = command.without_cmd(client, self.env.os);
                let mut reader = ValueReader::new(client);
                let local = self.local(&command, &by_name, &mut reader);
                let called = bridge::read(found, client);
                let why = called.as_ref().err().copied();
                let called =
                    called.ok().filter(|_| by_name.is_empty()).map(|called| DraftCandidate {
                        reach: DraftReach::Remote(called.remote),
                        start: Some(called.start),
                        notes: called.left,
                    });
                let why = why.unwrap_or("a declaration cannot express the entry");
                let mut notes = vec![NoteReason::Local(why)];
                notes.extend(reader.notes);
                let local = local.map(|mut reach| {
                    argument_variables::hide_all(&mut reach, &found.start.args);
                    DraftCandidate { reach, start: None, notes }
                });
                match called {
                    Some(called) => Ok(std::iter::once(called).chain(local.ok()).collect()),
                    None => Ok(vec![local?]),
                }
            }
        }
    }

    fn local(
        &self,
        command: &Command,
        by_name: &BTreeSet<String>,
        reader: &mut ValueReader<'_>,
    ) -> Result<DraftReach, NoteReason> {
        let Command { program, args: _, env, cwd } = command;
        let short = |text: &str| self.env.shorten(text);
        let program = reader.text(EntryPart::Command, "command", &short(program))?;
        let cwd = cwd.as_deref().map(|cwd| reader.text(EntryPart::Cwd, "cwd", &short(cwd)));
        let cwd = cwd.transpose()?;
        let DraftArguments { args, variables } = argument::read(command, reader, &short)?;
        let mut held = BTreeMap::new();
        for (name, value) in env {
            let value = reader.named(EntryPart::Env, name, &self.env.shorten(value))?;
            held.insert(name.clone(), value);
        }
        held.extend(variables);
        for name in by_name {
            held.entry(name.clone()).or_insert_with(|| DraftValue::variable(name));
        }
        let tools = HiddenTools::default();
        Ok(DraftReach::Local(LocalDraft { command: program, args, env: held, cwd, tools }))
    }
}

// mcpgen expands `~/` to the home directory, and clients do not.
fn has_tilde(command: &Command) -> bool {
    let Command { program, args, env, cwd } = command;
    let mut texts = args.iter().chain(env.values()).chain(cwd).chain([program]);
    texts.any(|text| text.starts_with("~/"))
}

fn odd(entry: &FoundEntry) -> Option<NoteReason> {
    if literal::judge(&entry.name).secret().is_some() {
        return Some(NoteReason::Odd("the name of the entry looks like a secret".to_owned()));
    }
    entry.problems.first().map(|odd| NoteReason::Odd(odd.to_string()))
}

fn names(fields: &Map<String, Value>, spellings: &FieldSpellings) -> BTreeSet<String> {
    let lists = spellings.all(FieldRole::EnvNames, fields).filter_map(|(_, it)| it.as_array());
    lists.flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}
