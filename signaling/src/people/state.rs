//! Persons, answers and consents as types; the age class as a function. Pure.
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use crate::http::Faults;
use crate::id::{CaseId, PersonId, PublicId};
use crate::words;

pub const MAX_NAME_CHARS: usize = 200;
pub const MAX_NOTE_CHARS: usize = 4000;
pub const MAX_WORD_CHARS: usize = 80;
/// Nobody claims more; the bound keeps a sealed list small.
pub const MAX_NATIONALITIES: usize = 8;
/// Older than anybody alive: a slip of the pen.
const EARLIEST_BIRTH_YEAR: i16 = 1900;
const YEARS_OF_MAJORITY: i16 = 18;

words! {
    pub enum AgeClass in "persons.age_class" { Adult = "adult", Child = "child" }
}
words! {
    /// What is asked of everybody (interview form).
    pub enum Question in "answers.question" { Protection = "protection", ChildInCare = "child_in_care" }
}
words! {
    pub enum ConsentPurpose in "consent_events.purpose" {
        ContactRelative = "contact_relative", Verification = "verification",
        ShareWithInstitution = "share_with_institution",
    }
}
words! {
    pub enum GivenBy in "consent_events.given_by" { Person = "person", Contact = "contact" }
}
words! {
    pub enum ConsentOutcome in "consent_events.outcome" { Given = "given", Refused = "refused", Withdrawn = "withdrawn" }
}
words! {
    pub enum ConsentMode in "consent_events.mode" {
        Spoken = "spoken", Read = "read", Interpreter = "interpreter", OnScreen = "on_screen",
    }
}
words! {
    /// Which text was said or shown. A changed text is a new word here: what somebody agreed to stays readable.
    pub enum ConsentText in "consent_events.text_version" {
        ContactRelative1 = "contact-relative-1", Verification1 = "verification-1",
        ShareWithInstitution1 = "share-with-institution-1", DocumentPhoto1 = "document-photo-1",
    }
}
words! {
    pub enum YesNo in "answers.value" { Yes = "yes", No = "no" }
}

/// "Does not know", "does not want to say" and "was not asked" are three different things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Answer {
    Answered {
        value: YesNo,
        note: Option<String>,
        /// With a yes about fear: the States that were named, ISO 3166-1 alpha-2, beside those of the nationalities.
        #[serde(default)]
        feared_states: Vec<String>,
    },
    Unknown,
    Declined,
    NotAsked,
}

impl Answer {
    pub fn is_yes(&self) -> bool {
        matches!(self, Answer::Answered { value: YesNo::Yes, .. })
    }
    pub fn state(&self) -> &'static str {
        match self {
            Answer::Answered { .. } => "answered",
            Answer::Unknown => "unknown",
            Answer::Declined => "declined",
            Answer::NotAsked => "not_asked",
        }
    }
    pub fn is_no(&self) -> bool {
        matches!(self, Answer::Answered { value: YesNo::No, .. })
    }
    pub fn feared_states(&self) -> &[String] {
        match self {
            Answer::Answered { feared_states, .. } => feared_states,
            Answer::Unknown | Answer::Declined | Answer::NotAsked => &[],
        }
    }

    /// `field` is the answer's name in the request.
    pub fn check(&self, question: Question, field: &'static str, faults: &mut Faults) {
        if let Answer::Answered { note: Some(note), .. } = self {
            faults.need(note.chars().count() <= MAX_NOTE_CHARS, field, "too_long");
        }
        let states = self.feared_states();
        let names_states = question == Question::Protection && self.is_yes();
        faults
            .need(states.is_empty() || names_states, field, "only_for_yes")
            .need(states.len() <= MAX_NATIONALITIES, field, "too_long")
            .need(states.iter().all(|code| is_country(code)), field, "unknown");
    }
}

/// As known; a guess is said to be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Birth {
    Exact {
        #[schema(value_type = String, format = Date)]
        date: Date,
    },
    Approximate {
        year_earliest: i16,
        year_latest: i16,
    },
    Unknown,
}

impl Birth {
    /// The youngest that the person may be.
    fn latest(&self) -> Option<Date> {
        match self {
            Birth::Exact { date } => Some(*date),
            Birth::Approximate { year_latest, .. } => Date::new(*year_latest, 12, 31).ok(),
            Birth::Unknown => None,
        }
    }

    pub fn check(&self, today: Date, faults: &mut Faults) {
        match self {
            Birth::Exact { date } => {
                faults.need(*date <= today && date.year() >= EARLIEST_BIRTH_YEAR, "birth", "out_of_range");
            }
            Birth::Approximate { year_earliest, year_latest } => {
                let is_ordered = year_earliest <= year_latest;
                let is_possible = *year_earliest >= EARLIEST_BIRTH_YEAR && *year_latest <= today.year();
                faults.need(is_ordered && is_possible, "birth", "out_of_range");
            }
            Birth::Unknown => {}
        }
    }
}

/// Rule C1: a child unless every date on which the person may have been born lies eighteen years back.
pub fn age_class(birth: &Birth, today: Date) -> AgeClass {
    let Some(latest) = birth.latest() else { return AgeClass::Child };
    let years = today.year() - latest.year();
    let has_had_birthday = (today.month(), today.day()) >= (latest.month(), latest.day());
    let is_adult = years > YEARS_OF_MAJORITY || (years == YEARS_OF_MAJORITY && has_had_birthday);
    if is_adult { AgeClass::Adult } else { AgeClass::Child }
}

/// Today where the day begins last: nobody comes of age early by a time zone.
pub fn latest_today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::fixed(Offset::constant(-12))).date()
}

/// Today where the day begins first: a child born this morning is in the future nowhere.
pub fn earliest_today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::fixed(Offset::constant(14))).date()
}

/// BCP 47, as far as we use it: `es`, `mam`, `zh-Hant`.
pub fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let head = parts.next().unwrap_or("");
    (2..=3).contains(&head.len())
        && head.bytes().all(|b| b.is_ascii_lowercase())
        && tag.len() <= 35
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// ISO 3166-1 alpha-2 by its form.
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

/// Names as given, apart from what is searched: one spacing, no case.
pub fn search_form(names: &str) -> String {
    names.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// One human who is hosted.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: PersonId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub names_as_given: String,
    pub birth: Birth,
    /// Computed at the reading.
    pub age_class: AgeClass,
    pub language: String,
    pub language_variant: Option<String>,
    /// Probable; ISO 3166-1 alpha-2.
    pub nationalities: Vec<String>,
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn any_date(years: std::ops::Range<i16>) -> impl Strategy<Value = Date> {
        (years, 0i32..366)
            .prop_map(|(year, day)| date(year, 1, 1).checked_add(day.days()).expect("within jiff's years"))
    }

    proptest! {
        #[test]
        fn nobody_is_an_adult_before_eighteen_full_years(birth in any_date(1930..2026), days in 0i32..40_000) {
            let today = birth.checked_add(days.days()).expect("within jiff's years");
            let class = age_class(&Birth::Exact { date: birth }, today);
            // counted another way: the age in years that jiff says, a leap day's child comes of age on 1 March
            let age = birth.until((jiff::Unit::Year, today)).expect("ordered").get_years();
            if age < 18 { prop_assert_eq!(class, AgeClass::Child); }
            if age > 18 { prop_assert_eq!(class, AgeClass::Adult); }
            if age == 18 && (birth.month(), birth.day()) != (2, 29) { prop_assert_eq!(class, AgeClass::Adult); }
        }

        #[test]
        fn a_wider_guess_never_makes_an_adult(earliest in 1950i16..2026, width in 0i16..40, wider in 0i16..20, today in any_date(2026..2030)) {
            let guess = |latest| Birth::Approximate { year_earliest: earliest, year_latest: latest };
            if age_class(&guess(earliest + width), today) == AgeClass::Child {
                prop_assert_eq!(age_class(&guess(earliest + width + wider), today), AgeClass::Child);
            }
        }

        #[test]
        fn a_guess_is_as_young_as_its_youngest_day(latest in 1950i16..2026, today in any_date(2026..2030)) {
            let guess = Birth::Approximate { year_earliest: 1940, year_latest: latest };
            let youngest = Birth::Exact { date: date(latest, 12, 31) };
            prop_assert_eq!(age_class(&guess, today), age_class(&youngest, today));
        }
    }

    #[test]
    fn the_eighteenth_birthday_makes_an_adult_and_the_day_before_does_not() {
        let born = |year, month, day| Birth::Exact { date: date(year, month, day) };
        for (birth, today, class) in [
            (born(2008, 11, 23), date(2026, 11, 23), AgeClass::Adult),
            (born(2008, 11, 24), date(2026, 11, 23), AgeClass::Child),
            (born(2008, 2, 29), date(2026, 2, 28), AgeClass::Child),
            (born(2008, 2, 29), date(2026, 3, 1), AgeClass::Adult),
            (Birth::Unknown, date(2026, 11, 23), AgeClass::Child),
            (Birth::Approximate { year_earliest: 1990, year_latest: 2008 }, date(2026, 11, 23), AgeClass::Child),
            (Birth::Approximate { year_earliest: 1990, year_latest: 2007 }, date(2026, 11, 23), AgeClass::Adult),
        ] {
            assert_eq!(age_class(&birth, today), class, "{birth:?} on {today}");
        }
    }

    #[test]
    fn nobody_comes_of_age_early_by_a_time_zone() {
        let noon: Timestamp = "2026-11-23T11:59:00Z".parse().expect("an instant");
        assert_eq!(latest_today(noon), date(2026, 11, 22));
    }

    #[test]
    fn a_birth_in_the_future_or_the_wrong_way_round_is_refused() {
        let today = date(2026, 11, 23);
        for birth in [
            Birth::Exact { date: date(2026, 11, 24) },
            Birth::Exact { date: date(1899, 12, 31) },
            Birth::Approximate { year_earliest: 2001, year_latest: 2000 },
            Birth::Approximate { year_earliest: 2001, year_latest: 2027 },
        ] {
            let mut faults = Faults::default();
            birth.check(today, &mut faults);
            assert!(faults.done().is_err(), "{birth:?}");
        }
    }

    #[test]
    fn languages_and_countries_are_told_by_their_form() {
        for tag in ["es", "mam", "zh-Hant", "quc"] {
            assert!(is_language(tag), "{tag}");
        }
        for tag in ["", "E", "ES", "spanish", "es-", "es-a", "es_GT"] {
            assert!(!is_language(tag), "{tag}");
        }
        assert!(is_country("GT") && !is_country("gt") && !is_country("GTM"));
    }
}
