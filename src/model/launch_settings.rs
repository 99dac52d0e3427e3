//! The `[launch]` table: how clients start bridges and mcpgen.

use std::collections::BTreeMap;

use super::{literal_secrets, rules};
use crate::declaration::DeclarationErrors;
use crate::fields::Fields;

/// Holds how clients start bridges and mcpgen.
#[derive(Debug, Clone)]
pub struct LaunchSettings {
    /// The command that makes a remote server a stdio server; never empty.
    pub bridge: Vec<String>,
    /// How clients call mcpgen itself.
    pub mcpgen: String,
    /// Whether programs are written by their absolute path.
    pub absolute: bool,
    /// The environment variables of every bridge.
    pub env: BTreeMap<String, String>,
    /// The timeout for resolving a secret reference, in seconds.
    pub secret_timeout: u64,
    /// Whether clients that can get the headers of servers from `mcpgen headers`, unless a server says otherwise.
    pub via_headers: bool,
}

/// The bridge of a declaration that names none.
pub const DEFAULT_BRIDGE: [&str; 3] = ["npx", "-y", "mcp-remote@0.15.1"];

/// The default timeout for resolving a secret reference, in seconds: long enough for a user to unlock a store,
/// and shorter than clients wait for a server.
pub const DEFAULT_SECRET_TIMEOUT: u64 = 30;

impl Default for LaunchSettings {
    fn default() -> Self {
        Self {
            bridge: DEFAULT_BRIDGE.map(str::to_owned).into(),
            mcpgen: "mcpgen".into(),
            absolute: false,
            env: BTreeMap::new(),
            secret_timeout: DEFAULT_SECRET_TIMEOUT,
            via_headers: false,
        }
    }
}

/// Validates the `[launch]` table.
pub fn build(fields: Option<Fields<'_>>, errors: &mut DeclarationErrors) -> LaunchSettings {
    let default = LaunchSettings::default();
    let Some(fields) = fields else { return default };
    let bridge = fields.strings("bridge");
    if let Some(bridge) = &bridge {
        if fields.is_empty("bridge") {
            rules::program(None, bridge, "launch.bridge", errors);
        } else if let Some(first) = bridge.value.first() {
            rules::program(Some(first), first, "launch.bridge", errors);
        }
        rules::native_bridge(&bridge.value, errors);
        bridge.value.iter().for_each(|arg| literal_secrets::no_secret("bridge", arg, errors));
    }
    let mcpgen = fields.string("mcpgen");
    if let Some(mcpgen) = &mcpgen {
        rules::program(Some(mcpgen), mcpgen, "launch.mcpgen", errors);
        literal_secrets::no_secret("mcpgen", mcpgen, errors);
    }
    let env = fields.string_map("env");
    rules::shared_variables(&env, errors);
    LaunchSettings {
        bridge: bridge.map_or(default.bridge, |b| b.value.into_iter().map(|at| at.value).collect()),
        mcpgen: mcpgen.map_or(default.mcpgen, |at| at.value),
        absolute: fields.boolean("absolute").unwrap_or(false),
        env: rules::plain_map(env),
        secret_timeout: fields
            .number("secret-timeout")
            .and_then(|seconds| seconds.as_u64())
            .unwrap_or(default.secret_timeout),
        via_headers: fields.string("via").is_some(),
    }
}
