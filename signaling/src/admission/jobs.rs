//! What admission hears: a visit was booked or cancelled, a code is wanted again, a contact was refused.
use super::actions;
use crate::app::App;
use crate::contact::ContactRefused;
use crate::http::Problem;
use crate::jobs::Runner;
use crate::schedule::{CodeAgain, VisitBooked, VisitCancelled};

macro_rules! hear {
    ($app:expr, $runner:expr, $($fact:ty => $action:path),+ $(,)?) => {$(
        let app = $app.clone();
        $runner.on(move |fact: $fact| {
            let app = app.clone();
            async move { $action(&app, fact).await.map_err(told) }
        });
    )+};
}

pub fn listen(app: &App, runner: &mut Runner) {
    hear!(app, runner,
        VisitBooked => actions::prepare,
        CodeAgain => actions::invite_again,
        VisitCancelled => actions::end_ways_in,
        ContactRefused => actions::end_ways_in_of_contact,
    );
}

/// The code alone: what it was about stays out of the job table.
fn told(problem: Problem) -> anyhow::Error {
    anyhow::anyhow!("{}", problem.code())
}
