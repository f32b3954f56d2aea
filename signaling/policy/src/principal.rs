//! Who asks, in which capacity, for what.
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An official with the roles in force now.
    Official { roles: Vec<Role>, has_stepped_up: bool },
    /// A relative who redeemed a link, for that visit.
    Contact,
    /// The person hosted, at a kiosk, for that visit.
    HostedPerson,
}

/// The purpose of a processing; a grant names one, an audit row keeps one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Care,
    Scheduling,
    Verification,
    Export,
    Oversight,
    OwnVisit,
}

impl Purpose {
    pub const ALL: &'static [Purpose] = &[
        Purpose::Care,
        Purpose::Scheduling,
        Purpose::Verification,
        Purpose::Export,
        Purpose::Oversight,
        Purpose::OwnVisit,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Care => "care",
            Purpose::Scheduling => "scheduling",
            Purpose::Verification => "verification",
            Purpose::Export => "export",
            Purpose::Oversight => "oversight",
            Purpose::OwnVisit => "own_visit",
        }
    }
}

macro_rules! roles {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// What an official may be within an institution (model: Roles).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Role { $($variant),+ }

        impl Role {
            pub const ALL: &'static [Role] = &[$(Role::$variant),+];
            pub fn as_str(self) -> &'static str { match self { $(Role::$variant => $name),+ } }
            pub fn parse(name: &str) -> Option<Role> { match name { $($name => Some(Role::$variant),)+ _ => None } }
        }
    };
}
roles! {
    Intake = "intake", Attendant = "attendant", Scheduler = "scheduler", Supervisor = "supervisor",
    Interpreter = "interpreter", Verifier = "verifier", Decider = "decider", AppealReviewer = "appeal_reviewer",
    Consul = "consul", ChildConsul = "child_consul", Lawyer = "lawyer", Clinician = "clinician",
    ProtectionOfficer = "protection_officer", ReferralTeam = "referral_team",
    InstitutionAdmin = "institution_admin", Monitor = "monitor", Operator = "operator",
}
