use super::*;

fn official(roles: &[Role]) -> Principal {
    Principal::Official { roles: roles.to_vec(), has_stepped_up: true }
}

#[test]
fn a_stranger_learns_nothing_from_any_action_on_a_case() {
    for action in Action::ALL.iter().filter(|action| action.concerns_case()) {
        let answer = decide(&official(Role::ALL), *action, &Facts::of(Standing::Stranger));
        assert_eq!(answer, Err(Refusal::NotVisible), "{action:?}");
    }
}

#[test]
fn a_shield_hides_a_granted_case_whatever_the_role() {
    for action in Action::ALL.iter().filter(|action| action.concerns_case()) {
        let facts = Facts { is_shielded: true, ..Facts::of(Standing::Granted(Purpose::Verification)) };
        assert_eq!(decide(&official(Role::ALL), *action, &facts), Err(Refusal::NotVisible), "{action:?}");
    }
}

#[test]
fn one_official_recommends_or_decides_on_a_claim_never_both() {
    let both = official(&[Role::Decider, Role::Verifier]);
    let having_been = |role| Facts { role_on_claim: Some(role), ..Facts::of(Standing::Owner) };
    assert_eq!(decide(&both, Action::Decide, &having_been(Role::Verifier)), Err(Refusal::FourEyes));
    assert_eq!(decide(&both, Action::Recommend, &having_been(Role::Decider)), Err(Refusal::FourEyes));
    assert_eq!(decide(&both, Action::Recommend, &having_been(Role::Verifier)), Ok(Basis::Care));
    assert_eq!(decide(&both, Action::Decide, &having_been(Role::Decider)), Ok(Basis::Care));
}

#[test]
fn an_export_a_decision_and_a_phone_number_need_a_fresh_passkey() {
    let roles = Principal::Official { roles: Role::ALL.to_vec(), has_stepped_up: false };
    for action in [Action::ExportCase, Action::Decide, Action::UnmaskPhone] {
        assert_eq!(decide(&roles, action, &Facts::of(Standing::Owner)), Err(Refusal::StepUpNeeded));
    }
}

#[test]
fn operator_monitor_and_admin_touch_no_case() {
    for role in [Role::Operator, Role::Monitor, Role::InstitutionAdmin] {
        for action in Action::ALL.iter().filter(|action| action.concerns_case()) {
            let answer = decide(&official(&[role]), *action, &Facts::of(Standing::Owner));
            assert_eq!(answer, Err(Refusal::RoleMissing), "{role:?} {action:?}");
        }
    }
}

#[test]
fn a_participant_without_account_acts_in_the_own_visit_only() {
    for action in Action::ALL {
        let outside = Facts::of(Standing::Owner);
        assert_eq!(decide(&Principal::Contact, *action, &outside), Err(Refusal::NotVisible), "{action:?}");
        let inside = Facts { is_in_visit: true, ..Facts::of(Standing::Stranger) };
        let may = decide(&Principal::HostedPerson, *action, &inside).is_ok();
        let own = [Action::ReadVisit, Action::ArriveAtVisit, Action::LeaveVisit, Action::JoinCall];
        assert_eq!(may, own.contains(action), "{action:?}");
    }
}

#[test]
fn a_grant_for_verification_opens_neither_contacts_nor_bookings_nor_export() {
    let granted = Facts::of(Standing::Granted(Purpose::Verification));
    for action in
        [Action::NameContact, Action::DecideContact, Action::BookVisit, Action::ExportCase, Action::ReadAccess]
    {
        assert_eq!(decide(&official(Role::ALL), action, &granted), Err(Refusal::RoleMissing), "{action:?}");
    }
}
