//! Figures of rooms and of media, without people.
use std::time::Duration;

use media::Stats;
use metrics::{counter, gauge};

/// As often as anybody scrapes.
pub const PERIOD: Duration = Duration::from_secs(5);

pub fn publish(rooms: usize, live: usize, present: usize, media: &Stats) {
    gauge!("call_rooms").set(rooms as f64);
    gauge!("call_rooms_live").set(live as f64);
    gauge!("call_participants").set(present as f64);
    gauge!("media_rooms").set(media.rooms as f64);
    gauge!("media_peers").set(media.peers as f64);
    gauge!("media_half_open").set(media.half_open as f64);
    macro_rules! totals { ($($name:literal = $field:ident),* $(,)?) => { $(counter!($name).absolute(media.$field);)* } }
    totals!(
        "media_datagrams_in_total" = datagrams_in,
        "media_bytes_in_total" = bytes_in,
        "media_packets_in_total" = packets_in,
        "media_packets_out_total" = packets_out,
        "media_bytes_out_total" = bytes_out,
        "media_dropped_total" = dropped,
        "media_rejected_total" = rejected,
        "media_withheld_total" = withheld,
        "media_stun_checks_total" = stun_checks,
        "media_nacks_in_total" = nacks_in,
        "media_retransmitted_total" = retransmitted,
        "media_nacks_out_total" = nacks_out,
        "media_plis_in_total" = plis_in,
        "media_plis_out_total" = plis_out,
        "media_handshakes_gcm_total" = handshakes_gcm,
        "media_handshakes_sha1_total" = handshakes_sha1,
        "media_events_lost_total" = events_lost,
    );
}
