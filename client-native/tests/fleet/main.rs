//! Fleets of bots: supervision, starts and ends, against 2.x and 4.x servers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod ending;
mod restarting;
mod starting;

use tidewire::fleet::{Change, Exit, Fleet, FleetEvents, FleetStatus};

use support::guarded;

/// Waits until the fleet is as `wanted` says.
async fn until<S>(fleet: &Fleet<S>, wanted: impl Fn(&FleetStatus) -> bool) -> FleetStatus {
    guarded(async {
        loop {
            let status = fleet.status();
            if wanted(&status) {
                return status;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

/// The end of the next run.
async fn next_exit(events: &mut FleetEvents) -> Exit {
    loop {
        let event = guarded(events.next()).await.expect("the fleet goes on");
        if let Change::Exited(exit) = event.change {
            return exit;
        }
    }
}

/// A function that ends with its namespace.
macro_rules! stays {
    ($url:expr) => {{
        let url = $url;
        move |bot: tidewire::fleet::Bot<_>| {
            let builder = tidewire::Client::builder(&url);
            async move {
                let socket = bot.connect(builder).await?;
                let mut events = socket.events();
                while events.message().await.is_some() {}
                Ok(())
            }
        }
    }};
}
use stays;
