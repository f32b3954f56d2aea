//! Who sits where in a visit, and what can be said of a visit at an instant.
use jiff::Timestamp;

use crate::words;

words! {
    pub enum ParticipantKind in "participants.kind" { Person = "person", Contact = "contact", Official = "official", Interpreter = "interpreter" }
}
words! {
    /// From where somebody takes part.
    pub enum SeatKind in "participants.seat" { Kiosk = "kiosk", Link = "link", Desk = "desk" }
}
words! {
    /// Stored per participant; `admission` owns the moves.
    pub enum ParticipantState in "participants.state" {
        Expected = "expected", Waiting = "waiting", Admitted = "admitted", Left = "left", TurnedAway = "turned_away",
    }
}
words! {
    pub enum VisitState in "visits" { Booked = "booked", Live = "live", Done = "done", Cancelled = "cancelled", Missed = "missed" }
}
words! {
    pub enum CancelReason in "visits.cancel_reason" {
        PersonAsked = "person_asked", ContactAsked = "contact_asked", SiteNotAvailable = "site_not_available",
        Moved = "moved", FellIll = "fell_ill", Technical = "technical", Other = "other",
    }
}
words! {
    /// Why a visit was cancelled by nobody: what it rested on ended. For the case's own staff.
    pub enum Ended in "visits.cancel_reason" {
        Consent = "consent_ended", Contact = "contact_refused", Grant = "grant_ended",
    }
}
words! {
    /// What one booking holds for its time; also the words of a refusal.
    pub enum Resource in "bookings" { Kiosk = "kiosk", Person = "person", Contact = "contact", Official = "official" }
}

/// What is known of a visit's run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Run {
    pub cancelled_at: Option<Timestamp>,
    pub live_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

impl VisitState {
    pub fn derive(run: Run, ends_at: Timestamp, now: Timestamp) -> Self {
        match run {
            Run { cancelled_at: Some(_), .. } => VisitState::Cancelled,
            Run { live_at: Some(_), ended_at: None, .. } => VisitState::Live,
            Run { live_at: Some(_), ended_at: Some(_), .. } => VisitState::Done,
            Run { live_at: None, .. } if now >= ends_at => VisitState::Missed,
            Run { live_at: None, .. } => VisitState::Booked,
        }
    }

    /// Nothing more will happen.
    pub fn is_over(self) -> bool {
        !matches!(self, VisitState::Booked | VisitState::Live)
    }
}

words! {
    /// Pictures whose names are short, known everywhere and unlike each other when spoken.
    pub enum Picture in "visits.code_phrase" {
        Moon = "moon", Basket = "basket", Tree = "tree", Feather = "feather", Bread = "bread", Umbrella = "umbrella",
        Key = "key", Star = "star", Sun = "sun", House = "house", Boat = "boat", Cup = "cup", Hat = "hat",
        Shoe = "shoe", Leaf = "leaf", Fire = "fire", Mountain = "mountain", River = "river", Bell = "bell",
        Door = "door", Candle = "candle", Chair = "chair", Flower = "flower", Pot = "pot",
    }
}

/// Two different pictures, from two numbers: `first` below 24, `step` below 23.
pub fn two_pictures(first: u32, step: u32) -> [&'static str; 2] {
    let count = Picture::ALL.len();
    let first = first as usize % count;
    let second = (first + 1 + step as usize % (count - 1)) % count;
    [Picture::ALL[first], Picture::ALL[second]].map(Picture::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a literal instant")
    }

    #[test]
    fn the_two_pictures_of_a_phrase_always_differ_and_every_pair_can_come() {
        let mut pairs = std::collections::BTreeSet::new();
        for first in 0..24 {
            for step in 0..23 {
                let [a, b] = two_pictures(first, step);
                assert_ne!(a, b);
                pairs.insert((a, b));
            }
        }
        assert_eq!(pairs.len(), 24 * 23);
    }

    #[test]
    fn a_visit_whose_time_passed_without_a_call_was_missed() {
        let ends_at = at("2026-11-23T17:30:00Z");
        let none = Run::default();
        assert_eq!(VisitState::derive(none, ends_at, at("2026-11-23T17:29:59Z")), VisitState::Booked);
        assert_eq!(VisitState::derive(none, ends_at, ends_at), VisitState::Missed);
        let live = Run { live_at: Some(at("2026-11-23T17:01:00Z")), ..none };
        assert_eq!(VisitState::derive(live, ends_at, ends_at), VisitState::Live);
        let done = Run { ended_at: Some(ends_at), ..live };
        assert_eq!(VisitState::derive(done, ends_at, ends_at), VisitState::Done);
        let cancelled = Run { cancelled_at: Some(at("2026-11-23T10:00:00Z")), ..none };
        assert_eq!(VisitState::derive(cancelled, ends_at, ends_at), VisitState::Cancelled);
    }
}
