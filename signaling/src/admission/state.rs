//! The moves of a participant, pure. Rows change only by [`after`]'s answer, and only from the state it was asked about.
use serde::{Deserialize, Serialize};

use crate::schedule::{ParticipantKind, ParticipantState};
use crate::words;

/// What happens to a participant.
///
/// ```text
///            Arrive            Admit
/// expected ─────────▶ waiting ───────▶ admitted      an official joins his own call: expected, left → admitted
///     ▲                │  ▲              │
///     │ Reissue        │  └── Arrive ─ left ◀── Leave (from waiting, admitted)
///     └── (from waiting, admitted, left) │
///                      └── TurnAway ──▶ turned_away (from waiting, admitted, left; nobody comes back from it)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    Arrive,
    Admit,
    TurnAway,
    Leave,
    Join,
    /// A new link: whoever came by the old one is out.
    Reissue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{step:?} is not possible from {from:?}")]
pub struct NotPossible {
    pub from: ParticipantState,
    pub step: Move,
}

pub fn after(kind: ParticipantKind, from: ParticipantState, step: Move) -> Result<ParticipantState, NotPossible> {
    use ParticipantState::*;
    let is_at_desk = matches!(kind, ParticipantKind::Official | ParticipantKind::Interpreter);
    match (step, from) {
        (Move::Arrive, Expected | Left) if !is_at_desk => Ok(Waiting),
        (Move::Admit, Waiting) if !is_at_desk => Ok(Admitted),
        (Move::TurnAway, Waiting | Admitted | Left) if !is_at_desk => Ok(TurnedAway),
        (Move::Leave, Waiting | Admitted) => Ok(Left),
        (Move::Join, Expected | Left) if is_at_desk => Ok(Admitted),
        (Move::Reissue, Waiting | Admitted | Left) if !is_at_desk => Ok(Expected),
        _ => Err(NotPossible { from, step }),
    }
}

words! {
    /// Why somebody was turned away: for the case's own staff; the one turned away hears "not available".
    pub enum TurnAwayReason in "participant_transitions.reason" {
        NotTheExpectedPerson = "not_the_expected_person", NotAlone = "not_alone", Intoxicated = "intoxicated",
        Unsafe = "unsafe", Other = "other",
    }
}

/// Where a participant stands at this moment, with the visit's time and fate taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Not here, or put back by a new link: whoever is connected is out.
    Expected,
    Waiting,
    Admitted,
    Left,
    TurnedAway,
    /// The call ended, or the slot did.
    Over,
    Cancelled,
}

impl From<ParticipantState> for Standing {
    fn from(state: ParticipantState) -> Self {
        match state {
            ParticipantState::Expected => Standing::Expected,
            ParticipantState::Waiting => Standing::Waiting,
            ParticipantState::Admitted => Standing::Admitted,
            ParticipantState::Left => Standing::Left,
            ParticipantState::TurnedAway => Standing::TurnedAway,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ParticipantState::*;

    const MOVES: [Move; 6] = [Move::Arrive, Move::Admit, Move::TurnAway, Move::Leave, Move::Join, Move::Reissue];

    #[test]
    fn nobody_is_admitted_who_did_not_wait_first() {
        for &from in ParticipantState::ALL {
            for kind in [ParticipantKind::Person, ParticipantKind::Contact] {
                for step in MOVES {
                    let to = after(kind, from, step);
                    assert!(to != Ok(Admitted) || (from == Waiting && step == Move::Admit), "{from:?} {step:?}");
                }
            }
        }
    }

    #[test]
    fn who_was_turned_away_stays_away() {
        for &kind in ParticipantKind::ALL {
            for step in MOVES {
                assert_eq!(after(kind, TurnedAway, step), Err(NotPossible { from: TurnedAway, step }));
            }
        }
    }

    #[test]
    fn an_official_joins_without_waiting_and_is_never_turned_away() {
        assert_eq!(after(ParticipantKind::Official, Expected, Move::Join), Ok(Admitted));
        assert_eq!(after(ParticipantKind::Official, Left, Move::Join), Ok(Admitted));
        assert!(after(ParticipantKind::Contact, Expected, Move::Join).is_err());
        for &from in ParticipantState::ALL {
            assert!(after(ParticipantKind::Official, from, Move::TurnAway).is_err());
        }
    }
}
