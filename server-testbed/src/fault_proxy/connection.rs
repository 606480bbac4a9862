//! One connection of a client: its requests, and perhaps a WebSocket.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::http::{Message, answer};
use super::script::{Body, Direction, Fault, Trigger};
use super::state::State;
use super::websocket::{delay, pass_on, write_shaped};

/// Accepts connections until the task is aborted.
pub(super) async fn accept(listener: TcpListener, state: Arc<State>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(run(stream, Arc::clone(&state)));
            }
            // Too many files are open: others may close soon.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}

/// Serves a connection until it ends or is cut.
async fn run(stream: TcpStream, state: Arc<State>) {
    // Nagle's algorithm delays small packets. An error here only costs time.
    let _ = stream.set_nodelay(true);
    let mut settings = state.settings();
    let epoch = settings.borrow().epoch;
    let mut client = BufReader::new(stream);
    let is_refused = settings.borrow().refuse;
    let ended = match is_refused {
        true => Err(io::ErrorKind::ConnectionReset.into()),
        false => tokio::select! {
            ended = serve(&mut client, &state) => ended,
            // An error means that the proxy has gone.
            _ = settings.wait_for(|settings| settings.is_over(epoch)) => Err(io::ErrorKind::ConnectionReset.into()),
        },
    };
    if ended.is_err() {
        // The client gets a reset, not an end. If it has gone, there is nothing to reset.
        let _ = client.get_ref().set_zero_linger();
    }
}

async fn serve(client: &mut BufReader<TcpStream>, state: &Arc<State>) -> io::Result<()> {
    match state.meet(&[Trigger::Connection], "") {
        Some(Fault::Hang) => return std::future::pending().await,
        Some(_) => return Err(io::ErrorKind::ConnectionReset.into()),
        None => {}
    }
    let mut server = None;
    while let Some(request) = Message::read(client).await? {
        let fault = fault(state, &request);
        if let Some(bytes) = own_answer(fault.as_ref()) {
            client.write_all(&bytes).await?;
            return client.shutdown().await;
        }
        match fault {
            Some(Fault::Hang) => return std::future::pending().await,
            Some(Fault::Reset) => return Err(io::ErrorKind::ConnectionReset.into()),
            _ => {}
        }
        let server = match &mut server {
            Some(server) => server,
            none => none.insert(connect(state).await?),
        };
        let answer = ask(state, server, &request).await?;
        match fault {
            Some(Fault::ResetAfterAnswer) => return Err(io::ErrorKind::ConnectionReset.into()),
            Some(Fault::CutAnswer(length)) => {
                let part = answer.bytes.get(..length).unwrap_or(&answer.bytes);
                client.write_all(part).await?;
                client.flush().await?;
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            _ => {}
        }
        write(state, Direction::Down, client, &answer.bytes).await?;
        if answer.is_switch() {
            return pass_on(state, client, server).await;
        }
    }
    Ok(())
}

async fn connect(state: &State) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(state.server).await?;
    let _ = stream.set_nodelay(true);
    Ok(BufReader::new(stream))
}

/// Returns the fault of a request: a forgotten session, or that of a rule.
fn fault(state: &State, request: &Message) -> Option<Fault> {
    let is_forgotten = |session: &str| state.is_forgotten(session);
    if request.query("sid").is_some_and(is_forgotten) {
        state.count();
        return Some(Fault::Status(400, Body::Json));
    }
    let triggers: &[Trigger] = match (request.is_upgrade(), request.method()) {
        (true, _) => &[Trigger::WebSocket],
        (_, "GET") => &[Trigger::Request, Trigger::Get],
        (_, "POST") => &[Trigger::Request, Trigger::Post],
        _ => &[Trigger::Request],
    };
    state.meet(triggers, request.target())
}

/// Returns the answer that the proxy gives instead of the server.
fn own_answer(fault: Option<&Fault>) -> Option<Vec<u8>> {
    match fault? {
        Fault::Status(status, Body::Html) => {
            let body = "<html><body><h1>An error page of a proxy</h1></body></html>";
            Some(answer(*status, "text/html", "", body))
        }
        Fault::Status(status, Body::Json) => {
            let body = r#"{"code":1,"message":"Session ID unknown"}"#;
            Some(answer(*status, "application/json", "", body))
        }
        Fault::Redirect(url) => {
            let location = format!("Location: {url}\r\n");
            Some(answer(302, "text/plain", &location, ""))
        }
        _ => None,
    }
}

async fn ask(
    state: &State,
    server: &mut BufReader<TcpStream>,
    request: &Message,
) -> io::Result<Message> {
    write(state, Direction::Up, server, &request.bytes).await?;
    let answer = Message::read(server).await?;
    answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

async fn write(
    state: &State,
    direction: Direction,
    to: &mut BufReader<TcpStream>,
    bytes: &[u8],
) -> io::Result<()> {
    let mut settings = state.settings();
    let delay = delay(&settings.borrow());
    tokio::time::sleep(delay).await;
    write_shaped(&mut settings, direction, to, bytes).await
}
