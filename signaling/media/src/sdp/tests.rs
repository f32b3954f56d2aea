//! Descriptions of real browsers, and descriptions that nobody should send.

use super::*;
use crate::ids::{Kind, PeerId};
use proptest::prelude::*;

const CHROMIUM_OFFER: &str = include_str!("../../tests/sdp/chromium-publisher-offer.sdp");
const CHROMIUM_ANSWER: &str = include_str!("../../tests/sdp/chromium-subscriber-answer.sdp");
const FINGERPRINT: Fingerprint = Fingerprint([0x5a; 32]);

fn transport(candidates: &[std::net::SocketAddr]) -> Transport<'_> {
    Transport { ufrag: "serverufrag", password: "serverpassword", fingerprint: FINGERPRINT, candidates }
}

#[test]
fn chromiums_offer_gives_opus_and_vp8_with_repair_and_feedback() {
    let offer = PublisherOffer::parse(CHROMIUM_OFFER).expect("it is well-formed");
    let tracks: Vec<UplinkLine> = offer.tracks().collect();
    assert_eq!(
        tracks,
        [
            UplinkLine { kind: Kind::Audio, payload_type: 111, rtx: None, nack: false, twcc: Some(3), remb: false },
            UplinkLine { kind: Kind::Video, payload_type: 96, rtx: Some(97), nack: true, twcc: Some(3), remb: true },
        ]
    );
}

#[test]
fn the_answer_repeats_the_lines_and_shows_the_server_only() {
    let offer = PublisherOffer::parse(CHROMIUM_OFFER).expect("it is well-formed");
    let addresses = ["198.51.100.7:4000".parse().expect("v4"), "[2001:db8::7]:4000".parse().expect("v6")];
    let answer = write_publisher_answer(&offer, &transport(&addresses), 5, 1);
    for expected in [
        "a=group:BUNDLE 0 1\r\n",
        "m=audio 4000 UDP/TLS/RTP/SAVPF 111\r\n",
        "m=video 4000 UDP/TLS/RTP/SAVPF 96 97\r\n",
        "a=ice-lite\r\n",
        "a=setup:passive\r\n",
        "a=recvonly\r\n",
        "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n",
        "a=rtcp-fb:96 transport-cc\r\n",
        "a=candidate:1 1 udp 2130706431 198.51.100.7 4000 typ host\r\n",
        "a=candidate:2 1 udp 2130706175 2001:db8::7 4000 typ host\r\n",
    ] {
        assert!(answer.contains(expected), "{expected} is missing in\n{answer}");
    }
    let clients = ["a=ssrc", "msid:", "fmtp:63"];
    assert!(clients.iter().all(|word| !answer.contains(word)), "{answer}");
    // Two sections, each with two candidates and nothing else that holds an address of anybody.
    assert_eq!(answer.matches("a=candidate:").count(), 4);
}

#[test]
fn chromiums_answer_accepts_both_lines_of_the_offer() {
    let answer = Answer::parse(CHROMIUM_ANSWER, Kind::ALL.into_iter()).expect("it fits");
    assert_eq!(
        answer.lines,
        [AcceptedLine { receives: true, rtx: false }, AcceptedLine { receives: true, rtx: true },]
    );
    let swapped = [Kind::Video, Kind::Audio];
    assert_eq!(Answer::parse(CHROMIUM_ANSWER, swapped.into_iter()), Err(SdpError::Mismatch));
    assert_eq!(Answer::parse(CHROMIUM_ANSWER, [Kind::Audio].into_iter()), Err(SdpError::Mismatch));
}

#[test]
fn an_offer_to_a_subscriber_names_whose_track_each_line_is() {
    let owner = PeerId(0xfeed << 96);
    let lines = [
        OfferedLine { kind: Kind::Audio, source: None },
        OfferedLine { kind: Kind::Video, source: Some(OfferedSource { owner, ssrc: 10, rtx_ssrc: 11 }) },
    ];
    let addresses = ["198.51.100.7:4000".parse().expect("v4")];
    let offer = write_subscriber_offer(&lines, &transport(&addresses), 5, 3);
    let hex = owner.hex();
    assert!(offer.contains("o=- 5 3 IN IP4 127.0.0.1\r\n"));
    assert!(offer.contains(&format!("a=msid:{hex} {hex}-video\r\n")));
    assert!(offer.contains("a=setup:actpass\r\n"));
    assert_eq!((offer.matches("a=inactive").count(), offer.matches("a=sendonly").count()), (1, 1));
    let (media, repair) = (offer.find("a=ssrc:10 ").expect("media"), offer.find("a=ssrc:11 ").expect("repair"));
    assert!(media < repair, "Chromium takes the first for the media");
    assert!(offer.contains("a=ssrc-group:FID 10 11\r\n"));
}

#[test]
fn what_we_cannot_serve_is_refused_with_its_reason() {
    let changed = |from: &str, to: &str| {
        assert!(CHROMIUM_OFFER.contains(from), "{from}");
        PublisherOffer::parse(&CHROMIUM_OFFER.replace(from, to))
    };
    let unsupported = [
        ("opus/48000/2", "opux/48000/2"),
        ("VP8/90000", "VP7/90000"),
        ("a=setup:actpass", "a=setup:passive"),
        ("a=rtcp-mux\r\n", ""),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
        ("a=sendonly", "a=inactive"),
        ("m=video 9", "m=text 9"),
    ];
    for (from, to) in unsupported {
        assert!(matches!(changed(from, to), Err(SdpError::Unsupported(_))), "{from} as {to}");
    }
    let malformed =
        [("v=0", "v=2"), ("a=mid:1", "a=mid:a b"), ("a=ice-ufrag", "a=ice-oops"), ("m=video 9", "m=video x")];
    for (from, to) in malformed {
        assert!(matches!(changed(from, to), Err(SdpError::Malformed(_))), "{from} as {to}");
    }
    assert_eq!(PublisherOffer::parse(&"v".repeat(MAX_SDP_BYTES + 1)), Err(SdpError::TooLong));
}

#[test]
fn a_second_camera_and_a_data_channel_are_refused_line_by_line() {
    let video = CHROMIUM_OFFER.find("m=video").expect("a video line");
    let second = CHROMIUM_OFFER[video..].replace("a=mid:1", "a=mid:2");
    let data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\n";
    let offer = PublisherOffer::parse(&format!("{CHROMIUM_OFFER}{second}{data}")).expect("the rest is good");
    assert_eq!(offer.tracks().count(), 2);
    let addresses = ["198.51.100.7:4000".parse().expect("v4")];
    let answer = write_publisher_answer(&offer, &transport(&addresses), 5, 1);
    assert!(answer.contains("a=group:BUNDLE 0 1\r\n"));
    assert!(answer.contains("m=video 0 UDP/TLS/RTP/SAVPF 0\r\n"));
    assert!(answer.contains("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
    assert_eq!(answer.matches("\r\nm=").count(), 4);
}

proptest! {
    #[test]
    fn touched_descriptions_never_panic(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<proptest::sample::Index>(),
        offer in any::<bool>(),
    ) {
        let mut bytes = if offer { CHROMIUM_OFFER } else { CHROMIUM_ANSWER }.as_bytes().to_vec();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len() * 2));
        let text = String::from_utf8_lossy(&bytes);
        let _ = PublisherOffer::parse(&text);
        let _ = Answer::parse(&text, Kind::ALL.into_iter());
    }
}
