//! How an application describes a namespace: as in egg, by middleware for connections and packets, and a
//! controller for each event.

mod call;
mod connection;
mod describe;
mod gate;
mod middleware;
mod run;

pub use call::Call;
pub use connection::Connection;
pub use describe::Namespace;
pub(crate) use gate::Gate;
pub use middleware::Next;
pub(crate) use run::install;
