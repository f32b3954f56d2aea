//! Queue, list, read out.
use jiff::SignedDuration;
use policy::{Action, Purpose};
use serde::{Deserialize, Serialize};

use super::gateway::{NotSent, Sms};
use super::store::{self, Stored, Tried};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::{self, Act, Official};
use crate::db::Tx;
use crate::http::Problem;
use crate::id::{CaseId, ContactId, InstitutionId, MessageId, PublicId, VisitId};
use crate::jobs::{self, Job};

crate::words! {
    /// A voice message is told by staff on the telephone.
    pub enum Channel in "messages.channel" { Sms = "sms", Voice = "voice" }
}

crate::words! {
    /// A written message waits for the gateway, a spoken one for somebody to say it.
    pub enum MessageState in "messages.state" {
        Queued = "queued", Sent = "sent", Failed = "failed", ToReadOut = "to_read_out", ReadOut = "read_out",
    }
}

pub struct NewMessage<'a> {
    pub case: CaseId,
    pub institution: InstitutionId,
    pub visit: VisitId,
    pub contact: ContactId,
    pub channel: Channel,
    pub to: &'a str,
    pub text: &'a str,
    /// The link within the text, so that the local outbox can offer it.
    pub link: Option<&'a str>,
}

/// The job tries for about eight minutes; a message that could not leave by then is shown as failed, and staff call.
const GIVE_UP: SignedDuration = SignedDuration::from_mins(5);

/// An SMS waits for the gateway.
#[derive(Serialize, Deserialize)]
pub(super) struct Queued {
    pub message: MessageId,
    pub institution: InstitutionId,
}

impl Job for Queued {
    const KIND: &'static str = "message.queued";
}

/// Writes a message in the transaction of its reason; an SMS is sent after the commit.
pub async fn enqueue(app: &App, tx: &mut Tx, new: NewMessage<'_>) -> Result<PublicId, Problem> {
    let id = MessageId::new(&app.chance, tx.now);
    let public_id = app.chance.public_id();
    let to = app.keys.seal_text(new.case, "messages.to", new.to)?;
    let body = serde_json::json!({ "text": new.text, "link": new.link }).to_string();
    let text = app.keys.seal_text(new.case, "messages.text", &body)?;
    store::insert(tx, id, public_id, &new, &to, &text).await?;
    if new.channel == Channel::Sms {
        let job = Queued { message: id, institution: new.institution };
        jobs::publish(tx, &app.chance, Some(new.institution), &job, None).await?;
    }
    Ok(public_id)
}

/// A message as the desk shows it.
pub(super) struct Shown {
    pub stored: Stored,
    pub to_masked: String,
    pub text: String,
    pub link: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    text: String,
    link: Option<String>,
}

pub(super) async fn list(app: &App, official: &Official) -> Result<Vec<Shown>, Problem> {
    auth::allow_office(official, Action::ReadMessages)?;
    let mut tx = app.db.begin(official.scope_for(Action::ReadMessages)).await?;
    let stored = store::newest(&mut tx, official.institution).await?;
    let mut cases: Vec<CaseId> = stored.iter().map(|message| message.case).collect();
    cases.sort();
    cases.dedup();
    let entry = Entry {
        actor: official.actor(),
        institution: official.institution,
        action: Action::ReadMessages,
        purpose: Purpose::Scheduling,
        cases: &cases,
        subject: None,
    };
    audit::record(&mut tx, &app.chance, entry).await?;
    let shown = stored.into_iter().map(|message| show(app, message)).collect::<Result<_, _>>()?;
    tx.commit().await?;
    Ok(shown)
}

fn show(app: &App, stored: Stored) -> Result<Shown, Problem> {
    let (to, body) = open(app, &stored)?;
    // A gateway has carried the link already; showing it at the desk would be a second way in.
    let link = body.link.filter(|_| app.messages.is_local());
    let text = if link.is_none() && stored.channel == Channel::Sms { hide_link(&body.text) } else { body.text };
    Ok(Shown { to_masked: mask(&to), text, link, stored })
}

fn open(app: &App, stored: &Stored) -> Result<(String, Body), Problem> {
    let to = app.keys.open_text(stored.case, "messages.to", &stored.to_sealed)?;
    let body = app.keys.open_text(stored.case, "messages.text", &stored.text_sealed)?;
    let body = serde_json::from_str(&body).map_err(|_| crate::keys::KeyError::DoesNotOpen)?;
    Ok((to, body))
}

fn hide_link(text: &str) -> String {
    text.split(' ').map(|word| if word.contains("://") { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

/// The last three digits, enough to tell two phones of a family apart.
fn mask(phone: &str) -> String {
    let last: String = phone.chars().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect();
    format!("••• {last}")
}

/// Sends one SMS: repeatable, because only a queued one is sent and the gateway knows it by its id.
pub(super) async fn send(app: &App, queued: Queued) -> anyhow::Result<()> {
    let scope = crate::db::Scope::System { institution: queued.institution };
    let mut tx = app.db.begin(scope.clone()).await?;
    let found = store::queued(&mut tx, queued.message).await?;
    tx.commit().await?;
    let Some(message) = found else { return Ok(()) };
    let (to, body) = open(app, &message).map_err(|problem| anyhow::anyhow!("{}", problem.code()))?;
    let sent = app.messages.send(Sms { id: message.public_id.uuid(), to: &to, text: &body.text }).await;
    let mut tx = app.db.begin(scope).await?;
    let is_too_late = tx.now.duration_since(message.created_at) > GIVE_UP;
    let (tried, outcome) = match sent {
        Ok(()) => (Tried::Sent, Ok(())),
        Err(NotSent::Later(_)) if is_too_late => (Tried::Failed, Ok(())),
        Err(again @ NotSent::Later(_)) => (Tried::StillQueued, Err(again.into())),
        Err(never @ NotSent::Never(_)) => {
            tracing::warn!(message.id = ?message.public_id, error = %never, "a message did not leave");
            (Tried::Failed, Ok(()))
        }
    };
    store::settle(&mut tx, queued.message, tried).await?;
    tx.commit().await?;
    outcome
}

/// Staff say that they told the number on the telephone.
pub(super) async fn read_out(app: &App, official: &Official, id: PublicId) -> Result<(), Problem> {
    let mut tx = app.db.begin(official.scope()).await?;
    let message = store::by_public_id(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    let act = Act::new(Action::ReadOutCode, Purpose::Scheduling, message.case).on(message.id.uuid());
    auth::allow(app, &mut tx, official, act).await?;
    if !store::mark_read_out(&mut tx, message.id, official.id).await? {
        return Err(Problem::conflict("conflict"));
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_phone_keeps_three_digits_and_a_hidden_link_keeps_none() {
        assert_eq!(mask("+50212345678"), "••• 678");
        assert_eq!(hide_link("Abra https://x.example/v/abc ya"), "Abra … ya");
    }
}
