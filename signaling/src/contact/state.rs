//! A contact's states, reasons and phone. Pure.
use jiff::Timestamp;

use crate::id::OfficialId;
use crate::words;

pub const MAX_NAME_CHARS: usize = 200;
pub const MAX_NOTE_CHARS: usize = 2000;

words! {
    /// What the contact is to the person, as they say.
    pub enum Relation in "contacts.relation" {
        Mother = "mother", Father = "father", Sibling = "sibling", Child = "child", Grandparent = "grandparent",
        AuntUncle = "aunt_uncle", Cousin = "cousin", SpousePartner = "spouse_partner", OtherFamily = "other_family",
        Other = "other",
    }
}
words! {
    /// How the six digits reach them, apart from the link.
    pub enum SecondChannel in "contacts.second_channel" {
        VoiceCall = "voice_call", VoiceMessage = "voice_message", StaffReadsOut = "staff_reads_out",
    }
}
words! {
    pub enum ContactRefusal in "contacts.refusal_reason" {
        NotWhoTheySay = "not_who_they_say", CannotBeReached = "cannot_be_reached", ContactUnsafe = "contact_unsafe",
        PersonWithdrew = "person_withdrew", OrderAgainstContact = "order_against_contact", Other = "other",
    }
}

/// Where the vetting stands; each state carries what is true in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactState {
    Named,
    Approved { at: Timestamp, by: OfficialId },
    Refused { at: Timestamp, by: OfficialId, reason: ContactRefusal, text: Option<String> },
}

#[derive(Debug, PartialEq, Eq)]
pub struct WrongState {
    pub from: &'static str,
    pub to: &'static str,
}

impl ContactState {
    pub fn as_str(&self) -> &'static str {
        match self {
            ContactState::Named => "named",
            ContactState::Approved { .. } => "approved",
            ContactState::Refused { .. } => "refused",
        }
    }

    pub fn approve(&self, at: Timestamp, by: OfficialId) -> Result<ContactState, WrongState> {
        match self {
            ContactState::Named => Ok(ContactState::Approved { at, by }),
            other => Err(WrongState { from: other.as_str(), to: "approved" }),
        }
    }

    pub fn refuse(
        &self,
        at: Timestamp,
        by: OfficialId,
        (reason, text): (ContactRefusal, Option<String>),
    ) -> Result<ContactState, WrongState> {
        match self {
            ContactState::Named | ContactState::Approved { .. } => Ok(ContactState::Refused { at, by, reason, text }),
            other => Err(WrongState { from: other.as_str(), to: "refused" }),
        }
    }
}

/// E.164. Has no `Debug` and no `Display`: it is shown masked, or exposed on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

/// ITU-T E.164: at most 15 digits; fewer than 7 are a service number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
const SHOWN_AT_END: usize = 2;

impl Phone {
    /// As people write it; spaces, hyphens, dots and brackets do not matter.
    pub fn parse(typed: &str) -> Option<Phone> {
        let kept: String =
            typed.trim().chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '.' | '(' | ')')).collect();
        let digits = kept.strip_prefix('+')?;
        let is_number = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        (is_number && PHONE_DIGITS.contains(&digits.len())).then_some(Phone(kept))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Enough to tell two apart in one family, not enough to call.
    pub fn masked(&self) -> String {
        let hidden = self.0.len() - 1 - SHOWN_AT_END;
        format!("+{}{}", "•".repeat(hidden), &self.0[self.0.len() - SHOWN_AT_END..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const BY: OfficialId = OfficialId(Uuid::nil());
    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_refused_contact_stays_refused_and_an_approved_one_can_still_be_refused() {
        let why = || (ContactRefusal::ContactUnsafe, None);
        let approved = ContactState::Named.approve(AT, BY).expect("named can be approved");
        let refused = approved.refuse(AT, BY, why()).expect("approved can be refused");
        assert_eq!(refused.approve(AT, BY), Err(WrongState { from: "refused", to: "approved" }));
        assert_eq!(refused.refuse(AT, BY, why()), Err(WrongState { from: "refused", to: "refused" }));
        assert_eq!(approved.approve(AT, BY), Err(WrongState { from: "approved", to: "approved" }));
        assert!(ContactState::Named.refuse(AT, BY, why()).is_ok());
    }

    #[test]
    fn phones_are_e164_however_they_were_written() {
        for (typed, kept) in [
            ("+502 5555 0101", "+50255550101"),
            ("+1 (212) 555-0100", "+12125550100"),
            (" +50255550101 ", "+50255550101"),
        ] {
            assert_eq!(Phone::parse(typed).expect(typed).expose(), kept);
        }
        for typed in
            ["", "+", "5025550101", "+0255550101", "+502555o101", "+123456", "+1234567890123456", "++50255550101"]
        {
            assert!(Phone::parse(typed).is_none(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_masked_phone_shows_two_digits_and_no_more(digits in "[1-9][0-9]{6,14}") {
            let phone = Phone::parse(&format!("+{digits}")).expect("a phone");
            let masked = phone.masked();
            prop_assert_eq!(masked.chars().filter(char::is_ascii_digit).count(), SHOWN_AT_END);
            prop_assert_eq!(masked.chars().count(), digits.len() + 1);
            prop_assert!(masked.ends_with(&digits[digits.len() - SHOWN_AT_END..]));
        }
    }
}
