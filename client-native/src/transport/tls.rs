//! TLS by rustls, and the certificates that it trusts.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::tcp::without_brackets;
use crate::error::{BuildError, TransportError};

/// The TLS settings of the user.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsSettings {
    /// Whether to trust the system's certificates instead of the built-in ones.
    pub(crate) native_roots: bool,
    /// Certificates to trust in addition.
    pub(crate) roots: Vec<CertificateDer<'static>>,
    /// A configuration that replaces all others.
    pub(crate) config: Option<Arc<ClientConfig>>,
}

impl TlsSettings {
    /// Adds the certificates in a PEM text.
    pub(crate) fn add_pem(&mut self, pem: &[u8]) -> Result<(), BuildError> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = read.map_err(|error| BuildError::Tls(error.to_string()))?;
        if certificates.is_empty() {
            return Err(BuildError::Tls("the PEM text holds no certificate".into()));
        }
        self.roots.extend(certificates);
        Ok(())
    }

    /// The configuration of all connections of a client. Clients with the same settings share one.
    pub(crate) fn build(self) -> Result<Arc<ClientConfig>, BuildError> {
        if let Some(config) = self.config {
            return Ok(config);
        }
        if self.roots.is_empty() && !self.native_roots {
            return default_config();
        }
        shared(Trusted {
            native_roots: self.native_roots,
            roots: self.roots,
        })
    }
}

/// The default configuration, created once.
pub(crate) fn default_config() -> Result<Arc<ClientConfig>, BuildError> {
    static DEFAULT: OnceLock<Result<Arc<ClientConfig>, BuildError>> = OnceLock::new();
    DEFAULT
        .get_or_init(|| config_with(built_in_roots()))
        .clone()
}

/// The certificates that a configuration trusts.
#[derive(Debug, PartialEq, Eq)]
struct Trusted {
    native_roots: bool,
    roots: Vec<CertificateDer<'static>>,
}

/// The configuration that trusts these certificates: that of another client, if one has it. Its roots alone take more memory than
/// four connections, and ten with those of the system.
fn shared(trusted: Trusted) -> Result<Arc<ClientConfig>, BuildError> {
    static SHARED: Mutex<Vec<(Trusted, Weak<ClientConfig>)>> = Mutex::new(Vec::new());
    // A panic leaves the list as it was.
    let mut list = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    list.retain(|(_, config)| config.strong_count() > 0);
    let known = list.iter().find(|(known, _)| *known == trusted);
    if let Some(config) = known.and_then(|(_, config)| config.upgrade()) {
        return Ok(config);
    }
    let config = trusted.config()?;
    list.push((trusted, Arc::downgrade(&config)));
    Ok(config)
}

impl Trusted {
    fn config(&self) -> Result<Arc<ClientConfig>, BuildError> {
        let mut roots = if self.native_roots {
            native_roots()?
        } else {
            built_in_roots()
        };
        for certificate in &self.roots {
            roots
                .add(certificate.clone())
                .map_err(|error| BuildError::Tls(error.to_string()))?;
        }
        config_with(roots)
    }
}

fn config_with(roots: RootCertStore) -> Result<Arc<ClientConfig>, BuildError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| BuildError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn built_in_roots() -> RootCertStore {
    RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    }
}

fn native_roots() -> Result<RootCertStore, BuildError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let why = found
            .errors
            .first()
            .map_or_else(String::new, |error| format!(": {error}"));
        return Err(BuildError::Tls(format!(
            "the system has no certificates{why}"
        )));
    }
    Ok(roots)
}

/// Does the TLS handshake on a connection to `host`.
pub(crate) async fn connect(
    config: Arc<ClientConfig>,
    host: &str,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, TransportError> {
    let name = ServerName::try_from(without_brackets(host).to_owned())
        .map_err(|error| TransportError::Tls(format!("{host}: {error}")))?;
    let connected = TlsConnector::from(config).connect(name, tcp).await;
    connected.map_err(|failed| match find(&failed) {
        Some(tls) => error(tls, host),
        None if is_end(&failed) => closed(host),
        None => TransportError::from(failed),
    })
}

/// The rustls error inside of an I/O error, which may be inside of another one.
pub(crate) fn find<'a>(source: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let inner = source.downcast_ref::<io::Error>()?.get_ref()?;
    inner.downcast_ref().or_else(|| find(inner))
}

/// Whether the peer has closed the connection.
pub(super) fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::UnexpectedEof | Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe
    )
}

/// The error of a TLS handshake that `host` has ended without a word.
pub(super) fn closed(host: &str) -> TransportError {
    TransportError::Tls(format!(
        "{host} closed the connection during the handshake: does it speak TLS, or did you mean http:// or ws://?"
    ))
}

/// The error of a TLS handshake with `host`.
pub(crate) fn error(error: &rustls::Error, host: &str) -> TransportError {
    TransportError::Tls(match error {
        // The signature is invalid if a trusted root has the right name and another key.
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => format!(
            "the certificate of {host} is not trusted ({error}): add its root with Builder::root_certificate_pem"
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => format!(
            "{error} (from {host}): is the clock of this machine right? Otherwise the server needs a new certificate"
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!("{error} (from {host}): use a name that the certificate has"),
        // The error of rustls-webpki has no other public name. `openssl req -x509` makes such certificates.
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
            if other.to_string().contains("CaUsedAsEndEntity") =>
        {
            format!(
                "the certificate of {host} is one of an authority ({error}): make one for the server, with `basicConstraints=CA:FALSE`"
            )
        }
        rustls::Error::InvalidMessage(_) => format!(
            "{error} (from {host}): the server may not speak TLS, did you mean http:// or ws://?"
        ),
        other => format!("{other} (from {host})"),
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn trusting(pem: &str) -> TlsSettings {
        let mut settings = TlsSettings::default();
        settings.add_pem(pem.as_bytes()).unwrap();
        settings
    }

    #[test]
    fn clients_with_the_same_settings_share_their_configuration() {
        let pem = || {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(Vec::new()).unwrap();
            params.self_signed(&key).unwrap().pem()
        };
        let (one, other) = (pem(), pem());
        let config = trusting(&one).build().unwrap();
        assert!(Arc::ptr_eq(&config, &trusting(&one).build().unwrap()));
        assert!(!Arc::ptr_eq(&config, &trusting(&other).build().unwrap()));
        let default = || TlsSettings::default().build().unwrap();
        assert!(Arc::ptr_eq(&default(), &default()));
        assert!(!Arc::ptr_eq(&config, &default()));
        // It lives as long as a client has it.
        let weak = Arc::downgrade(&config);
        drop(config);
        assert_eq!(weak.strong_count(), 0);
        trusting(&one).build().unwrap();
    }
}
