//! Hints of the host, and dead peers found sooner.

use tidewire_core::{Ack, Config, Delivery, EngineVersion, Hint, Millis, Reason};

use crate::bench::{Bench, EIO3, no_jitter};

#[test]
fn volatile_events_are_dropped_while_the_transport_is_congested() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a"}"#);
    bench.sent.clear();
    bench.hint(Hint::Congested);
    bench
        .emit(r#"["v"]"#, Ack::None, Delivery::Volatile)
        .unwrap();
    bench
        .emit(r#"["kept"]"#, Ack::None, Delivery::Once)
        .unwrap();
    bench.hint(Hint::Writable);
    bench
        .emit(r#"["w"]"#, Ack::None, Delivery::Volatile)
        .unwrap();
    assert_eq!(bench.sent, [r#"42/chat,["kept"]"#, r#"42/chat,["w"]"#]);
}

#[test]
fn a_network_that_comes_or_goes_is_believed_at_once() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a"}"#);
    let first = bench.link;
    bench.hint(Hint::Offline);
    assert_eq!(bench.news.last().unwrap(), Reason::TransportClose.as_str());
    assert_eq!(bench.link, first);
    bench.hint(Hint::Online);
    assert_ne!(bench.link, first, "it tries again without waiting");
}

#[test]
fn nothing_is_tried_in_the_background() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a"}"#);
    let first = bench.link;
    bench.hint(Hint::Background);
    bench.lose();
    bench.wait(60_000);
    assert_eq!(bench.link, first);
    bench.hint(Hint::Foreground);
    assert_ne!(bench.link, first);
}

#[test]
fn a_dead_peer_is_found_within_the_grace_that_is_wanted() {
    let config = Config {
        ping_grace: Some(Millis(1_000)),
        ..no_jitter()
    };
    let mut bench = Bench::connected(config, r#"{"sid":"a"}"#);
    bench.wait(25_999);
    assert!(bench.client.is_connected(bench.nsp));
    bench.wait(1);
    assert_eq!(bench.news.last().unwrap(), Reason::PingTimeout.as_str());
}

#[test]
fn an_old_server_is_pinged_as_often_as_is_wanted_and_at_once_in_the_foreground() {
    let config = Config {
        ping_every: Some(Millis(2_000)),
        ping_grace: Some(Millis(500)),
        engine_version: Some(EngineVersion::Eio3),
        ..no_jitter()
    };
    let mut bench = Bench::new(config);
    for packet in [EIO3, "40", "40/chat,"] {
        bench.hear(packet);
    }
    bench.sent.clear();
    bench.wait(2_000);
    assert_eq!(bench.sent, ["2"]);
    bench.hear("3");
    bench.hint(Hint::Foreground);
    assert_eq!(bench.sent, ["2", "2"]);
    bench.wait(499);
    assert!(bench.client.is_connected(bench.nsp));
    bench.wait(1);
    assert_eq!(bench.news.last().unwrap(), Reason::PingTimeout.as_str());
}
