//! Words and shapes of evidence.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::call;
use crate::id::PublicId;
use crate::people::ConsentText;
use crate::words;

words! {
    /// What may be asked for.
    pub enum DocumentKind in "document_requests.document" {
        Passport = "passport", NationalId = "national_id", BirthCertificate = "birth_certificate", Other = "other",
    }
}
words! {
    pub enum Side in "document_requests.side" { Front = "front", Back = "back" }
}
words! {
    pub enum RequestState in "document_requests.state" {
        Asked = "asked", Accepted = "accepted", Refused = "refused", Stored = "stored",
    }
}
words! {
    pub enum EvidenceKind in "evidence_items.kind" {
        DocumentStill = "document_still", CaseNote = "case_note", Corroboration = "corroboration",
    }
}
words! {
    pub enum About in "evidence_items.about" { Person = "person", Contact = "contact" }
}
words! {
    /// How an official saw a document.
    pub enum HowSeen in "evidence_seen.how" {
        OriginalHeldToCamera = "original_held_to_camera", Photo = "photo", Copy = "copy",
    }
}

words! {
    /// Who, apart from the two sides of a claim, was asked about it.
    pub enum SourceKind in "evidence_items.source_kind" {
        CivilRegistry = "civil_registry", Consulate = "consulate", School = "school", HealthService = "health_service",
        ReligiousOrCommunityLeader = "religious_or_community_leader", PriorAgency = "prior_agency",
        OtherRelative = "other_relative", Neighbour = "neighbour",
    }
}
words! {
    /// How the source was reached: whoever is reached by a number that the claimant gave may be anybody.
    pub enum ReachedBy in "evidence_items.reached_by" {
        OfficialChannel = "official_channel", NumberFoundByUs = "number_found_by_us",
        NumberFromClaimant = "number_from_claimant", InPerson = "in_person",
    }
}
words! {
    pub enum SourceOutcome in "evidence_items.outcome" {
        Supports = "supports", Contradicts = "contradicts", CannotSay = "cannot_say",
    }
}

/// What a third party said about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Corroboration {
    pub source_kind: SourceKind,
    pub reached_by: ReachedBy,
    pub outcome: SourceOutcome,
}

impl Corroboration {
    /// The claimant did not supply it: neither the source's number, nor a source of the claimant's own house.
    pub fn is_independent(self) -> bool {
        self.reached_by != ReachedBy::NumberFromClaimant && self.source_kind != SourceKind::OtherRelative
    }
}

impl DocumentKind {
    /// Issued to be held by the one whom it shows.
    pub fn identifies_its_holder(self) -> bool {
        matches!(self, DocumentKind::Passport | DocumentKind::NationalId)
    }
}

impl From<DocumentKind> for call::Document {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::Passport => call::Document::Passport,
            DocumentKind::NationalId => call::Document::NationalId,
            DocumentKind::BirthCertificate => call::Document::BirthCertificate,
            DocumentKind::Other => call::Document::Other,
        }
    }
}

impl From<Side> for call::DocumentSide {
    fn from(side: Side) -> Self {
        match side {
            Side::Front => call::DocumentSide::Front,
            Side::Back => call::DocumentSide::Back,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskDocument {
    pub document: DocumentKind,
    pub side: Side,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    pub accepted: bool,
    /// Which text the relative was shown.
    pub text_version: ConsentText,
    pub language: String,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Describe {
    pub how: HowSeen,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DocumentRequest {
    pub id: PublicId,
    pub document: DocumentKind,
    pub side: Side,
    pub state: RequestState,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// The item, once it is stored.
    pub evidence: Option<PublicId>,
}

/// The answer to an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    pub evidence: PublicId,
    pub sha256: String,
    pub size_bytes: i64,
}

/// Where an item's entry stands in the log.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct LogPosition {
    pub number_in_case: i32,
    /// Comes within a second.
    pub index: Option<i64>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidenceSummary {
    pub id: PublicId,
    pub kind: EvidenceKind,
    pub document: Option<DocumentKind>,
    pub side: Option<Side>,
    pub about: About,
    pub contact: Option<PublicId>,
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    /// By the clock of whoever captured it.
    #[schema(value_type = String, format = DateTime)]
    pub captured_at: Timestamp,
    /// An official's name, or the relation of the relative.
    pub captured_by_label: String,
    pub how_seen: Option<HowSeen>,
    pub sha256: Option<String>,
    pub size_bytes: Option<i64>,
    pub width_px: Option<i32>,
    pub height_px: Option<i32>,
    pub log: LogPosition,
    pub claim: Option<PublicId>,
    pub note: Option<String>,
    pub account_compatible: Option<bool>,
    /// Of a third party's word.
    pub corroboration: Option<Corroboration>,
    /// Who that is.
    pub source: Option<String>,
    pub consent: Option<PublicId>,
}

/// What an item counts for, in the order in which the items were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strand {
    /// A document of the contact that says who its holder is; seen once an official described how.
    IdentityDocument {
        is_seen: bool,
    },
    /// A certificate of birth or a letter: it speaks of somebody, and not of who holds it to the camera.
    OtherDocument {
        is_seen: bool,
    },
    CaseNote {
        account_compatible: bool,
    },
    Corroboration {
        said: Corroboration,
        recorded_at: Timestamp,
    },
}
