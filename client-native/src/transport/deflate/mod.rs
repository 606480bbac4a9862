//! permessage-deflate: compressed WebSocket messages. Source: RFC 7692.

mod codec;
mod offer;
mod settings;

pub(crate) use codec::Deflate;
pub(crate) use offer::Offer;
pub use settings::PerMessageDeflate;
