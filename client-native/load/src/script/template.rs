//! Templates in texts, and expressions, by minijinja.

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

use super::{code, functions};
use crate::source::{Fault, Place};

/// The names that a template may use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// Adds a name.
    pub(crate) fn add(&mut self, name: impl Into<String>) {
        self.0.insert(name.into());
    }

    /// Removes a name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Returns whether a template may use a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(name) || functions::NAMES.contains(&name)
    }
}

/// Collects the templates of a file.
#[derive(Debug)]
pub(crate) struct Templates {
    environment: Environment<'static>,
    count: usize,
    /// How many templates use the tag.
    tagged: usize,
}

/// The variable that marks an event on its way.
pub(crate) const TAG: &str = "tag";

/// The work that one rendering may do: about as many instructions, or 64 bytes for each. That is enough for a text of
/// [`functions::MOST_CHARACTERS`] as an argument, and short enough that other users and Ctrl-C do not wait.
const FUEL: u64 = 2_000_000;

/// Ends the place in the name of a template.
const PLACE_END: char = '#';

/// All templates of a file, ready to render.
pub(crate) type Compiled = Arc<Environment<'static>>;

/// A text that may have templates in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Template {
    /// A text without a template.
    Plain(Arc<str>),
    /// The template with this name; its output is a text.
    Named(Arc<str>),
}

/// An expression, whose value has any type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expression(Arc<str>);

impl Templates {
    pub(crate) fn new() -> Templates {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        functions::add(&mut environment);
        Templates {
            environment,
            count: 0,
            tagged: 0,
        }
    }

    /// How many templates use the tag.
    pub(crate) fn uses_of_tag(&self) -> usize {
        self.tagged
    }

    /// Ends the collection.
    pub(crate) fn finish(self) -> Compiled {
        Arc::new(self.environment)
    }

    /// Compiles a text.
    pub(crate) fn text(
        &mut self,
        text: &str,
        place: Place,
        names: &Names,
    ) -> Result<Template, Fault> {
        if !has_template(text) {
            return Ok(Template::Plain(text.into()));
        }
        self.add(text.to_owned(), place, names).map(Template::Named)
    }

    /// Compiles an expression: the inside of `{{ .. }}`.
    pub(crate) fn expression(
        &mut self,
        text: &str,
        place: Place,
        names: &Names,
    ) -> Result<Expression, Fault> {
        let inside = whole_expression(text).unwrap_or(text);
        self.add(
            format!("{{{{ ({inside})|{} }}}}", functions::TO_JSON),
            place,
            names,
        )
        .map(Expression)
    }

    fn add(&mut self, source: String, place: Place, names: &Names) -> Result<Arc<str>, Fault> {
        if code::longest(&source) > code::MOST_BYTES {
            let text = format!(
                "template: an expression has at most {} bytes: put long lists into variables or data",
                code::MOST_BYTES
            );
            return Err(Fault::new(place, text));
        }
        if code::statements(&source) > code::MOST_STATEMENTS {
            let text = format!(
                "template: a text has at most {} statements `{{% .. %}}`: put lists into variables or data",
                code::MOST_STATEMENTS
            );
            return Err(Fault::new(place, text));
        }
        // Errors while users run name the place.
        let name: Arc<str> = format!("{place}{PLACE_END}{}", self.count).into();
        self.count += 1;
        let broken = |error: &minijinja::Error| {
            let detail = error.detail().unwrap_or("it cannot be read");
            Fault::new(place, format!("template: {detail}"))
        };
        self.environment
            .add_template_owned(name.to_string(), source)
            .map_err(|error| broken(&error))?;
        let template = self.environment.get_template(&name);
        let template = template.map_err(|error| broken(&error))?;
        let used = template.undeclared_variables(false);
        self.tagged += usize::from(used.contains(TAG));
        let unknown = used.into_iter().filter(|name| !names.has(name)).min();
        match unknown {
            None => Ok(name),
            Some(unknown) => Err(Fault::new(place, unknown_text(&unknown, names))),
        }
    }
}

fn unknown_text(unknown: &str, names: &Names) -> String {
    let known: Vec<&str> = names.0.iter().map(String::as_str).collect();
    format!(
        "template: unknown variable `{unknown}`: expected a variable, a column of the data, an earlier capture or a function; known are {}",
        known.join(", ")
    )
}

/// Returns whether a text has a template in it.
pub(crate) fn has_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// The inside of a text that is one expression, `{{ .. }}`, and nothing else.
pub(crate) fn whole_expression(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    if has_template(inside) || inside.contains("}}") {
        return None;
    }
    Some(inside.trim_matches('-').trim())
}

impl Template {
    /// The text.
    pub(crate) fn render(&self, compiled: &Compiled, scope: &Value) -> Result<Arc<str>, String> {
        match self {
            Template::Plain(text) => Ok(text.clone()),
            Template::Named(name) => render(compiled, name, scope).map(Into::into),
        }
    }
}

impl Expression {
    /// The value.
    pub(crate) fn evaluate(
        &self,
        compiled: &Compiled,
        scope: &Value,
    ) -> Result<serde_json::Value, String> {
        let json = render(compiled, &self.0, scope)?;
        serde_json::from_str(&json).map_err(|error| format!("template: {error}"))
    }
}

fn render(compiled: &Compiled, name: &str, scope: &Value) -> Result<String, String> {
    let rendered = compiled
        .get_template(name)
        .and_then(|template| template.render(scope.clone()));
    rendered.map_err(|error| {
        let (place, _) = name.split_once(PLACE_END).unwrap_or((name, ""));
        let kind = error.kind();
        if kind == ErrorKind::OutOfFuel {
            return format!(
                "{place}: the template takes too long, or makes too long a text: make it smaller"
            );
        }
        match error.detail() {
            Some(detail) => format!("{place}: {kind}: {detail}"),
            None => format!("{place}: {kind}"),
        }
    })
}

/// Returns whether a value counts as true: not `null`, `false`, 0, or empty.
pub(crate) fn is_true(value: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => !list.is_empty(),
        Json::Object(object) => !object.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let mut names = Names::default();
        names.add("user");
        names.add("x");
        names
    }

    #[test]
    fn an_expression_keeps_its_type_and_a_text_is_text() {
        let mut templates = Templates::new();
        let place = Place::default();
        let expression = templates
            .expression("{{ x.list[1] + 1 }}", place, &names())
            .unwrap();
        let text = templates.text("user {{ user }}", place, &names()).unwrap();
        let plain = templates.text("a } b", place, &names()).unwrap();
        let compiled = templates.finish();
        let scope =
            minijinja::context! { user => 7, x => minijinja::context! { list => vec![1, 2] } };
        assert_eq!(expression.evaluate(&compiled, &scope).unwrap(), 3);
        assert_eq!(&*text.render(&compiled, &scope).unwrap(), "user 7");
        assert_eq!(&*plain.render(&compiled, &scope).unwrap(), "a } b");
    }

    #[test]
    fn mistakes_are_found_before_the_run() {
        let mut templates = Templates::new();
        for (text, part) in [
            ("{{ usr }}", "unknown variable `usr`"),
            ("{{ user", "template: "),
            ("{{ user | nofilter }}", "template: "),
            ("{% if user %}", "template: "),
        ] {
            let found = templates.text(text, Place { line: 3, column: 1 }, &names());
            match found {
                Err(fault) => assert!(fault.text.contains(part), "{text}: {}", fault.text),
                // minijinja finds unknown filters when it renders.
                Ok(_) => assert!(text.contains("nofilter"), "{text}"),
            }
        }
    }

    #[test]
    fn a_missing_value_is_an_error_when_it_is_rendered() {
        let mut templates = Templates::new();
        let expressions = ["x.y", "x.y.z", "x.a.b"].map(|text| {
            templates
                .expression(text, Place::default(), &names())
                .unwrap()
        });
        let compiled = templates.finish();
        let scope = minijinja::context! { x => minijinja::context! { a => 1 } };
        for expression in expressions {
            assert!(expression.evaluate(&compiled, &scope).is_err());
        }
    }

    #[test]
    fn a_costly_template_is_an_error_and_the_longest_text_is_not() {
        let mut templates = Templates::new();
        let place = Place { line: 2, column: 9 };
        let loops =
            "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}";
        let costly = [
            loops,
            "{% set ns = namespace(x='ab') %}{% for a in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
            "{{ filler(16777216) * 1000 }}",
            "{{ range(100000)|list * 100000 }}",
        ]
        .map(|text| templates.text(text, place, &names()).unwrap());
        let longest = [
            "{{ filler(16777216) }}",
            "a {{ filler(16777216) }}",
            "{% for a in range(90000) %}{{ a }},{% endfor %}",
        ]
        .map(|text| templates.text(text, place, &names()).unwrap());
        let argument = templates
            .expression("filler(16777216)", place, &names())
            .unwrap();
        let compiled = templates.finish();
        let scope = minijinja::context! {};
        for template in costly {
            let error = template.render(&compiled, &scope).unwrap_err();
            assert!(error.starts_with("2:9: "), "{error}");
        }
        for template in longest {
            template.render(&compiled, &scope).unwrap();
        }
        let value = argument.evaluate(&compiled, &scope).unwrap();
        assert_eq!(value.as_str().map(str::len), Some(16 << 20));
    }
}
