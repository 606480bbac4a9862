//! What a run is to be like: drawn from the seed before anything happens. Each fault exists or does not, and has its own
//! frequency where it does (swarm testing), so that seldom ones are not drowned by frequent ones.

use tidewire_core::{Config, EngineVersion, Millis, OfflinePolicy, Reconnection, Transport};

use crate::chance::Chance;

/// A run's plan. Frequencies are in times out of a thousand; 0 is never.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server's generation.
    pub engine_version: EngineVersion,
    /// The client's settings.
    pub config: Config,
    /// How many namespaces the application has, `/` among them or not.
    pub namespaces: Vec<&'static str>,
    /// How many things the application does before all is healed.
    pub steps: u32,
    /// Longest pause between two of them, in milliseconds.
    pub pause: u64,
    /// What the server is like.
    pub server: ServerPlan,
    /// What the network is like.
    pub network: NetworkPlan,
    /// What the application and its device are like.
    pub app: AppPlan,
}

/// What the server is like.
#[derive(Clone, Debug)]
pub struct ServerPlan {
    pub(crate) ping_interval: u64,
    pub(crate) ping_timeout: u64,
    /// `maxPayload`; servers before 4.5 name none.
    pub(crate) max_payload: Option<usize>,
    /// Whether sessions on polling are offered a WebSocket.
    pub(crate) offers_upgrade: bool,
    /// Whether lost sessions are restored.
    pub(crate) recovery: bool,
    /// Whether it sends events before CONNECT, as a 2.x middleware may.
    pub(crate) early: bool,
    /// CONNECTs refused.
    pub(crate) refuse: u64,
    /// CONNECTs never answered.
    pub(crate) ignore: u64,
    /// CONNECTs and questions answered late.
    pub(crate) slow: u64,
    /// Questions never answered.
    pub(crate) mute: u64,
    /// Answers sent twice.
    pub(crate) twice: u64,
    /// Probes answered wrongly, or never.
    pub(crate) bad_probe: u64,
    /// Per step: namespaces it throws the client out of.
    pub(crate) kick: u64,
    /// Per step: restarts, with all sessions forgotten.
    pub(crate) restart: u64,
    /// Per step: sessions forgotten, as by a balancer without stickiness.
    pub(crate) forget: u64,
    /// Per step: packets that break the rules.
    pub(crate) nonsense: u64,
    /// Per step: falls silent for good, and keeps the connection.
    pub(crate) silence: u64,
    /// Events and questions to the client, per step.
    pub(crate) talk: u64,
    /// 2.x: ERROR packets to connected namespaces, per step.
    pub(crate) errors: u64,
}

/// What the network is like.
#[derive(Clone, Debug)]
pub struct NetworkPlan {
    pub(crate) latency: u64,
    pub(crate) jitter: u64,
    /// Attempts to connect that are refused.
    pub(crate) refuse: u64,
    /// Attempts to connect that hang.
    pub(crate) hang: u64,
    /// Per step: all links cut, both sides hear of it.
    pub(crate) cut: u64,
    /// Per step: all links cut, the client does not hear of it.
    pub(crate) half_open: u64,
    /// Requests that never reach the server.
    pub(crate) lose_request: u64,
    /// Answers that never reach the client.
    pub(crate) lose_answer: u64,
    /// WebSockets that are blocked altogether.
    pub(crate) no_websocket: bool,
    /// Per step: what is sent takes seconds longer for a while.
    pub(crate) stall: u64,
    /// News of links that were dropped, as a careless host gives.
    pub(crate) late_news: u64,
}

/// What the application and its device are like.
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
    /// Auth payloads that come late, or never.
    pub(crate) late_auth: u64,
    pub(crate) reply: u64,
    /// The device sleeps for minutes or hours.
    pub(crate) sleep: u64,
    pub(crate) hints: u64,
    /// Many emits at once.
    pub(crate) burst: u64,
    pub(crate) large: u64,
}

/// A fault's frequency: often it does not exist at all.
fn fault(chance: &mut Chance, most: u64) -> u64 {
    match chance.below(5) {
        0..=2 => 0,
        3 => chance.between(1, most),
        _ => most,
    }
}

impl Plan {
    /// The plan that belongs to what `chance` gives.
    pub fn draw(chance: &mut Chance) -> Plan {
        let engine_version = *chance.pick(&[EngineVersion::Eio3, EngineVersion::Eio4]);
        let all = ["/", "/chat", "/a/b", "/é"];
        let count = usize::try_from(chance.between(1, 4)).unwrap_or(1);
        let first = usize::try_from(chance.below(4)).unwrap_or(0);
        let network = NetworkPlan::draw(chance);
        let mut server = ServerPlan::draw(chance, engine_version);
        if network.latency + network.jitter > 50 {
            // A heartbeat that a sound network is too slow for would never let anybody live.
            server.ping_interval = server.ping_interval.max(5_000);
            server.ping_timeout = server.ping_timeout.max(5_000);
        }
        Plan {
            engine_version,
            namespaces: (0..count).map(|at| all[(first + at) % all.len()]).collect(),
            steps: u32::try_from(chance.between(5, 120)).unwrap_or(5),
            pause: *chance.pick(&[20, 200, 2_000, 20_000]),
            server,
            network,
            app: AppPlan::draw(chance),
            config: config(chance, engine_version),
        }
    }

    /// Whether what is sent, and not lost, is read within a quarter of a second.
    pub(crate) fn is_prompt(&self) -> bool {
        let network = &self.network;
        network.stall == 0 && self.app.sleep == 0 && network.latency + network.jitter <= 250
    }

    /// The plan without each of its faults in turn, and with fewer steps: simpler ones that may fail the same way.
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
            let mut dials = plan.dials();
            let Some(dial) = dials.get_mut(at) else { break };
            if **dial != 0 {
                **dial = 0;
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

    /// All frequencies.
    fn dials(&mut self) -> Vec<&mut u64> {
        let (server, network, app) = (&mut self.server, &mut self.network, &mut self.app);
        vec![
            &mut server.refuse,
            &mut server.ignore,
            &mut server.slow,
            &mut server.mute,
            &mut server.twice,
            &mut server.bad_probe,
            &mut server.kick,
            &mut server.restart,
            &mut server.forget,
            &mut server.nonsense,
            &mut server.silence,
            &mut server.talk,
            &mut server.errors,
            &mut network.jitter,
            &mut network.refuse,
            &mut network.hang,
            &mut network.cut,
            &mut network.half_open,
            &mut network.lose_request,
            &mut network.lose_answer,
            &mut network.stall,
            &mut network.late_news,
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
    fn draw(chance: &mut Chance, engine_version: EngineVersion) -> ServerPlan {
        let old = engine_version == EngineVersion::Eio3;
        ServerPlan {
            ping_interval: *chance.pick(&[500, 5_000, 25_000]),
            ping_timeout: *chance.pick(&[400, 5_000, 20_000]),
            max_payload: match chance.below(4) {
                _ if old => None,
                0 => None,
                1 => Some(600),
                _ => Some(1_000_000),
            },
            offers_upgrade: !chance.one_in(4),
            recovery: !old && chance.one_in(2),
            early: old && chance.one_in(3),
            refuse: fault(chance, 200),
            ignore: fault(chance, 100),
            slow: fault(chance, 300),
            mute: fault(chance, 300),
            twice: fault(chance, 200),
            bad_probe: fault(chance, 400),
            kick: fault(chance, 30),
            restart: fault(chance, 20),
            forget: fault(chance, 20),
            nonsense: fault(chance, 40),
            silence: fault(chance, 15),
            talk: *chance.pick(&[0, 300, 800]),
            errors: if old { fault(chance, 30) } else { 0 },
        }
    }
}

impl NetworkPlan {
    fn draw(chance: &mut Chance) -> NetworkPlan {
        NetworkPlan {
            latency: *chance.pick(&[0, 1, 20, 150]),
            jitter: *chance.pick(&[0, 5, 100]),
            refuse: fault(chance, 300),
            hang: fault(chance, 150),
            cut: fault(chance, 60),
            half_open: fault(chance, 20),
            lose_request: fault(chance, 30),
            lose_answer: fault(chance, 30),
            no_websocket: chance.one_in(12),
            stall: fault(chance, 40),
            late_news: fault(chance, 300),
        }
    }
}

impl AppPlan {
    fn draw(chance: &mut Chance) -> AppPlan {
        AppPlan {
            attachments: fault(chance, 400),
            acks: *chance.pick(&[0, 300, 700]),
            ack_timeouts: *chance.pick(&[0, 500]),
            volatile: fault(chance, 300),
            retries: fault(chance, 400),
            cancel: fault(chance, 60),
            clear: fault(chance, 20),
            leave: fault(chance, 80),
            close: fault(chance, 25),
            late_auth: fault(chance, 300),
            reply: *chance.pick(&[0, 500, 1_000]),
            sleep: fault(chance, 15),
            hints: fault(chance, 80),
            burst: fault(chance, 50),
            large: fault(chance, 40),
        }
    }
}

fn config(chance: &mut Chance, engine_version: EngineVersion) -> Config {
    let transports: &[&[Transport]] = &[
        &[Transport::WebSocket],
        &[Transport::Polling],
        &[Transport::Polling, Transport::WebSocket],
        &[Transport::Polling, Transport::WebSocket],
        &[Transport::WebSocket, Transport::Polling],
    ];
    let default = Config::default();
    Config {
        engine_version: chance.one_in(5).then_some(engine_version),
        transports: chance.pick(transports).to_vec(),
        upgrade: !chance.one_in(8),
        remember_upgrade: chance.one_in(3),
        try_all_transports: chance.one_in(3),
        reconnection: (!chance.one_in(10)).then(|| reconnection(chance)),
        open_timeout: (!chance.one_in(10)).then(|| Millis(pick(chance, &[1_000, 20_000]))),
        connect_timeout: (!chance.one_in(10)).then(|| Millis(pick(chance, &[1_000, 20_000]))),
        ping_every: chance.one_in(6).then_some(Millis(400)),
        ping_grace: chance.one_in(6).then_some(Millis(2_000)),
        offline_packets: *chance.pick(&[3, 1_000]),
        offline_bytes: *chance.pick(&[500, 16 << 20]),
        offline_policy: *chance.pick(&[
            OfflinePolicy::Refuse,
            OfflinePolicy::DropOldest,
            OfflinePolicy::DropNewest,
        ]),
        retry_window: *chance.pick(&[1, 3, 64]),
        early_events: *chance.pick(&[2, 1_000]),
        max_acks: *chance.pick(&[5, 100_000]),
        // Such as JavaScript can count, too.
        seed: chance.below(1 << 53),
        ..default
    }
}

fn reconnection(chance: &mut Chance) -> Reconnection {
    Reconnection {
        attempts: chance.one_in(6).then_some(pick(chance, &[0, 1, 5])),
        delay: Millis(pick(chance, &[0, 50, 1_000])),
        delay_max: Millis(pick(chance, &[50, 5_000])),
        randomization_percent: *chance.pick(&[0, 50, 100]),
        // As the reference, for the runs are also those of builds that know its settings alone.
        jitter_longest: false,
        stable_after: Millis(pick(chance, &[0, 1_000])),
    }
}

fn pick(chance: &mut Chance, from: &[u32]) -> u32 {
    *chance.pick(from)
}
