//! One connection: the task that owns the machine, and the state it shares with the handles.
//!
//! `command`, `state` and the `pending_*` tables are data. `driver` holds the machine and the run loop; `commands`, `reading`, `outputs` and
//! `callbacks` are its methods, one file for each kind of input.

mod callbacks;
mod command;
mod commands;
mod driver;
mod namespace_entry;
mod outputs;
mod pending_acks;
mod pending_callbacks;
mod pending_connects;
mod reading;
mod requests;
mod state;
mod websocket;

pub(crate) use command::{AckFailure, AckReply, Command, ConnectWaiter, RequestId};
pub(crate) use driver::Driver;
pub(crate) use state::{ConnectionState, Inbox, NamespaceState};
