//! What verification hears: somebody was named, so a link is claimed; an item was recorded, so levels may have changed.
use super::actions;
use crate::app::App;
use crate::contact::ContactNamed;
use crate::evidence::EvidenceRecorded;
use crate::jobs::Runner;

pub fn listen(app: &App, runner: &mut Runner) {
    let opener = app.clone();
    runner.on(move |named: ContactNamed| {
        let app = opener.clone();
        async move { Ok(actions::open_link_claim(&app, &named).await?) }
    });
    let computer = app.clone();
    runner.on(move |recorded: EvidenceRecorded| {
        let app = computer.clone();
        async move { Ok(actions::compute_levels(&app, recorded.institution, recorded.case).await?) }
    });
}
