//! A client of mobile-sdk: `cargo run -p tidewire --example mobile_sdk -- URL KEY [SOCKET_ID USER_ID]`.
//!
//! It prints its ids, sends a note to the client with the given ids, and answers the notes that it receives. The ids outlive a
//! reconnect. Start a server first: `PORT=3000 node seeds/mobile-sdk.js` in `server-testbed/peers`; its key is in that file.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program on the terminal"
)]

use std::convert::Infallible;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use tidewire::envelope::{Action, sign};
use tidewire::peers::{PeerEvent, Peers, Target};
use tidewire::{Client, Event, error_text};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The application, as the server knows it.
const APP: &str = "signatureApp";

/// The ids of a client, as another client sends to them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) socket_id: String,
    pub(crate) user_id: String,
}

/// A message. mobile-sdk does not tell its sender, so the sender tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) from: Option<Address>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (url, key, to) = match &args[..] {
        [url, key] => (url, key, None),
        [url, key, socket_id, user_id] => {
            let (socket_id, user_id) = (socket_id.clone(), user_id.clone());
            (url, key, Some(Address { socket_id, user_id }))
        }
        _ => {
            eprintln!("expected: URL KEY [SOCKET_ID USER_ID]");
            return ExitCode::FAILURE;
        }
    };
    match run(url, key, to).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error_text(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Runs until the server denies this client, or disconnects it for good.
pub(crate) async fn run(url: &str, key: &str, mut to: Option<Address>) -> Result<(), Error> {
    let client = Client::builder(url).build()?;
    // The key is this program's own. One that others can read asks a server for each signature instead.
    let key = key.to_owned();
    let mut peers = Peers::mobile_sdk(&client.socket(), APP, move |request| {
        let signature = sign(&request.app, &key, request.timestamp);
        async move { Ok::<_, Infallible>(signature) }
    });
    client.socket().connect().await?;
    while let Some(event) = peers.next().await {
        match event {
            PeerEvent::Registered(ids) => {
                println!("* {} as user {}", ids.socket_id, ids.user_id);
                let (socket_id, user_id) = (ids.socket_id, ids.user_id);
                let own = Address { socket_id, user_id };
                peers.sender().request(Action::RequestId, ()).await?;
                if let Some(to) = to.take() {
                    send(&peers, &to, "hello", Some(own)).await?;
                }
            }
            PeerEvent::Message(message) => {
                let Ok(Note { text, from }) = message.payload() else {
                    continue;
                };
                println!("{text}");
                if let Some(from) = from {
                    send(&peers, &from, &format!("you said {text}"), None).await?;
                }
            }
            PeerEvent::Denied(message) => println!("* denied: {}", message.payload::<String>()?),
            PeerEvent::Other(Event::Ended(why)) => {
                println!("* {}", error_text(&why));
                break;
            }
            PeerEvent::Error(error) => eprintln!("* {}", error_text(&error)),
            _ => {}
        }
    }
    client.close().await;
    Ok(())
}

async fn send(peers: &Peers, to: &Address, text: &str, from: Option<Address>) -> Result<(), Error> {
    let target = Target::from(&*to.socket_id).with_user(&*to.user_id);
    let text = text.to_owned();
    Ok(peers.send(target, Note { text, from }).await?)
}
