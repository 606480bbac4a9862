//! Scenarios: what users do, as data that was read from a file, and its interpreter.
//!
//! Bottom up: `code`, `scope`, `compare`, `reserved` -> `functions` -> `template`, `data` -> `model` -> `reading` -> `read`; `http` -> `interpret`.

mod code;
mod compare;
mod data;
mod functions;
mod http;
mod interpret;
mod model;
mod read;
mod reading;
mod reserved;
mod scope;
mod template;

pub(crate) use data::{Data, Pick};
pub(crate) use interpret::load;
pub(crate) use model::{
    Ack, Action, Argument, Capture, Captured, ClientTemplates, Comparison, Emit, Exchange,
    Expectation, Http, HttpBody, Log, Loop, NO_WEIGHT, Presence, Scenario, Script, Step, Steps,
    Think, Variable, Wait,
};
pub(crate) use read::read;
pub(crate) use reading::Reading;
pub(crate) use reserved::{is_reserved, reserved_text};
pub(crate) use template::{Template, whole_expression};
