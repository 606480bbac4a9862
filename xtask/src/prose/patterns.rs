//! The words and phrases that the step `prose` finds.

/// A phrase, and the words that replace it.
#[derive(Debug)]
pub(super) struct Pattern {
    /// Words in lower case; `*` stands for any letters at the beginning or the end of a word.
    pub(super) phrase: &'static str,
    pub(super) place: Place,
    pub(super) say_instead: &'static str,
}

/// Where a pattern counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    Anywhere,
    /// Between blanks only: `let in`, but not `let in_flight`.
    Sentence,
    /// Before a full stop, a comma and the like, or before a verb: `of the server's,` but not `of the server's packets`.
    PhraseEnd,
    /// At the beginning of a doc comment.
    DocStart,
}

const fn anywhere(phrase: &'static str, say_instead: &'static str) -> Pattern {
    Pattern {
        phrase,
        place: Place::Anywhere,
        say_instead,
    }
}

const fn sentence(phrase: &'static str, say_instead: &'static str) -> Pattern {
    Pattern {
        phrase,
        place: Place::Sentence,
        say_instead,
    }
}

const fn phrase_end(phrase: &'static str, say_instead: &'static str) -> Pattern {
    Pattern {
        phrase,
        place: Place::PhraseEnd,
        say_instead,
    }
}

const fn doc_start(phrase: &'static str, say_instead: &'static str) -> Pattern {
    Pattern {
        phrase,
        place: Place::DocStart,
        say_instead,
    }
}

pub(super) const PATTERNS: &[Pattern] = &[
    // Names: the protocol has a word.
    anywhere("climb*", "upgrade"),
    anywhere("dialect*", "engine version"),
    anywhere(
        "generation*",
        "engine version, Engine.IO version, or 2.x and 4.x",
    ),
    anywhere("farewell*", "close, closing"),
    anywhere("comeback*", "reconnect, reconnection"),
    // Double genitives.
    phrase_end("of *'s", "the noun as an attribute: `a server event`"),
    phrase_end("of the *'s", "the noun as an attribute: `a server event`"),
    phrase_end(
        "of socket.io's",
        "the noun as an attribute: `a socket.io option`",
    ),
    // A clause instead of a noun, and negations without `not`.
    anywhere("what came", "the thing's name: `the frame`, `the packet`"),
    anywhere("what comes", "the thing's name: `the frame`, `the packet`"),
    anywhere("what waits", "the thing's name: `buffered events`"),
    anywhere("what is to be", "the thing's name"),
    anywhere("is no packet", "is not a packet"),
    anywhere("is no engine", "is not an Engine.IO .."),
    anywhere("is no socket", "is not a Socket.IO .."),
    anywhere("is no json", "is not JSON"),
    anywhere("is no number", "is not a number"),
    anywhere("is no text", "is not a text"),
    anywhere("is no url", "is not a URL"),
    anywhere("is no server", "is not a server"),
    anywhere("is no client", "is not a client"),
    anywhere("is no error", "is not an error"),
    anywhere("is no heartbeat", "is not a heartbeat"),
    anywhere("is no comment", "is not a comment"),
    anywhere("is no failure", "is not a failure"),
    sentence("and is none", "and is not one"),
    // Private metaphors.
    anywhere("looked at", "read, compared, checked"),
    anywhere("laid down", "written, encoded"),
    anywhere("lay* down", "write, encode"),
    anywhere("on the desk", "in the call buffer"),
    anywhere("throw* no dice", "use no randomness"),
    anywhere("keep* no time", "read no clock"),
    anywhere("give* way", "be evicted"),
    anywhere("gave way", "was evicted"),
    sentence("let in", "accept, admit"),
    sentence("lets in", "accepts, admits"),
    anywhere("let* it in", "accept, connect"),
    anywhere("let* them in", "accept, connect"),
    anywhere("let* the client in", "accept the client"),
    anywhere("let* the namespace in", "connect the namespace"),
    anywhere("the way in", "connecting"),
    anywhere("way out", "closing, sending"),
    anywhere("on their way in", "connecting"),
    anywhere("let* loose", "run"),
    // People for programs.
    anywhere(
        "whoever",
        "the actor: server, client, application, host, caller",
    ),
    anywhere("nobody", "no caller, no client, .."),
    anywhere(
        "somebody",
        "the actor: server, client, application, host, caller",
    ),
    anywhere("everybody", "every client, all members, .."),
    // Idioms.
    anywhere("all the same", "anyway"),
    anywhere("as a rule", "usually"),
    anywhere("so many more", "N more"),
    anywhere("for so does", "because .. does, too"),
    anywhere("sees to it", "ensures"),
    anywhere("in the meantime", "meanwhile, or the event that happened"),
    // A doc begins with its subject or verb.
    doc_start("of", "a sentence with a subject or a verb: `Returns ..`"),
    doc_start("as", "a sentence with a subject or a verb"),
    doc_start("the same", "the thing's name"),
    doc_start("those", "the thing's name"),
    doc_start("what", "the thing's name"),
    doc_start("for", "a sentence with a subject or a verb"),
];
