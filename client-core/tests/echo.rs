//! Compares the Echo channels with `vectors/echo.json`.
//!
//! `event`, `channel`, `header`: a name or header, and what becomes of it. `subscription`, `whisper`: a message to the server.
//! `channels`: commands and events of a client, in steps, each with its effect. Tickets have numbers in the order of their making.
#![cfg(feature = "serde")]

use serde_json::{Value, json};
use tidewire_core::echo::{
    ChannelKind, ChannelName, Channels, EventNames, Headers, Member, NOTIFICATION, News,
    Subscription, Ticket, TooManyChannels, Whisper, members,
};

#[test]
fn vectors() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("vectors/echo.json")).expect("vectors are JSON");
    for case in &cases {
        let name = text(case, "name");
        match text(case, "op") {
            "event" => {
                let names = EventNames::new(case["namespace"].as_str());
                assert_eq!(
                    names.format(text(case, "event")),
                    text(case, "is"),
                    "{name}"
                );
            }
            "channel" => channel(case, name),
            "header" => {
                let [header, value] = [&case["header"][0], &case["header"][1]].map(string);
                let inserted = Headers::new().insert(header, value);
                assert_eq!(Value::from(inserted.is_ok()), case["is"], "{name}");
            }
            "subscription" => {
                let channel = full_name(text(case, "channel"));
                let subscription = Subscription::new(&channel, headers(&case["headers"]));
                assert_eq!(json!(subscription), case["is"], "{name}");
            }
            "whisper" => {
                let channel = full_name(text(case, "channel"));
                let whisper = Whisper::new(&channel, text(case, "whisper"), &case["data"]);
                assert_eq!(json!(whisper), case["is"], "{name}");
            }
            "channels" => channels(case, name),
            other => unreachable!("{name}: unknown op {other:?}"),
        }
    }
}

fn channel(case: &Value, name: &str) {
    let kind = match text(case, "kind") {
        "public" => ChannelKind::Public,
        "private" => ChannelKind::Private,
        _ => ChannelKind::Presence,
    };
    let made = match ChannelName::new(kind, text(case, "of")) {
        Ok(made) => made,
        Err(error) => {
            assert_eq!(error.to_string(), text(case, "error"), "{name}");
            return;
        }
    };
    assert_eq!(made.as_str(), text(case, "is"), "{name}");
    let kind = match made.kind() {
        ChannelKind::Public => "public",
        ChannelKind::Private => "private",
        ChannelKind::Presence => "presence",
    };
    assert_eq!(kind, text(case, "isKind"), "{name}");
    assert_eq!(
        Value::from(made.is_authorized()),
        case["authorized"],
        "{name}"
    );
}

fn channels(case: &Value, name: &str) {
    let (mut channels, mut tickets) = (Channels::new(), Vec::new());
    for (at, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
        let about = format!("{name}, step {at}");
        take_step(&mut channels, &mut tickets, step, &about);
        if let Some(expected) = step.get("members") {
            let members = channels.members(&full_name(text(step, "channel")));
            let ids: Vec<&str> = members.expect("it is joined").iter().map(id).collect();
            assert_eq!(&json!(ids), expected, "{about}");
        }
    }
}

fn take_step(channels: &mut Channels, tickets: &mut Vec<Ticket>, step: &Value, about: &str) {
    let ticket = |key: &str| {
        let number = usize::try_from(step[key].as_u64()?).ok()?;
        tickets.get(number).cloned()
    };
    if let Some(channel) = step.get("subscribe") {
        let made = channels
            .subscribe(&full_name(&string(channel)))
            .expect("there is room");
        let number = made.is_some().then_some(tickets.len());
        assert_eq!(json!(number), step["ticket"], "{about}");
        tickets.extend(made);
    } else if let Some(names) = step.get("connected") {
        let made = channels.handle_connected();
        let of: Vec<&str> = made
            .iter()
            .map(|ticket| ticket.channel().as_str())
            .collect();
        assert_eq!(&json!(of), names, "{about}");
        let numbers: Vec<usize> = (tickets.len()..tickets.len() + made.len()).collect();
        assert_eq!(json!(numbers), step["tickets"], "{about}");
        tickets.extend(made);
    } else if let Some(ticket) = ticket("send") {
        assert_eq!(Value::from(channels.send(&ticket)), step["is"], "{about}");
    } else if let Some(ticket) = ticket("fail") {
        assert_eq!(Value::from(channels.fail(&ticket)), step["is"], "{about}");
    } else if let Some(channel) = step.get("leave") {
        let told = channels.leave(&full_name(&string(channel)));
        assert_eq!(Value::from(told), step["tell"], "{about}");
    } else if let Some(event) = step.get("event") {
        match channels.handle_event(&string(event), text(step, "channel"), &step["data"]) {
            Ok(news) => assert_eq!(news.map_or(Value::Null, written), step["news"], "{about}"),
            Err(error) => assert_eq!(error.to_string(), text(step, "error"), "{about}"),
        }
    } else {
        assert_eq!(step["disconnected"], true, "{about}");
        channels.handle_disconnected();
    }
}

#[test]
fn the_channels_are_bounded() {
    let mut channels = Channels::new();
    for number in 0..10_000 {
        let joined = channels.subscribe(&full_name(&number.to_string()));
        assert_eq!(joined, Ok(None));
    }
    assert_eq!(channels.subscribe(&full_name("x")), Err(TooManyChannels));
    assert_eq!(channels.subscribe(&full_name("7")), Ok(None));
    channels.leave(&full_name("7"));
    assert_eq!(channels.subscribe(&full_name("x")), Ok(None));
    assert_eq!(channels.names().count(), 10_000);
}

#[test]
fn the_members_are_bounded() {
    let list: Vec<Value> = (0..100_001).map(|id| json!({"user_id": id})).collect();
    assert_eq!(members(&json!(list)).expect("a list").len(), 100_000);
    let (mut channels, name) = (Channels::new(), full_name("presence-x"));
    channels.subscribe(&name).expect("there is room");
    for id in 0..100_001 {
        let member = json!({"user_id": id});
        let news = channels.handle_event("presence:joining", name.as_str(), &member);
        assert!(matches!(news, Ok(Some(News::Joining(_)))));
    }
    assert_eq!(
        channels.members(&name).expect("it is joined").len(),
        100_000
    );
}

#[test]
fn logs_do_not_contain_tokens() {
    let headers = headers(&json!({"Authorization": "Bearer secret"}));
    assert_eq!(format!("{headers:?}"), r#"{"Authorization"}"#);
}

#[test]
fn a_notification_is_named_verbatim() {
    assert!(NOTIFICATION.starts_with('.'));
}

fn full_name(name: &str) -> ChannelName {
    ChannelName::new(ChannelKind::Public, name).expect("a name")
}

fn headers(value: &Value) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in value.as_object().expect("headers") {
        headers.insert(name, string(value)).expect("a header");
    }
    headers
}

fn id(member: &Member) -> &str {
    &member.user_id
}

fn written(news: News) -> Value {
    match news {
        News::Here(list) => json!(["here", list.iter().map(id).collect::<Vec<_>>()]),
        News::Joining(member) => json!(["joining", member.user_id]),
        News::Leaving(member) => json!(["leaving", member.user_id]),
        News::Refused(status) => json!(["refused", status]),
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect("a text")
}

fn string(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
