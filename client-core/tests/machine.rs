//! smoke
use bytes::Bytes;
use tidewire_core::*;
fn text<'a>(s: &'a str) -> Frame<'a, Bytes> {
    Frame::text(
        &s.as_bytes()[..s.len().min(512)],
        Bytes::copy_from_slice(s.as_bytes()),
    )
}
fn drain(c: &mut Client<Bytes>) -> Vec<String> {
    let mut v = vec![];
    while let Some(o) = c.poll() {
        v.push(match o {
            Output::Action(Action::Send { packet, .. }) => {
                let mut h = vec![];
                packet.write_head(&mut h);
                h.extend_from_slice(packet.payload().map_or(&b""[..], |p| p));
                format!("> {}", String::from_utf8_lossy(&h))
            }
            o => format!("{o:?}"),
        });
    }
    v
}
#[test]
fn smoke() {
    for v3 in [false, true] {
        let mut c = Client::new(Config::default());
        let t = Time::from_millis;
        let n = c.namespace("chat", Some("x=1"));
        let r = c.namespace("", None);
        c.connect(t(0), n);
        c.connect(t(0), r);
        c.emit(
            t(0),
            n,
            Emit {
                payload: Bytes::from_static(b"[\"a\"]"),
                attachments: vec![Bytes::from_static(b"xx")],
                ack: Ack::Within(Millis(500)),
                volatile: false,
            },
        )
        .unwrap();
        let mut link = None;
        while let Some(o) = c.poll() {
            if let Output::Action(Action::Open { link: l, .. }) = o {
                link = Some(l)
            }
        }
        let l = link.unwrap();
        let hs = if v3 {
            "0{\"sid\":\"S\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000}"
        } else {
            "0{\"sid\":\"S\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000}"
        };
        c.handle_packet(t(1), l, text(hs));
        println!("{:#?}", drain(&mut c));
        if v3 {
            for p in ["40", "42/chat,[\"early\"]", "40/chat,", "43/chat,0[1]"] {
                c.handle_packet(t(2), l, text(p));
                println!("{p} {:#?}", drain(&mut c));
            }
        } else {
            c.authorize(t(2), n, Some(Bytes::from_static(b"{\"a\":1}")));
            c.authorize(t(2), r, None);
            println!("{:#?}", drain(&mut c));
            for p in [
                "40{\"sid\":\"A\"}",
                "40/chat,{\"sid\":\"B\"}",
                "2",
                "42/chat,7[\"q\"]",
                "43/chat,0[1]",
                "451-[\"b\",{\"_placeholder\":true,\"num\":0}]",
            ] {
                c.handle_packet(t(2), l, text(p));
                println!("{p} {:#?}", drain(&mut c));
            }
        }
        c.handle_timeout(t(50000));
        println!("{:#?} {:?}", drain(&mut c), c.next_timeout());
    }
}
