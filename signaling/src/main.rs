//! `reencuentro`: one program, a few verbs.
use std::process::ExitCode;

use anyhow::{Context, bail};
use reencuentro::config::Config;
use reencuentro::{app, call, serve, telemetry};

const USAGE: &str = "usage: reencuentro serve [--demo] | invite … | migrate | openapi | probe …";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line for who reads a terminal or a journal; never a backtrace.
            eprintln!("reencuentro: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["openapi"] => {
            println!("{}", serde_json::to_string_pretty(&app::openapi())?);
            Ok(())
        }
        ["probe", rest @ ..] => call::probe::probe(call::probe::Args::parse(rest)?).await,
        ["invite", rest @ ..] => serve::invite(Config::from_env(false)?, rest).await,
        ["migrate"] => serve::migrate(&Config::from_env(false)?).await,
        ["serve", rest @ ..] => {
            if let Some(unknown) = rest.iter().find(|word| **word != "--demo") {
                bail!("{unknown} is not known\n{USAGE}");
            }
            telemetry::log_to_stderr();
            let config = Config::from_env(rest.contains(&"--demo"))?;
            serve::serve(config).await.context("the server stopped")
        }
        _ => bail!("{USAGE}"),
    }
}
