//! Load that costs next to nothing: participants that only agree on keys, send stamped packets and read stamps. Beside
//! them a relay that does nothing but open, seal and send, as the floor that a machine allows.
//!
//! For measuring the media plane, nothing else: a [`Link`] does not check the server's certificate.

mod bare;
mod check;
mod describe;
mod run;

pub use bare::Bare;
pub use describe::{Credentials, answer, offer};
pub use run::{Measured, Shape, run};

use crate::dtls::{EXPORTER_LABEL, Identity, NOMINAL_REMOTE};
use crate::srtp::{Keys, Profile};
use bytes::BytesMut;
use rtc_dtls::config::{ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// On loopback a handshake takes milliseconds; a machine under load may take a thousand times as long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Until an unanswered datagram is sent again.
const FLIGHT_INTERVAL: Duration = Duration::from_millis(100);
const PROFILE: Profile = Profile::Aes128Gcm;

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("socket: {0}")]
    Socket(#[from] std::io::Error),
    #[error("DTLS: {0}")]
    Dtls(#[from] rtc_shared::error::Error),
    #[error("the description lacks {0}")]
    Description(&'static str),
    #[error("no handshake within {PATIENCE:?}")]
    TooSlow,
}

/// One connection of a participant, its keys agreed.
pub struct Link {
    socket: UdpSocket,
    keys: Keys,
    /// A connectivity check of this connection; sent again and again, it keeps consent alive.
    check: Vec<u8>,
    ssrc: u32,
    /// Packets sent so far, of both kinds; with the SSRCs they make every nonce new.
    next: [u64; 2],
    transport_sequence: u16,
}

impl Link {
    /// Connects to the server under its description (an answer or an offer).
    pub fn connect(
        identity: &Identity,
        ours: &Credentials,
        theirs: &str,
        server: SocketAddr,
        ssrc: u32,
    ) -> Result<Link, LoadError> {
        let socket = UdpSocket::bind((server.ip(), 0))?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(FLIGHT_INTERVAL))?;
        let check = check::request(ours, theirs)?;
        let until = Instant::now() + PATIENCE;
        pass_check(&socket, &check, until)?;
        let keys = shake_hands(identity, &socket, until)?;
        Ok(Link { socket, keys, check, ssrc, next: [0; 2], transport_sequence: 0 })
    }
}

fn receive(socket: &UdpSocket) -> Result<Option<BytesMut>, LoadError> {
    let mut buffer = [0; 2048];
    match socket.recv(&mut buffer) {
        Ok(len) => Ok(Some(BytesMut::from(&buffer[..len]))),
        Err(error) if is_timeout(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

fn pass_check(socket: &UdpSocket, check: &[u8], until: Instant) -> Result<(), LoadError> {
    while Instant::now() < until {
        socket.send(check)?;
        if receive(socket)?.is_some_and(|datagram| check::is_success(&datagram)) {
            return Ok(());
        }
    }
    Err(LoadError::TooSlow)
}

fn shake_hands(identity: &Identity, socket: &UdpSocket, until: Instant) -> Result<Keys, LoadError> {
    let provider =
        rtc_crypto::default_provider().map_err(|error| rtc_shared::error::Error::Crypto(error.to_string()))?;
    let config = ConfigBuilder::default()
        .with_crypto_provider(provider)
        .with_certificates(vec![identity.certificate().clone()])
        .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
        .with_insecure_skip_verify(true)
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .with_flight_interval(FLIGHT_INTERVAL)
        .build(true, None)?;
    let mut endpoint = Endpoint::new(NOMINAL_REMOTE, TransportProtocol::UDP, None);
    endpoint.connect(Instant::now(), NOMINAL_REMOTE, Arc::new(config), None)?;
    while Instant::now() < until {
        while let Some(transmit) = endpoint.poll_transmit() {
            socket.send(&transmit.message)?;
        }
        let now = Instant::now();
        match receive(socket)? {
            Some(datagram) if matches!(datagram.first(), Some(20..=63)) => {
                let events = endpoint.read(now, NOMINAL_REMOTE, None, datagram)?;
                if events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)) {
                    while let Some(transmit) = endpoint.poll_transmit() {
                        socket.send(&transmit.message)?;
                    }
                    return client_keys(&endpoint).ok_or(LoadError::TooSlow);
                }
            }
            _ => endpoint.handle_timeout(NOMINAL_REMOTE, now)?,
        }
    }
    Err(LoadError::TooSlow)
}

fn client_keys(endpoint: &Endpoint) -> Option<Keys> {
    let state = endpoint.get_connection_state(NOMINAL_REMOTE)?;
    let material = state.export_keying_material(EXPORTER_LABEL, &[], PROFILE.material_len()).ok()?;
    Keys::of_client(PROFILE, material.as_ref())
}
