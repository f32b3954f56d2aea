//! What evidence hears: a consent was withdrawn, or a visit is off, and with it the ground of its document requests.
use super::actions;
use crate::app::App;
use crate::jobs::Runner;
use crate::people::ConsentWithdrawn;
use crate::schedule::VisitCancelled;

pub fn listen(app: &App, runner: &mut Runner) {
    let closer = app.clone();
    runner.on(move |fact: ConsentWithdrawn| {
        let app = closer.clone();
        async move { Ok(actions::close_requests(&app, fact.case, fact.institution).await?) }
    });
    let closer = app.clone();
    runner.on(move |fact: VisitCancelled| {
        let app = closer.clone();
        async move { Ok(actions::close_requests(&app, fact.case, fact.institution).await?) }
    });
}
