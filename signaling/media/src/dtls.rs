//! The DTLS server of one connection: the sans-I/O endpoint of `rtc-dtls`, with one association each.
//!
//! The endpoint is given a constant remote address, so that a change of the client's address does not lose the
//! association; where datagrams really go is the caller's knowledge.

use crate::client_hello;
use crate::sdp::Fingerprint;
use crate::seam::StartError;
use crate::srtp::{Keys, Profile};
use bytes::BytesMut;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_shared::error::Error;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// From the documentation range: it is never sent to.
pub(crate) const NOMINAL_REMOTE: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 9));
/// Until a lost flight is sent again; `rtc-dtls` does not back off.
const FLIGHT_INTERVAL: Duration = Duration::from_millis(200);
/// Datagrams of a ClientHello that are kept until it is whole (Chromium sends two) or its peer is known.
const MAX_HELLO_DATAGRAMS: usize = 8;
pub(crate) const EXPORTER_LABEL: &str = "EXTRACTOR-dtls_srtp";

/// The server's certificate, made anew at every start: clients learn its fingerprint from the SDP.
#[derive(Clone)]
pub struct Identity {
    certificate: Certificate,
    fingerprint: Fingerprint,
}

impl Identity {
    /// A self-signed certificate with a new key.
    pub fn generate() -> Result<Identity, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError::Identity(error.to_string());
        let provider = rtc_crypto::default_provider().map_err(|error| failed(&error))?;
        let names = vec!["reencuentro".to_owned()];
        let certificate =
            Certificate::generate_self_signed(names, provider.crypto()).map_err(|error| failed(&error))?;
        let der = certificate.certificate.first().ok_or_else(|| failed(&"no certificate"))?;
        let fingerprint = Fingerprint::of_certificate(der);
        Ok(Identity { certificate, fingerprint })
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// What a datagram did to the association.
pub enum Progress {
    Nothing,
    Established(Box<Keys>),
    /// The client said goodbye.
    Closed,
}

enum State {
    /// The fingerprint or a part of the ClientHello is missing; what came is kept.
    Waiting { hello: Vec<BytesMut> },
    /// The handshake is under way or done.
    Running { endpoint: Box<Endpoint> },
    /// The client said goodbye; the association does not come back.
    Closed,
}

/// One association, from the ClientHello to the goodbye.
pub struct Dtls {
    identity: Identity,
    expected: Option<Fingerprint>,
    state: State,
}

impl Dtls {
    /// With `expected` unknown, the handshake waits for [`Dtls::expect`].
    pub fn new(identity: Identity, expected: Option<Fingerprint>) -> Dtls {
        Dtls { identity, expected, state: State::Waiting { hello: Vec::new() } }
    }

    /// Names the certificate that the client must prove, and goes on with what has come already.
    pub fn expect(&mut self, now: Instant, fingerprint: Fingerprint) -> Progress {
        self.expected = Some(fingerprint);
        self.begin(now)
    }

    /// Takes a datagram of the client.
    pub fn receive(&mut self, now: Instant, datagram: &[u8]) -> Progress {
        match &mut self.state {
            State::Closed => Progress::Nothing,
            State::Running { endpoint } => {
                let progress = read(endpoint, now, BytesMut::from(datagram));
                if matches!(progress, Progress::Closed) {
                    self.state = State::Closed;
                }
                progress
            }
            State::Waiting { hello } => {
                if hello.len() >= MAX_HELLO_DATAGRAMS {
                    hello.clear();
                }
                hello.push(BytesMut::from(datagram));
                self.begin(now)
            }
        }
    }

    /// Starts the handshake once the ClientHello is whole and the client's certificate is known.
    fn begin(&mut self, now: Instant) -> Progress {
        let State::Waiting { hello } = &mut self.state else { return Progress::Nothing };
        let Some(expected) = self.expected else { return Progress::Nothing };
        let Some(offered) = client_hello::offered_profiles(hello.iter().map(|datagram| &datagram[..])) else {
            return Progress::Nothing;
        };
        let Some(profile) = Profile::PREFERRED.into_iter().find(|profile| offered.contains(&profile.code())) else {
            hello.clear();
            return Progress::Nothing;
        };
        let hello = std::mem::take(hello);
        let config = match configure(&self.identity, expected, profile) {
            Ok(config) => config,
            Err(error) => {
                tracing::warn!(%error, "no DTLS configuration");
                return Progress::Nothing;
            }
        };
        let mut endpoint = Box::new(Endpoint::new(NOMINAL_REMOTE, TransportProtocol::UDP, Some(config)));
        for datagram in hello {
            read(&mut endpoint, now, datagram);
        }
        self.state = State::Running { endpoint };
        Progress::Nothing
    }

    /// The next datagram for the client.
    pub fn transmit(&mut self) -> Option<BytesMut> {
        match &mut self.state {
            State::Running { endpoint } => endpoint.poll_transmit().map(|transmit| transmit.message),
            State::Waiting { .. } | State::Closed => None,
        }
    }

    /// Repeats a flight when its time has come.
    pub fn tick(&mut self, now: Instant) {
        if let State::Running { endpoint } = &mut self.state
            && endpoint.poll_timeout(&NOMINAL_REMOTE).is_some_and(|at| at <= now)
            && let Err(error) = endpoint.handle_timeout(NOMINAL_REMOTE, now)
        {
            tracing::debug!(%error, "DTLS timeout");
        }
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Says goodbye; the alert is to be fetched by [`Dtls::transmit`].
    pub fn close(&mut self, now: Instant) {
        if let State::Running { endpoint } = &mut self.state
            && let Err(error) = endpoint.close(now)
        {
            tracing::debug!(%error, "DTLS close");
        }
    }
}

fn configure(identity: &Identity, expected: Fingerprint, profile: Profile) -> Result<Arc<HandshakeConfig>, Error> {
    let provider = rtc_crypto::default_provider().map_err(|error| Error::Crypto(error.to_string()))?;
    let profile = match profile {
        Profile::Aes128Gcm => SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
        Profile::Aes128Sha1 => SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
    };
    let config = ConfigBuilder::default()
        .with_crypto_provider(provider)
        .with_certificates(vec![identity.certificate.clone()])
        .with_srtp_protection_profiles(vec![profile])
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        // There is no chain to check: the fingerprint of the signalled description decides.
        .with_insecure_skip_verify(true)
        .with_verify_peer_certificate(Some(Arc::new(move |chain: &[Vec<u8>], _: &[_]| match chain.first() {
            Some(certificate) if Fingerprint::of_certificate(certificate) == expected => Ok(()),
            _ => Err(Error::Other("the certificate is not the one of the SDP".into())),
        })))
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .with_flight_interval(FLIGHT_INTERVAL)
        .build(false, None)?;
    Ok(Arc::new(config))
}

fn read(endpoint: &mut Endpoint, now: Instant, datagram: BytesMut) -> Progress {
    let events = match endpoint.read(now, NOMINAL_REMOTE, None, datagram) {
        Ok(events) => events,
        Err(error) => {
            tracing::debug!(%error, "DTLS datagram refused");
            return Progress::Nothing;
        }
    };
    let mut progress = Progress::Nothing;
    for event in events {
        match event {
            EndpointEvent::HandshakeComplete => {
                if let Some(keys) = export(endpoint) {
                    progress = Progress::Established(Box::new(keys));
                }
            }
            EndpointEvent::PeerClosed => progress = Progress::Closed,
            _ => {}
        }
    }
    progress
}

/// The SRTP keys of a completed handshake.
fn export(endpoint: &Endpoint) -> Option<Keys> {
    let state = endpoint.get_connection_state(NOMINAL_REMOTE)?;
    let profile = match state.srtp_protection_profile() {
        SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => Profile::Aes128Gcm,
        SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => Profile::Aes128Sha1,
        _ => return None,
    };
    let material = state.export_keying_material(EXPORTER_LABEL, &[], profile.material_len()).ok()?;
    Keys::from_material(profile, material.as_ref())
}
