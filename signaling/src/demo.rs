//! A clearly synthetic world for `--demo`: made through the same requests that people make, never by other means.
use crate::app::App;

pub async fn prepare(_app: &App) -> anyhow::Result<()> {
    Ok(())
}
