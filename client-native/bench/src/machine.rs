//! The operating system: processors, CPU time, memory, open files.

use std::time::Duration;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use nix::sys::time::TimeVal;

use crate::result::Result;

/// The CPU time of this process, with the kernel's share.
pub(crate) fn cpu_time() -> Duration {
    getrusage(UsageWho::RUSAGE_SELF).map_or(Duration::ZERO, |usage| {
        duration(usage.user_time()) + duration(usage.system_time())
    })
}

fn duration(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
    let micros = u64::try_from(time.tv_usec()).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

/// The resident memory of this process in bytes. Linux only.
pub(crate) fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("no VmRSS in /proc/self/status")?.parse::<u64>()? << 10)
}

/// Raises the limit of open files to the hard limit.
pub(crate) fn raise_file_limit() -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?)
}

/// The hard limit of open files.
pub(crate) fn file_limit() -> Result<u64> {
    Ok(getrlimit(Resource::RLIMIT_NOFILE)?.1)
}

/// The number of usable processors.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Pins this process to the `place`th of its processors. Does nothing if there are too few, or outside of Linux.
#[cfg(target_os = "linux")]
pub(crate) fn pin(place: usize) -> Result<()> {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this = Pid::from_raw(0);
    let ours = sched_getaffinity(this)?;
    let mut usable = (0..CpuSet::count()).filter(|&cpu| ours.is_set(cpu).unwrap_or(false));
    if let Some(cpu) = usable.nth(place) {
        let mut only = CpuSet::new();
        only.set(cpu)?;
        sched_setaffinity(this, &only)?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_: usize) -> Result<()> {
    Ok(())
}
