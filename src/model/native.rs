//! The native bridge: mcpgen itself in place of mcp-remote.

/// How a declaration names the native bridge.
pub const NATIVE: [&str; 2] = ["mcpgen", "bridge"];

/// Returns whether a bridge is mcpgen itself, whatever its path.
pub fn is_native<S: AsRef<str>>(bridge: &[S]) -> bool {
    matches!(bridge, [program, command, ..]
        if is_mcpgen(program.as_ref()) && command.as_ref() == NATIVE[1])
}

/// Returns whether the file name of a program is that of mcpgen.
pub fn is_mcpgen(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name) == NATIVE[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcpgen_is_the_bridge_if_its_second_word_is_bridge() {
        for (bridge, native) in [
            (&["mcpgen", "bridge"][..], true),
            (&["~/.cargo/bin/mcpgen", "bridge"], true),
            (&["C:\\Tools\\mcpgen.exe", "bridge"], true),
            (&["mcpgen"], false),
            (&["mcpgen", "exec"], false),
            (&["mcpgen-beta", "bridge"], false),
            (&["npx", "-y", "mcp-remote@0.15.1"], false),
            (&["bridge", "mcpgen"], false),
            (&[], false),
        ] {
            let bridge: Vec<String> = bridge.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(is_native(&bridge), native, "{bridge:?}");
        }
    }
}
