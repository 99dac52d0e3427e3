//! `setup` that is interrupted at any question: nothing is half-done, and the next run continues.

use super::{DECLARATION, with_program};
use crate::case::Case;
use crate::oauth::Server;
use crate::terminal::Terminal;

const QUESTIONS: [&str; 6] = [
    "share one sign-in",
    "your choice",
    "write this to",
    "make these changes?",
    "sign in now",
    "start every server once",
];

fn case(server: &Server) -> Case {
    let case = Case::new().var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none");
    let env = "\"env\": { \"API_TOKEN\": \"@CANARY@\" }";
    let url = server.url();
    case.put(
        ".cursor/mcp.json",
        format!(
            "{{ \"mcpServers\": {{ \"one\": {{ \"url\": \"{url}\" }}, \
             \"two\": {{ \"command\": \"sh\", {env} }} }} }}"
        ),
    );
    with_program(&case, "files");
    case
}

#[test]
fn a_run_that_is_killed_at_a_question_is_continued_by_the_next_run() {
    for killed_at in QUESTIONS {
        let server = Server::honest();
        let case = case(&server);
        let before = case.read(".cursor/mcp.json");
        let mut person = Terminal::start(&case, &["setup"]);
        for question in QUESTIONS {
            if question == killed_at {
                break;
            }
            person.answer(question, "");
            if question == "sign in now" {
                person.sign_in();
            }
        }
        person.expect(killed_at);
        person.kill();
        if QUESTIONS[..4].contains(&killed_at) {
            assert_eq!(case.read(".cursor/mcp.json"), before, "{killed_at}");
        }
        assert_eq!(case.exists(DECLARATION), !QUESTIONS[..3].contains(&killed_at), "{killed_at}");

        let mut person = Terminal::start(&case, &["setup"]);
        let left: Vec<&str> = match killed_at {
            "start every server once" => vec![],
            "make these changes?" => QUESTIONS[3..].to_vec(),
            "sign in now" => QUESTIONS[4..].to_vec(),
            _ => QUESTIONS.to_vec(),
        };
        for question in left {
            let answer = if question == "start every server once" { "n" } else { "" };
            person.answer(question, answer);
            if question == "sign in now" {
                person.sign_in();
            }
        }
        let (code, text) = person.end();
        assert_eq!(code, 0, "{killed_at}\n{text}");
        case.ok(&["check", "--secrets"]);
        assert_eq!(case.ok(&["plan", "--exit-code"]).code, 0, "{killed_at}");
        case.ok(&["status"]);
    }
}
