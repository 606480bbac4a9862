//! A path of UDP to a server, which a test can break and change.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub(crate) struct Relay {
    pub(crate) port: u16,
    path: Arc<Path>,
    task: JoinHandle<()>,
}

struct Path {
    to: u16,
    /// The socket that the server knows as the client's.
    far: Mutex<Arc<UdpSocket>>,
    is_rebound: Notify,
    /// Whether it loses everything.
    is_broken: AtomicBool,
    /// The packets of the client.
    packets: AtomicUsize,
}

impl Relay {
    /// Starts a path to a port on 127.0.0.1. It has one client at a time: the one that sent last.
    pub(crate) async fn start(to: u16) -> Relay {
        Relay::start_at(0, to).await
    }

    /// Starts a path from a port of 127.0.0.1; 0 takes any free port.
    pub(crate) async fn start_at(port: u16, to: u16) -> Relay {
        let near = bind(port).await;
        let path = Arc::new(Path {
            to,
            far: Mutex::new(far(to).await),
            is_rebound: Notify::new(),
            is_broken: AtomicBool::new(false),
            packets: AtomicUsize::new(0),
        });
        Relay {
            port: near.local_addr().unwrap().port(),
            path: path.clone(),
            task: tokio::spawn(async move { path.carry(near).await }),
        }
    }

    pub(crate) fn set_broken(&self, broken: bool) {
        self.path.is_broken.store(broken, Ordering::SeqCst);
    }

    /// Gives the client another address, as a router does that has forgotten it. Returns the address.
    pub(crate) async fn rebind(&self) -> SocketAddr {
        let far = far(self.path.to).await;
        let address = far.local_addr().unwrap();
        *self.path.far() = far;
        self.path.is_rebound.notify_one();
        address
    }

    /// The number of packets that the client has sent.
    pub(crate) fn packets(&self) -> usize {
        self.path.packets.load(Ordering::SeqCst)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn bind(port: u16) -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap()
}

async fn far(to: u16) -> Arc<UdpSocket> {
    let far = bind(0).await;
    far.connect((Ipv4Addr::LOCALHOST, to)).await.unwrap();
    Arc::new(far)
}

impl Path {
    fn far(&self) -> MutexGuard<'_, Arc<UdpSocket>> {
        self.far.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::SeqCst)
    }

    async fn carry(&self, near: UdpSocket) {
        let mut client: Option<SocketAddr> = None;
        let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            let far = self.far().clone();
            // An error is one of an earlier datagram, which is lost.
            tokio::select! {
                Ok((size, from)) = near.recv_from(&mut up) => {
                    client = Some(from);
                    self.packets.fetch_add(1, Ordering::SeqCst);
                    if !self.is_broken() {
                        // The client may have another address since this select began.
                        let far = self.far().clone();
                        let _ = far.send(&up[..size]).await;
                    }
                }
                Ok(size) = far.recv(&mut down) => {
                    if let Some(client) = client.filter(|_| !self.is_broken()) {
                        let _ = near.send_to(&down[..size], client).await;
                    }
                }
                () = self.is_rebound.notified() => {}
                else => {}
            }
        }
    }
}
