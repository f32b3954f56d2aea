//! The builder of packages.
use serde::{Deserialize, Serialize};

use super::{Error, FailedReason, actions};
use crate::app::App;
use crate::id::{CaseId, ExportId, InstitutionId};
use crate::jobs::{Job, Runner};

/// Somebody asked for a package.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportAsked {
    pub export: ExportId,
    pub case: CaseId,
    /// Who owns the case.
    pub institution: InstitutionId,
}

impl Job for ExportAsked {
    const KIND: &'static str = "export.asked";
}

pub fn listen(app: &App, runner: &mut Runner) {
    let builder = app.clone();
    runner.on(move |job: ExportAsked| {
        let app = builder.clone();
        async move { Ok(actions::prepare(&app, &job).await?) }
    });
    let app = app.clone();
    runner.on_giving_up(move |job: ExportAsked, error: anyhow::Error| {
        let app = app.clone();
        async move {
            let why = error.downcast_ref::<Error>().map_or(FailedReason::Fault, FailedReason::from);
            Ok(actions::give_up(&app, &job, why).await?)
        }
    });
}
