//! Runs a namespace on socketioxide.

use std::future::ready;
use std::sync::Arc;

use serde_json::Value;
use socketioxide::extract::{Data, Event, TryData};
use socketioxide::handler::ConnectHandler as _;
use tokio::sync::watch;

use super::call::Call;
use super::connection::Connection;
use super::describe::{Namespace, Rules};
use super::gate::Gate;
use super::middleware::{Life, Next};
use crate::Refusal;
use crate::app::App;
use crate::args::{Args, unreadable};
use crate::backpressure::{Reply, outbox};
use crate::cluster::{Io, Socket};
use crate::metrics::Metric;
use crate::running::Running;

/// Opens a namespace on a server.
pub(crate) async fn install(io: &Io, app: &Arc<App>, namespace: Namespace) {
    let Namespace { path, rules } = namespace;
    let rules = Arc::new(rules);
    let (checked, check_app) = (Arc::clone(&rules), Arc::clone(app));
    let check = async move |socket: Socket, Data(auth): Data<Value>| {
        let connection = Connection::new(socket, check_app, Arc::new(auth));
        admit(&checked, &connection).await
    };
    let app = Arc::clone(app);
    let connected = move |socket: Socket, Data(auth): Data<Value>| {
        connect(&rules, &Connection::new(socket, app, Arc::new(auth)));
        ready(())
    };
    // The adapter cannot fail, and the path contains no `#`.
    if let Err(error) = io.ns(path, connected.with(check)).await {
        tracing::error!(%error, "a namespace does not exist");
    }
}

async fn admit(rules: &Rules, connection: &Connection) -> Result<(), Refusal> {
    for check in &rules.admissions {
        if let Err(refusal) = check(connection.clone()).await {
            connection.app().metrics().count(Metric::RefusalsTotal);
            tracing::debug!(id = connection.id(), %refusal, "connection refused");
            return Err(refusal);
        }
    }
    Ok(())
}

/// Registers the handlers at once, because the client's first event may follow at once.
fn connect(rules: &Arc<Rules>, connection: &Connection) {
    let gate = Gate::new();
    let (leave, left) = watch::channel(false);
    let (socket, app) = (connection.socket(), connection.app());
    count_connection(app, socket);
    listen(rules, connection, &gate);
    let ended = Arc::clone(app);
    socket.on_disconnect(async move |_: Socket| {
        ended.metrics().add(Metric::Connections, -1);
        // An error means that no middleware waits.
        let _ = leave.send(true);
    });
    let next = Next {
        connection: connection.clone(),
        rest: rules.connections.clone().into(),
        index: 0,
        life: Life { gate, left },
    };
    tokio::spawn(run_chain(connection.clone(), next));
}

async fn run_chain(connection: Connection, next: Next) {
    let _running = connection.app().connection();
    let gate = next.gate().clone();
    if let Err(refusal) = next.run().await {
        gate.refuse();
        connection.app().metrics().count(Metric::RefusalsTotal);
        connection.emit("refused", refusal.message()).await;
        connection.disconnect().await;
    }
}

fn count_connection(app: &App, socket: &Socket) {
    app.metrics().count(Metric::ConnectionsTotal);
    app.metrics().count(Metric::Connections);
    if let Some(outbox) = outbox(socket) {
        outbox.note_namespace();
    }
    tracing::debug!(id = %socket.id, namespace = socket.ns(), "connected");
}

fn listen(rules: &Arc<Rules>, connection: &Connection, gate: &Gate) {
    if rules.controllers.is_empty() && rules.packets.is_empty() {
        return;
    }
    let (rules, gate) = (Arc::clone(rules), gate.clone());
    let running = Running::new(connection.app().shared_metrics());
    let connection = connection.clone();
    let socket = connection.socket().clone();
    socket.on_fallback(
        async move |Event(event): Event, TryData(args): TryData<Args>, reply: Reply| {
            let args = match args {
                Ok(args) => args,
                Err(error) => {
                    let refusal = unreadable(&event, &error);
                    return refuse_sender((connection, event, reply), &refusal).await;
                }
            };
            let call = Call {
                connection,
                event,
                args,
                reply,
            };
            let most = call.connection.app().config().limits.running;
            let _place = match running.enter(&call.event, most) {
                Ok(place) => place,
                Err(refusal) => return refuse(&call, &refusal).await,
            };
            if gate.pass().await.is_ok() {
                handle(&rules, call).await;
            }
        },
    );
}

async fn handle(rules: &Rules, mut call: Call) {
    call.connection.app().metrics().count(Metric::EventsTotal);
    for middleware in &rules.packets {
        let sender = (
            call.connection.clone(),
            call.event.clone(),
            call.reply.clone(),
        );
        call = match middleware(call).await {
            Ok(call) => call,
            Err(refusal) => return refuse_sender(sender, &refusal).await,
        };
    }
    let Some(controller) = rules.controllers.get(&call.event) else {
        return;
    };
    let sender = (
        call.connection.clone(),
        call.event.clone(),
        call.reply.clone(),
    );
    if let Err(refusal) = controller(call).await {
        refuse_sender(sender, &refusal).await;
    }
}

async fn refuse(call: &Call, refusal: &Refusal) {
    let sender = (
        call.connection.clone(),
        call.event.clone(),
        call.reply.clone(),
    );
    refuse_sender(sender, refusal).await;
}

/// Tells the sender alone.
async fn refuse_sender((connection, event, reply): (Connection, String, Reply), refusal: &Refusal) {
    connection.app().metrics().count(Metric::RefusalsTotal);
    tracing::debug!(id = connection.id(), event, %refusal, "event refused");
    if reply.is_wanted() {
        reply.send(refusal).await;
    } else {
        connection
            .emit("refused", &(event, refusal.message()))
            .await;
    }
}
