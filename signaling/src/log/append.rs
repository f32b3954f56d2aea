//! Writes one fact into the log, within the transaction that makes it true.
use attest::commitment::{Reveal, Salt};
use attest::entry::{Entry, Object, SignedEntry, VERSION};
use attest::hash::Hash;
use attest::instant::Instant;
use attest::package::{EntryReveals, ObjectReveal};
use jiff::Timestamp;

use super::{Error, Fact, POLICY_VERSION, SOFTWARE_VERSION, institution_key, origin, store};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Tx, hex};
use crate::id::{Chance, EntryId};
use crate::keys::CaseKeyClass;

/// What sealed reveals are bound to.
pub(super) const REVEALS: &str = "log_entries.reveals";
/// Bytes of an actor's pseudonym: enough that no two meet, short enough for a token.
const PSEUDONYM_BYTES: usize = 16;

/// Where an entry stands in its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub id: EntryId,
    pub number_in_case: i32,
    pub hash: Hash,
}

/// Appends a fact. Call it last in a transaction: it locks the case's head until the commit.
pub async fn append(app: &App, tx: &mut Tx, fact: Fact) -> Result<Appended, Error> {
    let key = app.keys.institution_signing_key(fact.institution)?;
    let institution = store::institution_public_id(tx, fact.institution).await?;
    let verifier = institution_key(app, fact.institution, institution)?;
    let commitments = Commitments::of(&app.chance, &fact)?;
    let head = store::lock_head(tx, fact.case, app.chance.public_id().uuid()).await?;
    let entry = Entry {
        version: VERSION,
        log: origin(app),
        kind: fact.kind,
        case: head.pseudonym.simple().to_string(),
        number: u64::try_from(head.entries).unwrap_or(0) + 1,
        occurred: instant(fact.occurred_at)?,
        recorded: instant(tx.now)?,
        actor: pseudonym(app, fact.actor),
        institution: verifier.name().to_owned(),
        signer: verifier.id(),
        purpose: fact.purpose.as_str().to_owned(),
        basis: fact.basis.code().to_owned(),
        fields: commitments.reveals.fields.iter().map(commitment).collect::<Result<_, Error>>()?,
        objects: commitments.objects,
        previous: head.last_hash,
        software: SOFTWARE_VERSION.to_owned(),
        policy: POLICY_VERSION.to_owned(),
        consents: fact.consents.iter().map(ToString::to_string).collect(),
    };
    let signed = entry.seal()?.sign(&key);
    let reveals = attest::canonical::to_vec(&commitments.reveals).map_err(attest::entry::EntryError::from)?;
    let reveals_sealed = app.keys.seal(fact.case, CaseKeyClass::Salt, REVEALS, &reveals)?;
    write(app, tx, &fact, head.entries + 1, &signed, &reveals_sealed).await
}

async fn write(
    app: &App,
    tx: &mut Tx,
    fact: &Fact,
    number_in_case: i32,
    signed: &SignedEntry,
    reveals_sealed: &[u8],
) -> Result<Appended, Error> {
    let id = EntryId::new(&app.chance, tx.now);
    let row = store::NewEntry {
        id,
        case: fact.case,
        number_in_case,
        kind: fact.kind.as_str(),
        signed,
        reveals_sealed,
        evidence: fact.evidence,
    };
    store::insert_entry(tx, &row).await?;
    store::advance_head(tx, fact.case, number_in_case, &signed.hash()).await?;
    Ok(Appended { id, number_in_case, hash: signed.hash() })
}

/// What an entry commits to, with what opens it.
struct Commitments {
    reveals: EntryReveals,
    objects: Vec<Object>,
}

impl Commitments {
    fn of(chance: &Chance, fact: &Fact) -> Result<Self, Error> {
        let mut reveals = EntryReveals::default();
        for (name, value) in &fact.fields {
            reveals.fields.insert((*name).to_owned(), Reveal::new(value.clone(), salt(chance)));
        }
        let mut objects = Vec::with_capacity(fact.objects.len());
        for (at, object) in (0..).zip(&fact.objects) {
            let reveal = ObjectReveal { salt: salt(chance), sha256: object.plaintext_sha256 };
            objects.push(Object {
                ciphertext_sha256: object.ciphertext_sha256,
                media_type: object.media_type.to_owned(),
                plaintext_commitment: reveal.commitment().map_err(attest::entry::EntryError::from)?,
                size_bytes: object.size_bytes,
            });
            reveals.objects.insert(at, reveal);
        }
        Ok(Self { reveals, objects })
    }
}

fn salt(chance: &Chance) -> Salt {
    Salt::from_bytes(chance.bytes())
}

fn commitment((name, reveal): (&String, &Reveal)) -> Result<(String, Hash), Error> {
    Ok((name.clone(), reveal.commitment().map_err(attest::entry::EntryError::from)?))
}

fn instant(at: Timestamp) -> Result<Instant, Error> {
    Instant::from_timestamp(at).map_err(|_| attest::entry::EntryError::Member("instant").into())
}

/// The same for one actor in every entry of this log, and of no use to find them anywhere else.
fn pseudonym(app: &App, actor: Actor) -> String {
    let (kind, id) = match actor {
        Actor::Official(id) => ("official", id.uuid()),
        Actor::Participant(id) => ("participant", id.uuid()),
        Actor::Kiosk(id) => ("kiosk", id.uuid()),
        Actor::System => return "system".to_owned(),
    };
    let derived = app.keys.derive(&format!("log actor:{kind}:{id}"));
    format!("{kind}/{}", hex(&derived[..PSEUDONYM_BYTES]))
}
