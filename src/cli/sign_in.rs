//! The flags of `refresh`, `token` and `logout`.

use clap::Args;

/// The flags of `refresh`.
#[derive(Debug, Args)]
pub struct Refresh {
    /// The servers whose sign-ins to refresh [default: all OAuth servers that have a sign-in]
    #[arg(value_name = "SERVER")]
    pub servers: Vec<String>,
    /// Refresh even sign-ins that do not expire soon, because the server refuses their access tokens
    #[arg(long)]
    pub force: bool,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long)]
    pub allow_private: bool,
    /// Install a timer that refreshes all sign-ins regularly (systemd, launchd or Task Scheduler)
    #[arg(long, group = "timer", conflicts_with = "servers")]
    pub install: bool,
    /// How often the timer runs, in minutes or hours, for example 30min or 1h
    #[arg(long, value_name = "DURATION", default_value = "15min", requires = "install")]
    #[arg(value_parser = minutes)]
    pub every: u32,
    /// Stop and remove the timer that `--install` has installed
    #[arg(long, group = "timer", conflicts_with = "servers")]
    pub uninstall: bool,
    /// Install or remove the timer without asking
    #[arg(long, requires = "timer")]
    pub yes: bool,
}

impl Refresh {
    /// Removes the timer without asking.
    pub fn to_uninstall() -> Self {
        Self {
            servers: vec![],
            force: false,
            allow_private: false,
            install: false,
            every: 0,
            uninstall: true,
            yes: true,
        }
    }
}

const MINUTES_OF_A_DAY: u32 = 24 * 60;

fn minutes(text: &str) -> Result<u32, String> {
    let (number, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit.trim() {
        "m" | "min" => 1,
        "h" => 60,
        _ => return Err("expected minutes or hours, for example 30min or 1h".to_owned()),
    };
    let minutes = number.parse::<u32>().ok().and_then(|number| number.checked_mul(factor));
    let minutes = minutes.filter(|minutes| (1..=MINUTES_OF_A_DAY).contains(minutes));
    minutes.ok_or_else(|| "expected at least 1min and at most 24h".to_owned())
}

/// The flags of `token`.
#[derive(Debug, Args)]
pub struct TokenFlags {
    /// The server whose access token to print
    #[arg(value_name = "SERVER")]
    pub server: String,
    /// Refresh the sign-in first, because the server refuses the cached access token
    #[arg(long)]
    pub force: bool,
    /// Print the token even if stdout is a terminal
    #[arg(long)]
    pub reveal: bool,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long)]
    pub allow_private: bool,
}

/// The flags of `headers`.
#[derive(Debug, Args)]
pub struct HeadersFlags {
    /// The server whose headers to print
    #[arg(value_name = "SERVER")]
    pub server: String,
    /// Print only the value of this header
    #[arg(long, value_name = "NAME")]
    pub header: Option<String>,
    /// Print the headers even if stdout is a terminal
    #[arg(long)]
    pub reveal: bool,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long)]
    pub allow_private: bool,
    /// Only refresh the sign-in, for the process that prints the headers
    #[arg(long, hide = true, value_name = "REASON")]
    pub renew: Option<Renewal>,
}

/// Why `headers` refreshes a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Renewal {
    /// The access token expires soon.
    Due,
    /// The client asks again for the token that it already has.
    Refused,
}

/// The flags of `logout`.
#[derive(Debug, Args)]
pub struct Logout {
    /// The servers to sign out of
    #[arg(value_name = "SERVER", required_unless_present = "all", conflicts_with = "all")]
    pub servers: Vec<String>,
    /// Sign out of all servers in the cache, declared or not, for every version of the bridge
    #[arg(long)]
    pub all: bool,
    /// Also remove the registration of the OAuth client
    #[arg(long)]
    pub forget: bool,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long)]
    pub allow_private: bool,
}
