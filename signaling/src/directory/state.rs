//! What the directory holds.
use jiff::Timestamp;
use policy::Role;
use serde::{Deserialize, Serialize};

use crate::auth::{Held, Place};
use crate::id::{InstitutionId, KioskId, OfficialId, PublicId, SiteId};
use crate::words;

words! {
    pub enum InstitutionKind in "institutions.kind" {
        ShelterOperator = "shelter_operator", MigrationAuthority = "migration_authority",
        ForeignMinistry = "foreign_ministry", ChildProtectionAuthority = "child_protection_authority", Ngo = "ngo",
        Court = "court", InternationalOrganisation = "international_organisation",
    }
}
words! {
    pub enum SiteKind in "sites.kind" { Shelter = "shelter", Centre = "centre", MobileConsulate = "mobile_consulate" }
}
words! {
    pub enum KioskState in "kiosks" { NotEnrolled = "not_enrolled", Enrolled = "enrolled", Revoked = "revoked" }
}

/// Anything that a page shows by its name and opens by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Named {
    pub id: PublicId,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Institution {
    pub id: InstitutionId,
    pub public_id: PublicId,
    pub name: String,
    pub kind: InstitutionKind,
    /// ISO 3166-1 alpha-2; none: not of a State.
    pub state: Option<String>,
}

impl Institution {
    pub fn named(&self) -> Named {
        Named { id: self.public_id, name: self.name.clone() }
    }
}

#[derive(Clone, Debug)]
pub struct Site {
    pub id: SiteId,
    pub public_id: PublicId,
    pub institution: InstitutionId,
    pub name: String,
    pub kind: SiteKind,
    pub country: String,
    /// IANA.
    pub zone: String,
}

impl Site {
    pub fn named(&self) -> Named {
        Named { id: self.public_id, name: self.name.clone() }
    }
}

#[derive(Clone, Debug)]
pub struct Kiosk {
    pub id: KioskId,
    pub public_id: PublicId,
    pub site: SiteId,
    pub name: String,
    pub state: KioskState,
    pub last_seen_at: Option<Timestamp>,
}

impl Kiosk {
    pub fn named(&self) -> Named {
        Named { id: self.public_id, name: self.name.clone() }
    }
}

/// An enrolled kiosk as its signatures are checked.
#[derive(Clone, Debug)]
pub struct Device {
    pub kiosk: KioskId,
    /// Uncompressed P-256 public key, 65 bytes.
    pub key: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct OfficialEntry {
    pub id: OfficialId,
    pub public_id: PublicId,
    pub name: String,
    pub institution: InstitutionId,
    pub institution_named: Named,
    /// In force now.
    pub held: Vec<Held>,
}

impl OfficialEntry {
    /// For a case of `owner` at `site`.
    pub fn has_for(&self, role: Role, owner: InstitutionId, site: SiteId) -> bool {
        let place = if owner == self.institution { Place::Site(site) } else { Place::Elsewhere };
        self.held.iter().any(|held| held.role == role && held.reaches(place))
    }

    pub fn named(&self) -> Named {
        Named { id: self.public_id, name: self.name.clone() }
    }
}
