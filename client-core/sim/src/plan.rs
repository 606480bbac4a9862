//! The plan of a run, drawn from the seed before the run begins.
//!
//! Each fault exists or not, and has its own frequency if it does (swarm testing), so that frequent faults do not hide rare ones.

use tidewire_core::{Config, EngineVersion, Millis, OfflinePolicy, Reconnection, Transport};

use crate::rng::Rng;

/// The plan of a run. Frequencies are in times out of 1,000; 0 is never.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The Engine.IO version of the server.
    pub engine_version: EngineVersion,
    /// The config of the client.
    pub config: Config,
    /// The namespaces of the application, with or without `/`.
    pub namespaces: Vec<&'static str>,
    /// The number of application steps before the faults end.
    pub steps: u32,
    /// The longest pause between two steps, in milliseconds.
    pub pause: u64,
    /// The behaviour of the server.
    pub server: ServerPlan,
    /// The behaviour of the network.
    pub network: NetworkPlan,
    /// The behaviour of the application and its device.
    pub app: AppPlan,
}

/// The behaviour of the server.
#[derive(Clone, Debug)]
pub struct ServerPlan {
    pub(crate) ping_interval: u64,
    pub(crate) ping_timeout: u64,
    /// `maxPayload`; servers before 4.5 do not send it.
    pub(crate) max_payload: Option<usize>,
    /// Whether the other value of `EIO` is refused, as by python-engineio.
    pub(crate) checks_version: bool,
    /// Whether sessions on polling are offered a WebSocket.
    pub(crate) offers_upgrade: bool,
    /// Whether they are offered a WebTransport, too.
    pub(crate) offers_webtransport: bool,
    /// Whether lost sessions are recovered.
    pub(crate) recovery: bool,
    /// Whether events are sent before CONNECT, as a 2.x middleware may do.
    pub(crate) early: bool,
    /// CONNECTs refused.
    pub(crate) refuse: u64,
    /// CONNECTs without an answer.
    pub(crate) ignore: u64,
    /// CONNECTs and emits answered late.
    pub(crate) slow: u64,
    /// Emits without an ack.
    pub(crate) no_ack: u64,
    /// Acks sent twice.
    pub(crate) double_ack: u64,
    /// Probes answered wrongly or not at all.
    pub(crate) bad_probe: u64,
    /// Per step: namespaces disconnected by the server.
    pub(crate) kick: u64,
    /// Per step: restarts, with the loss of all sessions.
    pub(crate) restart: u64,
    /// Per step: the loss of all sessions, as behind a load balancer without sticky sessions.
    pub(crate) forget: u64,
    /// Per step: malformed packets.
    pub(crate) malformed: u64,
    /// Per step: the server goes silent for good and keeps the connection.
    pub(crate) silence: u64,
    /// Per step: events to the client, with and without an ack.
    pub(crate) emits: u64,
    /// Per step: ERROR packets to connected namespaces (2.x).
    pub(crate) errors: u64,
}

/// The behaviour of the network.
#[derive(Clone, Debug)]
pub struct NetworkPlan {
    pub(crate) latency: u64,
    pub(crate) jitter: u64,
    /// Attempts to connect that are refused.
    pub(crate) refuse: u64,
    /// Attempts to connect that hang.
    pub(crate) hang: u64,
    /// Per step: all links cut, and both sides notice.
    pub(crate) cut: u64,
    /// Per step: all links cut, and the client does not notice.
    pub(crate) half_open: u64,
    /// Requests that never reach the server.
    pub(crate) lose_request: u64,
    /// Responses that never reach the client.
    pub(crate) lose_response: u64,
    /// Whether all WebSockets are blocked.
    pub(crate) no_websocket: bool,
    /// Whether all WebTransports are blocked, as in a network without UDP.
    pub(crate) no_webtransport: bool,
    /// Per step: nothing arrives for 0.5 to 15 s.
    pub(crate) stall: u64,
    /// Events of dropped links, as from a careless host.
    pub(crate) late_link_events: u64,
}

/// The behaviour of the application and its device.
#[derive(Clone, Debug)]
pub struct AppPlan {
    pub(crate) attachments: u64,
    pub(crate) acks: u64,
    pub(crate) ack_timeouts: u64,
    pub(crate) volatile: u64,
    pub(crate) retries: u64,
    pub(crate) cancel: u64,
    pub(crate) clear: u64,
    pub(crate) leave: u64,
    pub(crate) close: u64,
    /// Auth payloads given late or not at all.
    pub(crate) late_auth: u64,
    pub(crate) reply: u64,
    /// The device sleeps for minutes or hours.
    pub(crate) sleep: u64,
    pub(crate) hints: u64,
    /// 40 emits at once.
    pub(crate) burst: u64,
    pub(crate) large: u64,
}

/// Draws the frequency of a fault: often the fault does not exist at all.
fn fault(rng: &mut Rng, most: u64) -> u64 {
    match rng.below(5) {
        0..=2 => 0,
        3 => rng.between(1, most),
        _ => most,
    }
}

impl Plan {
    /// Draws a plan.
    pub fn draw(rng: &mut Rng) -> Plan {
        let engine_version = *rng.pick(&[EngineVersion::Eio3, EngineVersion::Eio4]);
        let all = ["/", "/chat", "/a/b", "/é"];
        let count = usize::try_from(rng.between(1, 4)).unwrap_or(1);
        let first = usize::try_from(rng.below(4)).unwrap_or(0);
        let mut network = NetworkPlan::draw(rng);
        let mut server = ServerPlan::draw(rng, engine_version);
        if network.latency + network.jitter > 50 {
            // A network slower than the heartbeat would time out every connection.
            server.ping_interval = server.ping_interval.max(5_000);
            server.ping_timeout = server.ping_timeout.max(5_000);
        }
        let namespaces = (0..count).map(|at| all[(first + at) % all.len()]).collect();
        let (steps, pause) = (rng.between(5, 120), *rng.pick(&[20, 200, 2_000, 20_000]));
        let app = AppPlan::draw(rng);
        let mut config = config(rng, engine_version);
        // Not drawn: the runs of all other seeds stay as they were.
        server.checks_version = config.seed.is_multiple_of(4);
        if config.seed.is_multiple_of(5) {
            add_webtransport(engine_version, &mut config, &mut server, &mut network);
        }
        Plan {
            engine_version,
            namespaces,
            steps: u32::try_from(steps).unwrap_or(5),
            pause,
            server,
            network,
            app,
            config,
        }
    }

    /// Returns whether every frame that is not lost arrives within 250 ms.
    pub(crate) fn is_prompt(&self) -> bool {
        let network = &self.network;
        network.stall == 0 && self.app.sleep == 0 && network.latency + network.jitter <= 250
    }

    /// Returns simpler plans: with fewer steps, without one fault or without one namespace.
    pub fn simpler(&self) -> Vec<Plan> {
        let mut plans = Vec::new();
        for steps in [
            self.steps / 2,
            self.steps * 3 / 4,
            self.steps.saturating_sub(1),
        ] {
            if steps < self.steps {
                plans.push(Plan {
                    steps,
                    ..self.clone()
                });
            }
        }
        for at in 0.. {
            let mut plan = self.clone();
            let mut rates = plan.rates();
            let Some(rate) = rates.get_mut(at) else { break };
            if **rate != 0 {
                **rate = 0;
                plans.push(plan);
            }
        }
        if self.namespaces.len() > 1 {
            for at in 0..self.namespaces.len() {
                let mut plan = self.clone();
                plan.namespaces.remove(at);
                plans.push(plan);
            }
        }
        plans
    }

    /// Returns all frequencies.
    fn rates(&mut self) -> Vec<&mut u64> {
        let (server, network, app) = (&mut self.server, &mut self.network, &mut self.app);
        vec![
            &mut server.refuse,
            &mut server.ignore,
            &mut server.slow,
            &mut server.no_ack,
            &mut server.double_ack,
            &mut server.bad_probe,
            &mut server.kick,
            &mut server.restart,
            &mut server.forget,
            &mut server.malformed,
            &mut server.silence,
            &mut server.emits,
            &mut server.errors,
            &mut network.jitter,
            &mut network.refuse,
            &mut network.hang,
            &mut network.cut,
            &mut network.half_open,
            &mut network.lose_request,
            &mut network.lose_response,
            &mut network.stall,
            &mut network.late_link_events,
            &mut app.attachments,
            &mut app.acks,
            &mut app.ack_timeouts,
            &mut app.volatile,
            &mut app.retries,
            &mut app.cancel,
            &mut app.clear,
            &mut app.leave,
            &mut app.close,
            &mut app.late_auth,
            &mut app.reply,
            &mut app.sleep,
            &mut app.hints,
            &mut app.burst,
            &mut app.large,
        ]
    }
}

impl ServerPlan {
    fn draw(rng: &mut Rng, engine_version: EngineVersion) -> ServerPlan {
        let eio3 = engine_version == EngineVersion::Eio3;
        ServerPlan {
            ping_interval: *rng.pick(&[500, 5_000, 25_000]),
            ping_timeout: *rng.pick(&[400, 5_000, 20_000]),
            max_payload: match rng.below(4) {
                _ if eio3 => None,
                0 => None,
                1 => Some(600),
                _ => Some(1_000_000),
            },
            checks_version: false,
            offers_upgrade: !rng.one_in(4),
            offers_webtransport: false,
            recovery: !eio3 && rng.one_in(2),
            early: eio3 && rng.one_in(3),
            refuse: fault(rng, 200),
            ignore: fault(rng, 100),
            slow: fault(rng, 300),
            no_ack: fault(rng, 300),
            double_ack: fault(rng, 200),
            bad_probe: fault(rng, 400),
            kick: fault(rng, 30),
            restart: fault(rng, 20),
            forget: fault(rng, 20),
            malformed: fault(rng, 40),
            silence: fault(rng, 15),
            emits: *rng.pick(&[0, 300, 800]),
            errors: if eio3 { fault(rng, 30) } else { 0 },
        }
    }
}

impl NetworkPlan {
    fn draw(rng: &mut Rng) -> NetworkPlan {
        NetworkPlan {
            latency: *rng.pick(&[0, 1, 20, 150]),
            jitter: *rng.pick(&[0, 5, 100]),
            refuse: fault(rng, 300),
            hang: fault(rng, 150),
            cut: fault(rng, 60),
            half_open: fault(rng, 20),
            lose_request: fault(rng, 30),
            lose_response: fault(rng, 30),
            no_websocket: rng.one_in(12),
            no_webtransport: false,
            stall: fault(rng, 40),
            late_link_events: fault(rng, 300),
        }
    }
}

impl AppPlan {
    fn draw(rng: &mut Rng) -> AppPlan {
        AppPlan {
            attachments: fault(rng, 400),
            acks: *rng.pick(&[0, 300, 700]),
            ack_timeouts: *rng.pick(&[0, 500]),
            volatile: fault(rng, 300),
            retries: fault(rng, 400),
            cancel: fault(rng, 60),
            clear: fault(rng, 20),
            leave: fault(rng, 80),
            close: fault(rng, 25),
            late_auth: fault(rng, 300),
            reply: *rng.pick(&[0, 500, 1_000]),
            sleep: fault(rng, 15),
            hints: fault(rng, 80),
            burst: fault(rng, 50),
            large: fault(rng, 40),
        }
    }
}

fn config(rng: &mut Rng, engine_version: EngineVersion) -> Config {
    let transports: &[&[Transport]] = &[
        &[Transport::WebSocket],
        &[Transport::Polling],
        &[Transport::Polling, Transport::WebSocket],
        &[Transport::Polling, Transport::WebSocket],
        &[Transport::WebSocket, Transport::Polling],
    ];
    let default = Config::default();
    Config {
        engine_version: rng.one_in(5).then_some(engine_version),
        transports: rng.pick(transports).to_vec(),
        upgrade: !rng.one_in(8),
        remember_upgrade: rng.one_in(3),
        try_all_transports: rng.one_in(3),
        reconnection: (!rng.one_in(10)).then(|| reconnection(rng)),
        open_timeout: (!rng.one_in(10)).then(|| Millis(pick(rng, &[1_000, 20_000]))),
        connect_timeout: (!rng.one_in(10)).then(|| Millis(pick(rng, &[1_000, 20_000]))),
        ping_every: rng.one_in(6).then_some(Millis(400)),
        ping_grace: rng.one_in(6).then_some(Millis(2_000)),
        offline_packets: *rng.pick(&[3, usize::MAX]),
        offline_bytes: *rng.pick(&[500, usize::MAX]),
        offline_policy: *rng.pick(&[
            OfflinePolicy::Refuse,
            OfflinePolicy::DropOldest,
            OfflinePolicy::DropNewest,
        ]),
        retry_window: *rng.pick(&[1, 3, 64]),
        early_events: *rng.pick(&[2, 1_000]),
        max_acks: *rng.pick(&[5, 100_000]),
        // JavaScript numbers are exact below 2^53.
        seed: rng.below(1 << 53),
        ..default
    }
}

/// Lets the client use WebTransport, first or as an upgrade. Only a 4.x server has it.
fn add_webtransport(
    engine_version: EngineVersion,
    config: &mut Config,
    server: &mut ServerPlan,
    network: &mut NetworkPlan,
) {
    let has_it = engine_version == EngineVersion::Eio4;
    let at = match config.seed % 15 {
        0 if has_it => 0,
        _ => config.transports.len(),
    };
    config.transports.insert(at, Transport::WebTransport);
    server.offers_webtransport = has_it;
    network.no_webtransport = config.seed.is_multiple_of(25);
}

fn reconnection(rng: &mut Rng) -> Reconnection {
    Reconnection {
        attempts: rng.one_in(6).then_some(pick(rng, &[0, 1, 5])),
        delay: Millis(pick(rng, &[0, 50, 1_000])),
        delay_max: Millis(pick(rng, &[50, 5_000])),
        randomization_percent: *rng.pick(&[0, 50, 100]),
        // As socket.io-client: a build that replays the run has its settings only.
        jitter_longest: false,
        stable_after: Millis(pick(rng, &[0, 1_000])),
    }
}

fn pick(rng: &mut Rng, from: &[u32]) -> u32 {
    *rng.pick(from)
}
