//! Stopping a fleet: politely, at any moment, and in bounded time.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tidewire::fleet::{Bot, BotResult, Change, Exit, Fleet, Restart};
use tidewire::{Client, Socket};

use crate::support::scripted::{Conn, Scripted};
use crate::support::server::{Kind, Server};
use crate::support::{guarded, run};
use crate::{stays, until};

const HOUR: Duration = Duration::from_secs(3_600);
const LONG: Duration = Duration::from_secs(20);

/// A bot that runs `then` once it is connected to a server that the test plays.
async fn one_bot<F, Fut>(then: F) -> (Fleet, Conn)
where
    F: Fn(Bot, Socket) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = BotResult> + Send + 'static,
{
    let server = Scripted::start().await;
    let url = format!("http://127.0.0.1:{}/", server.port());
    let then = Arc::new(then);
    let fleet = Fleet::builder(1)
        .start(move |bot| {
            let (builder, then) = (Client::builder(&url), then.clone());
            async move {
                let socket = bot.connect(builder).await?;
                then(bot, socket).await
            }
        })
        .unwrap();
    let conn = server.accept_namespace("/").await;
    until(&fleet, |status| status.connected == 1).await;
    (fleet, conn)
}

#[test]
fn a_bot_leaves_with_all_that_it_has_sent_and_a_disconnect() {
    run(async {
        let (fleet, mut conn) = one_bot(|bot, socket| async move {
            bot.stopped().await;
            socket.emit("goodbye", bot.name()).await?;
            Ok(())
        })
        .await;
        let (status, ()) = tokio::join!(fleet.stop(LONG), async {
            assert_eq!(conn.text().await, r#"42["goodbye","bot-0"]"#);
            assert_eq!(conn.text().await, "41");
            conn.expect_close().await;
        });
        assert_eq!((status.ended, status.exits.stopped), (1, 1));
    });
}

#[test]
fn a_run_that_is_over_leaves_with_a_disconnect_too() {
    run(async {
        let server = Scripted::start().await;
        let url = format!("http://127.0.0.1:{}/", server.port());
        let fleet = Fleet::builder(1)
            .restart(Restart::never())
            .start(move |bot| {
                let builder = Client::builder(&url);
                async move {
                    let _socket = bot.connect(builder).await?;
                    panic!("while it is connected");
                }
            })
            .unwrap();
        let mut conn = server.accept_namespace("/").await;
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
        guarded(fleet.ended()).await;
        assert_eq!(fleet.status().exits.panicked, 1);
    });
}

#[test]
fn a_function_that_does_not_look_is_dropped_at_once() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let fleet = Fleet::builder(50)
            .rate(0.0)
            .start(stays!(server.url("/lab")))
            .unwrap();
        until(&fleet, |status| status.connected == 50).await;
        // Longer than the test may take.
        let status = guarded(fleet.stop(HOUR)).await;
        assert_eq!((status.ended, status.exits.stopped), (50, 50));
    });
}

#[test]
fn a_stop_while_bots_begin_ends_those_that_began_and_no_other_begins() {
    run(async {
        let server = Server::start(Kind::SocketIo4).await;
        // On a busy machine, too, many have not begun when the first are connected.
        let fleet = Fleet::builder(300)
            .rate(20.0)
            .handshakes(3)
            .start(stays!(server.url("/lab")))
            .unwrap();
        let mut events = fleet.events();
        until(&fleet, |status| status.connected > 10).await;
        let status = guarded(fleet.stop(LONG)).await;
        let began = status.exits.stopped;
        assert!((10..300).contains(&began), "{status}");
        assert_eq!((status.ended, status.restarts), (300, 0));
        assert_eq!(status.connected + status.waiting + status.disconnected, 0);
        let (mut started, mut stopped) = (0, 0);
        while let Some(event) = guarded(events.next()).await {
            match event.change {
                Change::Started => started += 1,
                Change::Exited(exit) => {
                    assert_eq!(exit, Exit::Stopped);
                    stopped += 1;
                }
                _ => {}
            }
        }
        assert!((10..=began).contains(&started) && started <= stopped);
    });
}

#[test]
fn a_stop_ends_pauses_before_restarts() {
    run(async {
        let fleet = Fleet::builder(5)
            .rate(0.0)
            .restart(Restart::always().delay(HOUR).delay_max(HOUR))
            .start(async |_| Ok(()))
            .unwrap();
        until(&fleet, |status| status.restarting == 5).await;
        let status = guarded(fleet.stop(HOUR)).await;
        assert_eq!((status.ended, status.exits.returned), (5, 5));
    });
}

#[test]
fn functions_that_want_time_and_servers_that_do_not_close_have_no_more_than_there_is() {
    run(async {
        let (fleet, _conn) = one_bot(|bot, _socket| async move {
            bot.stopped().await;
            pending::<BotResult>().await
        })
        .await;
        let status = guarded(fleet.stop(Duration::from_millis(50))).await;
        assert_eq!((status.ended, status.exits.stopped), (1, 1));
    });
}

#[test]
fn a_second_stop_shortens_the_first() {
    run(async {
        let fleet = Fleet::builder(1)
            .start(async |bot| {
                bot.stopped().await;
                pending::<BotResult>().await
            })
            .unwrap();
        until(&fleet, |status| status.disconnected == 1).await;
        let (status, _) =
            guarded(async { tokio::join!(fleet.stop(HOUR), fleet.stop(Duration::from_millis(1))) })
                .await;
        assert_eq!(status.exits.stopped, 1);
    });
}

#[test]
fn a_fleet_without_a_handle_ends() {
    run(async {
        let server = Scripted::start().await;
        let url = format!("http://127.0.0.1:{}/", server.port());
        let fleet = Fleet::builder(1).start(stays!(url)).unwrap();
        let mut events = fleet.events();
        let mut conn = server.accept_namespace("/").await;
        until(&fleet, |status| status.connected == 1).await;
        drop(fleet.clone());
        conn.expect_pong_next().await;
        drop(fleet);
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
        while guarded(events.next()).await.is_some() {}
    });
}
