//! A chat room in Yew: connects, lists messages, sends, and shows who is there.

use serde::de::DeserializeOwned;
use tidewire::envelope::Online;
use tidewire::{BuildError, Client, Socket};
use web_sys::HtmlInputElement;
use yew::html::Scope;
use yew::platform::spawn_local;
use yew::prelude::*;

const ROOM: &str = "demo";

enum Msg {
    Status(String),
    Said(String, String),
    People(Vec<String>),
    Say,
}

struct App {
    status: String,
    /// The speaker and the text.
    lines: Vec<(String, String)>,
    people: Vec<String>,
    input: NodeRef,
    /// The connection ends with the component.
    room: Option<Room>,
}

/// The namespaces of one connection.
struct Room {
    lab: Socket,
    presence: Socket,
}

impl Room {
    /// Goes on until it is connected, and reconnects by itself. Handlers need not be `Send`, so they capture Yew's links.
    fn enter(server: &str, link: &Scope<App>) -> Result<Room, BuildError> {
        let url = format!("{server}/lab?room={ROOM}&userId=yew");
        let lab = Client::builder(url).build()?.socket();
        let presence = lab.namespace(&format!("/ptop?room={ROOM}&userId=yew"));
        let status = link.callback(Msg::Status);
        lab.on("connect", move |(), cx: tidewire::Context| {
            let status = status.clone();
            async move {
                // After a reconnect, the server sees a new socket, which must join the room again.
                let joined = cx.socket().emit_with_ack::<String>("join", ROOM).await;
                status.emit(joined.map_or_else(
                    |error| tidewire::error_text(&error),
                    |room| format!("in the room {room}"),
                ));
            }
        });
        tell(&lab, "disconnect", link, |why: String| {
            Msg::Status(format!("disconnected: {why}"))
        });
        tell(&lab, "connect_error", link, Msg::Status);
        tell(&lab, "said", link, |(who, text)| Msg::Said(who, text));
        tell(&presence, "online", link, |online: Online| {
            Msg::People(online.clients.ids().map(str::to_owned).collect())
        });
        lab.start();
        presence.start();
        Ok(Room { lab, presence })
    }

    fn say(&self, text: String) {
        let (lab, who) = (self.lab.clone(), self.presence.id().unwrap_or_default());
        spawn_local(async move {
            // While disconnected, it is buffered.
            if let Err(error) = lab.emit("say", (ROOM, &*who, text)).await {
                web_sys::console::error_1(&tidewire::error_text(&error).into());
            }
        });
    }
}

/// Passes an event on as a message.
fn tell<T: DeserializeOwned + 'static>(
    socket: &Socket,
    event: &str,
    link: &Scope<App>,
    message: impl Fn(T) -> Msg + 'static,
) {
    let callback = link.callback(message);
    socket.on(event, move |argument: T, _| {
        callback.emit(argument);
        std::future::ready(())
    });
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let hash = web_sys::window().and_then(|window| window.location().hash().ok());
        let hash = hash.unwrap_or_default();
        let server = hash.strip_prefix('#').unwrap_or("http://127.0.0.1:3000");
        let room = Room::enter(server, ctx.link());
        let status = match &room {
            Ok(_) => "connecting".to_owned(),
            Err(error) => tidewire::error_text(error),
        };
        App {
            status,
            lines: Vec::new(),
            people: Vec::new(),
            input: NodeRef::default(),
            room: room.ok(),
        }
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Status(status) => self.status = status,
            Msg::Said(who, text) => self.lines.push((who, text)),
            Msg::People(people) => self.people = people,
            Msg::Say => {
                if let (Some(room), Some(input)) =
                    (&self.room, self.input.cast::<HtmlInputElement>())
                {
                    room.say(input.value());
                    input.set_value("");
                }
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let own = self.room.as_ref().and_then(|room| room.presence.id());
        let onsubmit = ctx.link().callback(|event: SubmitEvent| {
            event.prevent_default();
            Msg::Say
        });
        html! {
            <>
                <p id="status">{ &self.status }</p>
                <ul id="people">
                    { for self.people.iter().map(|id| html! { <li class={classes!((own.as_deref() == Some(id)).then_some("own"))}>{ id }</li> }) }
                </ul>
                <ul id="lines">
                    { for self.lines.iter().map(|(who, text)| html! { <li><b>{ who }</b>{ " " }{ text }</li> }) }
                </ul>
                <form {onsubmit}><input id="text" ref={self.input.clone()} placeholder="say something" /></form>
            </>
        }
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
