use std::error::Error;

use tidewire_core::OpenError;

use super::*;

fn decode_error() -> DecodeError {
    DecodeError::Missing {
        position: 2,
        expected: "a string".to_owned(),
    }
}

fn refused() -> Refused {
    let json = br#"{"message":"no token"}"#;
    Refused::new("/chat".to_owned(), Some(bytes::Bytes::from_static(json)))
}

fn unreachable() -> ConnectError {
    let io = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    ConnectError::Unreachable {
        url: "http://localhost:3000/socket.io/".to_owned(),
        source: io.into(),
    }
}

/// One error of each kind that has a source, and some that have none.
fn errors() -> Vec<Box<dyn Error>> {
    let event = || "save".to_owned();
    let encode = || EmitError::Encode(EncodeError::Binary);
    vec![
        Box::new(BuildError::Auth(EncodeError::Binary)),
        Box::new(ConnectError::Build(BuildError::Auth(EncodeError::Binary))),
        Box::new(ConnectError::Build(BuildError::NoRuntime)),
        Box::new(ConnectError::Refused(refused())),
        Box::new(unreachable()),
        Box::new(ConnectError::Unreachable {
            url: "http://localhost/".to_owned(),
            source: TransportError::Handshake(OpenError::Timeout),
        }),
        Box::new(encode()),
        Box::new(EmitError::Refused(Misuse::BufferFull)),
        Box::new(AckError::Emit(encode())),
        Box::new(AckError::Decode {
            event: event(),
            source: decode_error(),
        }),
        Box::new(SocketError::Decode {
            event: event(),
            source: decode_error(),
        }),
        Box::new(SocketError::Server(refused())),
        Box::new(SocketError::NotSent(Misuse::BufferFull)),
        Box::new(Ended::Refused(ConnectError::Refused(refused()))),
        Box::new(Ended::GaveUp(unreachable())),
    ]
}

#[test]
fn no_error_repeats_the_text_of_its_source() {
    for error in errors() {
        let mut error: &dyn Error = &*error;
        while let Some(source) = error.source() {
            let (text, cause) = (error.to_string(), source.to_string());
            assert!(!text.contains(&cause), "{text:?} repeats {cause:?}");
            error = source;
        }
    }
}

#[test]
fn the_error_text_is_the_text_with_those_of_the_sources() {
    assert_eq!(
        error_text(&Ended::GaveUp(unreachable())),
        "the client has given up: cannot connect to http://localhost:3000/socket.io/: connection refused: is the server running, and is the port right?"
    );
    let decode = AckError::Decode {
        event: "save".to_owned(),
        source: decode_error(),
    };
    assert_eq!(
        error_text(&decode),
        "the ack for `save` does not match the requested type: argument 2 is missing (expected a string): use Option if it may be missing"
    );
}

#[test]
fn errors_of_wrappers_keep_their_sources() {
    let error = AckError::Emit(EmitError::Encode(EncodeError::Binary));
    assert_eq!(error.to_string(), "the arguments cannot be encoded");
    let source = error.source().expect("the encode error");
    assert!(source.downcast_ref::<EncodeError>().is_some());
}

// A handler for every event has the names that the server chooses.
#[test]
fn a_long_event_name_does_not_fill_the_text_of_an_error() {
    let event = "x".repeat(100_000);
    let error = SocketError::HandlerPanicked { event };
    assert!(error.to_string().len() < 300);
}
