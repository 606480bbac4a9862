//! Scenarios: what users do, as data that was read from a file, and its interpreter.
//!
//! Bottom up: `scope`, `compare` -> `functions` -> `template`, `data` -> `model` -> `reading` -> `read`; `http` -> `interpret`.

mod compare;
mod data;
mod functions;
mod http;
mod interpret;
mod model;
mod read;
mod reading;
mod scope;
mod template;

pub(crate) use data::{Data, Pick};
pub(crate) use interpret::load;
pub(crate) use model::{
    Ack, Action, Argument, Capture, Captured, ClientTemplates, Comparison, Emit, Expectation, Http,
    HttpBody, Log, Loop, Scenario, Script, Step, Steps, Think, Variable, Wait,
};
pub(crate) use read::read;
pub(crate) use reading::Reading;
pub(crate) use template::{Names, Template};
