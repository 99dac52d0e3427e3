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
mod arguments;
mod bridge;
mod bridge_env;
mod bridge_hostile;
mod case;
mod client_credentials;
mod client_key;
mod commands;
mod completions;
mod contention;
mod crash;
mod declarations;
mod deep;
mod disk;
mod docs;
mod doctor;
mod dotenv;
mod encoded;
mod exec;
mod expressed;
mod first_screen;
mod foreign_fields;
mod forgotten;
mod golden;
mod homes;
mod hostile;
mod import;
mod in_place;
mod interleaving;
mod keys;
mod layers;
mod layouts;
mod limits;
mod list;
mod locations;
mod login;
mod login_cache;
mod login_discovery;
mod login_help;
mod login_hostile;
mod login_issuer;
mod login_mean;
mod login_neighbours;
mod login_pasted;
mod login_ports;
mod login_public;
mod login_registration;
mod losses;
mod machine;
mod memory;
mod native;
mod new_client;
mod nix;
mod no_keyring;
mod oauth;
mod output;
mod outside;
mod own_sign_in;
mod owners;
mod ownership;
mod passed_on;
mod placeholders;
mod probe;
mod profiles;
mod properties;
mod readers;
mod recognized;
mod records;
mod rejections;
mod repository;
mod round_trips;
mod scopes;
mod search_path;
mod secrets;
mod shared_file;
mod sign_in_options;
mod sign_ins;
mod style;
mod suggested;
mod suggestions;
mod switches;
mod targets;
mod timeouts;
mod timer;
mod tool_filter;
mod verify;
