//! Tests the testbed as an application: mobile-sdk, Echo, sessions, limits, several nodes.

mod cluster;
mod echo;
mod http;
mod lies;
mod limits;
mod mobile;
mod poller;
#[path = "../wire/raw.rs"]
#[allow(dead_code, reason = "each target uses a part of it")]
mod raw;
mod redis;
mod running;
mod slow;
