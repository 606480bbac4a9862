//! Runs scenarios.

mod actor;
mod events;
mod expect;
mod peers;
mod requests;
mod search;
mod steps;

use std::sync::Arc;

use super::model::Script;
use crate::engine::{Interest, Load};
use actor::Actor;

/// Makes the load of a script.
pub(crate) fn load(script: &Arc<Script>) -> Load {
    let mut load = Load::on(script.target.clone());
    for phase in &script.phases {
        load = load.phase(phase.clone());
    }
    for scenario in &script.scenarios {
        let (script, own) = (script.clone(), scenario.clone());
        load = load.user(&scenario.name, scenario.weight, move |user| {
            let actor = Actor::new(user, script.clone(), own.clone());
            async move { actor.run().await }
        });
    }
    if script.follows_peers {
        load = load.peers();
    }
    if let Some(seed) = script.seed {
        load = load.seed(seed);
    }
    load.interest(match &script.awaited {
        None => Interest::All,
        Some(names) => Interest::Names(names.iter().map(|name| name.as_str().into()).collect()),
    })
}
