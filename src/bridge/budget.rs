//! Limits how much of servers' messages is buffered at once. A long message is buffered whole before it is forwarded,
//! and any number of them may arrive at the same time.

use parking_lot::{Condvar, Mutex};

use super::message::LIMIT;

// Two messages of the maximum length.
const MOST: usize = 2 * LIMIT;
/// Messages up to this many bytes are not counted.
pub const LONG: usize = 1 << 20;

static HELD: Budget = Budget { bytes: Mutex::new(0), freed: Condvar::new() };

struct Budget {
    bytes: Mutex<usize>,
    freed: Condvar,
}

/// Buffer space for a long message, until this is dropped.
#[derive(Debug)]
pub struct BufferReservation(usize);

/// Waits for buffer space. All the space that a message may need is reserved at once: two messages that each had a part and
/// waited for more would deadlock.
pub fn reserve(bytes: Option<usize>) -> BufferReservation {
    let bytes = bytes.unwrap_or(LIMIT).min(LIMIT);
    let full = |held: &mut usize| *held + bytes > MOST;
    let mut held = HELD.bytes.lock();
    HELD.freed.wait_while(&mut held, full);
    *held += bytes;
    BufferReservation(bytes)
}

impl Drop for BufferReservation {
    fn drop(&mut self) {
        *HELD.bytes.lock() -= self.0;
        HELD.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_third_long_message_waits_for_one_of_two() {
        let (first, _second) = (reserve(None), reserve(None));
        let (told, third) = channel();
        std::thread::spawn(move || told.send(reserve(Some(LONG))).unwrap());
        assert!(third.recv_timeout(Duration::from_millis(50)).is_err());
        drop(first);
        assert!(third.recv_timeout(Duration::from_secs(10)).is_ok());
    }
}
