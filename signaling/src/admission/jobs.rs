use crate::app::App;
use crate::jobs::Runner;

pub fn listen(_app: &App, _runner: &mut Runner) {}
