//! TCP connections.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

/// How long an address has before the next one is tried beside it. Source: RFC 8305, 5.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to a host, as a URL writes it, from `local` if that is given.
pub(super) async fn connect(host: &str, port: u16, local: Option<IpAddr>) -> io::Result<TcpStream> {
    connect_to(host, find(host, port).await?, local).await
}

/// Whether a host is an address, which needs no search.
pub(super) fn is_address(host: &str) -> bool {
    without_brackets(host).parse::<IpAddr>().is_ok()
}

/// Finds the addresses of a host.
pub(super) async fn find(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(lookup_host((without_brackets(host), port)).await?.collect())
}

/// Connects to an address of a host, from `local` if that is given.
pub(super) async fn connect_to(
    host: &str,
    found: Vec<SocketAddr>,
    local: Option<IpAddr>,
) -> io::Result<TcpStream> {
    first_address(host, found, local, |address| connect_from(local, address)).await
}

/// Connects to the first address of a host that answers, of the family of `local` if that is given.
///
/// Addresses that do not answer do not keep the others waiting: those of a network whose IPv6 is broken, or of a server that is
/// down.
pub(super) async fn first_address<T, E, F>(
    host: &str,
    mut found: Vec<SocketAddr>,
    local: Option<IpAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<T, E>
where
    E: From<io::Error>,
    F: Future<Output = Result<T, E>>,
{
    found.retain(|address| local.is_none_or(|local| local.is_ipv4() == address.is_ipv4()));
    let connected = first_of(by_turns(found), connect).await;
    connected.unwrap_or_else(|| {
        let family = local.map_or_else(String::new, |local| format!(" of the family of {local}"));
        let error = io::Error::new(
            io::ErrorKind::AddrNotAvailable,
            format!("{} has no address{family}", without_brackets(host)),
        );
        Err(error.into())
    })
}

/// Sorts addresses so that IPv6 and IPv4 take turns; the first one stays.
fn by_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_first_ipv4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv4() == is_first_ipv4);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let turns = std::iter::from_fn(|| {
        let turn: Vec<_> = first.next().into_iter().chain(second.next()).collect();
        (!turn.is_empty()).then_some(turn)
    });
    turns.flatten().collect()
}

/// Connects to the addresses, each a while after the one before, or as soon as an attempt has failed. Returns the first success, or
/// else the first error; `None` without an address.
async fn first_of<A, T, E, F>(addresses: Vec<A>, connect: impl Fn(A) -> F) -> Option<Result<T, E>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut left = addresses.into_iter();
    let mut running = FuturesUnordered::new();
    let mut error = None;
    loop {
        running.extend(left.next().map(&connect));
        let ended = if left.len() == 0 {
            running.next().await
        } else {
            match timeout(ATTEMPT_DELAY, running.next()).await {
                Ok(ended) => ended,
                Err(_) => continue,
            }
        };
        match ended {
            Some(Ok(stream)) => return Some(Ok(stream)),
            Some(Err(failed)) => error = error.or(Some(failed)),
            None => return error.map(Err),
        }
    }
}

async fn connect_from(local: Option<IpAddr>, address: SocketAddr) -> io::Result<TcpStream> {
    let Some(local) = local else {
        return TcpStream::connect(address).await;
    };
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.bind(SocketAddr::new(local, 0))?;
    socket.connect(address).await
}

/// The host without the brackets that a URL puts around an IPv6 address.
pub(super) fn without_brackets(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use io::ErrorKind::{ConnectionRefused, TimedOut};

    use super::*;

    /// The outcome of attempts that end after so many delays: with a success, or with an error of this kind.
    async fn outcome(
        attempts: &[(u32, Option<io::ErrorKind>)],
    ) -> Option<Result<u32, io::ErrorKind>> {
        let connect = |(delays, error): (u32, Option<io::ErrorKind>)| async move {
            tokio::time::sleep(ATTEMPT_DELAY * delays).await;
            error.map_or(Ok(delays), |kind| Err(io::Error::from(kind)))
        };
        let first = first_of(attempts.to_vec(), connect).await;
        first.map(|ended| ended.map_err(|error| error.kind()))
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_does_not_answer_does_not_keep_the_others_waiting() {
        let never = (1_000, None);
        assert_eq!(outcome(&[never, (0, None)]).await, Some(Ok(0)));
        assert_eq!(outcome(&[never, never, (0, None)]).await, Some(Ok(0)));
        // One that failed makes room at once.
        let refused = (0, Some(ConnectionRefused));
        assert_eq!(outcome(&[refused, (1, None), never]).await, Some(Ok(1)));
        // A slow one may still be the first.
        assert_eq!(outcome(&[(2, None), (3, None)]).await, Some(Ok(2)));
        assert_eq!(outcome(&[(2, None), refused]).await, Some(Ok(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_error_is_the_first_one() {
        let (refused, late) = ((0, Some(ConnectionRefused)), (5, Some(TimedOut)));
        for attempts in [[refused, late], [late, refused]] {
            assert_eq!(outcome(&attempts).await, Some(Err(ConnectionRefused)));
        }
        assert_eq!(outcome(&[]).await, None);
    }

    #[test]
    fn the_families_take_turns_and_the_first_address_stays() {
        let sorted = |texts: &[&str]| {
            let addresses = texts
                .iter()
                .map(|text| SocketAddr::new(text.parse().unwrap(), 1));
            let sorted = by_turns(addresses.collect());
            let texts = sorted.iter().map(|address| address.ip().to_string());
            texts.collect::<Vec<String>>().join(" ")
        };
        assert_eq!(
            sorted(&["::1", "::2", "::3", "1.1.1.1", "2.2.2.2"]),
            "::1 1.1.1.1 ::2 2.2.2.2 ::3"
        );
        assert_eq!(
            sorted(&["1.1.1.1", "::1", "2.2.2.2"]),
            "1.1.1.1 ::1 2.2.2.2"
        );
        assert_eq!(sorted(&[]), "");
    }
}
