//! The result of a storm: attempts and connections over time.

/// The width of a bucket, in milliseconds.
pub const BUCKET: u64 = 100;

/// The curve of a storm. Time counts from the start of the outage, in buckets of [`BUCKET`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Curve {
    /// Attempts started by clients, in each bucket.
    pub attempts: Vec<u32>,
    /// Attempts accepted by the server, in each bucket.
    pub accepted: Vec<u32>,
    /// Clients with a connected namespace at the end of each bucket.
    pub connected: Vec<u32>,
    /// The number of clients.
    pub clients: u32,
    /// Connections lost.
    pub lost: u64,
    /// The shortest time between two attempts of one client, in milliseconds.
    pub shortest_pause: u64,
}

/// The shares of connected clients to report.
pub const SHARES: [f64; 4] = [0.5, 0.95, 0.99, 1.0];

impl Curve {
    pub(super) fn new(clients: usize) -> Curve {
        Curve {
            clients: u32::try_from(clients).unwrap_or(u32::MAX),
            shortest_pause: u64::MAX,
            ..Curve::default()
        }
    }

    pub(super) fn attempt(&mut self, since_start: u64) {
        *bucket(&mut self.attempts, since_start) += 1;
    }

    pub(super) fn paused(&mut self, pause: u64) {
        self.shortest_pause = self.shortest_pause.min(pause);
    }

    pub(super) fn accept(&mut self, since_start: u64) {
        *bucket(&mut self.accepted, since_start) += 1;
    }

    pub(super) fn connected(&mut self, since_start: u64, count: usize) {
        *bucket(&mut self.connected, since_start) = u32::try_from(count).unwrap_or(u32::MAX);
    }

    /// Returns the highest rate of attempts per second in a bucket at or after `from` milliseconds.
    pub fn peak(&self, from: u64) -> u64 {
        let buckets = self.attempts.iter().skip((from / BUCKET) as usize);
        u64::from(buckets.max().copied().unwrap_or(0)) * 1000 / BUCKET
    }

    /// Returns the number of attempts.
    pub fn total_attempts(&self) -> u64 {
        self.attempts.iter().copied().map(u64::from).sum()
    }

    /// Returns when `share` of the clients are connected for good, in milliseconds; `None` if they never are.
    pub fn back(&self, share: f64) -> Option<u64> {
        let wanted = f64::from(self.clients) * share;
        let few = |count: &u32| f64::from(*count) < wanted;
        let last = self.connected.iter().rposition(few);
        let at = last.map_or(0, |last| last + 1);
        (at < self.connected.len()).then_some(at as u64 * BUCKET)
    }
}

fn bucket(of: &mut Vec<u32>, since_start: u64) -> &mut u32 {
    let at = (since_start / BUCKET) as usize;
    if of.len() <= at {
        of.resize(at + 1, 0);
    }
    &mut of[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_back_when_it_stays_connected() {
        let curve = Curve {
            connected: vec![10, 4, 9, 4, 9, 10],
            clients: 10,
            ..Curve::default()
        };
        assert_eq!(curve.back(0.4), Some(0));
        assert_eq!(curve.back(0.9), Some(400));
        assert_eq!(curve.back(1.0), Some(500));
        let never = Curve {
            clients: 11,
            ..curve
        };
        assert_eq!(never.back(1.0), None);
    }

    #[test]
    fn a_peak_is_the_highest_rate_after_a_given_time() {
        let mut curve = Curve::new(3);
        for at in [5, 99, 250] {
            curve.attempt(at);
        }
        assert_eq!(curve.peak(0), 20);
        assert_eq!(curve.peak(100), 10);
        assert_eq!(curve.peak(1000), 0);
        assert_eq!(curve.total_attempts(), 3);
    }
}
