//! A machine on which every path and every name is hostile, and the commands that are printed there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{KEY, said};
use crate::case::{Case, Run};

const URL: &str = "https://mcp.example.com/mcp";

/// A machine on which every path and name that can be chosen is hostile.
pub struct Machine {
    pub case: Case,
    name: String,
    file: String,
    templates: String,
    project: String,
}

impl Machine {
    pub fn new(name: &str) -> Self {
        // What is searched for in a command, in case that a part of the name is missing.
        let name = format!("{name}Zq");
        let case = Case::in_memory();
        let home = format!("h/{name}");
        let path = |below: &str| case.path(&format!("{home}/{below}/{name}")).display().to_string();
        let (file, templates, project) = (path("work"), path("rows"), path("src"));
        let (cache, secret) = (path("cache"), path("secrets"));
        let quoted = |text: &str| serde_json::to_string(text).unwrap().replace('\u{7f}', "\\u007f");
        let declaration = format!(
            "clients = [\"cursor\", {}]\n[servers.one]\nurl = \"{URL}\"\nauth = \"oauth\"\n\
             [servers.two]\ncommand = \"uvx\"\nreplaces = [\"old\"]\n\
             [servers.two.secrets]\nT = {}\nK = {}\n",
            quoted(&name),
            quoted(&format!("file:{secret}")),
            quoted(&format!("keyring:{name}"))
        );
        let row = format!(
            "[{}]\ntitle = \"Own\"\npath = \"~/own.json\"\nsection = \"mcpServers\"\n\
             template = \"mcp-servers.jsonc.j2\"\naccepts = [\"stdio\"]\ndocs = \"https://own.example\"\n\
             known = \"documentation\"\n",
            quoted(&name)
        );
        let foreign =
            r#"{ "mcpServers": { "one": { "command": "x" }, "old": { "command": "y" } } }"#;
        let below =
            |path: &str| path.strip_prefix(case.home().to_str().unwrap()).unwrap()[1..].to_owned();
        case.put(&below(&file), declaration);
        case.put(&format!("{}/clients.toml", below(&templates)), row);
        for path in [".cursor/mcp.json", "own.json", &format!("src/{name}/.cursor/mcp.json")] {
            case.put(&format!("{home}/{path}"), foreign);
        }
        case.put(&below(&secret), "s");
        for (file, text) in [("tokens.json", "{"), ("client_info.json", "{"), ("lock.json", "")] {
            let path = format!("{}/mcp-remote-{name}/{KEY}_{file}", below(&cache));
            case.put(&path, text);
            let file = std::fs::File::options().write(true).open(case.path(&path)).unwrap();
            file.set_permissions(std::fs::Permissions::from_mode(0o644)).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        }
        let directory = case.path(&home).display().to_string();
        let case = case.var("HOME", directory).var("MCP_REMOTE_CONFIG_DIR", cache);
        Self { case, name, file, templates, project }
    }

    fn home(&self) -> String {
        self.case.path(&format!("h/{}", self.name)).display().to_string()
    }

    fn run(&self, args: &[&str]) -> Run {
        let names = ["-f", &self.file, "--templates", &self.templates];
        self.case
            .pipe(&[&args[..1], &names, &args[1..]].concat(), "{\"mcpServers\": {\"one\": {}}}")
    }

    /// Every command that is printed, by whatever command.
    pub fn suggested(&self) -> Vec<String> {
        let owner = format!("--owner={}", self.name);
        let project = ["--project", &self.project];
        let scoped: [&[&str]; 4] = [&[], &project, &[&owner], &["--", &self.name]];
        let mut found = vec![];
        for command in ["plan", "apply"] {
            for scope in scoped {
                found.extend(said(&self.run(&[&[command, "--json"], scope].concat())));
                found.extend(said(&self.run(&[&[command], scope].concat())));
                found.extend(said(&self.run(&[&[command, "--adopt", "two"], scope].concat())));
            }
        }
        self.run(&["apply", "--adopt-all", &owner]);
        self.case.put(&format!("h/{}/own.json", self.name), "{}");
        for args in [
            &["doctor", "--json", "--project", &self.project][..],
            &["doctor"],
            &["status", "--json"],
            &["status"],
            &["list"],
            &["list", "--json"],
            &["list", "nobody"],
            &["verify", "--timeout", "5"],
            &["verify", "nobody"],
            &["login", "nobody"],
            &["login", "one", "--timeout", "1"],
            &["refresh", "one"],
            &["token", "one"],
            &["logout", "nobody"],
            &["import"],
            &["import", "emacs"],
            &["check", "--secrets"],
            &["merge", "cursor"],
            &["exec", "nobody"],
            &["exec", "two"],
            &["undo"],
            &["undo"],
        ] {
            found.extend(said(&self.run(args)));
        }
        found.extend(said(&self.case.run(&["check", "-f", &format!("{}/missing", self.project)])));
        self.case.put(&format!("h/{}/.local/state/mcpgen/ledger.json", self.name), "{");
        found.extend(said(&self.run(&["plan"])));
        found.extend(said(&self.run(&["doctor", "--json"])));
        found
    }

    /// Whether a word of a command is one of the paths or names, and nothing but that.
    pub fn is_whole(&self, word: &str) -> bool {
        let path = match word.strip_prefix("~/") {
            Some(rest) => format!("{}/{rest}", self.home()),
            None => word.to_owned(),
        };
        word == self.name
            || word == format!("--owner={}", self.name)
            || (path.starts_with('/') && Path::new(&path).exists())
            || path == format!("{}/missing", self.project)
            || path.ends_with("/.local/state/mcpgen/ledger.json.damaged")
    }
}
