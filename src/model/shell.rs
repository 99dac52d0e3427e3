//! Recognizes shells, which expand variables themselves.

/// The names of shells.
pub const SHELLS: [&str; 9] =
    ["sh", "bash", "zsh", "dash", "ksh", "fish", "ash", "powershell", "pwsh"];

/// Returns whether the file name of a program is that of a shell.
pub fn is_shell(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
    SHELLS.contains(&name.strip_suffix(".exe").unwrap_or(&name))
}
