//! Rooms of the server.

use crate::support::server::{Case, Server};
use crate::support::{guarded, next_named};

pub(crate) async fn hears_what_is_said_in_its_rooms(case: Case) {
    let server = Server::start(case).await;
    let inside = guarded(server.client("/lab").connect()).await.unwrap();
    let outside = guarded(server.client("/lab").connect()).await.unwrap();
    let room: String = inside.emit_with_ack("join", "den").await.unwrap();
    assert_eq!(room, "den");
    let mut heard = inside.events();
    let mut unheard = outside.events();
    outside.emit("say", ("den", "psst", 1)).await.unwrap();
    let said = next_named(&mut heard, "said").await;
    assert_eq!(said.args::<(String, u8)>().unwrap(), ("psst".to_owned(), 1));
    let _: String = inside.emit_with_ack("leave", "den").await.unwrap();
    let _: String = outside.emit_with_ack("join", "den").await.unwrap();
    outside.emit("say", ("den", "again")).await.unwrap();
    // Whoever speaks hears it as the first thing: nothing reached it before it came in.
    let said = next_named(&mut unheard, "said").await;
    assert_eq!(said.args::<String>().unwrap(), "again");
    // An answer is behind everything that was sent to this client before.
    let _: u8 = inside.emit_with_ack("echo", 0).await.unwrap();
    inside.emit("echo", "end").await.unwrap();
    let last = guarded(heard.message()).await.unwrap();
    assert_eq!(last.name(), "echo");
}
