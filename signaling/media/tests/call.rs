//! Participants on an independent WebRTC stack meet through the SFU, on loopback.

mod visit;

use media::client::Load;
use media::{Command, Event, Kind, SdpError, Side};
use std::time::Duration;
use visit::{Participant, Visit, settle};

/// Long enough for hundreds of packets, short enough for a suite.
const A_WHILE: Duration = Duration::from_millis(800);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_participants_receive_each_other() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    visit.run(A_WHILE * 2).await;
    for (who, other) in [(&mother, &son), (&son, &mother)] {
        for kind in Kind::ALL {
            let received = who.received_from(other, kind).unwrap_or_else(|| panic!("no {kind:?} came"));
            assert!(received.packets > 20, "{received:?}");
            assert_eq!(received.missing, 0, "{received:?}");
        }
        assert_eq!(who.client.received().len(), 2, "nothing but the other's two tracks");
        assert!(who.client.rtcp_received() > 0);
    }
    let stats = visit.media.stats();
    assert_eq!((stats.rooms, stats.peers, stats.half_open, stats.events_lost), (1, 2, 0, 0));
    assert_eq!((stats.handshakes_gcm, stats.handshakes_sha1), (4, 0));
    let connected = visit.events.iter().filter(|event| matches!(event, Event::Connected { .. })).count();
    let started = visit.events.iter().filter(|event| matches!(event, Event::TrackStarted { .. })).count();
    assert_eq!((connected, started), (4, 4));
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_works_over_ipv6() {
    let mut visit = Visit::begin("[::1]:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    visit.run(A_WHILE).await;
    assert!(son.packets_from(&mother, Kind::Audio) > 10);
    assert!(mother.packets_from(&son, Kind::Video) > 10);
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_participant_hears_both_and_is_heard_by_both() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    visit.run(A_WHILE).await;
    let supervisor = visit.enter(3).await;
    visit.run(A_WHILE * 2).await;
    for (who, other) in [(&mother, &supervisor), (&son, &supervisor), (&supervisor, &mother), (&supervisor, &son)] {
        for kind in Kind::ALL {
            assert!(who.packets_from(other, kind) > 20, "{kind:?}");
        }
    }
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_forwarding_lets_not_one_packet_leave_and_resumes_with_a_key_frame() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    visit.run(A_WHILE).await;
    visit.command(Command::SetForwarding { room: visit.room, on: false });
    settle().await;
    let (before, sent, asked) =
        (son.all_packets(), visit.media.stats().packets_out, mother.client.key_frame_requests());
    assert!(before > 20);
    visit.run(A_WHILE).await;
    assert_eq!(son.all_packets(), before);
    assert_eq!(visit.media.stats().packets_out, sent);
    assert!(visit.media.stats().withheld > 20);
    visit.command(Command::SetForwarding { room: visit.room, on: true });
    visit.run(A_WHILE).await;
    assert!(son.all_packets() > before + 20);
    assert!(mother.client.key_frame_requests() > asked);
    let video = son.received_from(&mother, Kind::Video).expect("video came");
    assert_eq!(video.missing, 0, "silence must not look like loss");
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mute_stops_that_kind_of_that_participant_only() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    visit.run(A_WHILE).await;
    visit.mute(&mother, Kind::Audio, true);
    settle().await;
    let (audio, video) = (son.packets_from(&mother, Kind::Audio), son.packets_from(&mother, Kind::Video));
    let other = mother.packets_from(&son, Kind::Audio);
    visit.run(A_WHILE).await;
    assert_eq!(son.packets_from(&mother, Kind::Audio), audio);
    assert!(son.packets_from(&mother, Kind::Video) > video + 10);
    assert!(mother.packets_from(&son, Kind::Audio) > other + 10);
    visit.mute(&mother, Kind::Audio, false);
    visit.run(A_WHILE).await;
    assert!(son.packets_from(&mother, Kind::Audio) > audio + 10);
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_muted_before_they_come_is_muted_when_they_come() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    visit.command(Command::SetMuted { room: visit.room, peer: visit::peer(1), kind: Kind::Video, muted: true });
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    visit.run(A_WHILE).await;
    assert_eq!(son.packets_from(&mother, Kind::Video), 0);
    assert!(son.packets_from(&mother, Kind::Audio) > 10);
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_exchange_not_one_packet() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    let other_room = media::RoomId(visit.room.0 + 2);
    visit.command(Command::OpenRoom { room: other_room });
    let stranger = visit.enter_room(other_room, 3).await;
    visit.run(A_WHILE).await;
    assert!(son.packets_from(&mother, Kind::Audio) > 10);
    assert_eq!(stranger.client.received(), []);
    assert_eq!(son.client.received().len(), 2);
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_left_receives_nothing_more_and_is_forgotten() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    let aunt = visit.enter(3).await;
    visit.run(A_WHILE).await;
    visit.command(Command::Leave { room: visit.room, peer: son.id });
    settle().await;
    let before = son.all_packets();
    assert!(before > 20);
    let at_mothers = mother.packets_from(&son, Kind::Audio);
    visit.run(A_WHILE).await;
    assert_eq!(son.all_packets(), before);
    assert_eq!(mother.packets_from(&son, Kind::Audio), at_mothers);
    assert!(mother.packets_from(&aunt, Kind::Audio) > 10);
    assert_eq!(visit.media.stats().peers, 2);
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_place_of_one_who_left_is_taken_by_another() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let _son = visit.enter(2).await;
    visit.run(A_WHILE).await;
    visit.command(Command::Leave { room: visit.room, peer: visit::peer(2) });
    visit.run(A_WHILE).await;
    let aunt = visit.enter(3).await;
    visit.run(A_WHILE * 2).await;
    assert!(aunt.packets_from(&mother, Kind::Video) > 10);
    assert_eq!(visit.last_offer_lines(&mother), 2, "the lines are used again");
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_packets_are_sent_again() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter_sending(1, Load { video_frame_bytes: 5_000, ..Load::default() }).await;
    let son = visit.enter_over_lossy_path(2, 10).await;
    visit.run(Duration::from_secs(4)).await;
    visit.be_silent().await;
    let video = son.received_from(&mother, Kind::Video).expect("video came");
    let stats = visit.media.stats();
    assert!(stats.retransmitted > 20, "{stats:?}");
    assert!(stats.nacks_out > 20, "the uplink is lossy too: {stats:?}");
    let expected = video.packets + video.missing;
    assert!(expected > 400, "{video:?}");
    assert!(video.missing * 100 < expected, "of 10 percent, less than one stays lost: {video:?}");
    let back = mother.received_from(&son, Kind::Video).expect("video came");
    assert!(back.missing * 50 < back.packets, "{back:?}");
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_address_is_followed() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter_over_lossy_path(2, 0).await;
    visit.run(A_WHILE).await;
    let (before, sent) = (son.packets_from(&mother, Kind::Audio), mother.packets_from(&son, Kind::Audio));
    assert!(before > 10 && sent > 10);
    son.change_address();
    visit.run(Duration::from_secs(5)).await;
    assert!(son.packets_from(&mother, Kind::Audio) > before + 50);
    assert!(mother.packets_from(&son, Kind::Audio) > sent + 50);
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_client_is_told_of_as_lost() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter_over_lossy_path(2, 0).await;
    visit.run(A_WHILE).await;
    son.cut();
    visit.run(Duration::from_secs(7)).await;
    for side in [Side::Publisher, Side::Subscriber] {
        let lost = Event::Lost { room: visit.room, peer: son.id, side };
        assert!(visit.events.contains(&lost), "{side:?}");
    }
    let of_mother = |event: &Event| matches!(event, Event::Lost { peer, .. } if *peer == mother.id);
    assert!(!visit.events.iter().any(of_mother));
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ice_restart_of_the_publisher_keeps_its_keys() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    visit.run(A_WHILE).await;
    let before = son.packets_from(&mother, Kind::Audio);
    let offer = mother.client.restart_offer().await.expect("an offer");
    let answer = visit.publish(visit.room, mother.id, offer).await.expect("an answer");
    mother.client.accept_answer(&answer).await.expect("accepted");
    visit.run(A_WHILE * 3).await;
    assert!(son.packets_from(&mother, Kind::Audio) > before + 50);
    assert_eq!(visit.media.stats().handshakes_gcm, 4, "no new handshake");
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reloaded_page_gets_media_from_a_new_association() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let son = visit.enter(2).await;
    visit.run(A_WHILE).await;
    son.client.forget_subscriber().await.expect("closed");
    let before = son.packets_from(&mother, Kind::Video);
    visit.command(Command::Subscribe { room: visit.room, peer: son.id });
    visit.run(A_WHILE * 3).await;
    assert!(son.packets_from(&mother, Kind::Video) > before + 20);
    assert_eq!(visit.media.stats().handshakes_gcm, 5);
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_an_older_offer_changes_nothing() {
    let mut visit = Visit::begin("127.0.0.1:0").await;
    let mother = visit.enter(1).await;
    let answer = mother.last_answer();
    let (stale, current) = (visit.answer_as(&mother, 0, &answer).await, visit.answer_as(&mother, 77, &answer).await);
    assert_eq!((stale, current), (Err(SdpError::Stale), Err(SdpError::Stale)));
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_descriptions_and_full_rooms_are_refused_with_a_reason() {
    let visit = Visit::begin("127.0.0.1:0").await;
    let participant = Participant::new(1, visit.room, Load::default()).await;
    let offer = participant.client.offer().await.expect("an offer");
    let nowhere = media::RoomId(visit.room.0 + 4);
    assert_eq!(visit.publish(nowhere, participant.id, offer.clone()).await, Err(SdpError::NoSuchRoom));
    let garbage = visit.publish(visit.room, participant.id, "v=1".into()).await;
    assert!(matches!(garbage, Err(SdpError::Malformed(_))), "{garbage:?}");
    let long = visit.publish(visit.room, participant.id, "v=0\r\n".repeat(20_000)).await;
    assert_eq!(long, Err(SdpError::TooLong));
    for id in 1..=8 {
        visit.publish(visit.room, visit::peer(id), offer.clone()).await.expect("there is a place");
    }
    assert_eq!(visit.publish(visit.room, visit::peer(9), offer).await, Err(SdpError::Full));
    visit.end().await;
}
