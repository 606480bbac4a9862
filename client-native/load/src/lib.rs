//! A load generator for Socket.IO servers of both Engine.IO versions: a program, and a library for load as code.
//!
//! The program and its files are described in the README. [`Load`] is the library: phases say when users arrive, and an async
//! function says what each of them does with its [`User`] and its [`Channel`]s. A [`Report`] sums up the run.
//!
//! # Two clocks
//!
//! Each action has a **service time**, from its start, and a **response time**, from the time at which it should have started. If a
//! server stalls for two seconds, a user that waits for it sends nothing meanwhile. A generator that counts from the
//! start of each action then sees one slow action where a hundred were due; this is called coordinated omission. Here, the action that a
//! [`Pace`] delays counts from its tick, a user of an open phase from its arrival, and a pause from the end of the action before it.
//!
//! Timeouts, refusals and losses have no latency: they are counted by reason, beside the percentiles.
//!
//! # Layers, bottom up
//!
//! | folder | content | imports |
//! |---|---|---|
//! | `stats/` | histograms, counters, reasons; collected each second | nothing of this crate |
//! | `source/` | files with places: errors name line and column; times | nothing of this crate |
//! | `engine/` | users, phases, clocks, tags, the generator's health; no files | `source` (times), `stats` |
//! | `report/` | the report as data, its forms, thresholds | `engine`, `source`, `stats` |
//! | `meet/` | shards that meet at a Redis server | `engine`, `report` |
//! | `script/` | scenario files: templates, data, steps, and their interpreter | all above |
//! | `artillery/` | artillery's scripts, read into the same scenarios | all above |
//! | `cli/` | the program: the only part that prints | all above |
#![forbid(unsafe_code)]

// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod artillery;
#[doc(hidden)]
pub mod cli;
mod engine;
mod meet;
mod report;
mod script;
mod source;
mod stats;

pub use engine::{
    Arrival, Channel, Facts, Failure, Health, Interest, Limits, Load, LoadError, Outcome, Pace,
    Phase, Progress, Spread, Target, User,
};
pub use report::{Generator, MissingShard, ReasonReport, Report, SeriesReport, Threshold, Verdict};
pub use stats::{
    Counter, Interval, Kind, Latency, Measured, Percentiles, Reason, Recorder, Row, Series, Stage,
    Totals,
};
