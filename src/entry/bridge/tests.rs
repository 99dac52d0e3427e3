use super::*;

fn find(argv: &[&str]) -> Option<BridgeStart> {
    let mut argv = argv.iter().map(|word| (*word).to_owned());
    let program = argv.next().unwrap_or_default();
    BridgeStart::find(&Command { program, args: argv.collect(), ..Command::default() })
}

const URL: &str = "https://mcp.example.com/mcp";

/// A command line, the starter of the bridge, the wrappers, and the words that start the bridge.
type BridgeCase<'a> = (&'a [&'a str], Starter, &'a [Wrapper], &'a str);

fn finds(rows: &[BridgeCase<'_>]) {
    for (argv, by, wrappers, words) in rows {
        let found = find(argv).unwrap_or_else(|| panic!("{argv:?}"));
        assert_eq!((found.by, found.wrappers.as_slice()), (*by, *wrappers), "{argv:?}");
        assert_eq!(
            (found.words.join(" ").as_str(), found.args.as_slice()),
            (*words, &[URL.to_owned()][..])
        );
    }
}

#[test]
fn a_bridge_is_found_in_every_form_of_an_npx_command() {
    finds(&[
        (&["npx", "-y", "mcp-remote", URL], Starter::Npx, &[], "npx -y mcp-remote"),
        (
            &["/opt/n/npx", "mcp-remote@0.1.38", URL],
            Starter::Npx,
            &[],
            "/opt/n/npx mcp-remote@0.1.38",
        ),
        (
            &["npx", "-y", "--package=mcp-remote@0.1.29", "mcp-remote", URL],
            Starter::Npx,
            &[],
            "npx -y --package=mcp-remote@0.1.29 mcp-remote",
        ),
        (
            &["npx", "-p", "mcp-remote@latest", "mcp-remote", URL],
            Starter::Npx,
            &[],
            "npx -p mcp-remote@latest mcp-remote",
        ),
        (
            &["npx", "--registry", "https://npm.example.com", "mcp-remote", URL],
            Starter::Npx,
            &[],
            "npx --registry https://npm.example.com mcp-remote",
        ),
    ]);
}

#[test]
fn a_bridge_is_found_with_every_program_that_starts_it() {
    finds(&[
        (
            &["env", "MCP_REMOTE_CONFIG_DIR=/d", "npx", "mcp-remote", URL],
            Starter::Npx,
            &[],
            "npx mcp-remote",
        ),
        (
            &["mise", "exec", "node@22", "--", "npx", "mcp-remote", URL],
            Starter::Npx,
            &[],
            "mise exec node@22 -- npx mcp-remote",
        ),
        (
            &["npm", "exec", "-y", "mcp-remote", "--", URL],
            Starter::NpmExec,
            &[],
            "npm exec -y mcp-remote",
        ),
        (&["bunx", "mcp-remote", URL], Starter::Bunx, &[], "bunx mcp-remote"),
        (&["bun", "x", "mcp-remote", URL], Starter::Bunx, &[], "bun x mcp-remote"),
        (&["pnpm", "dlx", "mcp-remote", URL], Starter::PnpmDlx, &[], "pnpm dlx mcp-remote"),
        (
            &["yarn", "dlx", "-q", "mcp-remote", URL],
            Starter::YarnDlx,
            &[],
            "yarn dlx -q mcp-remote",
        ),
        (&["mcp-remote", URL], Starter::Direct, &[], "mcp-remote"),
        (
            &["node", "/n/mcp-remote/dist/proxy.js", URL],
            Starter::Direct,
            &[],
            "node /n/mcp-remote/dist/proxy.js",
        ),
        (&["C:\\n\\mcp-remote.cmd", URL], Starter::Direct, &[], "C:\\n\\mcp-remote.cmd"),
        (&["mcpgen", "bridge", URL], Starter::Mcpgen, &[], "mcpgen bridge"),
        (
            &["/nix/store/x-mcpgen/bin/mcpgen", "bridge", URL],
            Starter::Mcpgen,
            &[],
            "/nix/store/x-mcpgen/bin/mcpgen bridge",
        ),
        (
            &["nice", "-n", "5", "mcpgen", "bridge", URL],
            Starter::Mcpgen,
            &[],
            "nice -n 5 mcpgen bridge",
        ),
    ]);
}

#[test]
fn a_bridge_is_found_inside_shells_and_containers() {
    let line = format!("npx -y mcp-remote {URL}");
    let nvm = format!(". ~/.nvm/nvm.sh && nvm use 20 && exec npx -y mcp-remote {URL} 2>/dev/null");
    let set = format!("MCP_REMOTE_CONFIG_DIR=/d npx mcp-remote {URL}");
    finds(&[
        (
            &["sh", "-c", &format!("cd /; exec mcpgen bridge {URL}; true")],
            Starter::Mcpgen,
            &[Wrapper::Shell],
            "mcpgen bridge",
        ),
        (
            &["docker", "run", "-i", "acme/mcpgen", "bridge", URL],
            Starter::Mcpgen,
            &[Wrapper::Container],
            "run -i acme/mcpgen bridge",
        ),
        (
            &[&format!("mcpgen.exe bridge {URL}")],
            Starter::Mcpgen,
            &[Wrapper::Unsplit],
            "mcpgen.exe bridge",
        ),
        (
            &["cmd", "/c", "npx", "-y", "mcp-remote", URL],
            Starter::Npx,
            &[Wrapper::Cmd],
            "npx -y mcp-remote",
        ),
        (&["cmd.exe", "/C", &line], Starter::Npx, &[Wrapper::Cmd], "npx -y mcp-remote"),
        (
            &["wsl", "-d", "Ubuntu", "--", "npx", "mcp-remote", URL],
            Starter::Npx,
            &[Wrapper::Wsl],
            "npx mcp-remote",
        ),
        (
            &["wsl.exe", "bash", "-lic", &line],
            Starter::Npx,
            &[Wrapper::Wsl, Wrapper::Shell],
            "npx -y mcp-remote",
        ),
        (&["sh", "-c", &nvm], Starter::Npx, &[Wrapper::Shell], "npx -y mcp-remote"),
        (&["bash", "-c", &set], Starter::Npx, &[Wrapper::Shell], "npx mcp-remote"),
        (
            &["docker", "run", "-i", "node:22", "npx", "-y", "mcp-remote", URL],
            Starter::Npx,
            &[Wrapper::Container],
            "run -i node:22 npx -y mcp-remote",
        ),
        (&[&line], Starter::Npx, &[Wrapper::Unsplit], "npx -y mcp-remote"),
        (&["npx", &line["npx ".len()..]], Starter::Npx, &[Wrapper::Unsplit], "npx -y mcp-remote"),
    ]);
}

#[test]
fn variables_that_a_line_sets_are_kept_and_expansions_are_detected() {
    let set =
        find(&["sh", "-c", "export MCP_REMOTE_CONFIG_DIR=/d; npx mcp-remote https://a.example"]);
    assert_eq!(set.unwrap().env["MCP_REMOTE_CONFIG_DIR"], "/d");
    for (line, expands) in [
        ("npx mcp-remote https://a.example --header \"A:$B\"", true),
        ("npx mcp-remote https://a.example --header 'A:${B}'", false),
        (". $NVM_DIR/nvm.sh && npx mcp-remote https://a.example", false),
    ] {
        assert_eq!(find(&["sh", "-c", line]).unwrap().expands, expands, "{line}");
    }
}

#[test]
fn a_command_that_only_mentions_the_bridge_does_not_start_it() {
    for argv in [
        &["npx", "-y", "@acme/mcp-remote", URL][..],
        &["npx", "-y", "other", "mcp-remote", URL],
        &["node", "server.js", "https://mcp.example.com/mcp-remote"],
        &["python", "-c", "print('mcp-remote')"],
        &["mcpgen", "exec", "bridge"],
        &["npx", "-y", "mcpgen-bridge", URL],
        &["sh", "-c", ""],
        &["sh"],
        &["cmd", "/c"],
        &["env"],
        &["wsl", "-d"],
        &[],
    ] {
        assert!(find(argv).is_none(), "{argv:?}");
    }
}
