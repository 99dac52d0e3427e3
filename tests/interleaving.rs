//! A client that writes its file without any lock, at every step of an apply or an undo: at each step
//! mcpgen waits, the client reads or writes, and mcpgen goes on.

use serde_json::{Map, Value, json};

use crate::case::{Case, Run};
use crate::machine::{CLAUDE, DECLARATION, Tree, each, stepwise};

/// A client as it writes its file: read whole, one key more, whole again under another name, renamed.
pub struct Client<'a> {
    case: &'a Case,
    pub read: Map<String, Value>,
}

impl<'a> Client<'a> {
    pub fn read(case: &'a Case) -> Self {
        let text = std::fs::read_to_string(case.path(CLAUDE)).unwrap_or_else(|_| "{}".into());
        Self { case, read: serde_json::from_str(&text).unwrap() }
    }

    pub fn write(mut self, key: &str) {
        self.read.insert(key.into(), json!(true));
        let text = serde_json::to_string_pretty(&self.read).unwrap();
        self.case.put(".claude.json.tmp.1", text);
        std::fs::rename(self.case.path(".claude.json.tmp.1"), self.case.path(CLAUDE)).unwrap();
    }

    pub fn has(&self, key: &str) -> bool {
        self.read.contains_key(key)
    }

    pub fn servers(&self) -> Value {
        self.read.get("mcpServers").cloned().unwrap_or_default()
    }
}

/// What an apply has to do to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    Change,
    Create,
    Delete,
}

const JOBS: [Job; 3] = [Job::Change, Job::Create, Job::Delete];

const BEFORE: &str = "clients = [\"claude-code\"]\n[servers.one]\ncommand = \"before\"\n";
const AFTER: &str = "clients = [\"claude-code\"]\n[servers.one]\ncommand = \"after\"\n";

impl Job {
    pub fn prepare(self) -> Case {
        let case = Case::new().declare(BEFORE);
        if self == Self::Change {
            case.put(CLAUDE, "{\n  \"mine\": true\n}\n");
        }
        if self != Self::Create {
            case.ok(&["apply"]);
        }
        case.put(DECLARATION, AFTER);
        case
    }

    fn args(self) -> &'static [&'static str] {
        if self == Self::Delete { &["apply", "--none"] } else { &["apply"] }
    }

    /// Whether the file holds what the apply should leave there.
    pub fn is_done(self, case: &Case) -> bool {
        let client = Client::read(case);
        let entry = client.servers()["one"]["command"].clone();
        (self != Self::Change || client.has("mine"))
            && entry == if self == Self::Delete { Value::Null } else { json!("after") }
    }

    fn steps(self) -> usize {
        let case = self.prepare();
        let mut steps = 0;
        let run = stepwise(&case, self.args(), |step, _| steps = step);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(self.is_done(&case));
        steps
    }
}

// An apply that nobody disturbs has three moments, one disturbed once seven, one disturbed twice eleven;
// and there is the step after the run.
const CALM: usize = 4;
const DISTURBED: usize = 8;
const MOMENTS: usize = 12;

/// Runs mcpgen and calls `at` at every moment between two looks that it takes at the file or two changes
/// of it, from before it starts until after it has ended.
fn momentwise(case: &Case, args: &[&str], mut at: impl FnMut(usize, &str)) -> Run {
    at(0, "before the start");
    let mut moments = 0;
    let run = stepwise(case, args, |_, name| {
        if name.contains("target") {
            moments += 1;
            at(moments, name);
        }
    });
    assert!(moments < MOMENTS, "{moments}");
    (moments + 1..=MOMENTS).for_each(|moment| at(moment, "after the end"));
    run
}

#[test]
fn a_client_that_writes_at_any_step_of_an_apply_loses_nothing_and_gets_our_entries() {
    for job in JOBS {
        let tree = Tree::of(&job.prepare());
        each(job.steps(), |step| {
            let case = tree.unpack();
            let run = stepwise(&case, job.args(), |at, _| {
                if at == step {
                    Client::read(&case).write("key");
                }
            });
            let when = format!("{job:?}, step {step}: {}", run.err);
            assert_eq!(run.code, 0, "{when}");
            assert!(Client::read(&case).has("key"), "{when}");
            assert!(job.is_done(&case), "{when}");
            let again = case.ok(job.args());
            assert_eq!((again.out.as_str(), again.err.as_str()), ("", ""), "{when}");
        });
    }
}

#[test]
fn a_client_that_reads_and_writes_at_any_two_steps_loses_nothing_and_one_more_apply_finishes() {
    for job in JOBS {
        let tree = Tree::of(&job.prepare());
        let pairs: Vec<(usize, usize)> = (0..CALM)
            .flat_map(|first| (first + 1..=CALM).map(move |second| (first, second)))
            .collect();
        each(pairs.len(), |pair| {
            let (first, second) = pairs[pair - 1];
            let case = tree.unpack();
            let (mut client, mut seen, mut published) = (None, false, false);
            let run = momentwise(&case, job.args(), |moment, name| {
                let done = ["exchanged", "put", "taken away"].iter().any(|end| name.ends_with(end));
                published |= name.starts_with("after a") && done || name == "after the end";
                if moment == first {
                    (client, seen) = (Some(Client::read(&case)), published);
                }
                if moment == second {
                    client.take().unwrap().write("key");
                    // What it writes before we do is seen by us, what it read after we did is seen by it.
                    seen |= !published;
                }
            });
            let when = format!("{job:?}, moments {first} and {second}: {}", run.err);
            assert_eq!(run.code, 0, "{when}");
            assert!(Client::read(&case).has("key"), "{when}");
            assert_eq!(job.is_done(&case), seen, "{when}");
            case.ok(job.args());
            assert!(Client::read(&case).has("key"), "{when}");
            // A client that writes back what it had read makes a removed entry its own.
            assert_eq!(job.is_done(&case), seen || job != Job::Delete, "{when}");
        });
    }
}

#[test]
fn a_client_finds_its_writes_at_every_step_except_between_an_exchange_and_its_reversal() {
    let tree = Tree::of(&Job::Change.prepare());
    let mut triples = vec![];
    for first in 0..=CALM {
        for second in first..=DISTURBED {
            triples.extend((second..=MOMENTS).map(|third| (first, second, third)));
        }
    }
    let blind = each(triples.len(), |triple| {
        let (first, second, third) = triples[triple - 1];
        let case = tree.unpack();
        let (mut client, mut blind) = (None, false);
        let run = momentwise(&case, &["apply"], |moment, name| {
            let when = format!("moments {first}, {second} and {third}: {name}");
            if moment == first {
                Client::read(&case).write("one");
            }
            if moment == second {
                let read = Client::read(&case);
                blind = !read.has("one");
                assert!(
                    !blind || (name == "after a target is exchanged" && second == first + 1),
                    "{when}"
                );
                client = Some(read).filter(|_| !blind);
            }
            if moment == third
                && let Some(client) = client.take()
            {
                client.write("two");
            }
        });
        let when = format!("moments {first}, {second} and {third}: {}", run.err);
        let end = Client::read(&case);
        assert_eq!(run.code, 0, "{when}");
        assert!(end.has("one") && (blind || end.has("two")), "{when}");
        if !Job::Change.is_done(&case) {
            case.ok(&["apply"]);
        }
        assert!(Job::Change.is_done(&case), "{when}");
        blind
    });
    assert!(blind.contains(&true), "the one moment that no file system can close is still there");
}

#[test]
fn an_entry_that_appears_while_mcpgen_writes_is_kept_and_reported() {
    let prepare = || {
        let case = Case::new().declare(AFTER);
        case.put(CLAUDE, "{}");
        case
    };
    let theirs = json!({"one": {"command": "theirs"}});
    let refused = each(CALM, |first| {
        let case = prepare();
        let run = momentwise(&case, &["apply"], |moment, name| {
            if moment == first {
                let mut client = Client::read(&case);
                client.read.insert("mcpServers".into(), theirs.clone());
                client.write("one");
            }
            // While the exchange is taken back it writes once more, without having seen it.
            if name == "after a target is put back" {
                let mut client = Client::read(&case);
                client.read.insert("mcpServers".into(), theirs.clone());
                client.write("two");
            }
        });
        let when = format!("moment {first}: {}", run.err);
        let end = Client::read(&case);
        assert_eq!(end.servers(), theirs, "{when}");
        assert!(end.has("one"), "{when}");
        // What it writes over ours afterwards is an edit like any other.
        assert_eq!(run.code, if first < CALM - 1 { 4 } else { 0 }, "{when}");
        if run.code == 4 {
            let says = "error: `one` changed while mcpgen was writing, and mcpgen did not write it";
            assert!(run.err.contains(says), "{when}");
            case.run(&["undo"]);
            assert_eq!(Client::read(&case).servers(), theirs, "{when}: undo leaves it too");
            assert_eq!(case.run(&["apply"]).code, 4, "{when}: it is not ours");
        }
        run.code
    });
    assert!(refused.contains(&4));
}

#[test]
fn a_client_that_writes_at_any_step_of_an_undo_loses_nothing_but_our_entries() {
    for job in JOBS {
        let case = job.prepare();
        case.ok(job.args());
        let tree = Tree::of(&case);
        let mut steps = 0;
        stepwise(&case, &["undo"], |step, _| steps = step);
        each(steps, |step| {
            let case = tree.unpack();
            let run = stepwise(&case, &["undo"], |at, _| {
                if at == step {
                    Client::read(&case).write("key");
                }
            });
            let when = format!("{job:?}, step {step}: {}", run.err);
            let end = Client::read(&case);
            let entry = end.servers()["one"]["command"].clone();
            assert_eq!(run.code, 0, "{when}");
            assert!(end.has("key"), "{when}");
            assert_eq!(
                entry,
                if job == Job::Create { Value::Null } else { json!("before") },
                "{when}"
            );
            assert!(job != Job::Change || end.has("mine"), "{when}");
        });
    }
}
