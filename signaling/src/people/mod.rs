//! Somebody is taken in: a case, its person, what was asked, what was agreed to, who else may see it.
//!
//! An answer and a consent are events: the newest per question, or per purpose, recipient and contact, is in force, and
//! none is ever changed. A grant is `live → withdrawn` or runs out. A shield, once raised, stays: lifting one is a
//! recorded decision that does not exist yet.
//! Invariants: a case is opened with its owner's grant, its keys and its first log entry, or not at all; the age class is
//! computed, never told; a home State is not admitted to a case with a fear; nothing here reads a visit.
mod actions;
mod routes;
mod state;
mod store;

pub use actions::{
    AnswerHistory, AskedAnswer, CaseOverview, ConsentView, ConsentWithdrawn, Error, GrantEnded, GrantView, Intake,
    NewAnswer, NewConsent, answers_of, cases_seen, consent_in_force, consents_of, grants_of, is_agreed, open_case,
    person_of, record_answer, record_consent,
};
pub use routes::routes;
pub use state::{
    AgeClass, Answer, Birth, ConsentMode, ConsentOutcome, ConsentPurpose, ConsentText, GivenBy, Person, Question,
    YesNo, is_country, is_language,
};
pub use store::{CaseRef, case_by_id, case_ref, hold};
