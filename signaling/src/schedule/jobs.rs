//! What schedule hears: something ended that visits may rest on.
use super::actions;
use crate::app::App;
use crate::contact::ContactRefused;
use crate::http::Problem;
use crate::jobs::Runner;
use crate::people::{ConsentWithdrawn, GrantEnded};

macro_rules! hear {
    ($app:expr, $runner:expr, $($fact:ty),+ $(,)?) => {$(
        let app = $app.clone();
        $runner.on(move |fact: $fact| {
            let app = app.clone();
            async move {
                let done = actions::cancel_what_rested_on(&app, fact.case, fact.institution).await;
                done.map_err(|error| anyhow::anyhow!("{}", Problem::from(error).code()))
            }
        });
    )+};
}

pub fn listen(app: &App, runner: &mut Runner) {
    hear!(app, runner, ConsentWithdrawn, ContactRefused, GrantEnded);
}
