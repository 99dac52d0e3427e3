//! The files of each system's timer, compared with golden files and read back.

use mcpgen::testing::paths::{Environment, Os};
use mcpgen::testing::timer::{RefreshTimer, TimerManager};

use crate::case::golden;

const SYSTEMS: [(Os, &str); 3] =
    [(Os::Linux, "systemd"), (Os::Macos, "launchd"), (Os::Windows, "task-scheduler")];
const USER: u32 = 501;

fn manager(os: Os) -> TimerManager {
    TimerManager::new(&Environment::bare(os, "/home/ada".into()), USER)
}

fn timer(argv: &[&str], variables: &[(&str, &str)]) -> RefreshTimer {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    RefreshTimer {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        variables: variables.iter().map(owned).collect(),
        minutes: 15,
    }
}

#[test]
fn each_system_has_the_files_and_commands_of_its_golden_file() {
    for (os, name) in SYSTEMS {
        let manager = manager(os);
        let variables: &[_] = match os {
            Os::Windows => &[],
            Os::Linux | Os::Macos => &[("MCP_REMOTE_CONFIG_DIR", "/srv/100% & <more>")],
        };
        let argv = ["/opt/a & b/mcpgen", "refresh", "-f", "/home/ada/my $HOME/<mcp>.toml"];
        let files = manager.files(&timer(&argv, variables)).unwrap();
        let text = files.iter().map(|file| format!("--- {}\n{}", file.path, file.text));
        let commands =
            [&[manager.query.clone(), manager.stop.clone()], &manager.start[..]].concat();
        let commands = commands.iter().map(|command| format!("--- {}\n", command.typed()));
        golden(&format!("timer/{name}.txt"), &text.chain(commands).collect::<String>());
    }
}

#[test]
fn every_command_line_is_read_back_as_it_was_written() {
    let hostile =
        ["/a b", "/100%", "/%h", "/$HOME/${x}", "/a'b", "/a\"b", "/a\\b\\", "/é😀", "/&amp;<x>"];
    for (os, name) in SYSTEMS {
        for word in hostile {
            let timer = timer(&[word, "refresh", "-f", word, "--templates", word], &[]);
            match manager(os).files(&timer) {
                Ok(files) => {
                    assert_eq!(
                        manager(os).argv(&files[0].text),
                        Some(timer.argv),
                        "{name}: {word}"
                    );
                }
                Err(error) => {
                    assert!(os == Os::Windows && word.contains(['%', '"']), "{word}: {error}");
                }
            }
        }
    }
}

#[test]
fn what_a_system_cannot_express_is_an_error() {
    for (os, name) in SYSTEMS {
        for word in ["/a\nb", "/a\u{1}b"] {
            assert!(manager(os).files(&timer(&["/m", "-f", word], &[])).is_err(), "{name}");
        }
    }
    let windows = manager(Os::Windows);
    assert!(windows.files(&timer(&["/m", "-f", "/$(Arg0)"], &[])).is_err());
    assert!(windows.files(&timer(&["/m"], &[("MCP_REMOTE_CONFIG_DIR", "/d")])).is_err());
}
