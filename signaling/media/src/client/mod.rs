//! A headless participant on the `webrtc` crate: for the self-test before the day, for a canary call, and as an oracle
//! in tests. It speaks WebRTC only; descriptions are carried by the caller.

mod observed;
mod synthetic;

use crate::ids::{Kind, PeerId};
use crate::sdp::{OPUS_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE};
use observed::{Observed, Watch};
use rtc::interceptor::Slot;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::transport::RTCDtlsRole;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use synthetic::Source;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCPeerConnectionState,
    RTCSessionDescription, Registry, SettingEngineBuilder, SrtpProtectionProfile, register_default_interceptors,
};

pub use observed::Received;

/// Behind everything that the library does to inbound packets itself.
const WATCH_SLOT: usize = 20_000;
const AUDIO_FRAME: Duration = Duration::from_millis(20);
const AUDIO_TICKS: u32 = 960;
/// Ticks of the video clock in a microsecond, as a fraction.
const VIDEO_TICKS_PER_SECOND: u64 = 90_000;

/// What went wrong in the client's own WebRTC stack.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the WebRTC stack refused: {0}")]
    Stack(#[from] webrtc::error::Error),
    #[error("the system gives no randomness")]
    NoRandomness,
    #[error("the stack made no description")]
    NoDescription,
}

/// What a participant sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Load {
    pub audio: bool,
    /// 0: no video.
    pub video_frames_per_second: u32,
    pub video_frame_bytes: usize,
}

impl Default for Load {
    /// A small picture at 30 frames a second, 290 kb/s.
    fn default() -> Load {
        Load { audio: true, video_frames_per_second: 30, video_frame_bytes: 1_200 }
    }
}

/// Tells state changes of one connection, and reads its tracks.
struct Handler {
    state: watch::Sender<RTCPeerConnectionState>,
    observed: Observed,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        // Called on the driver's task, which must not wait.
        tokio::spawn(read_track(track, self.observed.clone()));
    }
}

async fn read_track(track: Arc<dyn TrackRemote>, observed: Observed) {
    let kind = match track.kind().await {
        RtpCodecKind::Audio => Kind::Audio,
        RtpCodecKind::Video => Kind::Video,
        _ => return,
    };
    let Ok(owner) = u128::from_str_radix(&track.stream_id().await, 16).map(PeerId) else { return };
    while let Some(event) = track.poll().await {
        match event {
            TrackRemoteEvent::OnRtpPacket(packet) => {
                observed.note(Instant::now(), owner, kind, packet.header.sequence_number, packet.payload.len());
            }
            TrackRemoteEvent::OnEnded => return,
            _ => {}
        }
    }
}

/// One connection of the client.
struct End {
    connection: Arc<dyn PeerConnection>,
    state: watch::Receiver<RTCPeerConnectionState>,
}

impl End {
    async fn new(bind: IpAddr, observed: &Observed) -> Result<End, ClientError> {
        let mut engine = MediaEngine::default();
        engine.register_codec(opus(), RtpCodecKind::Audio)?;
        engine.register_codec(vp8(), RtpCodecKind::Video)?;
        let registry = register_default_interceptors(Registry::new(), &mut engine)?;
        let registry = registry.with(Slot::from(WATCH_SLOT), Watch::new(observed.clone()));
        let settings = SettingEngineBuilder::new()
            .with_include_loopback_candidate(true)
            // Towards an ICE-lite server this stack would otherwise wait for the server to begin.
            .with_answering_dtls_role(RTCDtlsRole::Client)
            .with_srtp_protection_profiles(vec![
                SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
                SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
            ])
            .build();
        let (sender, state) = watch::channel(RTCPeerConnectionState::New);
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .with_setting_engine(settings)
            .with_handler(Arc::new(Handler { state: sender, observed: observed.clone() }))
            .with_udp_addrs(vec![SocketAddr::new(bind, 0)])
            .build()
            .await?;
        Ok(End { connection: Arc::new(connection), state })
    }

    async fn local_description(&self) -> Result<String, ClientError> {
        let description = self.connection.local_description().await.ok_or(ClientError::NoDescription)?;
        Ok(description.sdp)
    }

    async fn connected(&self) -> bool {
        let mut state = self.state.clone();
        let is_settled = |state: &RTCPeerConnectionState| {
            matches!(
                state,
                RTCPeerConnectionState::Connected | RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed
            )
        };
        let settled = state.wait_for(is_settled).await;
        settled.is_ok_and(|state| *state == RTCPeerConnectionState::Connected)
    }
}

/// A participant: one connection that publishes and one that subscribes.
pub struct Client {
    bind: IpAddr,
    publisher: End,
    subscriber: Mutex<End>,
    tracks: [Arc<TrackLocalStaticRTP>; 2],
    ssrcs: [u32; 2],
    observed: Observed,
}

impl Client {
    /// A participant whose sockets are bound to this address (loopback for a server on this machine).
    pub async fn new(bind: IpAddr) -> Result<Client, ClientError> {
        let observed = Observed::default();
        let publisher = End::new(bind, &observed).await?;
        let subscriber = Mutex::new(End::new(bind, &observed).await?);
        let ssrcs = random_ssrcs().ok_or(ClientError::NoRandomness)?;
        let tracks = Kind::ALL.map(|kind| Arc::new(local_track(kind, ssrcs[kind as usize])));
        for track in &tracks {
            let init = RTCRtpTransceiverInit { direction: RTCRtpTransceiverDirection::Sendonly, ..Default::default() };
            let track: Arc<dyn TrackLocal> = track.clone();
            publisher.connection.add_transceiver_from_track(track, Some(init)).await?;
        }
        Ok(Client { bind, publisher, subscriber, tracks, ssrcs, observed })
    }

    /// The publisher's offer, for [`crate::Command::Publish`].
    pub async fn offer(&self) -> Result<String, ClientError> {
        let offer = self.publisher.connection.create_offer(None).await?;
        self.publisher.connection.set_local_description(offer).await?;
        self.publisher.local_description().await
    }

    /// The same with new ICE credentials: an ICE restart.
    pub async fn restart_offer(&self) -> Result<String, ClientError> {
        self.publisher.connection.restart_ice().await?;
        self.offer().await
    }

    /// The server's answer to the offer.
    pub async fn accept_answer(&self, answer: &str) -> Result<(), ClientError> {
        let answer = RTCSessionDescription::answer(answer.to_owned())?;
        Ok(self.publisher.connection.set_remote_description(answer).await?)
    }

    /// Takes an offer of the server and returns the answer to it, for [`crate::Command::Answer`].
    pub async fn answer(&self, offer: &str) -> Result<String, ClientError> {
        let subscriber = self.subscriber.lock().await;
        let offer = RTCSessionDescription::offer(offer.to_owned())?;
        subscriber.connection.set_remote_description(offer).await?;
        let answer = subscriber.connection.create_answer(None).await?;
        subscriber.connection.set_local_description(answer).await?;
        subscriber.local_description().await
    }

    /// Throws the subscriber's connection away, as a reloaded page does; the next offer is answered by a new one.
    pub async fn forget_subscriber(&self) -> Result<(), ClientError> {
        let fresh = End::new(self.bind, &self.observed).await?;
        let old = std::mem::replace(&mut *self.subscriber.lock().await, fresh);
        Ok(old.connection.close().await?)
    }

    /// Waits until the publisher is connected; false if that failed.
    pub async fn publisher_connected(&self) -> bool {
        self.publisher.connected().await
    }

    /// Sends synthetic media in real time until the task is aborted.
    pub fn send(&self, load: Load) -> Vec<JoinHandle<()>> {
        let mut tasks = Vec::new();
        if load.audio {
            tasks.push(self.send_frames(Kind::Audio, AUDIO_FRAME, AUDIO_TICKS, 0));
        }
        if let Some(period) = Duration::from_secs(1).checked_div(load.video_frames_per_second) {
            let ticks = VIDEO_TICKS_PER_SECOND / u64::from(load.video_frames_per_second);
            tasks.push(self.send_frames(Kind::Video, period, ticks as u32, load.video_frame_bytes));
        }
        tasks
    }

    fn send_frames(&self, kind: Kind, period: Duration, ticks: u32, size_bytes: usize) -> JoinHandle<()> {
        let track = self.tracks[kind as usize].clone();
        let mut source = Source::new(kind, payload_type(kind), self.ssrcs[kind as usize]);
        tokio::spawn(async move {
            let mut clock = tokio::time::interval(period);
            loop {
                clock.tick().await;
                for packet in source.frame(ticks, size_bytes) {
                    if track.write_rtp(packet).await.is_err() {
                        return; // the connection has ended
                    }
                }
            }
        })
    }

    /// What has come so far, by participant and kind.
    pub fn received(&self) -> Vec<Received> {
        self.observed.tracks()
    }

    /// RTCP packets that have come on both connections.
    pub fn rtcp_received(&self) -> u64 {
        self.observed.rtcp.load(Ordering::Relaxed)
    }

    /// How often the server asked for a key frame.
    pub fn key_frame_requests(&self) -> u64 {
        self.observed.key_frame_requests.load(Ordering::Relaxed)
    }

    /// Ends both connections. A connection that is only dropped leaks its tasks.
    pub async fn close(&self) -> Result<(), ClientError> {
        self.publisher.connection.close().await?;
        Ok(self.subscriber.lock().await.connection.close().await?)
    }
}

fn random_ssrcs() -> Option<[u32; 2]> {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    let [a, b, c, d, e, f, g, h] = bytes;
    Some([u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])])
}

fn payload_type(kind: Kind) -> u8 {
    match kind {
        Kind::Audio => OPUS_PAYLOAD_TYPE,
        Kind::Video => VP8_PAYLOAD_TYPE,
    }
}

fn feedback(kinds: &[(&str, &str)]) -> Vec<RTCPFeedback> {
    let one = |(typ, parameter): &(&str, &str)| RTCPFeedback { typ: (*typ).into(), parameter: (*parameter).into() };
    kinds.iter().map(one).collect()
}

fn opus() -> RTCRtpCodecParameters {
    let rtp_codec = RTCRtpCodec {
        mime_type: "audio/opus".into(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1".into(),
        rtcp_feedback: feedback(&[("nack", "")]),
    };
    RTCRtpCodecParameters { rtp_codec, payload_type: OPUS_PAYLOAD_TYPE }
}

/// Without RTX: this stack unwraps repairs behind its NACK generator, which then keeps asking.
fn vp8() -> RTCRtpCodecParameters {
    let rtp_codec = RTCRtpCodec {
        mime_type: "video/VP8".into(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: String::new(),
        rtcp_feedback: feedback(&[("nack", ""), ("nack", "pli"), ("ccm", "fir")]),
    };
    RTCRtpCodecParameters { rtp_codec, payload_type: VP8_PAYLOAD_TYPE }
}

fn local_track(kind: Kind, ssrc: u32) -> TrackLocalStaticRTP {
    let (codec, rtp_kind) = match kind {
        Kind::Audio => (opus().rtp_codec, RtpCodecKind::Audio),
        Kind::Video => (vp8().rtp_codec, RtpCodecKind::Video),
    };
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec,
        ..Default::default()
    };
    let name = kind.as_str().to_owned();
    TrackLocalStaticRTP::new(MediaStreamTrack::new("probe".to_owned(), name.clone(), name, rtp_kind, vec![coding]))
}
