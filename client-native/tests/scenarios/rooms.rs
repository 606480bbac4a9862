//! Rooms, which exist on the server.

use crate::support::events::next_named;
use crate::support::guarded;
use crate::support::server::{Case, Server};

pub(crate) async fn receives_the_messages_of_its_rooms(case: Case) {
    let server = Server::start(case).await;
    let inside = guarded(server.client("/lab").connect()).await.unwrap();
    let outside = guarded(server.client("/lab").connect()).await.unwrap();
    let room: String = inside.emit_with_ack("join", "den").await.unwrap();
    assert_eq!(room, "den");
    let mut inside_events = inside.events();
    let mut outside_events = outside.events();
    outside.emit("say", ("den", "psst", 1)).await.unwrap();
    let said = next_named(&mut inside_events, "said").await;
    assert_eq!(said.args::<(String, u8)>().unwrap(), ("psst".to_owned(), 1));
    let _: String = inside.emit_with_ack("leave", "den").await.unwrap();
    let _: String = outside.emit_with_ack("join", "den").await.unwrap();
    outside.emit("say", ("den", "again")).await.unwrap();
    // The sender is in the room now, and this is its first message: it missed the one sent before it joined.
    let said = next_named(&mut outside_events, "said").await;
    assert_eq!(said.args::<String>().unwrap(), "again");
    // The ack follows every event sent to this client before.
    let _: u8 = inside.emit_with_ack("echo", 0).await.unwrap();
    inside.emit("echo", "end").await.unwrap();
    let last = guarded(inside_events.message()).await.unwrap();
    assert_eq!(last.name(), "echo");
}
