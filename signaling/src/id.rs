//! Ids and chance. Keys are UUIDv7 and never leave the server; what a person or a URL sees is a random v4.
use std::fmt;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An id as it stands in URLs, JSON and on screens: random, says nothing about order or number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct PublicId(pub Uuid);

impl PublicId {
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Shortened: a log line must not be enough to open the thing.
impl fmt::Debug for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", &self.0.simple().to_string()[..8])
    }
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            pub fn new(chance: &Chance, now: Timestamp) -> Self { $name(chance.key(now)) }
            pub fn uuid(self) -> Uuid { self.0 }
        }
        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { $name(id) } }
        /// The random tail only: the head of a UUIDv7 is the same for all of a day.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(…{})", stringify!($name), &self.0.simple().to_string()[24..])
            }
        }
    )+};
}
typed_ids! {
    InstitutionId, SiteId, OfficialId, KioskId, CaseId, PersonId, AnswerId, ConsentId, GrantId, ContactId,
    VisitId, BookingId, ParticipantId, InvitationId, CallId, ClaimId, RecommendationId, DecisionId,
    DocumentRequestId, EvidenceId, EntryId, ExportId, MessageId, JobId, AuditId, CeremonyId, RowId,
}

/// The one source of chance; seeded in tests that compare bytes.
#[derive(Clone)]
pub struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    pub fn from_system() -> Self {
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed).expect("the operating system gives random bytes");
        Chance(Arc::new(Mutex::new(StdRng::from_seed(seed))))
    }

    pub fn seeded(seed: u64) -> Self {
        Chance(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().expect("no holder of chance panics").fill_bytes(&mut bytes);
        bytes
    }

    /// A number below `bound`, each equally likely.
    pub fn below(&self, bound: u32) -> u32 {
        self.0.lock().expect("no holder of chance panics").random_range(0..bound)
    }

    /// A key: UUIDv7 at `now`.
    pub fn key(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    pub fn public_id(&self) -> PublicId {
        PublicId(uuid::Builder::from_random_bytes(self.bytes()).into_uuid())
    }

    /// Six digits, for one that is told or handed over.
    pub fn six_digits(&self) -> String {
        format!("{:06}", self.below(1_000_000))
    }
}
