//! Configuration: one struct, read from the environment once, checked, unknown keys refused.
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Prefix of every variable that is ours; one we do not know is an error, because a typing mistake in a protective
/// setting must not pass silently.
const PREFIX: &str = "REENCUENTRO_";
const KNOWN: &[&str] = &[
    "DATA",
    "LISTEN",
    "PUBLIC_URL",
    "MEDIA_LISTEN",
    "MEDIA_ADVERTISE",
    "WEB",
    "DEMO",
    "SMS_GATEWAY_URL",
    "SMS_GATEWAY_TOKEN",
    "CHECK_NUMBER",
    "LOG",
];

#[derive(Clone)]
pub struct Config {
    /// Folder of keys, objects and, without `database_url`, the embedded PostgreSQL.
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// How browsers reach this server: origin of cookies, passkeys and links.
    pub public_url: url::Url,
    /// One UDP socket, and so one media thread, per address.
    pub media_listen: Vec<SocketAddr>,
    /// Addresses given to browsers as candidates; empty: the listening ones.
    pub media_advertise: Vec<IpAddr>,
    /// The built web faces.
    pub web: PathBuf,
    /// A synthetic world, sign-in links and a banner. Never on a server with real people.
    pub is_demo: bool,
    pub database_url: Option<String>,
    pub sms_gateway: Option<SmsGateway>,
    /// The telephone number a relative may call to check an invitation.
    pub check_number: String,
}

#[derive(Clone)]
pub struct SmsGateway {
    pub url: url::Url,
    pub token: String,
    /// A gateway that takes longer is asked again by the job.
    pub timeout: Duration,
}

const SMS_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("unknown setting {0}: see README, Settings")]
    Unknown(String),
    #[error("{PREFIX}{name}: {why}")]
    Invalid { name: &'static str, why: String },
}

impl Config {
    pub fn from_env(demo_flag: bool) -> Result<Self, ConfigError> {
        Self::from_vars(std::env::vars().collect(), demo_flag)
    }

    pub fn from_vars(vars: Vec<(String, String)>, demo_flag: bool) -> Result<Self, ConfigError> {
        for (name, _) in &vars {
            if name.strip_prefix(PREFIX).is_some_and(|rest| !KNOWN.contains(&rest)) {
                return Err(ConfigError::Unknown(name.clone()));
            }
        }
        let get = |name: &str| {
            let full = format!("{PREFIX}{name}");
            vars.iter().find(|(key, _)| *key == full).map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
        };
        let listen: SocketAddr = parse("LISTEN", get("LISTEN").unwrap_or_else(|| "127.0.0.1:8080".into()))?;
        let default_url = format!("http://localhost:{}", listen.port());
        let media_listen = get("MEDIA_LISTEN").unwrap_or_else(|| SocketAddr::new(listen.ip(), 0).to_string());
        let sms_gateway = match (get("SMS_GATEWAY_URL"), get("SMS_GATEWAY_TOKEN")) {
            (Some(url), token) => {
                let url = parse("SMS_GATEWAY_URL", url)?;
                Some(SmsGateway { url, token: token.unwrap_or_default(), timeout: SMS_TIMEOUT })
            }
            (None, _) => None,
        };
        Ok(Config {
            data: get("DATA").unwrap_or_else(|| "data".into()).into(),
            listen,
            public_url: parse("PUBLIC_URL", get("PUBLIC_URL").unwrap_or(default_url))?,
            media_listen: parse_list("MEDIA_LISTEN", &media_listen)?,
            media_advertise: parse_list("MEDIA_ADVERTISE", &get("MEDIA_ADVERTISE").unwrap_or_default())?,
            web: get("WEB").unwrap_or_else(|| "web/dist".into()).into(),
            is_demo: demo_flag || get("DEMO").is_some_and(|value| value == "1"),
            database_url: vars.iter().find(|(key, _)| key == "DATABASE_URL").map(|(_, value)| value.clone()),
            sms_gateway,
            check_number: get("CHECK_NUMBER").unwrap_or_default(),
        })
    }
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(name: &'static str, value: String) -> Result<T, ConfigError> {
    value.parse().map_err(|error: T::Err| ConfigError::Invalid { name, why: error.to_string() })
}

fn parse_list<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &'static str,
    value: &str,
) -> Result<Vec<T>, ConfigError> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| parse(name, part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_nobody_knows_is_refused() {
        let vars = vec![("REENCUENTRO_DEMOO".to_owned(), "1".to_owned())];
        assert!(matches!(Config::from_vars(vars, false), Err(ConfigError::Unknown(_))));
    }

    #[test]
    fn without_settings_it_listens_on_this_machine_alone() {
        let config = Config::from_vars(vec![], false).expect("defaults are valid");
        assert!(config.listen.ip().is_loopback() && !config.is_demo && config.database_url.is_none());
    }
}
