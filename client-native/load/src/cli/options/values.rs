//! The values of options, with errors that say what was expected.

use std::time::Duration;

use tidewire::EngineVersion;

use crate::report::MOST_SHARDS;
use crate::script::{is_reserved, reserved_text};
use crate::source::parse_duration;

/// Reads a time above 0.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err(format!("`{text}` is too short: expected a time above 0")),
        time => Ok(time),
    }
}

/// Reads the name of an event to emit.
pub(super) fn event(name: &str) -> Result<String, String> {
    match is_reserved(name) {
        true => Err(reserved_text(name)),
        false => Ok(name.to_owned()),
    }
}

pub(super) fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

pub(super) fn engine_version(text: &str) -> Result<EngineVersion, String> {
    match text {
        "3" => Ok(EngineVersion::Eio3),
        "4" => Ok(EngineVersion::Eio4),
        _ => Err("expected 3 (socket.io 2.x) or 4 (socket.io 3.x and 4.x)".into()),
    }
}

/// Reads `1/4` or `auto/4`: the first shard is 0 inside.
pub(super) fn shard(text: &str) -> Result<(u64, u64), String> {
    let expected = "expected I/N, such as 1/4 for the first of four, or auto/4";
    let (index, count) = text.split_once('/').ok_or(expected)?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| expected);
    let count = number(count)?;
    if count > MOST_SHARDS {
        return Err(format!("expected at most {MOST_SHARDS} shards"));
    }
    if index == "auto" {
        return numbered_by_scheduler(count);
    }
    let index = number(index)?;
    match (1..=count).contains(&index) {
        true => Ok((index - 1, count)),
        false => Err(expected.into()),
    }
}

/// The variables in which schedulers number the instances of a job, from 0 on.
const INDEXES: [&str; 2] = ["JOB_COMPLETION_INDEX", "NOMAD_ALLOC_INDEX"];

fn numbered_by_scheduler(count: u64) -> Result<(u64, u64), String> {
    let set = INDEXES
        .into_iter()
        .find_map(|name| Some((name, std::env::var(name).ok()?)));
    let (name, index) = set.ok_or_else(|| {
        let names = INDEXES.join(" nor ");
        format!("auto needs a number from the scheduler, and neither {names} is set")
    })?;
    match index.parse::<u64>() {
        Ok(index) if index < count => Ok((index, count)),
        _ => Err(format!(
            "{name} is `{index}`: expected a number below {count}"
        )),
    }
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected NAME: VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
