//! Users over WebTransport: against socket.io 4.8.4 behind the testbed's front with QUIC.

use crate::support::{Folder, errors, status, tidewire_load};

#[cfg(feature = "webtransport")]
mod with_the_feature {
    use std::net::Ipv4Addr;

    use tidewire_load::{Counter, Kind};
    use tidewire_testbed::WebTransportFront;

    use super::*;
    use crate::support::Peer;

    /// Starts the server and its front at the same port, and returns the URL and the SHA-256 of its certificate.
    fn start() -> (Peer, String, String) {
        let peer = Peer::start("socketio4", &[("WEBTRANSPORT", "yes")]);
        let front = WebTransportFront::bind(peer.port).unwrap();
        let (url, hash) = (
            format!("https://127.0.0.1:{}/lab", peer.port),
            front.certificate_hash().to_owned(),
        );
        let sessions = (Ipv4Addr::LOCALHOST, peer.session_port).into();
        tokio::spawn(async move { front.serve(sessions).await });
        (peer, url, hash)
    }

    #[tokio::test]
    async fn users_of_options_and_of_a_file_connect_and_get_acks() {
        let (_peer, url, hash) = start();
        let folder = Folder::new("webtransport");
        let file = folder.write(
            "users.toml",
            &format!(
                "target = '{url}'\n[client]\ntransports = ['webtransport']\ntls = {{ server_certificate_hashes = ['{hash}'] }}\n\
                 [[phase]]\ncount = 4\nduration = '0s'\n[[scenario]]\nstep = [{{ emit = 'echo', args = [1], ack = true }}]\n"
            ),
        );
        let transport = ["--transport", "webtransport"];
        let quick = [&url[..], "--users", "4", "--for", "1s", "--emit", "echo"];
        let options = ["--server-certificate-hash", &hash];
        for args in [
            [&quick[..], &transport, &options].concat(),
            [&quick[..], &transport, &["--insecure"]].concat(),
            vec!["run", &file],
        ] {
            let output = tidewire_load(&folder, &[&args[..], &["--json", "r.json"]].concat()).await;
            assert_eq!(status(&output), 0, "{args:?}: {}", errors(&output));
            let report = folder.report("r.json");
            assert_eq!(report.counter(Counter::Connected), 4, "{args:?}");
            assert_eq!(report.counter(Counter::Errors), 0, "{:?}", report.reasons);
            assert!(report.counter(Counter::Acked) >= 4);
            // QUIC has no TCP, and TLS in its handshake.
            assert!(report.kind(Kind::ConnectTcp).is_none());
            assert!(report.kind(Kind::ConnectTls).is_some());
        }
    }

    #[tokio::test]
    async fn another_certificate_is_refused() {
        let (_peer, url, hash) = start();
        let folder = Folder::new("webtransport-certificate");
        let other = hash.replace(|it: char| it != '0', "0");
        for options in [&[][..], &["--server-certificate-hash", &other]] {
            let args = [&[&url[..], "--transport", "webtransport"][..], options].concat();
            let output = tidewire_load(&folder, &args).await;
            assert_eq!(status(&output), 2, "{options:?}");
            let text = errors(&output);
            assert!(text.contains("certificate"), "{options:?}: {text}");
        }
    }
}

#[cfg(not(feature = "webtransport"))]
#[tokio::test]
async fn a_build_without_the_feature_says_how_to_get_it() {
    let folder = Folder::new("no-webtransport");
    let file = folder.write(
        "users.toml",
        "target = 'https://a'\n[client]\ntransports = ['webtransport']\n[[phase]]\npause = 1\n[[scenario]]\nstep = []\n",
    );
    for args in [
        &["https://127.0.0.1:1", "--transport", "webtransport"][..],
        &["check", &file],
    ] {
        let output = tidewire_load(&folder, args).await;
        assert_eq!(status(&output), 2);
        let text = errors(&output);
        assert!(text.contains("--features webtransport"), "{text}");
    }
}

#[tokio::test]
async fn a_hash_that_is_none_is_an_error_with_its_place() {
    let folder = Folder::new("webtransport-hash");
    let file = folder.write(
        "hash.toml",
        "target = 'https://a'\n[client]\ntls = { server_certificate_hashes = ['12'] }\n[[phase]]\npause = 1\n[[scenario]]\nstep = []\n",
    );
    for (args, part) in [
        (&["check", &file][..], "3:38: `12` is not the SHA-256"),
        (
            &["https://127.0.0.1:1", "--server-certificate-hash", "12"],
            "`12` is not the SHA-256",
        ),
    ] {
        let output = tidewire_load(&folder, args).await;
        assert_eq!(status(&output), 2);
        let text = errors(&output);
        assert!(text.contains(part), "{text}");
    }
}
