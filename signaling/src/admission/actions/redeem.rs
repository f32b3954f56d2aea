//! A relative opens the link with the code: exactly once, on the device that will hold the visit.
use super::invite::code_hash;
use super::own_visit::{JoinVisit, own_visit, shape};
use super::{check_open, six_digits, take_seat};
use crate::admission::error::Error;
use crate::admission::pass::{arrive, load};
use crate::admission::store;
use crate::app::App;
use crate::auth::Seat;
use crate::db::{Scope, Tx};
use crate::secret::Token;

pub struct Redeemed {
    pub visit: JoinVisit,
    /// The new seat's cookie and its age; none where this device holds the seat already.
    pub seat: Option<(Token, i64)>,
}

pub async fn redeem(app: &App, known: Option<Seat>, token: &str, code: &str) -> Result<Redeemed, Error> {
    let code = six_digits("code", code)?;
    let token = Token::parse(token).ok_or(Error::NotAvailable)?;
    let (token_hash, code_hash) = (token.hash(), code_hash(app, &token, &code));
    let mut tx = app.db.begin(Scope::DoorOfToken { token_hash: token_hash.clone() }).await?;
    let Some(knock) = store::try_redeem(&mut tx, &token_hash, &code_hash).await? else {
        return refused_or_known(app, tx, known, &token_hash, &code_hash).await;
    };
    if !knock.is_redeemed {
        tx.commit().await?;
        return Err(Error::WrongCode { tries_left: knock.tries_left });
    }
    tx.enter(Scope::Seat { visit: knock.visit }).await?;
    let (visit, participant) = load(&mut tx, knock.participant).await?;
    check_open(&visit, &participant, tx.now)?;
    let participant = arrive(app, &mut tx, &visit, participant).await?;
    let seat = take_seat(app, &mut tx, (&visit, &participant), None).await?;
    let visit = shape(app, &visit, &participant, tx.now);
    tx.commit().await?;
    Ok(Redeemed { visit, seat: Some(seat) })
}

/// The answer to a link that redeems nothing: too early is told, so that people come back; the device that redeemed it
/// is let through again; everything else is one answer.
async fn refused_or_known(
    app: &App,
    mut tx: Tx,
    known: Option<Seat>,
    token_hash: &[u8],
    code_hash: &[u8],
) -> Result<Redeemed, Error> {
    let link = store::link(&mut tx, token_hash, code_hash).await?.ok_or(Error::NotAvailable)?;
    if link.is_fresh && tx.now < link.opens_at {
        return Err(Error::TooEarly { opens_at: link.opens_at });
    }
    drop(tx);
    let is_same = |seat: &Seat| link.is_redeemed && link.is_code_right && seat.participant == link.participant;
    let seat = known.filter(is_same).ok_or(Error::NotAvailable)?;
    Ok(Redeemed { visit: own_visit(app, &seat).await?, seat: None })
}
