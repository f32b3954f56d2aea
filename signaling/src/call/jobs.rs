//! A call ends in time even where no room is left to end it.
use serde::{Deserialize, Serialize};

use super::actions;
use crate::app::App;
use crate::id::VisitId;
use crate::jobs::{Job, Runner};

/// Runs when the booking is over.
#[derive(Serialize, Deserialize)]
pub struct CallOver {
    pub visit: VisitId,
}

impl Job for CallOver {
    const KIND: &'static str = "call.over";
}

pub fn listen(app: &App, runner: &mut Runner) {
    let app = app.clone();
    runner.on(move |job: CallOver| {
        let app = app.clone();
        async move { actions::end_in_time(&app, job.visit).await }
    });
}
