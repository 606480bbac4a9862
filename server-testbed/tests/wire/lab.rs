//! Checks the lab events of the contract with Engine.IO 3 and 4.

use crate::raw::{BOTH, EngineVersion, Raw, testbed};

#[tokio::test]
async fn echo_returns_every_argument() {
    let testbed = testbed().await;
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;

        client
            .send(r#"42/lab,7["echo",1,"é😀",{"b":[true,null,-2.5]}]"#)
            .await;
        assert_eq!(
            client.text().await,
            r#"43/lab,7[1,"é😀",{"b":[true,null,-2.5]}]"#
        );
        client.send(r#"42/lab,["echo"]"#).await;
        assert_eq!(client.text().await, r#"42/lab,["echo"]"#);
    }
}

#[tokio::test]
async fn echo_returns_binary_anywhere() {
    let testbed = testbed().await;
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;

        let args = r#"{"a":[{"_placeholder":true,"num":0}]},"x",{"_placeholder":true,"num":1}"#;
        client.send(&format!(r#"452-/lab,["echo",{args}]"#)).await;
        client.send_binary(&every_byte).await;
        client.send_binary(&[]).await;
        assert_eq!(client.text().await, format!(r#"452-/lab,["echo",{args}]"#));
        assert_eq!(client.binary().await, every_byte);
        assert_eq!(client.binary().await, Vec::<u8>::new());
    }
}

#[tokio::test]
async fn question_asks_for_an_ack_and_reports_it() {
    let testbed = testbed().await;
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;

        client.send(r#"42/lab,["question","why",1]"#).await;
        assert_eq!(client.text().await, r#"42/lab,1["question","why",1]"#);
        client.send(r#"43/lab,1["because",{"n":2}]"#).await;
        assert_eq!(
            client.text().await,
            r#"42/lab,["answered","because",{"n":2}]"#
        );
    }
}

#[tokio::test]
async fn a_member_of_a_room_receives_said_until_it_leaves() {
    let testbed = testbed().await;
    let mut speaker = Raw::open(&testbed, EngineVersion::Eio3, "").await;
    let mut listener = Raw::open(&testbed, EngineVersion::Eio4, "").await;
    for client in [&mut speaker, &mut listener] {
        client.connect("/lab").await;
        client.send(r#"42/lab,0["join","den"]"#).await;
        assert_eq!(client.text().await, r#"43/lab,0["den"]"#);
    }
    speaker.send(r#"42/lab,["say","den","hi",2]"#).await;
    assert_eq!(speaker.text().await, r#"42/lab,["said","hi",2]"#);
    assert_eq!(listener.text().await, r#"42/lab,["said","hi",2]"#);

    listener.send(r#"42/lab,1["leave","den"]"#).await;
    assert_eq!(listener.text().await, r#"43/lab,1["den"]"#);
    speaker.send(r#"42/lab,["say","den","alone"]"#).await;
    assert_eq!(speaker.text().await, r#"42/lab,["said","alone"]"#);
    listener.send(r#"42/lab,["echo","next"]"#).await;
    assert_eq!(listener.text().await, r#"42/lab,["echo","next"]"#);
}

#[tokio::test]
async fn kick_disconnects_the_namespace_only() {
    let testbed = testbed().await;
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;
        client.send(r#"42/lab,["kick"]"#).await;
        assert!(client.text().await.starts_with("41/lab,"));
        client.connect("/lab").await;
    }
}
