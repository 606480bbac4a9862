//! Locks without poison.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks state that no code leaves half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
