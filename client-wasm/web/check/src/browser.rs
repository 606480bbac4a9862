//! Scenarios that only a browser has, or that need other means there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tidewire::envelope::{Online, Presence};
use tidewire::{Builder, Bytes, Context, Event, Hint, SocketError, Transport};
use tokio::sync::Notify;

use crate::support::events::{expect_disconnected, next_change, next_named};
use crate::support::server::{Case, Server};
use crate::support::{guarded, reconnect_after};

pub(crate) async fn handlers_need_not_be_send(case: Case) {
    let server = Server::start(case).await;
    let seen = Rc::new(RefCell::new(Vec::new()));
    let own = seen.clone();
    let auth = Rc::new(Cell::new(0));
    let asked = auth.clone();
    let builder = server
        .client("/lab")
        .auth_with(move || {
            asked.set(asked.get() + 1);
            let asked = asked.clone();
            async move { Ok::<_, String>(serde_json::json!({ "attempt": asked.get() })) }
        })
        .on("echo", move |text: String, _| {
            let own = own.clone();
            async move { own.borrow_mut().push(text) }
        });
    let socket = guarded(builder.connect()).await.unwrap();
    socket.emit("echo", "one").await.unwrap();
    socket.emit("echo", "two").await.unwrap();
    let _: u8 = socket.emit_with_ack("echo", 3).await.unwrap();
    assert_eq!(*seen.borrow(), ["one", "two"]);
}

pub(crate) async fn a_panic_ends_one_call_and_no_other(case: Case) {
    let server = Server::start(case).await;
    let errors = Rc::new(RefCell::new(Vec::new()));
    let own = errors.clone();
    let gate = Rc::new(Notify::new());
    let handler_gate = gate.clone();
    let builder = server
        .client("/lab")
        .on_error(move |error| match error {
            SocketError::HandlerPanicked { event } => own.borrow_mut().push(event),
            other => panic!("{other:?}"),
        })
        .on("echo", |_: u32, _| {
            assert_eq!(1, 2, "a test's own panic: at once");
            async {}
        })
        .on("echo", async |_: u32, _: Context| -> () {
            panic!("a test's own panic: when polled")
        })
        .on("echo", move |_: u32, _| {
            let gate = handler_gate.clone();
            async move {
                gate.notified().await;
                panic!("a test's own panic: after waiting");
            }
        });
    let socket = guarded(builder.connect()).await.unwrap();
    let mut events = socket.events();
    for round in 1..=200_u32 {
        socket.emit("echo", round).await.unwrap();
        assert_eq!(next_named(&mut events, "echo").await.args(), Ok(round));
        gate.notify_one();
        let _: u32 = socket.emit_with_ack("echo", round).await.unwrap();
    }
    while errors.borrow().len() < 600 {
        let _: u32 = socket.emit_with_ack("echo", 0).await.unwrap();
    }
    assert_eq!(errors.borrow().len(), 600);
    assert!(socket.is_connected());
}

pub(crate) async fn handles_may_be_dropped_in_any_order(case: Case) {
    let server = Server::start(case).await;
    let watcher = guarded(server.client("/lab").connect()).await.unwrap();
    for order in 0..6 {
        let socket = guarded(server.client("/lab").connect()).await.unwrap();
        let id = socket.id().unwrap();
        let client = socket.client().clone();
        let events = socket.events();
        let request = socket.emit_with_ack::<()>("silent", ());
        let ended = socket.ended();
        let mut handles: Vec<Box<dyn std::any::Any>> = vec![
            Box::new(client),
            Box::new(request),
            Box::new(socket.downgrade()),
        ];
        handles.rotate_left(order % 3);
        if order < 3 {
            drop(socket);
            drop(handles);
            // The stream is the last handle.
            assert!(!id.is_empty());
            drop(events);
        } else {
            drop(events);
            drop(handles);
            drop(socket);
        }
        // The driver has closed the connection and ended.
        assert!(matches!(guarded(ended).await, tidewire::Ended::Closed));
    }
    let _: u8 = watcher.emit_with_ack("echo", 1).await.unwrap();
}

pub(crate) async fn a_restored_session_gets_the_missed_events(case: Case) {
    if !case.kind.is_socketio4() {
        // Only socket.io 4.6 and later restore sessions.
        return;
    }
    let server = Server::recovering(case.mode).await;
    let pause = Duration::from_millis(10);
    let url = "/lab?room=demo&userId=client";
    let builder = reconnect_after(server.client(url), pause);
    let socket = guarded(builder.connect()).await.unwrap();
    guarded(socket.namespace("/ptop").connect()).await.unwrap();
    let sender = server.client("/lab?room=demo&userId=sender").connect();
    let sender = guarded(sender).await.unwrap();
    let watcher = sender.namespace("/ptop");
    let mut presence = watcher.events();
    guarded(watcher.connect()).await.unwrap();
    let mut events = socket.events();
    let _: String = socket.emit_with_ack("join", "room").await.unwrap();
    sender.emit("say", ("room", "before")).await.unwrap();
    let said = next_named(&mut events, "said").await;
    assert_eq!(said.args::<String>().unwrap(), "before");
    let id = socket.id();
    socket.client().hint(Hint::Background);
    socket.client().hint(Hint::Offline);
    expect_disconnected(&mut events).await;
    // A session that the server has not lost yet cannot be restored.
    loop {
        let online = next_named(&mut presence, "online").await;
        if online.args::<Online>().unwrap().action == Presence::Leave {
            break;
        }
    }
    sender.emit("say", ("room", "while")).await.unwrap();
    let _: u8 = sender.emit_with_ack("echo", 1).await.unwrap();
    socket.client().hint(Hint::Foreground);
    let said = next_named(&mut events, "said").await;
    assert_eq!(said.args::<String>().unwrap(), "while");
    assert!(socket.is_recovered());
    assert_eq!(socket.id(), id);
}

pub(crate) async fn events_with_retries_arrive_after_a_loss(case: Case) {
    let server = Server::start(case).await;
    let pause = Duration::from_millis(10);
    let builder = reconnect_after(server.client("/lab"), pause);
    let socket = guarded(builder.connect()).await.unwrap();
    let mut first = socket
        .emit_with_ack::<String>("echo", "kept")
        .retries(3)
        .timeout(Duration::from_secs(60));
    assert!(futures_util::poll!(&mut first).is_pending());
    socket.client().hint(Hint::Offline);
    assert_eq!(guarded(first).await.unwrap(), "kept");
}

pub(crate) async fn the_network_and_the_page_give_hints(case: Case) {
    let server = Server::start(case).await;
    let hour = Duration::from_secs(3_600);
    let builder = reconnect_after(server.client("/lab"), hour);
    let socket = guarded(builder.connect()).await.unwrap();
    let mut events = socket.events();
    dispatch("offline", false);
    expect_disconnected(&mut events).await;
    dispatch("online", false);
    // Without the hint, the attempt would come in half an hour.
    assert!(matches!(
        next_change(&mut events).await,
        Event::Connected(_)
    ));
    dispatch("pagehide", true);
    expect_disconnected(&mut events).await;
    dispatch("pageshow", true);
    assert!(matches!(
        next_change(&mut events).await,
        Event::Connected(_)
    ));
}

pub(crate) async fn a_handler_may_dispatch_events_of_the_page(case: Case) {
    let server = Server::start(case).await;
    let hour = Duration::from_secs(3_600);
    let builder = server.client("/lab").on("echo", |kind: String, _| {
        dispatch(&kind, false);
        std::future::ready(())
    });
    let socket = guarded(reconnect_after(builder, hour).connect())
        .await
        .unwrap();
    let mut events = socket.events();
    socket.emit("echo", "offline").await.unwrap();
    expect_disconnected(&mut events).await;
    dispatch("online", false);
    assert!(matches!(
        next_change(&mut events).await,
        Event::Connected(_)
    ));
    assert_eq!(socket.emit_with_ack::<u8>("echo", 1).await, Ok(1));
}

/// Long texts are read by the browser's encoder, through a buffer of 32 KiB.
pub(crate) async fn texts_of_any_length_arrive(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    for filler in ["x", "中", "x😀"] {
        for count in [1, 100, 400, 511, 11_000, 32_700, 70_000] {
            let text = filler.repeat(count);
            let echoed: String = socket.emit_with_ack("echo", &text).await.unwrap();
            assert!(echoed == text, "{filler}, {count} times");
        }
    }
}

pub(crate) async fn a_panic_ends_one_task_and_no_other(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    // It is a promise's error, which goes to the console unless a listener prevents that.
    let ignore = js_sys::Function::new_with_args("event", "event.preventDefault()");
    call("addEventListener", &"unhandledrejection".into(), &ignore);
    tidewire_web::spawn(async { panic!("a test's own panic: of a task") });
    let (done_tx, done_rx) = tokio::sync::oneshot::channel();
    tidewire_web::spawn(async { done_tx.send(()).unwrap() });
    guarded(done_rx).await.unwrap();
    assert_eq!(socket.emit_with_ack::<u8>("echo", 1).await, Ok(1));
    // The event comes after the microtasks, so before the ack.
    call("removeEventListener", &"unhandledrejection".into(), &ignore);
}

/// Calls a function of the window.
fn call(name: &str, first: &wasm_bindgen::JsValue, second: &wasm_bindgen::JsValue) {
    let global = js_sys::global();
    let function: js_sys::Function = js_sys::Reflect::get(&global, &name.into()).unwrap().into();
    let _: wasm_bindgen::JsValue = function.call2(&global, first, second).unwrap();
}

/// Dispatches an event of the window, as the browser does.
fn dispatch(kind: &str, persisted: bool) {
    let global = js_sys::global();
    let get = |name: &str| js_sys::Reflect::get(&global, &name.into()).unwrap();
    let init = js_sys::Object::new();
    js_sys::Reflect::set(&init, &"persisted".into(), &persisted.into()).unwrap();
    let class = if persisted {
        "PageTransitionEvent"
    } else {
        "Event"
    };
    let arguments = js_sys::Array::of2(&kind.into(), &init);
    let event = js_sys::Reflect::construct(&get(class).into(), &arguments).unwrap();
    let dispatch: js_sys::Function = get("dispatchEvent").into();
    let _: wasm_bindgen::JsValue = dispatch.call1(&global, &event).unwrap();
}

/// Upgrades from polling while events go to and fro. Returns the transport that it ends up on.
pub(crate) async fn upgraded_transport(builder: Builder) -> Option<Transport> {
    let client = builder.build().unwrap();
    let socket = client.socket();
    let mut events = socket.events();
    guarded(socket.connect()).await.unwrap();
    let upgraded = async {
        loop {
            match guarded(events.next()).await.unwrap() {
                Event::Upgraded => return,
                Event::Disconnected { reason, error, .. } => panic!("{reason}: {error:?}"),
                _ => {}
            }
        }
    };
    let echoes = async {
        for number in 0..50 {
            let back: u32 = guarded(socket.emit_with_ack("echo", number)).await.unwrap();
            assert_eq!(back, number);
        }
    };
    tokio::join!(upgraded, echoes);
    let large = Bytes::from(vec![7; 700_000]);
    let back: Bytes = guarded(socket.emit_with_ack("echo", &large)).await.unwrap();
    assert_eq!(back, large);
    let transport = client.transport();
    guarded(client.close()).await;
    transport
}
