//! Free ports for programs that listen later, or again after a restart.

use std::io;
use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// Systems give connections the ports from 32,768 (Linux) or 49,152 (others) on, also while a server restarts.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// Neighbouring process ids begin far from each other.
const STRIDE: u32 = 97;

/// The number of ports that this process has tried.
static TRIED: AtomicU32 = AtomicU32::new(0);

/// Returns a port of 127.0.0.1 that is free for TCP and for UDP. No call in this process returns it again, and no connection
/// gets it from the system.
///
/// # Errors
/// All of the 12,000 ports are in use.
pub fn free_port() -> io::Result<u16> {
    let start = std::process::id().wrapping_mul(STRIDE);
    for _ in 0..COUNT {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let offset = start.wrapping_add(tried) % u32::from(COUNT);
        let port = FIRST + offset as u16;
        if is_free(port) {
            return Ok(port);
        }
    }
    Err(io::ErrorKind::AddrNotAvailable.into())
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok() && UdpSocket::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_returned_twice_or_one_that_connections_get() {
        let mut ports: Vec<u16> = (0..6).map(|_| free_port().unwrap()).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 6);
        assert!(ports.iter().all(|port| (20_000..32_768).contains(port)));
    }

    #[test]
    fn a_port_in_use_is_not_free() {
        let port = free_port().unwrap();
        let tcp = TcpListener::bind(("127.0.0.1", port)).unwrap();
        assert!(!is_free(port));
        drop(tcp);
        let _udp = UdpSocket::bind(("127.0.0.1", port)).unwrap();
        assert!(!is_free(port));
    }
}
