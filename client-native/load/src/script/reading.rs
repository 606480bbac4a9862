//! The state of a file's reader: templates, known names, mistakes.

use std::collections::BTreeSet;

use super::model::Argument;
use super::template::{Expression, Names, Template, Templates, has_template, whole_expression};
use crate::source::{Fault, Kind, Node};

/// The state of a file's reader.
pub(crate) struct Reading {
    pub(crate) templates: Templates,
    pub(crate) names: Names,
    pub(crate) faults: Vec<Fault>,
    /// The events that users wait for; `None` if one has a template.
    pub(crate) awaited: Option<BTreeSet<String>>,
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

    /// Compiles a value with templates anywhere in it. `{ binary = 1000 }` is an attachment of 1,000 bytes.
    pub(crate) fn argument(&mut self, node: &Node) -> Option<Argument> {
        if !is_dynamic(node) {
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
            Kind::Table(entries) => match binary(node) {
                Some(bytes) => Some(Argument::Binary(bytes)),
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

/// The bytes of `{ binary = 1000 }`.
fn binary(node: &Node) -> Option<u64> {
    const MOST: u64 = 1 << 30;
    match node.as_table() {
        Some([(key, value)]) if key.name == "binary" => match &value.kind {
            Kind::Number(number) => number.as_u64().filter(|bytes| *bytes <= MOST),
            _ => None,
        },
        _ => None,
    }
}

fn is_dynamic(node: &Node) -> bool {
    match &node.kind {
        Kind::Text(text) => has_template(text),
        Kind::List(nodes) => nodes.iter().any(is_dynamic),
        Kind::Table(entries) => {
            binary(node).is_some() || entries.iter().any(|(_, node)| is_dynamic(node))
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => false,
    }
}
