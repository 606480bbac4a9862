//! Names, states, spread beginnings, and the limit of handshakes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tidewire::fleet::{BotPhase, BotResult, BotStatus, Change, Fleet, FleetStatus, Restart};
use tidewire::{BuildError, Client};
use tokio::sync::watch;

use crate::support::scripted::{Conn, Scripted, handshake};
use crate::support::server::{Kind, Server};
use crate::support::{guarded, run, run_on_one_thread};
use crate::until;

#[test]
fn each_bot_has_its_name_number_and_state() {
    run(async {
        for kind in [Kind::Testbed, Kind::SocketIo2, Kind::SocketIo4] {
            let server = Server::start(kind).await;
            let url = server.url("/lab");
            let fleet = Fleet::builder(20)
                .names(|index| format!("crab {index}"))
                .state(|index| AtomicU32::new(u32::try_from(index).unwrap()))
                .rate(f64::INFINITY)
                .start(move |bot| {
                    let builder = Client::builder(&url);
                    async move {
                        let socket = bot.connect(builder).await?;
                        let name = bot.name().to_owned();
                        let echoed: String = socket.emit_with_ack("echo", &name).await?;
                        assert_eq!(echoed, format!("crab {}", bot.index()));
                        bot.state().fetch_add(100, Ordering::Relaxed);
                        assert!(!bot.is_stopping());
                        Ok(())
                    }
                })
                .unwrap();
            guarded(fleet.ended()).await;
            let status = fleet.status();
            assert_eq!((status.ended, status.exits.returned), (20, 20), "{status}");
            assert_eq!(status.metrics.acks_received, 20);
            for (index, bot) in fleet.bots().enumerate() {
                assert_eq!((bot.index, &*bot.name), (index, &*format!("crab {index}")));
                assert_eq!((bot.phase, bot.runs), (BotPhase::Ended, 1));
                assert_eq!(bot.metrics.connects, 1);
                let state = fleet.state(index).unwrap().load(Ordering::Relaxed);
                assert_eq!(state as usize, 100 + index);
            }
            assert!(fleet.state(20).is_none());
        }
    });
}

#[test]
fn the_events_tell_each_change_in_order_and_end() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let url = server.url("/lab");
        let fleet = Fleet::builder(1)
            .spread(Duration::from_millis(1))
            .restart(Restart::never())
            .start(move |bot| {
                let builder = Client::builder(&url);
                async move { Ok(bot.connect(builder).await?.emit("silent", ()).await?) }
            })
            .unwrap();
        let mut events = fleet.events();
        let mut changes = Vec::new();
        while let Some(event) = guarded(events.next()).await {
            assert_eq!((event.index, &*event.name), (0, "bot-0"));
            changes.push(event.change);
        }
        assert!(matches!(
            changes[..],
            [
                Change::Started,
                Change::Connected,
                Change::Exited(_),
                Change::Ended
            ]
        ));
        assert_eq!(events.missed(), 0);
        // A stream that begins now has nothing to tell.
        assert!(guarded(fleet.events().next()).await.is_none());
    });
}

#[test]
fn a_reader_that_is_behind_misses_events_and_knows_how_many() {
    run(async {
        let (go, wait) = watch::channel(false);
        let fleet = Fleet::builder(1_000)
            .rate(0.0)
            .start(move |_| {
                let mut wait = wait.clone();
                async move {
                    wait.wait_for(|go| *go).await?;
                    Ok(())
                }
            })
            .unwrap();
        let mut events = fleet.events();
        go.send(true).unwrap();
        guarded(fleet.ended()).await;
        let mut read = 0;
        while guarded(events.next()).await.is_some() {
            read += 1;
        }
        // Each bot exits and ends after the stream has begun.
        assert_eq!(read, 1_024);
        assert!((976..=1_976).contains(&events.missed()));
        assert_eq!(fleet.status().exits.returned, 1_000);
    });
}

#[test]
fn a_fleet_of_none_has_ended() {
    run(async {
        let fleet = Fleet::builder(0).start(async |_| Ok(())).unwrap();
        guarded(fleet.ended()).await;
        assert!(guarded(fleet.events().next()).await.is_none());
        let status = guarded(fleet.stop(Duration::ZERO)).await;
        let uptime = status.uptime;
        let none = FleetStatus::default();
        assert_eq!(status, none.clone().with_uptime(uptime));
    });
}

/// A status of the same fleet at another time.
trait WithUptime {
    fn with_uptime(self, uptime: Duration) -> FleetStatus;
}

impl WithUptime for FleetStatus {
    fn with_uptime(mut self, uptime: Duration) -> FleetStatus {
        self.uptime = uptime;
        self
    }
}

#[test]
fn a_fleet_needs_a_runtime() {
    async fn nothing(_: tidewire::fleet::Bot) -> BotResult {
        Ok(())
    }
    let outcome = Fleet::builder(1).start(nothing);
    assert!(matches!(outcome, Err(BuildError::NoRuntime)));
}

#[test]
fn no_more_connections_are_opened_at_a_time_than_allowed() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let url = format!("http://127.0.0.1:{}/", server.port());
        // Longer than the clock is stopped.
        let hour = 3_600_000;
        let handshake = handshake(hour, hour);
        let limit = Duration::from_millis(hour.into());
        let fleet = Fleet::builder(5)
            .rate(0.0)
            .handshakes(2)
            .start(move |bot| {
                let builder = Client::builder(&url).connect_timeout(limit);
                async move {
                    let socket = bot.connect(builder).await?;
                    socket.ended().await;
                    Ok(())
                }
            })
            .unwrap();
        let mut open = Vec::new();
        let mut waiting = vec![server.accept_tcp().await, server.accept_tcp().await];
        for answered in 1..=5 {
            // Once is enough: the time on the stopped clock counts for the limit of the test.
            if answered == 1 {
                server.expect_no_attempt().await;
            }
            let mut conn = Conn::accept(waiting.remove(0)).await.unwrap();
            conn.send(&handshake).await;
            conn.accept_namespace("/").await;
            open.push(conn);
            until(&fleet, |status| status.connected == answered).await;
            if answered <= 3 {
                waiting.push(server.accept_tcp().await);
            }
        }
        // Reconnects wait for their turn as well.
        drop(open);
        let _waiting = [server.accept_tcp().await, server.accept_tcp().await];
        server.expect_no_attempt().await;
    });
}

#[test]
fn a_client_that_connects_in_the_background_is_looked_after_too() {
    run(async {
        let mut server = Server::start(Kind::Testbed).await;
        server.stop().await;
        let url = server.url("/lab");
        let fleet = Fleet::builder(3)
            .rate(0.0)
            .start(move |bot| {
                let builder = Client::builder(&url).reconnection_delay(Duration::from_millis(1));
                async move {
                    let client = bot.client(builder)?;
                    client.socket().start();
                    client.socket().ended().await;
                    Ok(())
                }
            })
            .unwrap();
        let tried = |bot: BotStatus| bot.metrics.failed_attempts > 0;
        until(&fleet, |status| status.disconnected == 3).await;
        until(&fleet, |_| fleet.bots().all(tried)).await;
        server.restart().await;
        until(&fleet, |status| status.connected == 3).await;
    });
}
