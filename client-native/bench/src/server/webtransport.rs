//! Sessions over WebTransport: the frames of one stream are packets.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use wtransport::endpoint::IncomingSession;
use wtransport::endpoint::endpoint_side::Server;
use wtransport::tls::{Certificate, CertificateChain, PrivateKey};
use wtransport::{Endpoint, Identity, ServerConfig};

use super::session::{Answer, Session, open};
use crate::result::Result;
use crate::tls;

/// In the place of a length: two bytes of length follow.
const LENGTH_16: u8 = 126;

/// Takes a UDP port.
pub(super) fn bind(port: u16, identity: &tls::Identity) -> Result<Endpoint<Server>> {
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes())?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(identity.key.as_bytes())?;
    let chain = CertificateChain::single(Certificate::from_der(certificate.to_vec())?);
    let key = PrivateKey::from_der_pkcs8(key.secret_pkcs8_der().to_vec());
    let config = ServerConfig::builder()
        .with_bind_address((Ipv4Addr::LOCALHOST, port).into())
        .with_identity(Identity::new(chain, key))
        .max_idle_timeout(None)?
        .build();
    Ok(Endpoint::server(config)?)
}

/// Accepts sessions until the process ends.
pub(super) async fn accept(endpoint: Endpoint<Server>, joined: Arc<AtomicU64>) {
    loop {
        let incoming = endpoint.accept().await;
        let session = Session::new(joined.clone());
        // A client that breaks off ends its task alone; the counts show it.
        tokio::spawn(serve(incoming, session));
    }
}

async fn serve(incoming: IncomingSession, mut session: Session) -> Result<()> {
    let connection = incoming.await?.accept().await?;
    let (mut to_client, mut from_client) = connection.accept_bi().await?;
    let mut input = Vec::new();
    let mut piece = [0; 1 << 10];
    while let Some(size) = from_client.read(&mut piece).await? {
        input.extend_from_slice(&piece[..size]);
        while let Some(packet) = take_frame(&mut input) {
            if let Some(answer) = answer(&mut session, &packet)? {
                to_client.write_all(&frame(&answer)).await?;
            }
        }
    }
    Ok(())
}

fn answer(session: &mut Session, packet: &[u8]) -> io::Result<Option<Vec<u8>>> {
    if packet == b"0" {
        return Ok(Some(open("bench").into_bytes()));
    }
    match session.hear(packet)? {
        Answer::Packet(packet) => Ok(Some(packet)),
        Answer::Nothing => Ok(None),
        Answer::Flood(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Takes the first frame, if it is whole. The packets of an idle connection are texts of less than 64 KiB.
fn take_frame(input: &mut Vec<u8>) -> Option<Vec<u8>> {
    let (start, length) = match input.as_slice() {
        [LENGTH_16, high, low, ..] => (3, usize::from(u16::from_be_bytes([*high, *low]))),
        [LENGTH_16, ..] | [] => return None,
        [length, ..] => (1, usize::from(*length)),
    };
    if input.len() < start + length {
        return None;
    }
    let rest = input.split_off(start + length);
    Some(std::mem::replace(input, rest).split_off(start))
}

fn frame(packet: &[u8]) -> Vec<u8> {
    let [high, low] = (packet.len() as u16).to_be_bytes();
    [&[LENGTH_16, high, low], packet].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_when_they_are_whole() {
        let mut input = b"\x03abc".to_vec();
        input.extend(frame(&[b'x'; 200]));
        let mut read = Vec::new();
        let mut taken = Vec::new();
        for byte in input {
            read.push(byte);
            taken.extend(take_frame(&mut read));
        }
        assert_eq!(taken, [b"abc".to_vec(), vec![b'x'; 200]]);
        assert!(read.is_empty());
    }
}
