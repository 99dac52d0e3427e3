//! What is planted where, and the commands that meet it.

use proptest::prelude::*;

pub const CACHE: &str = ".mcp-auth/mcp-remote-v1";
pub const STATE: &str = ".local/state/mcpgen";

/// Says where a command may write.
#[derive(Debug, Clone, Copy)]
pub enum Reach {
    Nowhere,
    /// Our state.
    State,
    /// The bridges' cache.
    Cache,
    /// One file, if nothing is there.
    New(&'static str),
    /// A directory, if nothing but its own output is in it.
    Output(&'static str),
    /// What `plan` with the same arguments shows, below a project if there is one, and our state.
    Plan(Option<&'static str>),
    /// What the apply before wrote, and our state.
    Undo,
}

impl Reach {
    // What fails has then not begun.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Output(_))
    }
}

/// What belongs together: where something may be planted, and the commands that look there.
#[derive(Debug)]
struct Theme {
    places: &'static [&'static str],
    commands: &'static [(&'static str, Reach)],
}

static THEMES: [Theme; 5] = [
    // Clients' own files.
    Theme {
        places: &[
            ".claude.json",
            ".claude/.config.json",
            ".codex",
            ".codex/config.toml",
            ".cursor",
            ".cursor/mcp.json",
            ".gemini/settings.json",
            ".config/goose",
            ".config/goose/config.yaml",
            ".config/opencode/opencode.json",
            ".config/Code/User/mcp.json",
            ".config/mcpgen/templates/clients.toml",
            ".config/mcpgen/templates/codex.toml.j2",
        ],
        commands: &[
            ("check", Reach::Nowhere),
            ("check --secrets", Reach::Nowhere),
            ("render", Reach::Nowhere),
            ("plan --diff", Reach::Nowhere),
            ("plan --none --json", Reach::Nowhere),
            ("apply", Reach::Plan(None)),
            ("apply --adopt-all --keep-going", Reach::Plan(None)),
            ("apply --none", Reach::Plan(None)),
            ("apply --dry-run", Reach::Nowhere),
            ("undo", Reach::Undo),
            ("merge cursor", Reach::State),
            ("import", Reach::Nowhere),
            ("doctor", Reach::Nowhere),
            ("list --verbose", Reach::Nowhere),
            ("clients", Reach::Nowhere),
            ("schema", Reach::Nowhere),
            ("completions bash", Reach::Nowhere),
            ("secret list", Reach::Nowhere),
            ("exec nothing", Reach::Nowhere),
        ],
    },
    // Our own state.
    Theme {
        places: &[
            ".local/state",
            STATE,
            ".local/state/mcpgen/lock",
            ".local/state/mcpgen/ledger.json",
            ".local/state/mcpgen/notes.txt",
            ".local/state/mcpgen/undo",
            ".local/state/mcpgen/undo/generation.json",
            ".local/state/mcpgen/undo/1-0",
            ".local/state/mcpgen/undo/1-1",
            ".local/state/mcpgen/undo/notes.txt",
        ],
        commands: &[
            ("plan", Reach::Nowhere),
            ("apply", Reach::Plan(None)),
            ("apply --none", Reach::Plan(None)),
            ("apply --project work", Reach::Plan(Some("work"))),
            ("undo", Reach::Undo),
            ("doctor", Reach::Nowhere),
        ],
    },
    // The bridges' cache.
    Theme {
        places: &[
            ".mcp-auth",
            ".mcp-auth/notes.txt",
            CACHE,
            ".mcp-auth/mcp-remote-v1/@KEY@_tokens.json",
            ".mcp-auth/mcp-remote-v1/@KEY@_client_info.json",
            ".mcp-auth/mcp-remote-v1/@KEY@_refresh_in_progress.json",
            ".mcp-auth/mcp-remote-v1/@KEY@_lock.json",
        ],
        commands: &[
            ("status", Reach::Nowhere),
            ("status --probe", Reach::Nowhere),
            ("doctor", Reach::Nowhere),
            ("refresh", Reach::Cache),
            ("token two", Reach::Cache),
            ("login --no-browser two", Reach::Cache),
            ("login --migrate", Reach::Cache),
            ("logout two", Reach::Cache),
            ("logout --all --forget", Reach::Cache),
            ("bridge http://127.0.0.1:9/mcp", Reach::Cache),
        ],
    },
    // Output directories, and a declaration that is not there yet.
    Theme {
        places: &[
            "result",
            "result/.claude.json",
            "result/.codex",
            "result/.cursor",
            "result/.cursor/mcp.json",
            "result/.cursor/notes.txt",
            "result/.mcpgen-manifest.json",
            "result/.mcpgen-aB3dE6.tmp",
            "pages",
            "pages/mcpgen.1",
            "pages/.mcpgen-manifest.json",
            "new",
            "new/mcp.toml",
            "work",
        ],
        commands: &[
            ("render --out result", Reach::Output("result")),
            ("render cursor codex --out result", Reach::Output("result")),
            ("render --project work --out result", Reach::Output("result")),
            ("render --out work", Reach::Output("work")),
            ("render --out .", Reach::Output(".")),
            ("man pages", Reach::Output("pages")),
            ("man result", Reach::Output("result")),
            ("init", Reach::New(".config/mcpgen/mcp.toml")),
            ("init -f new/mcp.toml", Reach::New("new/mcp.toml")),
            ("init --import -f new/mcp.toml", Reach::New("new/mcp.toml")),
        ],
    },
    // A project that somebody else wrote.
    Theme {
        places: &[
            "work",
            "work/.mcp.json",
            "work/.codex",
            "work/.codex/config.toml",
            "work/.cursor",
            "work/.cursor/mcp.json",
            "work/.gemini/settings.json",
            "work/opencode.json",
            "work/include/node/node_version.h",
            "work/node_modules/mcp-remote/package.json",
        ],
        commands: &[
            ("render --project work", Reach::Nowhere),
            ("plan --project work", Reach::Nowhere),
            ("apply --project work", Reach::Plan(Some("work"))),
            ("apply --project work --adopt-all --keep-going", Reach::Plan(Some("work"))),
            ("apply --project work --none", Reach::Plan(Some("work"))),
            ("undo", Reach::Undo),
            ("doctor --project work", Reach::Nowhere),
        ],
    },
];

impl Theme {
    fn places(&self) -> Vec<&'static str> {
        self.places.to_vec()
    }

    fn commands(&self) -> Vec<(&'static str, Reach)> {
        self.commands.to_vec()
    }
}

fn places() -> Vec<&'static str> {
    THEMES.iter().flat_map(Theme::places).collect()
}

fn commands() -> Vec<(&'static str, Reach)> {
    THEMES.iter().flat_map(Theme::commands).collect()
}

#[derive(Debug, Clone)]
pub enum What {
    File(&'static str, u32),
    Directory(bool),
    Link(End),
    HardLink(End),
    Pipe,
    Socket,
}

#[derive(Debug, Clone)]
pub enum End {
    // Of the directory outside of the home directory.
    Outside(&'static str),
    Place(&'static str),
    Home,
    Itself,
    Zero,
}

const TEXTS: &[&str] = &[
    "",
    "mine\n",
    "{}\n",
    "{ \"mcpServers\": { \"mine\": { \"command\": \"mine\" } } }\n",
    "{ \"mcpServers\": { \"one\": { \"command\": \"mine\" } }, \"oauthAccount\": {} }\n",
    "[mcp_servers.mine]\ncommand = \"mine\"\n",
    "extensions:\n  mine:\n    cmd: mine\n",
    "{ \"access_token\": \"a\", \"refresh_token\": \"r\", \"token_type\": \"Bearer\", \"expires_at\": 1 }\n",
    "{ \"version\": 1, \"kind\": \"render\", \"files\": { \"../outside/bashrc\": \"0\" } }\n",
    "{ \"version\": 2, \"kind\": \"man\", \"files\": { \"notes.txt\": \"0\" } }\n",
    // A generation that was not written by us: it names a file of somebody else's, with its digest.
    "{ \"number\": 1, \"ledger\": { \"version\": 1, \"owners\": {} }, \"targets\": [ {\n\
     \"path\": \"@OUTSIDE@/bashrc\", \"client\": \"cursor\", \"backup\": \"../../../../.cursor/mcp.json\",\n\
     \"written\": \"@DIGEST@\", \"entries\": {} } ] }\n",
    "[acme]\ntitle = \"Acme\"\npath = \"~/../x\"\nsection = \"mcpServers\"\n\
     template = \"mcp-servers.jsonc.j2\"\naccepts = [\"stdio\"]\n",
    "{ \"version\": \"0.15.1\" }\n",
];

const OUTSIDE: &[&str] =
    &["bashrc", "directory", "directory/mcp.json", "nothing", "directory/nothing"];

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        4 => prop::sample::select(OUTSIDE).prop_map(End::Outside),
        3 => prop::sample::select(places()).prop_map(End::Place),
        1 => Just(End::Home),
        1 => Just(End::Itself),
        1 => Just(End::Zero),
    ]
}

fn what() -> impl Strategy<Value = What> {
    let modes = prop::sample::select(&[0o644, 0o600, 0o444][..]);
    prop_oneof![
        5 => (prop::sample::select(TEXTS), modes).prop_map(|(text, mode)| What::File(text, mode)),
        2 => prop::bool::ANY.prop_map(What::Directory),
        6 => end().prop_map(What::Link),
        2 => end().prop_map(What::HardLink),
        1 => Just(What::Pipe),
        1 => Just(What::Socket),
    ]
}

pub type Plants = Vec<(&'static str, What)>;
pub type Commands = Vec<(&'static str, Reach)>;

/// Plants and commands, most of them of one theme.
pub fn story() -> impl Strategy<Value = (Plants, Commands)> {
    let themes = THEMES.iter().filter(|theme| !theme.places().is_empty()).collect::<Vec<_>>();
    prop::sample::select(themes).prop_flat_map(|theme| {
        let place = prop_oneof![
            3 => prop::sample::select(theme.places()),
            1 => prop::sample::select(places()),
        ];
        let command = prop_oneof![
            3 => prop::sample::select(theme.commands()),
            1 => prop::sample::select(commands()),
        ];
        (prop::collection::vec((place, what()), 0..6), prop::collection::vec(command, 1..7))
    })
}
