//! The testbed as seen from the wire, without a client library between.

mod lab;
mod namespaces;
mod raw;
mod server;
