//! The one clock. Everything that asks the time asks it here, so that a test can hold it.
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Held(Arc<Mutex<Timestamp>>),
}

impl Clock {
    pub fn system() -> Self {
        Clock(Source::System)
    }

    /// A clock that moves only by [`Clock::advance`].
    pub fn held_at(now: Timestamp) -> Self {
        Clock(Source::Held(Arc::new(Mutex::new(now))))
    }

    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
            Source::System => Timestamp::now(),
            Source::Held(now) => *now.lock().expect("no holder of the clock panics"),
        }
    }

    /// Moves a held clock; the system's clock is not ours to move.
    pub fn advance(&self, by: SignedDuration) {
        if let Source::Held(now) = &self.0 {
            let mut now = now.lock().expect("no holder of the clock panics");
            *now += by;
        }
    }
}
