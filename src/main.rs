//! The program: reads the command line and the environment, runs a command, and exits with its code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use mcpgen::{Cli, Environment, Exit, Terminal, protect, refuse, run};

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mcpgen::BySize<mimalloc::MiMalloc> = mcpgen::BySize(mimalloc::MiMalloc);

fn main() -> ExitCode {
    protect();
    let columns = terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| columns);
    let cli = Cli::read(columns);
    let exit = match Environment::from_process() {
        Ok(env) => {
            let quiet = env.var("NO_COLOR").is_some_and(|value| !value.is_empty())
                || env.var("TERM") == Some("dumb");
            let colour = |terminal: bool| terminal && !quiet;
            let terminal = Terminal {
                out: colour(std::io::stdout().is_terminal()),
                err: colour(std::io::stderr().is_terminal()),
                person: std::io::stderr().is_terminal(),
                seen: std::io::stdout().is_terminal(),
                columns,
            };
            run(cli, &env, &terminal)
        }
        Err(error) => refuse(&error),
    };
    ExitCode::from(match exit {
        Exit::Done => 0,
        Exit::Error => 1,
        Exit::Usage => 2,
        Exit::Changes => 3,
        Exit::Conflict => 4,
    })
}
