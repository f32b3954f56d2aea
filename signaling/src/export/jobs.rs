//! The builder of packages.
use serde::{Deserialize, Serialize};

use super::actions;
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
    let app = app.clone();
    runner.on(move |job: ExportAsked| {
        let app = app.clone();
        async move { Ok(actions::prepare(&app, &job).await?) }
    });
}
