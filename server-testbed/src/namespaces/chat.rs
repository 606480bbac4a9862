//! `/chat`: greets each client and answers each `chat` twice, by the same middleware as the egg example.

use crate::Refusal;
use crate::namespace::{Call, Connection, Namespace, Next};

pub(super) fn describe() -> Namespace {
    Namespace::new("/chat")
        .connection(auth)
        .packet(packet)
        .on("chat", chat)
}

async fn auth(connection: Connection, next: Next) -> Result<(), Refusal> {
    connection
        .emit("res", &format!("auth!{}", greeting("auth")))
        .await;
    next.run().await
}

async fn packet(call: Call) -> Result<Call, Refusal> {
    call.connection()
        .emit("res", &format!("packet!{}", greeting("packet")))
        .await;
    Ok(call)
}

async fn chat(call: Call) -> Result<(), Refusal> {
    call.connection().emit("res", &greeting("chat")).await;
    Ok(())
}

/// Returns a Chinese text, as in the egg example, because its lengths in bytes and in characters differ.
fn greeting(from: &str) -> String {
    format!("{from}服务端发送的消息")
}
