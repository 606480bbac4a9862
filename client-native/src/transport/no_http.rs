//! HTTP requests in a build without the feature `polling`: there are none.
//!
//! The types of `http` without a value, so that the layers above need no `cfg`. The builder rejects polling first.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use rustls::ClientConfig;
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::{EngineVersion, Frame, Packet};

use super::cookies::Cookies;
use super::proxy::Proxy;
use crate::error::{Asked, TransportError};

#[derive(Clone, Debug)]
pub(crate) enum Http {}

#[derive(Debug)]
pub(crate) enum Body {}

#[derive(Debug)]
pub(crate) struct PostBody;

#[derive(Debug)]
#[allow(dead_code, reason = "no request is sent")]
pub(crate) struct Call {
    pub(crate) url: String,
    pub(crate) limit: Option<Duration>,
    pub(crate) asked: Asked,
}

impl Http {
    pub(crate) fn new(
        _: ClientConfig,
        _: HeaderMap,
        _: Arc<Cookies>,
        _: Option<Proxy>,
        _: Option<IpAddr>,
        _: usize,
    ) -> Result<Http, TransportError> {
        Err(TransportError::Http(
            "tidewire is built without its feature `polling`".to_owned(),
        ))
    }

    pub(crate) async fn get(&self, _: Call) -> Result<Body, TransportError> {
        match *self {}
    }

    pub(crate) async fn post(&self, _: Call, _: PostBody) -> Result<(), TransportError> {
        match *self {}
    }
}

impl Body {
    pub(crate) fn size(&self) -> usize {
        match *self {}
    }

    pub(crate) fn version(&self, _: Option<EngineVersion>) -> EngineVersion {
        match *self {}
    }

    pub(crate) fn contradicts(&self, _: Option<EngineVersion>) -> bool {
        match *self {}
    }

    pub(crate) fn frames(&self, _: EngineVersion) -> Vec<Result<(Bytes, bool), BadPacket>> {
        match *self {}
    }
}

impl PostBody {
    pub(crate) fn new(_: EngineVersion, _: &[Packet<Bytes>]) -> PostBody {
        PostBody
    }

    pub(crate) fn size(&self) -> usize {
        0
    }
}

pub(crate) fn frame(packet: &(Bytes, bool)) -> Frame<'_, Bytes> {
    Frame::binary(&[], packet.0.clone())
}
