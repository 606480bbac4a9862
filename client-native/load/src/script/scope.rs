//! The variables of one user, as templates see them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::Value;
use minijinja::value::Object;
use rand::rngs::StdRng;

use crate::engine::User;

/// The variables of one user.
#[derive(Debug)]
pub(crate) struct Scope {
    user: User,
    variables: Mutex<HashMap<Arc<str>, Value>>,
}

impl Scope {
    /// The name under which functions find the scope itself.
    pub(crate) const OWN_NAME: &'static str = "__scope";

    pub(crate) fn new(user: User) -> Scope {
        Scope {
            user,
            variables: Mutex::default(),
        }
    }

    /// Sets a variable.
    pub(crate) fn set(&self, name: impl Into<Arc<str>>, value: Value) {
        self.lock().insert(name.into(), value);
    }

    /// Sets a variable to JSON.
    pub(crate) fn set_json(&self, name: impl Into<Arc<str>>, value: &serde_json::Value) {
        self.set(name, Value::from(minijinja::value::Serde(value)));
    }

    /// The turn of the user.
    pub(crate) fn turn(&self) -> u64 {
        self.user.turn()
    }

    /// Uses the user's random numbers.
    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        self.user.random(draw)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Value>> {
        self.variables
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "user" => Some(Value::from(self.user.number())),
            Scope::OWN_NAME => Some(Value::from_dyn_object(self.clone())),
            name => self.lock().get(name).cloned(),
        }
    }
}
