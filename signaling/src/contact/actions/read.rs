//! The doors through which a contact is read, and the shape in which pages get it.
use jiff::Timestamp;
use serde::Serialize;

use super::Error;
use crate::app::App;
use crate::claim::Level;
use crate::contact::state::{ContactRefusal, ContactState, Phone, Relation, SecondChannel};
use crate::contact::store::{self, ContactRow, Which};
use crate::db::Tx;
use crate::directory::Named;
use crate::id::{CaseId, ContactId, OfficialId, PublicId};

/// A relative or another person named within one case, opened.
#[derive(Clone)]
pub struct Contact {
    pub id: ContactId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub case_public_id: PublicId,
    pub names_as_given: String,
    pub relation: Relation,
    pub phone_masked: String,
    pub second_channel: SecondChannel,
    pub language: String,
    pub country: String,
    /// IANA.
    pub zone: String,
    pub named_at: Timestamp,
    pub named_by: OfficialId,
    pub named_by_named: Named,
    pub state: ContactState,
    pub decided_by_named: Option<Named>,
    /// The link's claim, once `verification` heard of the contact, and its level.
    pub link_claim: Option<(PublicId, Level)>,
}

impl Contact {
    pub fn is_approved(&self) -> bool {
        matches!(self.state, ContactState::Approved { .. })
    }
}

pub async fn get(app: &App, tx: &mut Tx, id: PublicId) -> Result<Option<Contact>, Error> {
    one(app, tx, Which::ByPublicId(id)).await
}

pub async fn get_by_id(app: &App, tx: &mut Tx, id: ContactId) -> Result<Option<Contact>, Error> {
    one(app, tx, Which::ById(id)).await
}

async fn one(app: &App, tx: &mut Tx, which: Which) -> Result<Option<Contact>, Error> {
    let row = store::find(tx, which).await?.into_iter().next();
    row.map(|row| open(app, row)).transpose()
}

/// In the order in which they were named.
pub async fn list_of_case(app: &App, tx: &mut Tx, case: CaseId) -> Result<Vec<Contact>, Error> {
    store::find(tx, Which::OfCase(case)).await?.into_iter().map(|row| open(app, row)).collect()
}

/// The phone in clear, to send a message to. Who shows it to an official asks [`unmask_phone`] instead.
pub async fn phone(app: &App, tx: &mut Tx, id: ContactId) -> Result<Option<Phone>, Error> {
    let Some(row) = store::find(tx, Which::ById(id)).await?.into_iter().next() else { return Ok(None) };
    open_phone(app, &row).map(Some)
}

fn open_phone(app: &App, row: &ContactRow) -> Result<Phone, Error> {
    let text = app.keys.open_text(row.case_id.into(), "contacts.phone", &row.phone_sealed)?;
    Phone::parse(&text).ok_or(Error::Unreadable("contacts.phone"))
}

fn open(app: &App, row: ContactRow) -> Result<Contact, Error> {
    let level = row.claim_level.as_deref().map(Level::of_column).transpose()?;
    Ok(Contact {
        names_as_given: app.keys.open_text(row.case_id.into(), "contacts.names", &row.names_sealed)?,
        phone_masked: open_phone(app, &row)?.masked(),
        state: state_of(app, &row)?,
        id: row.id.into(),
        public_id: PublicId(row.public_id),
        case: row.case_id.into(),
        case_public_id: PublicId(row.case_public_id),
        relation: Relation::of_column(&row.relation)?,
        second_channel: SecondChannel::of_column(&row.second_channel)?,
        language: row.language,
        country: row.country,
        zone: row.zone,
        named_at: row.named_at.to_jiff(),
        named_by: row.named_by.into(),
        named_by_named: Named { id: PublicId(row.named_by_public_id), name: row.named_by_name },
        decided_by_named: row
            .decided_by_public_id
            .map(PublicId)
            .zip(row.decided_by_name)
            .map(|(id, name)| Named { id, name }),
        link_claim: row.claim_public_id.map(PublicId).zip(level),
    })
}

fn state_of(app: &App, row: &ContactRow) -> Result<ContactState, Error> {
    let decided = row.decided_at.map(|at| at.to_jiff()).zip(row.decided_by.map(OfficialId));
    match (row.state.as_str(), decided, &row.refusal_reason) {
        ("named", None, None) => Ok(ContactState::Named),
        ("approved", Some((at, by)), None) => Ok(ContactState::Approved { at, by }),
        ("refused", Some((at, by)), Some(reason)) => {
            let open = |sealed: &Vec<u8>| app.keys.open_text(row.case_id.into(), "contacts.refusal_text", sealed);
            let text = row.refusal_text_sealed.as_ref().map(open).transpose()?;
            Ok(ContactState::Refused { at, by, reason: ContactRefusal::of_column(reason)?, text })
        }
        _ => Err(Error::Unreadable("contacts.state")),
    }
}

pub(super) async fn view_of(app: &App, tx: &mut Tx, contact: ContactId) -> Result<ContactView, Error> {
    Ok(get_by_id(app, tx, contact).await?.ok_or(Error::NotFound)?.into())
}

/// A contact as pages show it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Contact)]
pub struct ContactView {
    id: PublicId,
    case: PublicId,
    names_as_given: String,
    relation: Relation,
    phone_masked: String,
    second_channel: SecondChannel,
    language: String,
    country: String,
    zone: String,
    state: StateView,
    #[schema(value_type = String, format = DateTime)]
    named_at: Timestamp,
    /// Null in the moment between the naming and its claim.
    link_claim: Option<PublicId>,
    level: Option<Level>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum StateView {
    Named {
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        by: Named,
    },
    Approved {
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        by: Option<Named>,
    },
    Refused {
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        by: Option<Named>,
        reason: ContactRefusal,
        text: Option<String>,
    },
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        let by = contact.decided_by_named;
        let state = match contact.state {
            ContactState::Named => StateView::Named { at: contact.named_at, by: contact.named_by_named },
            ContactState::Approved { at, .. } => StateView::Approved { at, by },
            ContactState::Refused { at, reason, text, .. } => StateView::Refused { at, by, reason, text },
        };
        let (link_claim, level) = contact.link_claim.unzip();
        ContactView {
            id: contact.public_id,
            case: contact.case_public_id,
            names_as_given: contact.names_as_given,
            relation: contact.relation,
            phone_masked: contact.phone_masked,
            second_channel: contact.second_channel,
            language: contact.language,
            country: contact.country,
            zone: contact.zone,
            state,
            named_at: contact.named_at,
            link_claim,
            level,
        }
    }
}
