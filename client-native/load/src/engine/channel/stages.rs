//! The stages of a connect, as the client measures them.

use tidewire::ConnectStages;

use crate::stats::{Kind, Recorder};

/// The kinds of the stages, in their order.
type Kinds = [Kind; 5];

/// The stages of a first connect.
pub(super) const CONNECT: Kinds = [
    Kind::ConnectDns,
    Kind::ConnectTcp,
    Kind::ConnectTls,
    Kind::ConnectHandshake,
    Kind::ConnectNamespace,
];

/// The stages of a connect after a loss.
pub(super) const RECONNECT: Kinds = [
    Kind::ReconnectDns,
    Kind::ReconnectTcp,
    Kind::ReconnectTls,
    Kind::ReconnectHandshake,
    Kind::ReconnectNamespace,
];

/// Records the stages that there were.
pub(super) fn record(recorder: &Recorder, kinds: Kinds, stages: &ConnectStages) {
    let taken = [
        stages.dns,
        stages.tcp,
        stages.tls,
        stages.handshake,
        stages.namespace,
    ];
    for (kind, took) in kinds.into_iter().zip(taken) {
        if let Some(took) = took {
            recorder.record(kind, &"".into(), took, took);
        }
    }
}
