//! What can be done, by whom at all, and for which purpose a grant opens it.
use crate::{Purpose, Role};

macro_rules! actions {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($variant),+ }

        impl Action {
            pub const ALL: &'static [Action] = &[$(Action::$variant),+];
            /// The word of the audit row.
            pub fn as_str(self) -> &'static str { match self { $(Action::$variant => $name),+ } }
        }
    };
}
actions! {
    ReadDirectory = "read_directory", ManageKiosks = "manage_kiosks",
    OpenCase = "open_case", ListCases = "list_cases", ReadCase = "read_case", RecordAnswer = "record_answer",
    RecordConsent = "record_consent", GrantCase = "grant_case", WithdrawGrant = "withdraw_grant",
    ReadAccess = "read_access",
    NameContact = "name_contact", DecideContact = "decide_contact", UnmaskPhone = "unmask_phone",
    BookVisit = "book_visit", CancelVisit = "cancel_visit", ReadVisit = "read_visit", ReadDay = "read_day",
    SendCodeAgain = "send_code_again", ReadMessages = "read_messages", ReadOutCode = "read_out_code", Invite = "invite",
    ArriveAtVisit = "arrive_at_visit", LeaveVisit = "leave_visit", Admit = "admit", TurnAway = "turn_away", JoinCall = "join_call", EndCall = "end_call",
    AskDocument = "ask_document", AnswerDocumentRequest = "answer_document_request",
    ReadEvidence = "read_evidence", DescribeEvidence = "describe_evidence",
    ReadClaim = "read_claim", AddNote = "add_note", AddCorroboration = "add_corroboration", Recommend = "recommend", Decide = "decide",
    ExportCase = "export_case", ReadExport = "read_export",
    FetchPackage = "fetch_package",
}

use Role::{Attendant, Consul, Decider, InstitutionAdmin, Intake, ProtectionOfficer, Scheduler, Supervisor, Verifier};

impl Action {
    /// Roles that may do this; a monitor, an operator and an admin are nowhere near a case.
    pub fn roles(self) -> &'static [Role] {
        use Action::*;
        match self {
            ReadDirectory => Role::ALL,
            ManageKiosks => &[InstitutionAdmin],
            OpenCase | RecordAnswer => &[Intake, ProtectionOfficer],
            ListCases | ReadCase => {
                &[Intake, Attendant, Scheduler, Supervisor, Verifier, Decider, Consul, ProtectionOfficer]
            }
            RecordConsent => &[Intake, Attendant, ProtectionOfficer],
            GrantCase | WithdrawGrant | ReadAccess => &[ProtectionOfficer],
            NameContact => &[Intake, Attendant, ProtectionOfficer],
            DecideContact | UnmaskPhone => &[Attendant, ProtectionOfficer],
            BookVisit | CancelVisit | SendCodeAgain => &[Scheduler, Attendant],
            ReadVisit => &[Scheduler, Attendant, Supervisor, Verifier, Consul, ProtectionOfficer],
            ReadDay => &[Scheduler, Attendant, Supervisor, Verifier, Consul],
            ReadMessages | ReadOutCode => &[Attendant, Scheduler],
            // Which of them, the type of visit says.
            Admit | TurnAway | EndCall => &[Attendant, Verifier],
            // A job invites; participants arrive, leave and join by their seat.
            Invite | ArriveAtVisit | LeaveVisit | JoinCall => &[],
            AskDocument | DescribeEvidence => &[Verifier],
            AnswerDocumentRequest => &[],
            ReadEvidence | ReadClaim => &[Verifier, Decider, ProtectionOfficer],
            AddNote => &[Verifier, ProtectionOfficer, Attendant],
            AddCorroboration => &[Verifier, ProtectionOfficer],
            Recommend => &[Verifier],
            Decide => &[Decider],
            ExportCase | ReadExport | FetchPackage => &[Decider, ProtectionOfficer],
        }
    }

    /// A participant of the visit may do this whatever the role.
    pub fn is_open_to_participants(self) -> bool {
        self == Action::JoinCall
    }

    /// Needs a passkey shown in the last five minutes.
    pub fn needs_step_up(self) -> bool {
        matches!(self, Action::Decide | Action::ExportCase | Action::FetchPackage | Action::UnmaskPhone)
    }

    /// Judging a claim takes one role on it.
    pub fn role_on_claim(self) -> Option<Role> {
        match self {
            Action::Recommend => Some(Role::Verifier),
            Action::Decide => Some(Role::Decider),
            _ => None,
        }
    }

    /// False for what touches no case: the directory and the kiosks, opening a new one, and a list, which filters.
    pub fn concerns_case(self) -> bool {
        use Action::*;
        !matches!(self, ReadDirectory | ManageKiosks | OpenCase | ListCases | ReadDay | ReadMessages)
    }

    /// What an institution that does not own the case may do with a grant for this purpose.
    pub fn is_granted_for(self, purpose: Purpose) -> bool {
        use Action::*;
        purpose == Purpose::Verification
            && matches!(
                self,
                ReadCase
                    | ReadVisit
                    | JoinCall
                    | EndCall
                    | Admit
                    | TurnAway
                    | AskDocument
                    | DescribeEvidence
                    | ReadEvidence
                    | ReadClaim
                    | AddNote
                    | AddCorroboration
                    | Recommend
                    | Decide
            )
    }
}
