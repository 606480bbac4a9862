//! A run without a file: `tidewire-load URL`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tidewire::Variadic;

use super::execute::{Execution, apply, execute, limits};
use super::exit::fail;
use super::gather::Place;
use super::options::Quick;
use super::output::Files;
use super::view::ViewOptions;
use crate::engine::{Failure, Interest, Load, Phase, Target, User};
use crate::source::plain_duration;

/// The actions of each user.
struct Plan {
    namespace: String,
    emit: Option<(String, Variadic<tidewire::Value>)>,
    every: Duration,
    acks: bool,
}

pub(crate) fn run(quick: &Quick) -> ExitCode {
    match prepare(quick) {
        Ok(execution) => execute(execution),
        Err(text) => fail(&text),
    }
}

fn prepare(quick: &Quick) -> Result<Execution, String> {
    let url = quick
        .url
        .as_deref()
        .ok_or("a URL is missing: tidewire-load http://host:port")?;
    let target = apply(&quick.client, Target::new(url)?)?;
    let target = target.bind(quick.limits.bind.iter().copied());
    let files = Files::prepare(&quick.output, quick.client.files())?;
    let plan = Arc::new(Plan {
        namespace: target.namespace().to_owned(),
        emit: quick
            .emit
            .clone()
            .map(|name| (name, arguments(quick.args.clone()))),
        every: quick.every,
        acks: !quick.no_ack,
    });
    let arriving = quick.time / 2;
    let mut load = Load::on(target.clone())
        .phase(Phase::count(quick.users, arriving).named("arriving"))
        .phase(Phase::pause(quick.time - arriving).named("holding"))
        .interest(Interest::Names(Arc::from([])))
        .limits(crate::engine::Limits {
            grace: Some(Duration::ZERO),
            ..limits(&quick.limits)
        })
        .user("user", 1, move |user| live(user, plan.clone()));
    if let Some(seed) = quick.limits.seed {
        load = load.seed(seed);
    }
    Ok(Execution {
        target,
        load,
        files,
        thresholds: quick.output.threshold.clone(),
        view: ViewOptions::new(&quick.output),
        place: Place::new(&quick.meet, &quick.limits),
        scenario: None,
        next: next(quick, url),
    })
}

async fn live(user: User, plan: Arc<Plan>) -> Result<(), Failure> {
    let channel = user.connect(&plan.namespace).await?;
    let Some((name, args)) = &plan.emit else {
        return user.stay().await;
    };
    let mut pace = user.pace(plan.every);
    loop {
        pace.tick().await?;
        // An error is counted, and the user goes on: the next event may succeed.
        let _ = match plan.acks {
            true => channel.ack_later(name, args),
            false => channel.emit(name, args).await,
        };
    }
}

/// A JSON array is several arguments.
fn arguments(args: Option<Value>) -> Variadic<tidewire::Value> {
    match args {
        None => Variadic(Vec::new()),
        Some(Value::Array(args)) => Variadic(args.into_iter().map(Into::into).collect()),
        Some(one) => Variadic(vec![one.into()]),
    }
}

/// Names the next command to try.
fn next(quick: &Quick, url: &str) -> Vec<String> {
    let mut next = Vec::new();
    if quick.emit.is_none() {
        next.push(format!(
            "Next: emit an event of your application, and await its ack: tidewire-load {url} --emit EVENT --args '[\"text\", 1]' --every 1s"
        ));
        next.push(format!(
            "Then more users for longer: tidewire-load {url} --users {} --for {}",
            quick.users.saturating_mul(10),
            plain_duration(quick.time.saturating_mul(6))
        ));
    } else {
        next.push(format!(
            "Next: more users, until the percentiles or the errors grow: --users {}",
            quick.users.saturating_mul(2)
        ));
    }
    next
}
