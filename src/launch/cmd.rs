//! On Windows, the programs of npm are `.cmd` files, which some clients cannot start: `cmd /c npx` in place of `npx`.

use super::Command;
use crate::client::Client;
use crate::paths::Os;

const CMD_PROGRAMS: [&str; 5] = ["npx", "npm", "pnpm", "yarn", "bunx"];

impl Command {
    pub(super) fn by_cmd(mut self) -> Self {
        if CMD_PROGRAMS.contains(&self.program.as_str()) {
            let program = std::mem::replace(&mut self.program, "cmd".into());
            self.args.splice(0..0, ["/c".to_owned(), program]);
        }
        self
    }

    /// Returns the command as it is declared: without the `cmd /c` that the launch of this client gets again.
    pub fn without_cmd(&self, client: &Client, os: Os) -> Self {
        match self.args.split_first_chunk() {
            Some(([option, program], rest))
                if client.needs_cmd(os)
                    && self.program == "cmd"
                    && option.eq_ignore_ascii_case("/c")
                    && CMD_PROGRAMS.contains(&program.as_str()) =>
            {
                Self { program: program.clone(), args: rest.to_vec(), ..self.clone() }
            }
            _ => self.clone(),
        }
    }
}
