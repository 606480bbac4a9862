//! Answers to the server's questions.

use tidewire_core::{Lost, Misuse};

use crate::support::on_all;

#[test]
fn an_answer_carries_the_id_of_its_question() {
    on_all(|pair| {
        pair.join("/");
        pair.join("/chat");
        pair.heard();
        pair.tell(r#"420["zero"]"#);
        pair.tell(r#"42/chat,1234567890123["large"]"#);
        pair.run(50);
        assert_eq!(pair.news(), [r#"/ ["zero"] ?"#, r#"/chat ["large"] ?"#]);
        let questions = pair.questions.clone();
        pair.reply(questions[1], r#"["b"]"#, &[]).unwrap();
        pair.reply(questions[0], "[]", &[]).unwrap();
        pair.run(50);
        assert_eq!(pair.heard(), [r#"43/chat,1234567890123["b"]"#, "430[]"]);
    });
}

#[test]
fn an_answer_after_the_connection_changed_is_stale() {
    on_all(|pair| {
        pair.join("/chat");
        pair.tell(r#"42/chat,1["q"]"#);
        pair.run(50);
        let question = pair.questions[0];
        pair.cut(Lost::Closed);
        pair.run(50);
        assert_eq!(pair.reply(question, "[1]", &[]), Err(Misuse::StaleReply));
        pair.run(2_000);
        pair.heard();
        assert_eq!(pair.reply(question, "[1]", &[]), Err(Misuse::StaleReply));
        pair.run(50);
        assert_eq!(
            pair.heard(),
            [""; 0],
            "it would meet somebody else's question"
        );
    });
}

#[test]
fn an_answer_after_the_namespace_was_left_and_joined_again_is_stale() {
    on_all(|pair| {
        pair.join("/");
        let chat = pair.join("/chat");
        pair.tell(r#"42/chat,1["q"]"#);
        pair.run(50);
        let question = pair.questions[0];
        pair.disconnect(chat);
        assert_eq!(pair.reply(question, "[1]", &[]), Err(Misuse::StaleReply));
        pair.connect(chat);
        pair.run(100);
        assert!(pair.client.is_connected(chat));
        assert_eq!(pair.reply(question, "[1]", &[]), Err(Misuse::StaleReply));
    });
}

#[test]
fn an_answer_after_a_kick_is_stale() {
    on_all(|pair| {
        pair.join("/");
        pair.join("/chat");
        pair.tell(r#"42/chat,1["q"]"#);
        pair.serve(|server| server.kick("/chat"));
        pair.run(50);
        let question = pair.questions[0];
        assert_eq!(pair.reply(question, "[1]", &[]), Err(Misuse::StaleReply));
    });
}
