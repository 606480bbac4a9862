//! One connection of a client: its directions, its faults and its end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::answers::Answers;
use super::exchange::{MOST_REQUESTS, reset};
use super::requests::Requests;
use super::sink::{self, Ended};
use super::source::Source;
use super::state::State;
use super::statement::{Direction, Fault, Trigger};

/// Accepts connections until the task is aborted.
pub(super) async fn accept(listener: TcpListener, state: Arc<State>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Before the next `cut`.
                let epoch = state.settings().borrow().epoch;
                tokio::spawn(run(stream, Arc::clone(&state), epoch));
            }
            // Too many files are open: others may close soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Serves a connection until it ends or is cut.
async fn run(mut client: TcpStream, state: Arc<State>, epoch: u64) {
    let mut server = None;
    let mut settings = state.settings();
    let is_refused = settings.borrow().refuse;
    let ended = match is_refused {
        true => Err(reset()),
        false => tokio::select! {
            ended = serve(&mut client, &mut server, &state) => ended,
            // An error means that the proxy has gone.
            _ = settings.wait_for(|settings| settings.is_over(epoch)) => Err(reset()),
        },
    };
    if ended.is_err() {
        // Both sides get a reset, not an end. If one has gone, there is nothing to reset.
        for stream in [Some(&client), server.as_ref()].into_iter().flatten() {
            let _ = stream.set_zero_linger();
        }
    }
}

/// Runs until both sides have ended. An error means that the connection must be reset.
async fn serve(
    client: &mut TcpStream,
    server: &mut Option<TcpStream>,
    state: &Arc<State>,
) -> io::Result<()> {
    match state.meet(&[Trigger::Connection], None) {
        None => {}
        Some(Fault::Hang) => return hang(client, state).await,
        Some(_) => return Err(reset()),
    }
    // At once: the server may close an idle connection.
    let server = server.insert(TcpStream::connect(state.servers()).await?);
    for stream in [&*client, &*server] {
        // Nagle's algorithm delays small packets. An error here only costs time.
        let _ = stream.set_nodelay(true);
    }
    pass(client, server, state).await
}

/// Stays silent until the client leaves, or `heal` resets the connection.
async fn hang(client: &mut TcpStream, state: &State) -> io::Result<()> {
    let mut client = Source::new(client);
    tokio::select! {
        drained = client.drain() => drained,
        () = state.until_healed() => Err(reset()),
    }
}

async fn pass(
    client: &mut TcpStream,
    server: &mut TcpStream,
    state: &Arc<State>,
) -> io::Result<()> {
    let (from_client, mut to_client) = client.split();
    let (from_server, mut to_server) = server.split();
    let (sender, receiver) = mpsc::channel(MOST_REQUESTS);
    let requests = |server| Requests {
        state: Arc::clone(state),
        client: Source::new(from_client),
        server,
        exchanges: sender,
    };
    let answers = |client| Answers {
        state: Arc::clone(state),
        server: Source::new(from_server),
        client,
        exchanges: receiver,
    };
    let up = sink::run(state.settings(), Direction::Up, &mut to_server, |sink| {
        requests(sink).run()
    });
    let down = sink::run(state.settings(), Direction::Down, &mut to_client, |sink| {
        answers(sink).run()
    });
    match tokio::try_join!(up, down)? {
        (Ended::Closed, Ended::Closed) => Ok(()),
        (Ended::Broken, _) | (_, Ended::Broken) => Err(reset()),
    }
}
