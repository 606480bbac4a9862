//! Measurements: latencies, counts and reasons, taken by many tasks and collected each second.

mod collector;
mod histogram;
mod recorder;
mod series;
mod tally;

pub(crate) use collector::Moment;
pub use collector::{Percentiles, Row, Totals};
pub use histogram::Latency;
pub use recorder::Recorder;
pub use series::{Counter, Kind, Reason, Series, Stage};
pub use tally::{Interval, Measured};
