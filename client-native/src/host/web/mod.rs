//! The browser host, over the crate `tidewire-web`.

mod connector;
mod frame_block;
mod runtime;
pub(crate) mod time;
mod websocket;
#[cfg(feature = "webtransport")]
mod webtransport;

pub(crate) use self::connector::{Connector, Settings};
pub(crate) use self::frame_block::FrameBlock;
pub(crate) use self::runtime::{Runtime, spawn};
pub(crate) use self::websocket::WebSocketIo;
#[cfg(feature = "webtransport")]
pub(crate) use self::webtransport::WebTransportIo;
pub(crate) use tidewire_web::{Watch, random_seed, unix_millis, watch};
