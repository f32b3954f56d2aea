//! What the answer about fear keeps a case from: the States that the person may belong to, and those that they named.
use super::Error;
use super::answers::answers_of;
use super::grants::GrantEnded;
use super::read::person_of;
use crate::app::App;
use crate::db::Tx;
use crate::id::CaseId;
use crate::jobs;
use crate::people::state::{Answer, Question};
use crate::people::store::{self, CaseRef, ShieldReason};

/// A fear hides the case from every State that the person may belong to and from every State named, from this
/// transaction on (rule N5); nothing said later lifts that. Anything but a no ends what was granted to a home State's
/// institutions: who did not say that they fear nothing is treated as somebody who may.
pub(super) async fn protect(app: &App, tx: &mut Tx, case: &CaseRef, answer: &Answer) -> Result<(), Error> {
    if answer.is_no() {
        return Ok(());
    }
    let home = home_states(person_of(app, tx, case.id).await?.nationalities);
    if answer.is_yes() {
        for state in &home {
            let reason = ShieldReason::FearOfAuthorities;
            store::raise_shield(tx, case.id, case.institution, state.as_deref(), reason).await?;
        }
        for state in answer.feared_states() {
            store::raise_shield(tx, case.id, case.institution, Some(state), ShieldReason::NamedAsFeared).await?;
        }
    }
    let mut ended = 0;
    let named = answer.feared_states().iter().map(|state| Some(state.as_str()));
    for state in home.iter().map(Option::as_deref).chain(named) {
        ended += store::withdraw_grants_to_state(tx, case.id, state).await?;
    }
    if ended > 0 {
        let fact = GrantEnded { case: case.id, institution: case.institution };
        jobs::publish(tx, &app.chance, Some(case.institution), &fact, None).await?;
    }
    Ok(())
}

/// The States that the person may belong to; where nobody knows of one, it may be any: `None`.
fn home_states(nationalities: Vec<String>) -> Vec<Option<String>> {
    match nationalities.is_empty() {
        true => vec![None],
        false => nationalities.into_iter().map(Some).collect(),
    }
}

/// Whether an institution of this State may be admitted: never past a shield, and to a State that may be the person's
/// own only after they said that they fear nothing there (model.md, shield).
pub(super) async fn check(app: &App, tx: &mut Tx, case: CaseId, state: &str) -> Result<(), Error> {
    if store::is_shielded_from(tx, case, state).await? {
        return Err(Error::Shielded);
    }
    let home = home_states(person_of(app, tx, case).await?.nationalities);
    let may_be_home = home.iter().any(|home| home.as_deref().is_none_or(|home| home == state));
    let fears_nothing = answers_of(app, tx, case)
        .await?
        .iter()
        .any(|asked| asked.question == Question::Protection && !asked.superseded && asked.answer.is_no());
    if may_be_home && !fears_nothing {
        return Err(Error::FearNotAsked);
    }
    Ok(())
}
