//! A scenario file in memory.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json_path::JsonPath;

use super::data::Data;
use super::template::{Compiled, Expression, Template};
use crate::engine::{Phase, Spread, Target};

/// The mistake of scenarios of which none is chosen.
pub(crate) const NO_WEIGHT: &str = "all scenarios have the weight 0: no user would run";

/// Everything that a scenario file says.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) target: Target,
    pub(crate) client: ClientTemplates,
    pub(crate) phases: Vec<Phase>,
    pub(crate) scenarios: Vec<Arc<Scenario>>,
    pub(crate) data: Vec<Data>,
    /// The files that the script reads.
    pub(crate) files: Vec<PathBuf>,
    /// Variables that each user gets; a list stands for one of its elements, at random.
    pub(crate) variables: Vec<(Arc<str>, Variable)>,
    pub(crate) templates: Compiled,
    /// The events that users wait for; `None` if their names are templates.
    pub(crate) awaited: Option<BTreeSet<String>>,
    /// Whether a step is about peers.
    pub(crate) follows_peers: bool,
    /// How long users may go on after the last phase.
    pub(crate) grace: Option<Duration>,
    pub(crate) seed: Option<u64>,
    pub(crate) thresholds: Vec<String>,
    pub(crate) log: Log,
}

/// Where the lines of `log` steps go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log(pub(crate) fn(&str));

impl Log {
    pub(crate) fn write(self, line: &str) {
        (self.0)(line);
    }
}

/// The value of a variable.
#[derive(Clone, Debug)]
pub(crate) enum Variable {
    /// A value, or an expression.
    Value(Argument),
    /// One of these.
    OneOf(Vec<serde_json::Value>),
}

/// Options of a client that may have templates.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientTemplates {
    pub(crate) query: Vec<(String, Template)>,
    pub(crate) headers: Vec<(String, Template)>,
    pub(crate) auth: Option<Argument>,
}

/// The actions of one kind of user.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) weight: u32,
    /// The namespace that is connected before the first step; `None` if a step connects.
    pub(crate) namespace: Option<Template>,
    pub(crate) client: ClientTemplates,
    pub(crate) steps: Steps,
    /// Whether a user goes on after an error.
    pub(crate) goes_on: bool,
}

pub(crate) type Steps = Arc<[Step]>;

/// One step of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) action: Action,
    /// The namespace of the action; `None`: that of the scenario.
    pub(crate) namespace: Option<Template>,
    /// The condition under which the step runs.
    pub(crate) condition: Option<Expression>,
}

/// The action of a step.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Connects the namespace.
    Connect,
    Emit(Box<Emit>),
    Wait(Wait),
    Http(Box<Http>),
    Think(Think),
    Loop(Box<Loop>),
    /// Steps in which each has a condition of its own.
    Group(Steps),
    /// One of several lists of steps, by weight.
    Choose(Vec<(u32, Steps)>),
    Set(Vec<(Arc<str>, Argument)>),
    Log(Template),
    /// A message to another client.
    Exchange(Box<Exchange>),
    /// Waits until the room has this many members.
    Presence(Presence),
    /// Waits for a message of another client.
    Receive(Wait),
    /// Disconnects the namespace.
    Disconnect,
    /// Connects it again.
    Return,
    /// Disconnects the namespace if it is connected, and connects it.
    Reconnect,
    /// Drops the connection without a close.
    Drop,
    /// Stays connected until the end.
    Stay,
}

/// A value with templates anywhere in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Argument {
    /// A value without templates, and its bytes as JSON.
    Fixed(Arc<tidewire::Value>, u64),
    Text(Template),
    Expression(Expression),
    List(Vec<Argument>),
    Object(Vec<(String, Argument)>),
    /// This many bytes: an attachment.
    Binary(u64),
}

impl Argument {
    /// A value without templates.
    pub(crate) fn fixed(json: serde_json::Value) -> Argument {
        let bytes = json.to_string().len() as u64;
        Argument::Fixed(Arc::new(json.into()), bytes)
    }

    /// `null`.
    pub(crate) fn null() -> Argument {
        Argument::fixed(serde_json::Value::Null)
    }
}

/// An event to the server.
#[derive(Clone, Debug)]
pub(crate) struct Emit {
    pub(crate) event: Template,
    pub(crate) args: Vec<Argument>,
    pub(crate) ack: Option<Ack>,
    /// An event that answers.
    pub(crate) response: Option<Wait>,
    /// The receivers of a tagged event, and the time in which they should get it.
    pub(crate) deliver: Option<(Argument, Duration)>,
}

/// A message to another client.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Its socket id.
    pub(crate) to: Argument,
    pub(crate) payload: Argument,
    /// Whether its arrival is measured, and the time in which it should arrive.
    pub(crate) deliver: Option<Duration>,
}

/// A number of members to wait for.
#[derive(Clone, Debug)]
pub(crate) struct Presence {
    pub(crate) members: Argument,
    pub(crate) timeout: Option<Duration>,
}

/// The ack of an event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ack {
    pub(crate) timeout: Option<Duration>,
    /// Whether the user goes on without it.
    pub(crate) is_later: bool,
    pub(crate) expectation: Expectation,
}

/// An event that is waited for.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    pub(crate) event: Template,
    pub(crate) timeout: Option<Duration>,
    /// Events that do not match are passed over.
    pub(crate) wanted: Expectation,
    /// An event that does not meet this is an error.
    pub(crate) expectation: Expectation,
}

/// The wanted content of an ack, an event or a response, and the parts of it to keep.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expectation {
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) check: Option<Expression>,
    pub(crate) captures: Vec<Capture>,
    /// Whether paths begin at the argument if there is only one, and else at the list of arguments.
    pub(crate) takes_single: bool,
}

/// A comparison with an expected value.
#[derive(Clone, Debug)]
pub(crate) enum Comparison {
    /// The arguments begin with these; objects have these members at least.
    Begins(Vec<Argument>),
    /// All arguments equal these.
    Equal(Argument),
    /// The first argument equals this.
    First(Argument),
    /// The last argument equals this, or contains it if both are texts.
    Last(Argument),
    /// The value at a path equals this.
    At(JsonPath, Argument),
    /// The response has one of these statuses.
    Status(Vec<u64>),
    /// The response's content type contains this.
    ContentType(Template),
    /// A value exists at a path.
    Has(JsonPath),
}

impl Comparison {
    /// Returns whether the comparison is about a part of the values.
    pub(crate) fn has_path(&self) -> bool {
        matches!(self, Comparison::At(..) | Comparison::Has(_))
    }
}

/// A value that is kept in a variable.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    pub(crate) name: Arc<str>,
    pub(crate) from: Captured,
}

/// Where a captured value is.
#[derive(Clone, Debug)]
pub(crate) enum Captured {
    Expression(Expression),
    Path(JsonPath),
    /// A response header.
    Header(String),
}

/// An HTTP request.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) url: Template,
    pub(crate) query: Vec<(String, Template)>,
    pub(crate) headers: Vec<(String, Template)>,
    pub(crate) body: Option<HttpBody>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) expectation: Expectation,
    /// Whether a status of 400 and more is an error although none was expected.
    pub(crate) fails_on_status: bool,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub(crate) enum HttpBody {
    Json(Argument),
    Text(Template),
    Form(Vec<(String, Template)>),
}

/// A pause.
#[derive(Clone, Debug)]
pub(crate) enum Think {
    Fixed(Spread),
    /// Seconds, or a text with a unit.
    Template(Argument),
}

/// Steps that are repeated.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) times: Option<Argument>,
    pub(crate) lasting: Option<Duration>,
    pub(crate) over: Option<Argument>,
    pub(crate) condition: Option<Expression>,
    /// The gap of a schedule.
    pub(crate) every: Option<Duration>,
    /// The variables of the number of the round and of the element.
    pub(crate) names: (Arc<str>, Arc<str>),
    /// The number of the first round.
    pub(crate) first: u64,
    pub(crate) steps: Steps,
}
