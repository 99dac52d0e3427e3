use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::mpsc::channel;

use super::*;

#[test]
fn jobs_that_wait_for_each_other_all_complete() {
    let pool = ThreadPool::new(u64::MAX);
    let (to_first, from_second) = channel();
    let (done, ended) = channel();
    pool.run(move || done.send(from_second.recv()).unwrap());
    pool.run(move || to_first.send(7).unwrap());
    assert_eq!(ended.recv().unwrap(), Ok(7));
}

#[test]
fn requests_beyond_the_limit_wait_but_other_jobs_do_not() {
    let pool = ThreadPool::new(u64::MAX);
    pool.shared.state.lock().requests = MAX_REQUESTS;
    let (sent, done) = channel();
    let (other, late) = (sent.clone(), sent.clone());
    pool.run_request(move |_slot| sent.send("request").unwrap());
    pool.later(Duration::from_millis(1), move || late.send("late").unwrap());
    pool.run(move || other.send("answer").unwrap());
    let mut found = [done.recv().unwrap(), done.recv().unwrap()];
    found.sort_unstable();
    assert_eq!(found, ["answer", "late"]);
    drop(RequestSlot(pool));
    assert_eq!(done.recv(), Ok("request"));
}

#[test]
fn the_thread_that_was_busy_last_runs_the_next_job() {
    let pool = ThreadPool::new(u64::MAX);
    let (together, alone) = (Arc::new(Barrier::new(9)), channel());
    for _ in 0..8 {
        let together = Arc::clone(&together);
        pool.run(move || {
            together.wait();
        });
    }
    together.wait();
    let threads: HashSet<_> = (0..20)
        .map(|_| {
            while pool.shared.state.lock().idle.len() < 8 {
                std::thread::yield_now();
            }
            let sent = alone.0.clone();
            pool.run(move || sent.send(std::thread::current().id()).unwrap());
            alone.1.recv().unwrap()
        })
        .collect();
    assert_eq!(threads.len(), 1);
}

#[test]
fn few_descriptors_allow_few_requests() {
    for (descriptors, most) in [(0, 1), (256, 112), (1024, MAX_REQUESTS), (u64::MAX, MAX_REQUESTS)]
    {
        assert_eq!(ThreadPool::new(descriptors).max_requests, most);
    }
}

#[test]
fn a_message_waits_for_buffer_space() {
    let pool = ThreadPool::new(u64::MAX);
    let reserved = pool.reserve(MAX_BYTES - OVERHEAD, Duration::ZERO).unwrap();
    let waits = pool.clone();
    let waiting = std::thread::spawn(move || waits.reserve(0, Duration::from_secs(60)).is_some());
    while pool.shared.state.lock().waiters == 0 {
        std::thread::yield_now();
    }
    drop(reserved);
    assert!(waiting.join().unwrap());
}

#[test]
fn after_a_timeout_further_messages_do_not_wait() {
    let pool = ThreadPool::new(u64::MAX);
    let reserved = pool.reserve(MAX_BYTES - OVERHEAD, Duration::ZERO).unwrap();
    assert!(pool.reserve(0, Duration::ZERO).is_none());
    assert!(pool.reserve(0, Duration::MAX).is_none());
    drop(reserved);
    assert!(pool.reserve(0, Duration::ZERO).is_some());
}
