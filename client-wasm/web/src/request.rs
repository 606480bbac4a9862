//! A request, by `fetch`.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReadableStreamDefaultReader, RequestCache, RequestCredentials, RequestInit,
    RequestMode, Response,
};

use super::fault::{Fault, is_foreign};
use super::policy::PolicyWatch;
use super::timer::Timer;
use super::{global, now};

/// A request. A body makes it a POST.
#[derive(Debug)]
pub struct Request {
    /// The address.
    pub url: String,
    /// The content type, and the content.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Whether cookies go with a request to another origin.
    pub with_credentials: bool,
    /// The bytes of the longest response.
    pub longest: usize,
    /// Whether to find out why a failed request has failed, by another one.
    pub explain: bool,
}

/// A response.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The content type; empty if there is none.
    pub kind: String,
    /// The content.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestFault {
    /// The likely reason.
    Refused(Fault),
    /// The content is longer than the limit.
    TooLong,
    /// The connection broke while the content came.
    Broken,
}

/// How long the search for the reason of a failure may take, in milliseconds.
const SEARCH: u64 = 3_000;

/// Sends a request. Dropping the future aborts it.
///
/// # Errors
/// If there is no response, or a longer one than allowed. Any status is a response.
pub async fn send(request: Request) -> Result<Reply, RequestFault> {
    let policy = PolicyWatch::new(&request.url);
    let abort = Abort::new();
    let init = init(&request, &abort);
    let Ok(response) = fetch(&request.url, &init).await else {
        return Err(RequestFault::Refused(refusal(&request, &policy).await));
    };
    let kind = response.headers().get("content-type").ok().flatten();
    Ok(Reply {
        status: response.status(),
        kind: kind.unwrap_or_default(),
        body: read(&response, request.longest).await?,
    })
}

async fn refusal(request: &Request, policy: &PolicyWatch) -> Fault {
    if !request.explain {
        // At once: the timers of a page that awakes are late.
        return Fault::of(&request.url, policy);
    }
    let fault = Fault::later(&request.url, policy).await;
    let searches = fault == Fault::Unknown && is_foreign(&request.url);
    match searches && responds(&request.url).await {
        true => Fault::Cors,
        false => fault,
    }
}

fn init(request: &Request, abort: &Abort) -> RequestInit {
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(match request.with_credentials {
        true => RequestCredentials::Include,
        false => RequestCredentials::SameOrigin,
    });
    if let Some(controller) = &abort.0 {
        init.set_signal(Some(&controller.signal()));
    }
    if let Some((kind, body)) = &request.body {
        init.set_method("POST");
        init.set_body(&Uint8Array::from(&body[..]));
        if let Ok(headers) = web_sys::Headers::new() {
            let _ = headers.set("content-type", kind);
            init.set_headers(&headers);
        }
    }
    init
}

async fn fetch(url: &str, init: &RequestInit) -> Result<Response, JsValue> {
    let request = web_sys::Request::new_with_str_and_init(url, init)?;
    let response = JsFuture::from(global::fetch(&request)?).await?;
    response.dyn_into()
}

/// Whether the server responds to a request whose response the page must not read. Without the query: no session opens.
async fn responds(url: &str) -> bool {
    let init = RequestInit::new();
    init.set_mode(RequestMode::NoCors);
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    let abort = Abort::new();
    if let Some(controller) = &abort.0 {
        init.set_signal(Some(&controller.signal()));
    }
    let path = url.split('?').next().unwrap_or(url);
    let response = std::pin::pin!(fetch(path, &init));
    let limit = std::pin::pin!(Timer::new(now() + SEARCH));
    match futures_util::future::select(response, limit).await {
        futures_util::future::Either::Left((response, _)) => response.is_ok(),
        futures_util::future::Either::Right(_) => false,
    }
}

/// Reads the content, up to the limit.
async fn read(response: &Response, longest: usize) -> Result<Vec<u8>, RequestFault> {
    let mut content = Vec::new();
    let Some(stream) = response.body() else {
        return Ok(content);
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let part = JsFuture::from(reader.read()).await;
        let part = part.map_err(|_| RequestFault::Broken)?;
        let Ok(bytes) = global::property(&part, "value").dyn_into::<Uint8Array>() else {
            return Ok(content);
        };
        if bytes.length() as usize > longest - content.len() {
            return Err(RequestFault::TooLong);
        }
        let start = content.len();
        content.resize(start + bytes.length() as usize, 0);
        bytes.copy_to(&mut content[start..]);
    }
}

/// Aborts a request when it is dropped.
struct Abort(Option<AbortController>);

impl Abort {
    fn new() -> Abort {
        Abort(AbortController::new().ok())
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}
