//! A connection to Redis, which is made again after an error.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, Pipeline};
use tokio::time::{Instant, sleep};

/// The time that Redis has to accept a connection, and to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The time between two attempts to reach Redis.
const GAP: Duration = Duration::from_secs(1);

/// A connection to Redis.
#[derive(Clone)]
pub(super) struct Link {
    client: Client,
    connection: Option<MultiplexedConnection>,
}

impl Link {
    /// A link that connects when it is used.
    ///
    /// # Errors
    /// If the URL is not one of Redis.
    pub(super) fn new(url: &str) -> Result<Link, String> {
        // The URL may hold a password, so no text shows it.
        let client = Client::open(url).map_err(|error| {
            format!("not the URL of a Redis server: {error}: write redis://host:port")
        })?;
        Ok(Link {
            client,
            connection: None,
        })
    }

    /// Waits until Redis answers. `note` is told once why it does not yet.
    ///
    /// # Errors
    /// If Redis cannot be reached within `patience`, or refuses.
    pub(super) async fn reach(
        &mut self,
        patience: Duration,
        mut note: impl FnMut(&str),
    ) -> Result<(), String> {
        let deadline = Instant::now() + patience;
        let mut is_told = false;
        let mut ping = redis::pipe();
        ping.cmd("PING").ignore();
        loop {
            let error = match self.attempt::<()>(&ping).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let text = self.describe(&error);
            if !is_away(&error) || Instant::now() >= deadline {
                return Err(text);
            }
            if !is_told {
                note(&format!("waiting for Redis: {text}"));
                is_told = true;
            }
            sleep(GAP.min(deadline.saturating_duration_since(Instant::now()))).await;
        }
    }

    /// Carries out commands.
    ///
    /// # Errors
    /// If Redis cannot be reached, refuses one, or answers something else.
    pub(super) async fn ask<T: FromRedisValue>(
        &mut self,
        commands: &Pipeline,
    ) -> Result<T, String> {
        let answer = self.attempt(commands).await;
        answer.map_err(|error| {
            self.connection = None;
            self.describe(&error)
        })
    }

    fn describe(&self, error: &redis::RedisError) -> String {
        let address = self.client.get_connection_info().addr().to_string();
        // An answer that is none of Redis is described in several lines.
        let text = error.to_string();
        let text = text.lines().collect::<Vec<_>>().join(" ");
        let text = text.trim_end();
        let remedy = if text.contains("NOAUTH") {
            ": give its password, as in redis://:password@host:port"
        } else if text.contains("WRONGPASS") || error.kind() == ErrorKind::AuthenticationFailed {
            ": are the user name and the password in the URL right?"
        } else if text.contains("Parse error") {
            ": is it a Redis server?"
        } else {
            ""
        };
        format!("Redis at {address}: {text}{remedy}")
    }

    async fn attempt<T: FromRedisValue>(
        &mut self,
        commands: &Pipeline,
    ) -> Result<T, redis::RedisError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(PATIENCE))
                    .set_response_timeout(Some(PATIENCE));
                self.client
                    .get_multiplexed_async_connection_with_config(&config)
                    .await?
            }
        };
        let answer = commands.query_async(&mut connection).await?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

/// Returns whether Redis may answer later: it is not there, or has just started.
fn is_away(error: &redis::RedisError) -> bool {
    error.is_io_error() || error.is_timeout() || error.code() == Some("LOADING")
}
