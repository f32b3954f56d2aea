//! What was asked, in which language, by whom; a later answer supersedes and never erases.
use jiff::Timestamp;
use policy::{Action, Purpose};
use serde::{Deserialize, Serialize};

use super::Error;
use super::open_case::json;
use super::shield::protect;
use crate::app::App;
use crate::auth::{self, Act, Official};
use crate::db::Tx;
use crate::directory::Named;
use crate::http::Faults;
use crate::id::{AnswerId, CaseId, PublicId};
use crate::people::state::{Answer, Question, is_language};
use crate::people::store::{self, NewAnswerRow};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewAnswer {
    pub question: Question,
    pub answer: Answer,
    /// The language in which it was asked.
    pub language: String,
}

/// One answer of a question's history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AskedAnswer {
    pub question: Question,
    pub answer: Answer,
    pub asked_by: Named,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    pub language: String,
    /// A newer one is in force.
    pub superseded: bool,
}

/// Newest first within each question.
pub type AnswerHistory = Vec<AskedAnswer>;

pub async fn record_answer(app: &App, official: &Official, case: PublicId, new: NewAnswer) -> Result<(), Error> {
    let mut tx = app.db.begin(official.scope()).await?;
    let case = store::case_ref(&mut tx, case).await?.ok_or(Error::NotFound)?;
    auth::allow(app, &mut tx, official, Act::new(Action::RecordAnswer, Purpose::Care, case.id)).await?;
    let mut faults = Faults::default();
    faults.need(is_language(&new.language), "language", "unknown");
    new.answer.check(new.question, "answer", &mut faults);
    faults.done()?;
    store::hold(&mut tx, case.id).await?;
    insert_answer(app, &mut tx, official, case.id, (new.question, &new.answer, &new.language)).await?;
    if new.question == Question::Protection {
        protect(app, &mut tx, &case, &new.answer).await?;
    }
    Ok(tx.commit().await?)
}

pub(super) async fn insert_answer(
    app: &App,
    tx: &mut Tx,
    official: &Official,
    case: CaseId,
    (question, answer, language): (Question, &Answer, &str),
) -> Result<(), Error> {
    let value_sealed = match answer {
        Answer::Answered { .. } => Some(app.keys.seal_text(case, "answers.value", &json(answer))?),
        Answer::Unknown | Answer::Declined | Answer::NotAsked => None,
    };
    let id = AnswerId::new(&app.chance, tx.now);
    let row = NewAnswerRow { id, question, state: answer.state(), value_sealed, asked_by: official.id, language };
    Ok(store::insert_answer(tx, case, &row).await?)
}

pub async fn answers_of(app: &App, tx: &mut Tx, case: CaseId) -> Result<AnswerHistory, Error> {
    let mut history: AnswerHistory = vec![];
    for row in store::answers(tx, case).await? {
        let question = Question::of_column(&row.question)?;
        let superseded = history.iter().any(|newer| newer.question == question);
        history.push(AskedAnswer {
            question,
            answer: answer(app, case, &row)?,
            asked_by: Named { id: PublicId(row.asked_by_public_id), name: row.asked_by_name },
            asked_at: row.asked_at.to_jiff(),
            language: row.language,
            superseded,
        });
    }
    Ok(history)
}

fn answer(app: &App, case: CaseId, row: &store::AnswerRow) -> Result<Answer, Error> {
    match (row.state.as_str(), &row.value_sealed) {
        ("answered", Some(sealed)) => {
            let text = app.keys.open_text(case, "answers.value", sealed)?;
            serde_json::from_str(&text).map_err(|_| Error::Unreadable("answers.value"))
        }
        ("unknown", None) => Ok(Answer::Unknown),
        ("declined", None) => Ok(Answer::Declined),
        ("not_asked", None) => Ok(Answer::NotAsked),
        _ => Err(Error::Unreadable("answers.state")),
    }
}
