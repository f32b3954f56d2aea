//! Sends what is queued.
use super::actions::{self, Queued};
use crate::app::App;
use crate::jobs::Runner;

pub fn listen(app: &App, runner: &mut Runner) {
    let app = app.clone();
    runner.on(move |queued: Queued| {
        let app = app.clone();
        async move { actions::send(&app, queued).await }
    });
}
