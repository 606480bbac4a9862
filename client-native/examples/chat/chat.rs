//! The chat itself: the same code on a terminal and in a page.

use std::sync::Arc;

use tidewire::{Client, ConnectError, Context, EmitError, Socket};

const ROOM: &str = "chat";

/// A guest in the room.
pub(crate) struct Chat {
    socket: Socket,
    who: Arc<str>,
}

impl Chat {
    /// Connects and joins the room. `print` shows a line.
    pub(crate) async fn join(url: &str, print: fn(&str)) -> Result<Chat, ConnectError> {
        let socket = Client::builder(url)
            // After a reconnect, the server sees a new socket, which must join the room again.
            .on("connect", move |(), cx: Context| async move {
                match cx.socket().emit_with_ack::<String>("join", ROOM).await {
                    Ok(room) => print(&format!("* joined {room}")),
                    Err(error) => print(&format!("* {}", tidewire::error_text(&error))),
                }
            })
            .on("said", move |(who, text): (String, String), _| async move {
                print(&format!("{who}: {text}"));
            })
            .on("disconnect", move |reason: String, _| async move {
                print(&format!("* disconnected: {reason}"));
            })
            .connect()
            .await?;
        let who = socket.id().unwrap_or_default();
        Ok(Chat { socket, who })
    }

    /// Says a line. While disconnected, lines are buffered.
    pub(crate) async fn say(&self, line: &str) -> Result<(), EmitError> {
        self.socket.emit("say", (ROOM, &*self.who, line)).await
    }

    /// Sends the last lines and closes the connection.
    pub(crate) async fn leave(&self) {
        self.socket.close().await;
    }
}
