use crate::app::App;

pub async fn prepare(_app: &App) -> anyhow::Result<()> {
    Ok(())
}
