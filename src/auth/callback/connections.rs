//! The open connections to the callback server. Any program on this machine can open some and send nothing, so the
//! oldest idle one makes room for the browser's.

use std::collections::VecDeque;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const MAX_IDLE: usize = 64;

/// The connections whose request has not arrived yet, the oldest first.
#[derive(Debug, Default)]
pub struct IdleConnections(Mutex<VecDeque<Arc<TcpStream>>>);

impl IdleConnections {
    /// Adds a connection. If there are too many, closes the oldest.
    pub fn add(&self, stream: &Arc<TcpStream>) {
        let mut idle = self.lock();
        idle.push_back(Arc::clone(stream));
        if idle.len() > MAX_IDLE
            && let Some(oldest) = idle.pop_front()
        {
            oldest.shutdown(Shutdown::Both).ok();
        }
    }

    /// Removes a connection, which is then answered or has ended.
    pub fn remove(&self, stream: &Arc<TcpStream>) {
        self.lock().retain(|one| !Arc::ptr_eq(one, stream));
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<TcpStream>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
