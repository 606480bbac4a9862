//! Bots that fail, panic, are kicked, or lose their server.

use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tidewire::fleet::{BotPhase, BotResult, Change, Exit, Fleet, Restart};
use tidewire::{Client, Ended, Reason};

use crate::support::run;
use crate::support::scripted::Scripted;
use crate::support::server::{Kind, Server};
use crate::support::{guarded, reconnect_after};
use crate::{next_exit, stays, until};

const SOON: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(20);

fn soon() -> Restart {
    Restart::on_failure().delay(SOON).delay_max(SOON * 1_000)
}

#[test]
fn an_error_ends_a_run_and_the_text_has_its_causes() {
    run(async {
        let fleet = Fleet::builder(1)
            .restart(soon().attempts(2))
            .start(async |bot| {
                bot.connect(Client::builder("http://127.0.0.1:1")).await?;
                Ok(())
            })
            .unwrap();
        let mut events = fleet.events();
        for _ in 0..3 {
            match next_exit(&mut events).await {
                Exit::Failed(text) => {
                    assert!(text.starts_with("cannot connect to http://127.0.0.1:1/"));
                    assert!(text.contains("refused"), "{text}");
                }
                other => panic!("{other:?}"),
            }
        }
        guarded(fleet.ended()).await;
        let status = fleet.status();
        assert_eq!((status.restarts, status.exits.failed), (2, 3));
        assert_eq!(status.metrics.failed_attempts, 3);
    });
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("dropped");
        }
    }
}

#[test]
fn a_panic_ends_the_run_of_one_bot_wherever_it_is() {
    run(async {
        let fleet = Fleet::builder(6)
            .rate(0.0)
            .state(|_| AtomicU32::new(0))
            .restart(soon())
            .start(|bot| {
                let first = bot.state().fetch_add(1, Ordering::Relaxed) == 0;
                // Not in the future, but on the way to it.
                assert!(bot.index() != 1 || !first, "too early");
                async move {
                    assert_eq!(bot.run() == 1, first);
                    match bot.index() {
                        _ if !first => {}
                        2 => panic!("at once"),
                        3 => {
                            tokio::task::yield_now().await;
                            panic!("later: {}", bot.name());
                        }
                        4 => std::panic::panic_any(7),
                        5 => {
                            let _bomb = Bomb;
                            tokio::task::yield_now().await;
                        }
                        _ => {}
                    }
                    Ok(())
                }
            })
            .unwrap();
        guarded(fleet.ended()).await;
        let status = fleet.status();
        assert_eq!((status.exits.panicked, status.exits.returned), (5, 6));
        assert_eq!(status.restarts, 5);
    });
}

#[test]
fn the_text_of_a_panic_is_told() {
    run(async {
        let fleet = Fleet::builder(1)
            .restart(Restart::never())
            .start(async |bot| panic!("{} is tired", bot.name()))
            .unwrap();
        guarded(fleet.ended()).await;
        let bot = fleet.bots().next().unwrap();
        assert_eq!(bot.last_exit, Some(Exit::Panicked("bot-0 is tired".into())));
    });
}

#[test]
fn a_future_that_panics_when_it_is_dropped_harms_no_other_bot() {
    run(async {
        let fleet = Fleet::builder(3)
            .rate(0.0)
            .start(async |_| {
                let _bomb = Bomb;
                pending().await
            })
            .unwrap();
        until(&fleet, |status| status.disconnected == 3).await;
        let status = guarded(fleet.stop(Duration::from_secs(5))).await;
        assert_eq!((status.ended, status.exits.stopped), (3, 3));
    });
}

async fn is_kicked(server: &Server) {
    let url = server.url("/lab");
    let fleet = Fleet::builder(3)
        .rate(0.0)
        .grace(Duration::ZERO)
        .restart(Restart::never())
        .start(move |bot| {
            let builder = Client::builder(&url);
            async move {
                let socket = bot.connect(builder).await?;
                socket.emit("kick", ()).await?;
                let why = socket.ended().await;
                assert!(matches!(why, Ended::Kicked));
                match bot.index() {
                    0 => Ok(()),
                    1 => Err("kicked".into()),
                    // It does not look, and goes on.
                    _ => pending().await,
                }
            }
        })
        .unwrap();
    guarded(fleet.ended()).await;
    let status = fleet.status();
    assert_eq!((status.exits.kicked, status.ended), (3, 3), "{status}");
    assert_eq!(status.metrics.losses.server_disconnect, 3);
}

#[test]
fn a_kick_is_told_and_counted_whatever_the_function_does() {
    run(async {
        for kind in [Kind::Testbed, Kind::SocketIo2, Kind::SocketIo4] {
            is_kicked(&Server::start(kind).await).await;
        }
    });
}

#[test]
fn a_bot_that_egg_denies_is_kicked_and_begins_again_by_the_policy() {
    run(async {
        for kind in [Kind::Testbed, Kind::Egg] {
            let server = Server::start(kind).await;
            // The room is gone, so the server denies and disconnects.
            let fleet = Fleet::builder(1)
                .restart(soon().attempts(2))
                .start(stays!(server.url("/ptop?room=gone&userId=bot")))
                .unwrap();
            guarded(fleet.ended()).await;
            let status = fleet.status();
            assert_eq!((status.exits.kicked, status.restarts), (3, 2), "{kind:?}");
        }
    });
}

#[test]
fn a_bot_that_connects_again_after_a_kick_goes_on() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let url = server.url("/lab");
        let fleet = Fleet::builder(1)
            .grace(SOON)
            .restart(Restart::never())
            .start(move |bot| {
                let builder = Client::builder(&url);
                async move {
                    let socket = bot.connect(builder).await?;
                    for _ in 0..3 {
                        socket.emit("kick", ()).await?;
                        socket.ended().await;
                        socket.connect().await?;
                    }
                    // Longer than the grace.
                    tokio::time::sleep(SOON * 20).await;
                    socket.emit_with_ack::<()>("echo", ()).await?;
                    Ok(())
                }
            })
            .unwrap();
        guarded(fleet.ended()).await;
        let status = fleet.status();
        assert_eq!((status.exits.returned, status.restarts), (1, 0), "{status}");
        assert_eq!(status.metrics.losses.server_disconnect, 3);
    });
}

#[test]
fn a_refused_bot_has_failed_with_the_words_of_the_server() {
    run(async {
        let server = Server::start(Kind::SocketIo4).await;
        let url = server.url("/auth");
        let fleet = Fleet::builder(1)
            .grace(Duration::ZERO)
            .restart(Restart::never())
            .start(move |bot| {
                let builder = Client::builder(&url);
                async move {
                    // In the background, so nothing tells the function.
                    let client = bot.client(builder)?;
                    client.socket().start();
                    pending::<BotResult>().await
                }
            })
            .unwrap();
        guarded(fleet.ended()).await;
        let bot = fleet.bots().next().unwrap();
        assert_eq!((bot.phase, bot.is_connected), (BotPhase::Ended, false));
        match bot.last_exit {
            Some(Exit::Failed(text)) => assert!(text.contains("refused"), "{text}"),
            other => panic!("{other:?}"),
        }
    });
}

/// All bots return after a crash of the server, and none of them ends.
async fn survives_a_restart(kind: Kind, bots: usize) {
    let mut server = Server::start(kind).await;
    let url = server.url("/lab");
    let fleet = Fleet::builder(bots)
        .rate(0.0)
        .handshakes(20)
        .start(move |bot| {
            let builder = Client::builder(&url);
            async move {
                let socket = bot.connect(reconnect_after(builder, SOON * 50)).await?;
                let mut events = socket.events();
                while events.message().await.is_some() {}
                Ok(())
            }
        })
        .unwrap();
    until(&fleet, |status| status.connected == bots).await;
    server.stop().await;
    until(&fleet, |status| status.disconnected == bots).await;
    server.restart().await;
    let status = until(&fleet, |status| status.connected == bots).await;
    assert_eq!(status.metrics.reconnects, bots as u64, "{status}");
    assert_eq!(status.metrics.losses.total(), bots as u64, "{status}");
    assert_eq!((status.restarts, status.exits), (0, Default::default()));
    let status = guarded(fleet.stop(Duration::from_secs(20))).await;
    assert_eq!((status.ended, status.exits.stopped), (bots, bots as u64));
}

#[test]
fn two_hundred_bots_survive_a_restart_of_the_server() {
    run(async {
        for kind in [Kind::Testbed, Kind::SocketIo2, Kind::SocketIo4] {
            survives_a_restart(kind, 200).await;
        }
    });
}

#[test]
fn a_loss_and_the_reconnect_after_it_are_told_and_measured() {
    run(async {
        let server = Scripted::start().await;
        let url = format!("http://127.0.0.1:{}/", server.port());
        let fleet = Fleet::builder(1)
            .start(move |bot| {
                let builder = reconnect_after(Client::builder(&url), SOON);
                async move {
                    // In the background, too.
                    let client = bot.client(builder)?;
                    client.socket().start();
                    pending::<BotResult>().await
                }
            })
            .unwrap();
        let mut events = fleet.events();
        let conn = server.accept_namespace("/").await;
        let mut changes = Vec::new();
        while changes.len() < 2 {
            changes.push(guarded(events.next()).await.unwrap().change);
        }
        drop(conn);
        let _conn = server.accept_namespace("/").await;
        while changes.len() < 4 {
            changes.push(guarded(events.next()).await.unwrap().change);
        }
        let expected = [
            Change::Started,
            Change::Connected,
            Change::Lost(Reason::TransportClose),
            Change::Reconnected,
        ];
        assert_eq!(changes, expected);
        let status = guarded(fleet.stop(LONG)).await;
        assert_eq!((status.metrics.reconnects, status.exits.stopped), (1, 1));
        // Neither the end nor the application's own close is a loss.
        while let Some(event) = guarded(events.next()).await {
            assert!(
                matches!(event.change, Change::Exited(_) | Change::Ended),
                "{event:?}"
            );
        }
    });
}
