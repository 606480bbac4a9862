//! The state of a file's reader: templates, known names, mistakes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::model::Argument;
use super::reserved::{is_reserved, reserved_text};
use super::template::{
    Expression, Names, TAG, Template, Templates, has_template, whole_expression,
};
use crate::source::{Fault, Kind, Node};

/// The state of a file's reader.
pub(crate) struct Reading {
    pub(crate) templates: Templates,
    pub(crate) names: Names,
    pub(crate) faults: Vec<Fault>,
    /// The events that users wait for; `None` if one has a template.
    pub(crate) awaited: Option<BTreeSet<String>>,
    /// Whether a step is about peers.
    pub(crate) follows_peers: bool,
    /// The files that were read.
    pub(crate) files: Vec<PathBuf>,
    /// Whether `{ binary = 1000 }` is an attachment, and not an object as any other.
    has_attachments: bool,
}

impl Reading {
    pub(crate) fn new() -> Reading {
        let mut names = Names::default();
        for name in ["user", "id"] {
            names.add(name);
        }
        Reading {
            templates: Templates::new(),
            names,
            faults: Vec::new(),
            awaited: Some(BTreeSet::new()),
            follows_peers: false,
            files: Vec::new(),
            has_attachments: true,
        }
    }

    /// Reads scripts of artillery, in which every object is one.
    pub(crate) fn of_artillery() -> Reading {
        Reading {
            has_attachments: false,
            ..Reading::new()
        }
    }

    pub(crate) fn fault(&mut self, node: &Node, text: impl Into<String>) {
        self.faults.push(Fault::new(node.place, text));
    }

    /// Compiles a text.
    pub(crate) fn template(&mut self, node: &Node) -> Option<Template> {
        let text = match &node.kind {
            Kind::Text(text) => text.clone(),
            Kind::Number(number) => number.to_string(),
            Kind::Bool(value) => value.to_string(),
            Kind::Null | Kind::List(_) | Kind::Table(_) => {
                let found = node.describe();
                self.fault(node, format!("{found}: expected a text"));
                return None;
            }
        };
        match self.templates.text(&text, node.place, &self.names) {
            Ok(template) => Some(template),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// Compiles the name of an event, which is none of those that the client keeps for itself.
    pub(crate) fn event(&mut self, node: &Node) -> Option<Template> {
        match node.as_text().filter(|name| is_reserved(name)) {
            Some(name) => {
                self.fault(node, reserved_text(name));
                None
            }
            None => self.template(node),
        }
    }

    /// Reads a table of texts.
    pub(crate) fn pairs(&mut self, node: Option<&Node>) -> Vec<(String, Template)> {
        let Some(node) = node else { return Vec::new() };
        let Some(entries) = node.as_table() else {
            let found = node.describe();
            self.fault(node, format!("{found}: expected a table of texts"));
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|(key, node)| Some((key.name.clone(), self.template(node)?)))
            .collect()
    }

    /// Compiles an expression.
    pub(crate) fn expression(&mut self, node: &Node) -> Option<Expression> {
        let Some(text) = node.as_text() else {
            let found = node.describe();
            self.fault(
                node,
                format!("{found}: expected an expression, such as \"user % 2 == 0\""),
            );
            return None;
        };
        match self.templates.expression(text, node.place, &self.names) {
            Ok(expression) => Some(expression),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// Compiles a value of JSON with templates anywhere in it.
    pub(crate) fn json(&mut self, node: &Node) -> Option<Argument> {
        if let Some(node) = find_binary(node).filter(|_| self.has_attachments) {
            self.fault(
                node,
                "binary cannot stand here: only events have attachments",
            );
            return None;
        }
        self.argument(node)
    }

    /// Notes a loop without steps, which would do nothing, and that perhaps for ever.
    pub(crate) fn needs_steps(&mut self, node: &Node) {
        if node.as_list().is_some_and(<[Node]>::is_empty) {
            self.fault(node, "the loop has no step: expected at least one");
        }
    }

    /// Compiles a whole number, or a template of one.
    pub(crate) fn whole_number(&mut self, node: &Node, what: &str) -> Option<Argument> {
        let is_number = match &node.kind {
            Kind::Number(number) => number.is_u64(),
            Kind::Text(text) => has_template(text),
            Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Table(_) => false,
        };
        if !is_number {
            let found = node.describe();
            self.fault(
                node,
                format!("{found}: expected {what}, a whole number that is not negative"),
            );
            return None;
        }
        self.argument(node)
    }

    /// Compiles the value of an event that has a tag in it.
    pub(crate) fn tagged<T>(&mut self, node: &Node, read: impl FnOnce(&mut Reading) -> T) -> T {
        let outer = self.names.clone();
        self.names.add(TAG);
        let before = self.templates.uses_of_tag();
        let read = read(self);
        if self.templates.uses_of_tag() == before {
            self.fault(
                node,
                "the event has no tag, so its arrival cannot be seen: write {{ tag }} into an argument, such as \"{{ tag }} hello\"",
            );
        }
        self.names = outer;
        read
    }

    /// Compiles a value of an event, with templates anywhere in it. `{ binary = 1000 }` is an attachment of 1,000 bytes.
    pub(crate) fn argument(&mut self, node: &Node) -> Option<Argument> {
        let is_binary = self.has_attachments && find_binary(node).is_some();
        if !is_binary && !has_template_in(node) {
            return Some(Argument::fixed(node.to_json()));
        }
        match &node.kind {
            Kind::Text(text) if whole_expression(text).is_some() => {
                self.expression(node).map(Argument::Expression)
            }
            Kind::List(nodes) => {
                let values: Vec<_> = nodes.iter().map(|node| self.argument(node)).collect();
                Some(Argument::List(values.into_iter().collect::<Option<_>>()?))
            }
            Kind::Table(entries) => match binary(node).filter(|_| self.has_attachments) {
                Some(Ok(bytes)) => Some(Argument::Binary(bytes)),
                Some(Err(size)) => {
                    let found = size.describe();
                    self.fault(
                        size,
                        format!("{found}: expected a number of bytes from 0 to {MOST_BINARY}"),
                    );
                    None
                }
                None => {
                    let members: Vec<_> = entries
                        .iter()
                        .map(|(key, node)| Some((key.name.clone(), self.argument(node)?)))
                        .collect();
                    Some(Argument::Object(
                        members.into_iter().collect::<Option<_>>()?,
                    ))
                }
            },
            _ => self.template(node).map(Argument::Text),
        }
    }

    /// Remembers that users wait for an event.
    pub(crate) fn awaits(&mut self, event: &Template) {
        match event {
            Template::Plain(name) => {
                if let Some(names) = &mut self.awaited {
                    names.insert(name.to_string());
                }
            }
            Template::Named(_) => self.awaited = None,
        }
    }
}

/// Bytes of an attachment.
const MOST_BINARY: u64 = 1 << 30;

/// The bytes of `{ binary = 1000 }`; an error is a number that is not a size.
fn binary(node: &Node) -> Option<Result<u64, &Node>> {
    let Some([(key, value)]) = node.as_table() else {
        return None;
    };
    let Kind::Number(number) = &value.kind else {
        return None;
    };
    let bytes = number.as_u64().filter(|bytes| *bytes <= MOST_BINARY);
    (key.name == "binary").then_some(bytes.ok_or(value))
}

/// The first binary in a value.
fn find_binary(node: &Node) -> Option<&Node> {
    match &node.kind {
        Kind::List(nodes) => nodes.iter().find_map(find_binary),
        Kind::Table(_) if binary(node).is_some() => Some(node),
        Kind::Table(entries) => entries.iter().find_map(|(_, node)| find_binary(node)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => None,
    }
}

fn has_template_in(node: &Node) -> bool {
    match &node.kind {
        Kind::Text(text) => has_template(text),
        Kind::List(nodes) => nodes.iter().any(has_template_in),
        Kind::Table(entries) => entries.iter().any(|(_, node)| has_template_in(node)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => false,
    }
}
