//! What the help, the man pages and the page on the command line say besides the options: examples, files, environment
//! variables and exit codes.

/// A command line, and what it does.
pub struct CommandExample {
    /// The command, without `mcpgen`.
    pub command: &'static str,
    /// The command line.
    pub line: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// A file, an environment variable or an exit code, and the commands that it matters for. `*` is every command.
pub struct CommandFact {
    /// The path, the name or the code.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The commands.
    pub commands: &'static [&'static str],
}

impl CommandFact {
    /// Returns whether it matters for a command. The program itself has the name ``.
    pub fn concerns(&self, command: &str) -> bool {
        self.commands.contains(&"*") || self.commands.contains(&command)
    }
}

/// Returns the examples of a command.
pub fn examples(command: &str) -> impl Iterator<Item = &'static CommandExample> {
    EXAMPLES.iter().filter(move |example| example.command == command)
}

const fn example(command: &'static str, line: &'static str, about: &'static str) -> CommandExample {
    CommandExample { command, line, about }
}

const fn fact(
    name: &'static str,
    about: &'static str,
    commands: &'static [&'static str],
) -> CommandFact {
    CommandFact { name, about, commands }
}

/// The examples. Those of one command are in one block.
pub const EXAMPLES: &[CommandExample] = &[
    example("", "mcpgen setup", "share your clients' servers and sign-ins"),
    example("", "mcpgen add NAME URL", "declare one more server"),
    example("", "mcpgen plan && mcpgen apply", "write the servers into every client's file"),
    example("", "mcpgen login NAME", "sign in, once for all clients"),
    example("setup", "mcpgen setup", "set everything up, step by step"),
    example("setup", "mcpgen setup --yes --secrets file", "do it in a script"),
    example("uninstall", "mcpgen uninstall", "show what mcpgen left, and remove it"),
    example(
        "uninstall",
        "mcpgen uninstall --yes --sign-ins --secrets",
        "remove everything, without a question",
    ),
    example(
        "init",
        "mcpgen init --import --probe",
        "declare the servers of your clients, and their sign-ins",
    ),
    example(
        "init",
        "mcpgen init --import --secrets keyring",
        "and move their secrets to the keyring",
    ),
    example(
        "add",
        "mcpgen add atlassian https://mcp.atlassian.com/v1/mcp --oauth",
        "a remote server with a shared sign-in",
    ),
    example(
        "add",
        "mcpgen add github https://api.githubcopilot.com/mcp/ --token keyring:github",
        "a remote server with an API token",
    ),
    example(
        "add",
        "mcpgen add files -- npx -y @modelcontextprotocol/server-filesystem ~/src",
        "a local server",
    ),
    example(
        "add",
        "mcpgen add jira --secret JIRA_API_TOKEN=keyring:jira -- uvx mcp-atlassian",
        "a local server with a secret",
    ),
    example("add", "mcpgen add --from server.json", "the server of a registry's file"),
    example("add", "mcpgen add --from -", "an entry that you paste; end it with Ctrl-D"),
    example("remove", "mcpgen remove github", "remove a server, with the comment above it"),
    example("edit", "mcpgen edit", "open the declaration in your editor"),
    example("import", "mcpgen import", "print the servers of all clients"),
    example(
        "import",
        "mcpgen import cursor claude-code --secrets env",
        "read two clients, and name a variable for each secret",
    ),
    example("check", "mcpgen check", "report all errors of the declaration"),
    example("check", "mcpgen check --secrets", "also report secrets that do not exist"),
    example("render", "mcpgen render cursor", "print the file that Cursor would have"),
    example(
        "render",
        "mcpgen render --out build --home /home/ada",
        "write all files below a directory",
    ),
    example("plan", "mcpgen plan", "show what would change"),
    example("plan", "mcpgen plan --exit-code --json", "let a script decide"),
    example("diff", "mcpgen diff cursor", "show the changed lines of one file"),
    example("apply", "mcpgen apply", "write all clients' files"),
    example("apply", "mcpgen apply --adopt jira", "replace an entry that you wrote by hand"),
    example("apply", "mcpgen apply --project .", "write the project files in this directory"),
    example("apply", "mcpgen apply --none", "remove all entries of the declaration"),
    example("undo", "mcpgen undo", "restore the files of the last apply"),
    example("owners", "mcpgen owners", "list the declarations that have entries"),
    example("merge", "mcpgen merge cursor < mcp.json", "print a file with the servers merged in"),
    example("login", "mcpgen login", "sign in to every server that needs it"),
    example("login", "mcpgen login atlassian --no-browser", "sign in over SSH"),
    example("logout", "mcpgen logout atlassian", "remove and revoke a sign-in"),
    example("status", "mcpgen status", "show when each sign-in expires"),
    example("status", "mcpgen status --probe", "also check whether the servers accept them"),
    example("secret", "mcpgen secret set github", "store a secret in the keyring"),
    example("secret set", "mcpgen secret set github", "type a secret, which is not shown"),
    example("secret get", "mcpgen secret get github | wl-copy", "copy a secret"),
    example("secret rm", "mcpgen secret rm github", "remove a secret"),
    example("secret list", "mcpgen secret list", "list the names of the secrets"),
    example("list", "mcpgen list", "show each server and its sign-in"),
    example("list", "mcpgen list atlassian --verbose", "also show the file of each client"),
    example("verify", "mcpgen verify", "start each server once"),
    example("verify", "mcpgen verify github --client codex", "start a server as one client does"),
    example("doctor", "mcpgen doctor", "explain why clients do not share a sign-in"),
    example("clients", "mcpgen clients", "list all clients with their files"),
    example("exec", "mcpgen exec jira", "start a server with its secrets"),
    example(
        "bridge",
        "mcpgen bridge https://mcp.atlassian.com/v1/mcp",
        "connect to a server over stdio",
    ),
    example("refresh", "mcpgen refresh --install", "refresh sign-ins regularly"),
    example("token", "mcpgen token atlassian | wl-copy", "copy an access token"),
    example("headers", "mcpgen headers atlassian | jq", "print what the bridge would send"),
    example("schema", "mcpgen schema > mcp.schema.json", "write the schema for your editor"),
    example("completions", "mcpgen completions --install", "install completions for your shell"),
    example("completions", "mcpgen completions fish", "print the script of one shell"),
    example("man", "mcpgen man man1", "write the man pages to a directory"),
];

const SIGN_INS: &[&str] = &[
    "",
    "setup",
    "uninstall",
    "login",
    "logout",
    "status",
    "refresh",
    "token",
    "headers",
    "bridge",
    "exec",
    "list",
    "verify",
    "doctor",
];
const WRITERS: &[&str] =
    &["", "setup", "uninstall", "plan", "diff", "apply", "undo", "merge", "owners"];

/// The files.
pub const FILES: &[CommandFact] = &[
    fact(
        "$XDG_CONFIG_HOME/mcpgen/mcp.toml",
        "The declaration. The default of XDG_CONFIG_HOME is ~/.config.",
        &["*"],
    ),
    fact(
        "$XDG_CONFIG_HOME/mcpgen/templates/",
        "Your own clients: clients.toml and templates.",
        &["", "clients", "render", "plan", "diff", "apply", "merge"],
    ),
    fact(
        "$XDG_STATE_HOME/mcpgen/",
        "The ledger of the entries that mcpgen wrote, and the file versions for `undo`. The default of XDG_STATE_HOME is ~/.local/state.",
        WRITERS,
    ),
    fact(
        "$XDG_DATA_HOME/mcpgen/secrets.env",
        "The secrets that `--secrets file` moved there. The default of XDG_DATA_HOME is ~/.local/share.",
        &["", "setup", "uninstall", "init", "import", "add"],
    ),
    fact("~/.mcp-auth/", "The cache of sign-ins, which mcpgen shares with mcp-remote.", SIGN_INS),
];

/// The environment variables.
pub const ENVIRONMENT: &[CommandFact] = &[
    fact(
        "MCPGEN_FILE",
        "The path of the declaration, if `--file` does not name another one.",
        &["*"],
    ),
    fact(
        "XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_DATA_HOME",
        "The directories of mcpgen's files, and of the clients that respect these variables.",
        &["*"],
    ),
    fact(
        "NO_COLOR, TERM",
        "If NO_COLOR is set, or if TERM is `dumb`, the output has no colours.",
        &["*"],
    ),
    fact("MCP_REMOTE_CONFIG_DIR", "The base directory of the cache of sign-ins.", SIGN_INS),
    fact("BROWSER", "The program that opens the sign-in page.", &["", "login", "bridge"]),
    fact("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "The proxy.", SIGN_INS),
    fact(
        "SSL_CERT_FILE, NODE_EXTRA_CA_CERTS",
        "Files with certificates of certificate authorities.",
        SIGN_INS,
    ),
    fact("VISUAL, EDITOR", "The editor.", &["", "edit"]),
    fact("SHELL", "The shell, if the command line names none.", &["completions"]),
];

/// The exit codes.
pub const EXIT_CODES: &[CommandFact] = &[
    fact("0", "The command succeeded.", &["*"]),
    fact("1", "The command failed.", &["*"]),
    fact("2", "The command line has an error.", &["*"]),
    fact("3", "There are changes, and `--exit-code` was passed.", &["", "plan", "diff"]),
    fact(
        "4",
        "A client already has an entry that mcpgen did not write.",
        &["", "plan", "diff", "apply", "merge"],
    ),
];

/// The related commands of each command.
pub const RELATED: &[(&str, &[&str])] = &[
    ("setup", &["init", "apply", "login", "verify", "uninstall"]),
    ("uninstall", &["apply", "logout", "setup"]),
    ("init", &["setup", "import", "add", "apply"]),
    ("add", &["remove", "edit", "secret"]),
    ("remove", &["add", "apply"]),
    ("edit", &["check", "apply"]),
    ("import", &["init", "add"]),
    ("check", &["plan", "secret"]),
    ("render", &["plan", "merge"]),
    ("plan", &["diff", "apply", "undo"]),
    ("diff", &["plan", "apply"]),
    ("apply", &["plan", "undo", "owners"]),
    ("undo", &["apply"]),
    ("owners", &["apply"]),
    ("merge", &["render", "apply"]),
    ("login", &["logout", "status", "doctor"]),
    ("logout", &["login", "status"]),
    ("status", &["login", "refresh", "list"]),
    ("secret", &["exec", "check"]),
    ("list", &["status", "verify", "doctor"]),
    ("verify", &["list", "doctor"]),
    ("doctor", &["list", "status", "login"]),
    ("clients", &["plan", "list"]),
    ("exec", &["secret", "verify"]),
    ("bridge", &["login", "exec"]),
    ("refresh", &["status", "login"]),
    ("token", &["login", "refresh"]),
    ("headers", &["token", "exec", "refresh"]),
    ("schema", &["check", "edit"]),
    ("completions", &["man"]),
    ("man", &["completions"]),
];
