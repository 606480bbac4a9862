//! A chat room in Leptos: connects, lists messages, sends, and shows who is there.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use tidewire::envelope::Online;
use tidewire::{BuildError, Client, Context, Socket};

const ROOM: &str = "demo";

/// The state that views show. Signals are `Copy`, so handlers capture them.
#[derive(Clone, Copy)]
struct State {
    status: RwSignal<String>,
    /// The speaker and the text.
    lines: RwSignal<Vec<(String, String)>>,
    people: RwSignal<Vec<String>>,
}

/// The namespaces of one connection.
#[derive(Clone)]
struct Room {
    lab: Socket,
    presence: Socket,
}

impl Room {
    /// Goes on until it is connected, and reconnects by itself.
    fn enter(server: &str, state: State) -> Result<Room, BuildError> {
        let url = format!("{server}/lab?room={ROOM}&userId=leptos");
        let lab = Client::builder(url)
            .on("connect", move |(), cx: Context| async move {
                // After a reconnect, the server sees a new socket, which must join the room again.
                let joined = cx.socket().emit_with_ack::<String>("join", ROOM).await;
                state.status.set(joined.map_or_else(
                    |error| tidewire::error_text(&error),
                    |room| format!("in the room {room}"),
                ));
            })
            .on("disconnect", move |reason: String, _| async move {
                state.status.set(format!("disconnected: {reason}"));
            })
            .on("connect_error", move |why: String, _| async move {
                state.status.set(why);
            })
            .on("said", move |line: (String, String), _| async move {
                state.lines.update(|lines| lines.push(line));
            })
            .build()?
            .socket();
        let presence = lab.namespace(&format!("/ptop?room={ROOM}&userId=leptos"));
        presence.on("online", move |online: Online, _| async move {
            state
                .people
                .set(online.clients.ids().map(str::to_owned).collect());
        });
        lab.start();
        presence.start();
        Ok(Room { lab, presence })
    }

    async fn say(&self, text: String) {
        let who = self.presence.id().unwrap_or_default();
        // While disconnected, it is buffered.
        if let Err(error) = self.lab.emit("say", (ROOM, &*who, text)).await {
            leptos::logging::error!("{}", tidewire::error_text(&error));
        }
    }
}

#[component]
fn App() -> impl IntoView {
    let state = State {
        status: RwSignal::new("connecting".to_owned()),
        lines: RwSignal::default(),
        people: RwSignal::default(),
    };
    let hash = window().location().hash().unwrap_or_default();
    let server = hash.strip_prefix('#').unwrap_or("http://127.0.0.1:3000");
    // Handles of a browser are not `Send`, hence the local storage. The connection ends with this component.
    let room = StoredValue::new_local(match Room::enter(server, state) {
        Ok(room) => Some(room),
        Err(error) => {
            state.status.set(tidewire::error_text(&error));
            None
        }
    });
    let text = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(room) = room.get_value() {
            let text = text.get();
            spawn_local(async move { room.say(text).await });
        }
        text.set(String::new());
    };
    let own = move || room.with_value(|room| room.as_ref()?.presence.id());
    view! {
        <p id="status">{state.status}</p>
        <ul id="people">
            {move || state.people.get().into_iter().map(|id| {
                let is_own = own().as_deref() == Some(&id);
                view! { <li class:own=is_own>{id}</li> }
            }).collect_view()}
        </ul>
        <ul id="lines">
            {move || state.lines.get().into_iter().map(|(who, text)| view! { <li><b>{who}</b>" "{text}</li> }).collect_view()}
        </ul>
        <form on:submit=submit><input id="text" placeholder="say something" bind:value=text /></form>
    }
}

fn main() {
    leptos::mount::mount_to_body(App);
}
