//! The chain of middleware around a connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;

use super::call::Call;
use super::connection::Connection;
use super::gate::Gate;
use crate::Refusal;

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send>>;

pub(super) type Admission = Arc<dyn Fn(Connection) -> Answer<()> + Send + Sync>;
pub(super) type ConnectionMiddleware = Arc<dyn Fn(Connection, Next) -> Answer<()> + Send + Sync>;
pub(super) type PacketMiddleware = Arc<dyn Fn(Call) -> Answer<Call> + Send + Sync>;
pub(super) type Controller = Arc<dyn Fn(Call) -> Answer<()> + Send + Sync>;

/// The rest of the middleware, and the time until the client leaves.
#[derive(Clone)]
pub struct Next {
    pub(super) connection: Connection,
    pub(super) rest: Arc<[ConnectionMiddleware]>,
    pub(super) index: usize,
    pub(super) life: Life,
}

/// The two moments in the life of a connection that its middleware and events wait for.
#[derive(Clone)]
pub(super) struct Life {
    /// Opens when all middleware has accepted the client.
    pub(super) gate: Gate,
    /// `true` when the client has left.
    pub(super) left: watch::Receiver<bool>,
}

impl Next {
    /// Runs the other middleware, and returns when the client has left.
    ///
    /// # Errors
    /// Other middleware refused the client.
    pub async fn run(mut self) -> Result<(), Refusal> {
        let Some(middleware) = self.rest.get(self.index).cloned() else {
            return self.life.last(&self.connection).await;
        };
        self.index += 1;
        middleware(self.connection.clone(), self).await
    }

    /// Returns the gate, for events that are not the namespace's own controllers.
    pub(crate) fn gate(&self) -> &Gate {
        &self.life.gate
    }
}

impl Life {
    async fn last(&mut self, connection: &Connection) -> Result<(), Refusal> {
        self.gate.open();
        tokio::select! {
            // An error means that the socket is gone.
            _ = self.left.wait_for(|left| *left) => {}
            () = connection.app().closing() => {}
        }
        Ok(())
    }
}
