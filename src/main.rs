//! The program: reads the command line and the environment, runs a command, and exits with its code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use mcpgen::cli::{Cli, Exit};
use mcpgen::commands;
use mcpgen::paths::Environment;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = match Environment::from_process() {
        Ok(env) => {
            let quiet = env.var("NO_COLOR").is_some() || env.var("TERM") == Some("dumb");
            let colour = |terminal: bool| terminal && !quiet;
            let terminal = commands::Terminal {
                out: colour(std::io::stdout().is_terminal()),
                err: colour(std::io::stderr().is_terminal()),
                person: std::io::stderr().is_terminal(),
                seen: std::io::stdout().is_terminal(),
            };
            commands::run(cli, &env, &terminal)
        }
        Err(error) => commands::refuse(&error),
    };
    ExitCode::from(match exit {
        Exit::Done => 0,
        Exit::Error => 1,
        Exit::Usage => 2,
        Exit::Changes => 3,
        Exit::Conflict => 4,
    })
}
