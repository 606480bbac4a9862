//! The chat in a page: `index.html`, whose fragment may have the URL of the server (`#http://...`).

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, Event, HtmlInputElement, Window};

use crate::URL;
use crate::chat::Chat;

pub(crate) fn main() {
    spawn_local(async {
        let url = window().location().hash().unwrap_or_default();
        let url = url.strip_prefix('#').unwrap_or(URL);
        match Chat::join(url, print).await {
            Ok(chat) => listen(Rc::new(chat)),
            Err(error) => print(&tidewire::error_text(&error)),
        }
    });
}

/// Says the lines that the form submits, and leaves by the button.
fn listen(chat: Rc<Chat>) {
    let input: HtmlInputElement = element("text").unchecked_into();
    input.set_disabled(false);
    let leaving = chat.clone();
    on("form", "submit", move |event| {
        event.prevent_default();
        let line = input.value();
        input.set_value("");
        let chat = chat.clone();
        spawn_local(async move {
            if let Err(error) = chat.say(&line).await {
                print(&tidewire::error_text(&error));
            }
        });
    });
    on("leave", "click", move |_| {
        let chat = leaving.clone();
        spawn_local(async move { chat.leave().await });
    });
}

/// Calls `handler` as long as the page is open.
fn on(id: &str, event: &str, handler: impl FnMut(Event) + 'static) {
    let handler = Closure::<dyn FnMut(Event)>::new(handler).into_js_value();
    let added = element(id).add_event_listener_with_callback(event, handler.unchecked_ref());
    added.expect("an element has listeners");
}

fn print(line: &str) {
    if let Ok(item) = document().create_element("li") {
        item.set_text_content(Some(line));
        let _ = element("lines").append_child(&item);
    }
}

fn element(id: &str) -> Element {
    let element = document().get_element_by_id(id);
    element.expect("`index.html` has the element")
}

fn document() -> Document {
    window().document().expect("a window has a document")
}

fn window() -> Window {
    web_sys::window().expect("a page has a window")
}
