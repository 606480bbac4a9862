//! One connection: the task that owns the machine, and the state it shares with the handles.
//!
//! `command`, `state` and the `pending_*` tables are data; `links` has the full-duplex links (`duplex`), `requests` those of polling,
//! `failures` why they ended. `driver` holds the machine and the run loop; `commands`, `inputs`, `reading`, `outputs` and `callbacks` are
//! its methods, one file for each kind of input. `attempt` measures a connect, `observer` is told of connects and
//! losses, `resumption` knows when the application came back.

mod actions;
mod attempt;
mod callbacks;
mod command;
mod commands;
mod driver;
mod duplex;
mod failures;
mod inputs;
mod links;
mod namespace_entry;
#[cfg(not(target_family = "wasm"))]
mod observer;
mod outputs;
mod pending_acks;
mod pending_callbacks;
mod pending_connects;
mod reading;
mod requests;
mod resumption;
mod state;

pub(crate) use command::{AckFailure, AckReply, Command, ConnectWaiter, RequestId};
pub(crate) use driver::Driver;
#[cfg(not(target_family = "wasm"))]
pub(crate) use observer::Observed;
pub(crate) use state::{Inbox, NamespaceState};
