//! The client's process of the scale measurement: all connections, and what becomes of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tidewire::{Client, Socket};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::figures::{Scale, Span};
use super::tally::Tally;
use crate::machine;
use crate::result::Result;
use crate::sample::{Sample, Watch};
use crate::server::TEXT;
use crate::subject::{check, check_tick};

/// How many connections, to which servers, and for how long.
#[derive(Clone, Debug, Args)]
pub(crate) struct Task {
    #[arg(long)]
    count: u64,
    /// How long they are idle, in seconds.
    #[arg(long)]
    idle: u64,
    /// How long a round of events takes, in seconds.
    #[arg(long)]
    round: u64,
    #[arg(long)]
    server: Vec<SocketAddr>,
}

/// How many connections are made at the same time.
const AT_ONCE: usize = 32;

/// Every connection sends an event in a round and gets two.
const ROUNDS: u64 = 2;

/// The time after the last event, at which missing events count as lost.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(task: &Task) -> Result<()> {
    machine::pin(1)?;
    machine::raise_file_limit()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let scale = runtime.block_on(measure(task))?;
    println!("{}", serde_json::to_string(&scale)?);
    // What is still open goes with the process.
    std::process::exit(0);
}

async fn measure(task: &Task) -> Result<Scale> {
    let mut first = Vec::new();
    for server in &task.server {
        first.push(Member::connect(server).await?);
    }
    let before = machine::resident()?;
    let watch = Watch::start();
    let crowd = gather(task).await?;
    let gathered = watch.stop(task.count);
    let resident = || machine::resident().map(|now| now.saturating_sub(before));

    let watch = Watch::start();
    sleep(Duration::from_secs(task.idle)).await;
    let idle = watch.stop(task.count);
    let resident_idle = resident()?;

    let watch = Watch::start();
    for round in 1..=ROUNDS {
        play_round(task, &first, &crowd).await?;
        settle(&first, &crowd, round).await?;
    }
    let trickle = watch.stop(task.count);
    let tally = settle(&first, &crowd, ROUNDS).await?;
    check_all(&crowd)?;
    Ok(Scale {
        connections: task.count,
        servers: first.len() as u64,
        connect_us: gathered.cpu_us / task.count as f64,
        connect_rate: gathered.rate(),
        resident_idle,
        resident_after: resident()?,
        idle: span(&idle),
        trickle: span(&trickle),
        rounds: ROUNDS,
        tally,
    })
}

fn span(sample: &Sample) -> Span {
    Span {
        wall_us: sample.wall_us,
        cpu_us: sample.cpu_us,
    }
}

/// All connections, to the servers in turn.
async fn gather(task: &Task) -> Result<Vec<Member>> {
    let mut crowd = Vec::with_capacity(usize::try_from(task.count)?);
    let mut waiting = (0..task.count).zip(task.server.iter().cycle());
    let mut connecting = FuturesUnordered::new();
    let begun = waiting.by_ref().take(AT_ONCE);
    connecting.extend(begun.map(|(_, server)| Member::connect(server)));
    while let Some(member) = connecting.next().await {
        crowd.push(member?);
        connecting.extend(waiting.next().map(|(_, server)| Member::connect(server)));
    }
    Ok(crowd)
}

/// Something for all, then one event of each, spread over the round.
async fn play_round(task: &Task, first: &[Member], crowd: &[Member]) -> Result<()> {
    for member in first {
        member.ask("broadcast").await?;
    }
    let begin = Instant::now();
    let step = Duration::from_secs(task.round) / u32::try_from(crowd.len())?;
    for (place, member) in (0..).zip(crowd) {
        sleep_until(begin + step * place).await;
        member.socket.emit("sent", TEXT).await?;
    }
    sleep_until(begin + Duration::from_secs(task.round)).await;
    Ok(())
}

/// Waits until everything said has been heard, on both sides; that something is missing is an error.
async fn settle(first: &[Member], crowd: &[Member], rounds: u64) -> Result<Tally> {
    let mut last = Tally::default();
    let settled = async {
        loop {
            last = tally(first).await?;
            let heard = crowd
                .iter()
                .map(|member| member.heard.events())
                .sum::<u64>();
            let said = expected(first, crowd, rounds, last);
            if last == said && heard == 2 * rounds * crowd.len() as u64 {
                return Ok(last);
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    match timeout(PATIENCE, settled).await {
        Ok(settled) => settled,
        Err(_) => {
            let wanted = expected(first, crowd, rounds, last);
            check(&last, &wanted, "what the servers counted")?;
            check_each(crowd, rounds)?;
            Err("the servers could not be asked".into())
        }
    }
}

/// The expected counts of the servers. The number of heartbeats depends on the time; each must be answered.
fn expected(first: &[Member], crowd: &[Member], rounds: u64, counted: Tally) -> Tally {
    let members = crowd.len() as u64;
    let all = members + first.len() as u64;
    Tally {
        joined: all,
        left: 0,
        sent: rounds * members,
        ticks: rounds * members,
        news: rounds * all,
        pongs: counted.pings,
        ..counted
    }
}

async fn tally(first: &[Member]) -> Result<Tally> {
    let mut sum = Tally::default();
    for member in first {
        sum = sum.plus(member.ask("tally").await?);
    }
    Ok(sum)
}

fn check_all(crowd: &[Member]) -> Result<()> {
    check_each(crowd, ROUNDS)?;
    let connected = crowd.iter().filter(|member| member.socket.is_connected());
    check(&connected.count(), &crowd.len(), "connections at the end")
}

fn check_each(crowd: &[Member], rounds: u64) -> Result<()> {
    for member in crowd {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let heard = (load(&member.heard.ticks), load(&member.heard.news));
        check(&heard, &(rounds, rounds), "ticks and news of a connection")?;
    }
    Ok(())
}

/// One connection.
struct Member {
    socket: Socket,
    heard: Arc<Heard>,
}

/// Events that came in their turn; what is out of turn is not counted, and missed at the end.
#[derive(Default)]
struct Heard {
    ticks: AtomicU64,
    news: AtomicU64,
}

impl Heard {
    fn events(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed) + self.news.load(Ordering::Relaxed)
    }

    fn tick(&self, number: u64, text: &str) {
        let expected = self.ticks.load(Ordering::Relaxed);
        if check_tick((number, text), (expected, TEXT)).is_ok() {
            self.ticks.store(expected + 1, Ordering::Relaxed);
        }
    }

    fn news(&self, number: u64) {
        let expected = self.news.load(Ordering::Relaxed);
        if number == expected {
            self.news.store(expected + 1, Ordering::Relaxed);
        }
    }
}

impl Member {
    async fn connect(server: &SocketAddr) -> Result<Member> {
        let heard = Arc::new(Heard::default());
        let (ticks, news) = (heard.clone(), heard.clone());
        let builder = Client::builder(format!("http://{server}"))
            .on("tick", move |(number, text): (u64, String), _| {
                ticks.tick(number, &text);
                async {}
            })
            .on("news", move |number: u64, _| {
                news.news(number);
                async {}
            });
        let socket = builder.connect().await?;
        Ok(Member { socket, heard })
    }

    async fn ask(&self, what: &str) -> Result<Tally> {
        let (tally,) = self.socket.emit_with_ack(what, ()).await?;
        Ok(tally)
    }
}
