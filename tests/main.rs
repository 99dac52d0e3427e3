//! The tests: one binary, one file for each subject. A test's name is the promise that it checks.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests prepare and read files themselves, and a panic is how they fail"
)]

mod accounts;
mod add;
mod also_reads;
#[cfg(unix)]
mod arguments;
mod bridge;
mod bridge_env;
mod bridge_hostile;
mod case;
mod client_credentials;
mod client_key;
#[cfg(unix)]
mod commands;
#[cfg(unix)]
mod completions;
#[cfg(unix)]
mod contention;
#[cfg(unix)]
mod crash;
mod declarations;
mod deep;
#[cfg(unix)]
mod disk;
#[cfg(unix)]
mod docs;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod dotenv;
mod encoded;
#[cfg(unix)]
mod enterprise;
#[cfg(unix)]
mod exec;
mod expressed;
mod first_screen;
mod foreign_fields;
#[cfg(unix)]
mod forgotten;
mod golden;
mod headers;
#[cfg(unix)]
mod homes;
#[cfg(unix)]
mod hostile;
mod import;
#[cfg(unix)]
mod in_place;
#[cfg(unix)]
mod include;
#[cfg(unix)]
mod interleaving;
mod keys;
mod layers;
mod layouts;
#[cfg(unix)]
mod limits;
#[cfg(unix)]
mod list;
#[cfg(unix)]
mod locations;
mod login;
#[cfg(unix)]
mod login_cache;
mod login_discovery;
mod login_help;
mod login_hostile;
mod login_issuer;
mod login_mean;
mod login_neighbours;
#[cfg(unix)]
mod login_pasted;
mod login_ports;
mod login_public;
mod login_registration;
mod losses;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
mod memory;
mod messages;
#[cfg(unix)]
mod native;
mod new_client;
#[cfg(unix)]
mod nix;
#[cfg(unix)]
mod no_keyring;
mod oauth;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod outside;
mod own_sign_in;
#[cfg(unix)]
mod owners;
#[cfg(unix)]
mod ownership;
#[cfg(unix)]
mod passed_on;
mod placeholders;
mod probe;
mod profiles;
mod properties;
#[cfg(unix)]
mod readers;
#[cfg(unix)]
mod recognized;
#[cfg(unix)]
mod records;
#[cfg(unix)]
mod rejections;
mod repository;
mod round_trips;
#[cfg(unix)]
mod scopes;
#[cfg(unix)]
mod search_path;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod setup;
mod several_machines;
mod shared_file;
mod sign_in_options;
#[cfg(unix)]
mod sign_ins;
#[cfg(unix)]
mod style;
#[cfg(unix)]
mod suggested;
mod suggestions;
mod switches;
#[cfg(unix)]
mod targets;
#[cfg(unix)]
mod terminal;
mod timeouts;
#[cfg(unix)]
mod timer;
#[cfg(unix)]
mod tool_filter;
#[cfg(unix)]
mod uninstall;
#[cfg(unix)]
mod verify;
#[cfg(windows)]
mod windows;
