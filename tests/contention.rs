//! Others who write the same files at the same time, as fast as they can: Claude Code under its lock and
//! without it, and another mcpgen.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::case::Case;
use crate::interleaving::{Client, Job};
use crate::machine::{CLAUDE, CODEX, DECLARATION, LOCK, Stop, age_lock, stepwise};

const APPLIES: usize = 200;
const MOMENT: Duration = Duration::from_millis(1);
// Far more than anything here takes; what is not there by then is lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// Declares something else than in the round before. A server is removed only where Claude holds its
/// lock: without it, Claude may write a removed entry back as it had read it, and it is Claude's then.
fn declare(case: &Case, round: usize, locks: bool) -> Value {
    let (name, arg) = (["even", "odd"][round % 2 * usize::from(locks)], round.to_string());
    let server = |name: &str| format!("[servers.{name}]\ncommand = \"c\"\nargs = [\"{arg}\"]\n");
    let text = format!("clients = [\"claude-code\"]\n{}{}", server("both"), server(name));
    case.put(DECLARATION, text);
    let entry = json!({"type": "stdio", "command": "c", "args": [arg]});
    json!({"both": entry, name: entry})
}

/// Claude Code, busy: adds key after key to its file, and now and then takes one out again.
struct Claude<'a> {
    case: &'a Case,
    locks: bool,
    keys: BTreeSet<String>,
    cycles: usize,
}

impl<'a> Claude<'a> {
    // It pauses as long as it is told: nothing gets between writes that follow faster than a sync.
    fn run(case: &'a Case, locks: bool, stop: &AtomicBool, pause: &AtomicU64) -> Self {
        let mut claude = Self { case, locks, keys: BTreeSet::new(), cycles: 0 };
        while !stop.load(Ordering::SeqCst) {
            if locks {
                claude.lock();
            }
            claude.cycle();
            if locks {
                std::fs::remove_dir(case.path(LOCK)).expect("nobody takes a lock that is held");
            }
            std::thread::sleep(Duration::from_micros(pause.load(Ordering::SeqCst)));
        }
        claude
    }

    // As 2.1.330 does: a directory beside the file; tried again while somebody else has it.
    fn lock(&self) {
        let begin = Instant::now();
        while std::fs::create_dir(self.case.path(LOCK)).is_err() {
            assert!(begin.elapsed() < PATIENCE, "mcpgen keeps the lock");
            std::thread::sleep(MOMENT);
        }
    }

    fn cycle(&mut self) {
        let mut client = self.read();
        self.cycles += 1;
        let new = format!("key{}", self.cycles);
        if self.cycles.is_multiple_of(5) {
            let old = self.keys.pop_first().expect("four were added");
            client.read.remove(&old);
        }
        client.write(&new);
        self.keys.insert(new);
    }

    // A version without its own last write may show for the moment between an exchange and its taking
    // back. Under the lock there is no such moment.
    fn read(&self) -> Client<'a> {
        let begin = Instant::now();
        loop {
            let client = Client::read(self.case);
            if self.keys.iter().all(|key| client.has(key)) {
                return client;
            }
            assert!(!self.locks, "a key is missing under the lock");
            assert!(begin.elapsed() < PATIENCE, "a key is lost");
        }
    }
}

/// Applies against a busy Claude Code; what each apply should leave is checked by `check`.
fn contend(locks: bool, check: impl Fn(&Case, &Value, i32, &str)) {
    let case = Case::in_memory().write(CLAUDE, "{\n  \"numStartups\": 1\n}\n");
    let (stop, pause) = (AtomicBool::new(false), AtomicU64::new(1000));
    let claude = std::thread::scope(|scope| {
        let claude = scope.spawn(|| Claude::run(&case, locks, &stop, &pause));
        // Stops the writer however this ends.
        let stop = Stop(&stop);
        for round in 0..APPLIES {
            let want = declare(&case, round, locks);
            let begin = Instant::now();
            let run = case.run(&["apply"]);
            let half = u64::try_from(begin.elapsed().as_micros() / 2).unwrap();
            pause.store(if locks { 1000 } else { half }, Ordering::SeqCst);
            check(&case, &want, run.code, &run.err);
        }
        drop(stop);
        claude.join().unwrap()
    });
    let want = declare(&case, APPLIES, locks);
    case.ok(&["apply"]);
    let end = claude.read();
    assert!(claude.cycles > APPLIES / 10, "it was busy: {} cycles", claude.cycles);
    assert_eq!(end.read.len(), claude.keys.len() + 2, "its keys, numStartups and mcpServers");
    assert_eq!(end.servers(), want);
}

#[test]
fn claude_code_with_its_lock_and_two_hundred_applies_lose_none_of_each_others_writes() {
    contend(true, |case, want, code, err| {
        assert_eq!(code, 0, "{err}");
        assert_eq!(Client::read(case).servers(), *want);
    });
}

#[test]
fn claude_code_without_its_lock_loses_nothing_during_two_hundred_applies() {
    contend(false, |case, _, code, err| {
        let busy = code == 1 && err.contains("the file keeps changing under mcpgen's hands");
        assert!(code == 0 || busy, "{code}: {err}");
        // Claude may write over them what it had read before; half an entry is never there.
        let servers = Client::read(case).servers();
        for (name, entry) in servers.as_object().into_iter().flatten() {
            let args = &entry["args"];
            assert_eq!(*entry, json!({"type": "stdio", "command": "c", "args": args}), "{name}");
        }
    });
}

#[test]
fn two_concurrent_applies_of_different_owners_both_add_their_entries() {
    let case = Case::in_memory().write(CLAUDE, "{}\n").write(CODEX, "model = \"m\"\n");
    let declare = |owner: &str, round: usize| {
        let server = format!("[servers.{owner}]\ncommand = \"c\"\nargs = [\"{round}\"]\n");
        let clients = "clients = [\"claude-code\", \"cursor\", \"codex\"]\n";
        case.put(&format!("{owner}.toml"), format!("{clients}{server}"));
    };
    let case = &case;
    for round in 0..15 {
        std::thread::scope(|scope| {
            for owner in ["ada", "grace"] {
                declare(owner, round);
                let file = format!("{owner}.toml");
                scope.spawn(move || case.ok(&["apply", "-f", &file, "--owner", owner]));
            }
        });
        for path in [CLAUDE, ".cursor/mcp.json", ".codex/config.toml"] {
            let text = case.read(path).split_whitespace().collect::<String>();
            for owner in ["ada", "grace"] {
                assert!(text.contains(owner), "round {round}: {path} lacks {owner}:\n{text}");
            }
            assert_eq!(text.matches(&format!("[\"{round}\"]")).count(), 2, "{path}:\n{text}");
        }
    }
    for owner in ["ada", "grace"] {
        let again = case.ok(&["apply", "-f", &format!("{owner}.toml"), "--owner", owner]);
        assert_eq!((again.out.as_str(), again.err.as_str()), ("", ""), "the ledger has {owner}'s");
    }
}

#[test]
fn an_apply_waits_while_claude_code_holds_its_lock() {
    let case = Job::Change.prepare();
    let lock = case.path(LOCK);
    std::fs::create_dir(&lock).unwrap();
    let client = Client::read(&case);
    let released = AtomicBool::new(false);
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(150));
            client.write("key");
            released.store(true, Ordering::SeqCst);
            std::fs::remove_dir(&lock).unwrap();
        });
        stepwise(&case, &["apply"], |_, name| {
            let waits = name != "after a client's lock is taken" || released.load(Ordering::SeqCst);
            assert!(waits, "the lock was taken while Claude held it");
        })
    });
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(Client::read(&case).has("key") && Job::Change.is_done(&case));
    assert!(!lock.exists(), "it is released");
}

#[test]
fn an_apply_and_a_client_that_both_find_a_stale_lock_lose_nothing() {
    let case = Job::Change.prepare();
    std::fs::create_dir(case.path(LOCK)).unwrap();
    age_lock(&case);
    let mut raced = false;
    let run = stepwise(&case, &["apply"], |_, name| {
        if name == "before a dead lock is removed" {
            std::fs::remove_dir(case.path(LOCK)).unwrap();
            Client::read(&case).write("key");
            raced = true;
        }
    });
    assert_eq!((run.code, raced), (0, true), "{}", run.err);
    assert!(Client::read(&case).has("key") && Job::Change.is_done(&case));
    assert!(!case.exists(LOCK), "it is released");
}
