//! The cookies of a client: the user's, and those that the server sets. Source: RFC 6265.
//!
//! A client talks to one host and one path, so a cookie is stored only if it belongs to both, and a name has one value: the
//! newest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, header};

use super::cookie_date;
use crate::address::Address;

/// The cookies that the server may set. The oldest one makes room for a new one.
const SERVER_COOKIES: usize = 50;

/// The longest cookie that the server may set, name and value, in bytes.
const COOKIE_BYTES: usize = 4096;

/// The cookies of all requests to one server, with every transport.
#[derive(Debug)]
pub(crate) struct Cookies {
    address: Arc<Address>,
    list: Mutex<Vec<Cookie>>,
}

#[derive(Debug)]
struct Cookie {
    /// `name=value`.
    pair: Vec<u8>,
    owner: Owner,
}

#[derive(Debug, PartialEq, Eq)]
enum Owner {
    User,
    Server { expires: Option<SystemTime> },
}

impl Cookies {
    /// Starts with the user's cookies, each `name=value`.
    pub(crate) fn new(address: Arc<Address>, user: Vec<String>) -> Cookies {
        let own = |pair: String| Cookie {
            pair: pair.into_bytes(),
            owner: Owner::User,
        };
        Cookies {
            address,
            list: Mutex::new(user.into_iter().map(own).collect()),
        }
    }

    /// The header `Cookie` of the next request.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut list = self.list();
        let now = SystemTime::now();
        list.retain(|cookie| !cookie.is_expired(now));
        let pairs: Vec<&[u8]> = list.iter().map(|cookie| &cookie.pair[..]).collect();
        // The builder, or the header that set it, has checked each of them.
        HeaderValue::from_bytes(&pairs.join(&b"; "[..]))
            .ok()
            .filter(|header| !header.is_empty())
    }

    /// Stores the cookies that a response sets. One of the user with the same name is replaced.
    pub(crate) fn store(&self, response: &HeaderMap) {
        let mut list = self.list();
        for header in response.get_all(header::SET_COOKIE) {
            let Some(cookie) = Cookie::parse(header.as_bytes(), &self.address) else {
                continue;
            };
            list.retain(|old| old.name() != cookie.name());
            // It may be expired: a server deletes a cookie that way.
            if cookie.is_expired(SystemTime::now()) {
                continue;
            }
            list.push(cookie);
            let mut of_server = list.iter().filter(|cookie| cookie.owner != Owner::User);
            if of_server.clone().count() > SERVER_COOKIES {
                let oldest = of_server.next().map(|oldest| oldest.name().to_vec());
                list.retain(|cookie| Some(cookie.name()) != oldest.as_deref());
            }
        }
    }

    fn list(&self) -> MutexGuard<'_, Vec<Cookie>> {
        // A panic leaves the list as it was, or without its last change.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cookie {
    /// Parses a header `Set-Cookie`; `None` if the cookie is not one for this address.
    fn parse(header: &[u8], address: &Address) -> Option<Cookie> {
        let mut parts = header.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let pair = parts.next()?;
        let (name, value) = split(pair)?;
        if name.is_empty() || pair.len() > COOKIE_BYTES {
            return None;
        }
        let (mut max_age, mut expires) = (None, None);
        for part in parts {
            let (attribute, value) = split(part).unwrap_or((part, b""));
            let value = String::from_utf8_lossy(value);
            let belongs = match attribute.to_ascii_lowercase().as_slice() {
                b"domain" => is_in_domain(&address.host, &value),
                b"path" => is_below(address.path(), &value),
                b"secure" => address.secure,
                b"max-age" => {
                    max_age = max_age_of(&value).or(max_age);
                    true
                }
                b"expires" => {
                    expires = cookie_date::parse(&value).or(expires);
                    true
                }
                _ => true,
            };
            if !belongs {
                return None;
            }
        }
        Some(Cookie {
            pair: [name, b"=", value].concat(),
            owner: Owner::Server {
                expires: max_age.or(expires),
            },
        })
    }

    fn name(&self) -> &[u8] {
        split(&self.pair).map_or(&[], |(name, _)| name)
    }

    fn is_expired(&self, now: SystemTime) -> bool {
        matches!(self.owner, Owner::Server { expires: Some(at) } if at <= now)
    }
}

fn split(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = pair.iter().position(|&byte| byte == b'=')?;
    Some((pair[..at].trim_ascii(), pair[at + 1..].trim_ascii()))
}

/// Whether a cookie with this attribute `Domain` belongs to `host`.
fn is_in_domain(host: &str, domain: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    let is_name = || host.ends_with(|last: char| last.is_ascii_alphabetic());
    let end = |parent: &str| parent.is_empty() || parent.ends_with('.') && is_name();
    // `Url` has made the host lower case.
    domain.is_empty()
        || host
            .strip_suffix(&domain.to_ascii_lowercase())
            .is_some_and(end)
}

/// Whether a cookie with the attribute `Path` as `parent` belongs to requests for `path`. Without a `/` in front, it counts as none.
fn is_below(path: &str, parent: &str) -> bool {
    let rest = path.strip_prefix(parent.strip_suffix('/').unwrap_or(parent));
    !parent.starts_with('/') || rest.is_some_and(|rest| rest.starts_with('/'))
}

/// When a cookie expires, by its attribute `Max-Age`.
fn max_age_of(value: &str) -> Option<SystemTime> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // One that is too large or negative is at once, or in a year.
    let seconds = match value.parse::<i64>() {
        Ok(seconds) => u64::try_from(seconds).unwrap_or(0),
        Err(_) if value.starts_with('-') => 0,
        Err(_) => u64::MAX,
    };
    const YEAR: u64 = 366 * 24 * 3600;
    Some(match seconds {
        0 => SystemTime::UNIX_EPOCH,
        _ => SystemTime::now() + Duration::from_secs(seconds.min(YEAR)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Parsed;

    fn cookies(url: &str, user: &[&str]) -> Cookies {
        let address = Parsed::new(url).unwrap().address;
        let user = user.iter().map(|pair| (*pair).to_owned()).collect();
        Cookies::new(Arc::new(address), user)
    }

    /// The header after these `Set-Cookie` headers, each of its own response.
    fn after(cookies: &Cookies, set: &[&str]) -> String {
        for header in set {
            let mut response = HeaderMap::new();
            response.append(
                header::SET_COOKIE,
                HeaderValue::from_bytes(header.as_bytes()).unwrap(),
            );
            cookies.store(&response);
        }
        cookies.header().map_or_else(String::new, |header| {
            String::from_utf8_lossy(header.as_bytes()).into_owned()
        })
    }

    #[test]
    fn the_newer_value_of_a_name_wins_whatever_its_path_and_domain() {
        let own = cookies("http://a.example.org", &["io=user", "lang=de"]);
        assert_eq!(after(&own, &[]), "io=user; lang=de");
        assert_eq!(after(&own, &["io=1; Path=/; HttpOnly"]), "lang=de; io=1");
        let narrower = ["io=2; path=/socket.io/; Domain=.Example.org", "new = x=y "];
        assert_eq!(after(&own, &narrower), "lang=de; io=2; new=x=y");
    }

    #[test]
    fn a_deleted_or_expired_cookie_is_not_sent() {
        let own = cookies("http://localhost", &["a=1", "b=2", "c=3", "d=4", "e=5"]);
        let set = [
            "a=; Max-Age=0",
            "b=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "c=x; Max-Age=-5; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
            "d=y; Max-Age=60; Expires=Thu, 01-Jan-1970 00:00:00 GMT",
            "e=z; Max-Age=99999999999999999999; Expires=never",
        ];
        assert_eq!(after(&own, &set), "d=y; e=z");
    }

    #[test]
    fn a_cookie_of_another_host_or_path_is_ignored() {
        let own = cookies("http://a.example.org", &[]);
        let foreign = [
            "a=1; Domain=b.example.org",
            "a=1; Domain=ample.org",
            "a=1; Domain=x.a.example.org",
            "a=1; Path=/admin",
            "a=1; Path=/socket.iota",
            "a=1; Secure",
            "=1",
            "a",
            "",
        ];
        assert_eq!(after(&own, &foreign), "");
        assert_eq!(after(&own, &["a=1; Domain=; Path=x"]), "a=1");
        let address = cookies("https://10.0.0.1", &[]);
        assert_eq!(
            after(&address, &["a=1; Domain=0.0.1", "b=2; Secure"]),
            "b=2"
        );
    }

    #[test]
    fn a_server_may_set_50_cookies_of_4096_bytes() {
        let own = cookies("http://localhost", &["user=1"]);
        let many: Vec<String> = (0..SERVER_COOKIES + 2).map(|n| format!("c{n}=1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let sent = after(&own, &many);
        assert!(sent.starts_with("user=1; c2=1; c3=1;"), "{sent}");
        assert_eq!(sent.split("; ").count(), SERVER_COOKIES + 1);
        let own = cookies("http://localhost", &[]);
        let [fits, long] = [4094, 4095].map(|length| format!("a={}", "x".repeat(length)));
        assert_eq!(after(&own, &[&long]), "");
        assert_eq!(after(&own, &[&fits]).len(), 4096);
    }
}
