//! Facts about this process: its CPU, memory and open files.

use std::time::Duration;

/// The CPU time that the process has used, in all threads; zero on systems that are not Unix.
pub(crate) fn cpu_time() -> Duration {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or_default();
        Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
    }
    #[cfg(not(unix))]
    Duration::ZERO
}

/// The resident memory in bytes, on Linux.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1_024)
}

/// Raises the limit of open files to the highest that the system allows, and returns it; `None` if there is none.
pub(crate) fn open_files() -> Option<u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        let before = limit.current;
        limit.current = limit.maximum;
        match setrlimit(Resource::Nofile, limit) {
            Ok(()) => limit.maximum,
            // macOS has a lower bound than the one it names.
            Err(_) => before,
        }
    }
    #[cfg(not(unix))]
    None
}

/// The local ports that one address has for connections to one server, on Linux.
pub(crate) fn ports() -> Option<u64> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut bounds = range.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (bounds.next()?.ok()?, bounds.next()?.ok()?);
    Some(last.saturating_sub(first) + 1)
}
