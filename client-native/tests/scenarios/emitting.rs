//! Events that are emitted before, during and after an upgrade arrive in order, each once.

use tidewire::Transport;

use crate::support::events::next_named;
use crate::support::server::{Case, Server};
use crate::support::{guarded, yield_now};

/// The events after the upgrade.
const AFTER: usize = 1_000;

pub(crate) async fn keeps_events_in_order_through_the_upgrade(case: Case) {
    let server = Server::start(case).await;
    let watcher = guarded(server.client("/lab").connect()).await.unwrap();
    let _: String = watcher.emit_with_ack("join", "den").await.unwrap();
    let mut seen = watcher.events();
    let client = server.client("/lab").build().unwrap();
    let socket = client.socket();
    guarded(socket.connect()).await.unwrap();
    let (mut emitted, mut left) = (0, AFTER);
    while left > 0 {
        if case.mode.upgrades() && client.transport() == Some(Transport::Polling) {
            // The network has its turn.
            yield_now().await;
        } else {
            left -= 1;
        }
        socket.emit("say", ("den", emitted)).await.unwrap();
        emitted += 1;
    }
    for expected in 0..emitted {
        let said = next_named(&mut seen, "said").await;
        assert_eq!(said.args::<usize>().unwrap(), expected);
    }
}
