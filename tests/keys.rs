//! Keys against reality: what real bridges of every era made of their arguments (`just keys` records it) is
//! what mcpgen computes.

use std::collections::{BTreeMap, BTreeSet};

use mcpgen::testing::auth::bridge_version::BridgeVersion;
use mcpgen::testing::auth::call::BridgeCall;
use mcpgen::testing::bridge::options::BridgeOptions;
use mcpgen::testing::client::{ClientHomes, ClientTable};
use mcpgen::testing::paths::{Environment, Os};
use mcpgen::testing::survey::{Project, survey};
use serde_json::{Value, json};

use crate::case::Case;

/// The record, and what it says of one version and one list of arguments.
struct Record(Value);

struct Row<'a> {
    version: BridgeVersion,
    args: Vec<String>,
    outcome: &'a Value,
}

impl Record {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/recorded.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = vec![];
        for row in self.0["rows"].as_array().unwrap() {
            let args: Vec<String> = serde_json::from_value(row["args"].clone()).unwrap();
            for outcome in row["outcomes"].as_array().unwrap() {
                for version in outcome["versions"].as_array().unwrap() {
                    let version = BridgeVersion::parse(version.as_str().unwrap()).unwrap();
                    rows.push(Row { version, args: args.clone(), outcome });
                }
            }
        }
        rows
    }

    fn file(&self, path: &str) -> Option<String> {
        Some(self.0["files"].get(path)?.as_str()?.to_owned())
    }
}

#[test]
fn the_record_has_sixty_argument_lists_and_every_era_of_the_bridge() {
    let record = Record::read();
    let rows = record.rows();
    let lists: BTreeSet<_> = rows.iter().map(|row| &row.args).collect();
    assert!(lists.len() >= 60, "{}", lists.len());
    let directories = record.0["directories"].as_object().unwrap();
    assert_eq!(rows.len(), lists.len() * directories.len(), "each list with each version");
    let keys: BTreeSet<_> = rows.iter().filter_map(|row| row.outcome["key"].as_str()).collect();
    assert!(keys.len() >= 40, "{}", keys.len());
    for version in ["0.1.29", "0.1.38", "0.2.1", "0.3.1", "0.3.2", "0.6.0", "0.8.2", "0.15.1"] {
        assert!(directories.contains_key(version), "{version}");
    }
}

#[test]
fn every_version_keeps_its_files_in_the_directory_that_we_compute() {
    let record = Record::read();
    let directories: BTreeMap<String, Vec<String>> =
        serde_json::from_value(record.0["directories"].clone()).unwrap();
    for (version, directories) in directories {
        let computed = BridgeVersion::parse(&version).unwrap().directory("/base".into());
        let computed = computed.strip_prefix("/base").unwrap().as_str();
        assert_eq!(directories, [computed], "{version}");
    }
}

#[test]
fn every_call_is_refused_or_has_the_key_and_callback_url_of_the_real_bridge() {
    let record = Record::read();
    let mut wrong = vec![];
    for Row { version, args, outcome } in record.rows() {
        let computed = match BridgeCall::parse(&args, version, &|path| record.file(path)) {
            Err(_) => serde_json::json!({ "refused": true }),
            Ok(call) => {
                let key = call.key();
                // A sign-in without a person has no callback address.
                let redirect = call.redirect_uri(Os::Linux, call.base_port(&key));
                let redirect = Some(redirect).filter(|_| !outcome["redirect"].is_null());
                serde_json::json!({ "key": key.as_str(), "redirect": redirect })
            }
        };
        let mut real = outcome.clone();
        real.as_object_mut().unwrap().remove("versions");
        if computed != real {
            wrong.push(format!("{version} {args:?}\n  real {real}\n  ours {computed}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_native_bridge_has_the_key_of_mcp_remote_or_rejects_flags_that_it_ignores() {
    let record = Record::read();
    let rows = record.rows();
    let newest = rows.iter().filter(|row| row.version == BridgeVersion::NEWEST);
    let mut passed_over = vec![];
    for Row { version: _, args, outcome } in newest {
        match BridgeOptions::parse(args, &|path| record.file(path)) {
            Ok(options) => assert_eq!(outcome["key"], options.call.key().as_str(), "{args:?}"),
            Err(_) if outcome["refused"] == true => {}
            Err(why) => passed_over.push(why.to_string()),
        }
    }
    let valueless = |flag: &str| format!("the option `{flag}` has no value");
    assert_eq!(passed_over, ["--header", "--resource", "--authorize-param"].map(valueless));
}

#[test]
fn doctor_computes_the_key_and_directory_of_the_real_bridge_from_a_clients_file() {
    let record = Record::read();
    let directories = record.0["directories"].as_object().unwrap();
    let table = ClientTable::load(None).unwrap();
    let case = Case::in_memory();
    for (path, text) in record.0["files"].as_object().unwrap() {
        case.put(path, text.as_str().unwrap());
    }
    let home = camino::Utf8Path::from_path(case.home()).unwrap();
    let env = Environment::bare(Os::Linux, home);
    let rows = record.rows();
    let of = |name: &str| &rows[name.parse::<usize>().unwrap()];
    let mut wrong = vec![];
    for (version, directory) in directories {
        let own = rows.iter().enumerate().filter(|(_, row)| row.version.to_string() == *version);
        let entry = |(at, row): (usize, &Row<'_>)| {
            let words = ["-y".to_owned(), format!("mcp-remote@{version}")];
            let args: Vec<String> = words.into_iter().chain(row.args.clone()).collect();
            (at.to_string(), json!({ "command": "npx", "args": args }))
        };
        let entries: serde_json::Map<String, Value> = own.map(entry).collect();
        assert!(entries.len() >= 60, "{version}");
        case.put(".cursor/mcp.json", json!({ "mcpServers": entries }).to_string());
        let found = survey(
            &table,
            &ClientHomes::default(),
            &env,
            &Project::new(&home.join("project"), false),
        )
        .unwrap();
        let found = found[0].entries.as_ref().unwrap();
        assert_eq!(found.len(), entries.len());
        for entry in found {
            let real = of(&entry.name).outcome;
            let bridge = entry.reach.as_ref().unwrap().bridge().unwrap();
            let files = bridge.files(&env);
            let key = files.as_ref().map(|files| files.key().as_str());
            let lies = files.as_ref().and_then(|files| files.directory().file_name());
            let want = real["key"].as_str();
            if (key, lies) != (want, want.and(directory[0].as_str())) {
                wrong.push(format!(
                    "{version} {:?}: {real}, {key:?} {lies:?}",
                    of(&entry.name).args
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
