//! Tests the testbed on the wire, without a client library.

mod lab;
mod namespaces;
mod raw;
mod server;
