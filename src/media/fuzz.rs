//! What must hold for any bytes that reach media: bodies for `script/fuzz` and for the property
//! tests, which run them over `fuzz/seeds` and over chance. Each panics where a promise is broken.

use std::time::{Duration, Instant};

use bytes::Bytes;
use webrtc::peer_connection::RTCSessionDescription;
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::placement::Placement;

use super::jitter::{Received, ReorderWindow};
use super::layout::Line;
use super::negotiate::{mids_in_layout, without_addresses};
use super::opus::{SAMPLE_RATE, VoiceDecoder};
use super::{frames, spool};

/// An offer: no address of it is left, and it has the layout's lines or is refused.
pub fn offer(data: &[u8]) {
    let sdp = String::from_utf8_lossy(data);
    let bare = without_addresses(&sdp);
    assert!(
        !bare
            .split(['\r', '\n'])
            .any(|line| line.starts_with("a=candidate:")),
        "an address is left"
    );
    assert_eq!(without_addresses(&bare), bare, "not at once");
    if let Ok(offer) = RTCSessionDescription::offer(bare)
        && let Ok(mids) = mids_in_layout(&offer)
    {
        assert_eq!(mids.len(), Line::ALL.len());
    }
}

/// Packets of a voice on their way to sound. Of each, little endian: steps of its number (i8), of
/// its time in ticks (i32), of the clock in milliseconds (u8), and the length of what it carries
/// (u8). What comes out is in order and of bounded length, and its time never runs back.
pub fn packets(data: &[u8]) {
    // Without memory for a decoder there is nothing to try.
    let Ok(mut decoder) = VoiceDecoder::new() else {
        return;
    };
    let (mut window, mut placement) = (ReorderWindow::default(), Placement::default());
    let (start, mut clock) = (Instant::now(), 0_u64);
    let (mut sequence, mut timestamp) = (0_u16, 0_u32);
    let (mut position, mut last, mut rest) = (0_u64, None, data);
    let most = usize::try_from(SAMPLE_RATE).unwrap_or(usize::MAX) * 30 + 2 * 1_920;
    while let Some((head, after)) = rest.split_first_chunk::<7>() {
        let [number, a, b, c, d, ms, length] = *head;
        let Some((payload, after)) = after.split_at_checked(usize::from(length)) else {
            break;
        };
        rest = after;
        sequence = sequence.wrapping_add_signed(i16::from(number.cast_signed()));
        timestamp = timestamp.wrapping_add(u32::from_le_bytes([a, b, c, d]));
        clock += u64::from(ms);
        let now = start + Duration::from_millis(clock);
        window.push(Received {
            sequence,
            timestamp,
            payload: Bytes::copy_from_slice(payload),
            arrived: now,
        });
        while let Some(ordered) = window.pop(now) {
            let pcm = decoder.decode(&ordered);
            assert!(pcm.samples.len() <= most, "{} samples", pcm.samples.len());
            assert!(pcm.made_up <= pcm.samples.len());
            assert!(pcm.samples.iter().all(|sample| sample.is_finite()));
            let spoken = InterviewMs(i64::try_from(clock).unwrap_or(i64::MAX));
            position += placement.place(position, spoken, pcm.made_up == 0);
            position += pcm.samples.len() as u64;
            let at = placement.at(position);
            assert!(last.is_none_or(|last| last <= at), "time ran back");
            last = Some(at);
        }
    }
}

/// A file of the spool, of which every frame opens that begins with its own number: each lies behind the
/// one before, no byte is in two of them, and numbers ascend. And the same bytes as a batch that has been
/// opened: packets of which no byte is lost or read twice.
pub fn frames(data: &[u8]) {
    let begin = data.as_ptr().addr();
    let found = frames::frames(data, |number, frame| {
        let own = frame.first().copied().map(u64::from) == Some(number & 0xFF);
        own.then(|| (number, frame.as_ptr().addr() - begin, frame.len()))
    });
    let (mut end, mut last) = (0, None);
    for (number, start, length) in &found.opened {
        assert!(*start >= end, "a byte in two frames");
        assert!(last < Some(*number), "a frame twice");
        (end, last) = (start + length, Some(*number));
    }
    assert!(end <= data.len());
    if let Some(packets) = spool::parse(data) {
        let carried: usize = packets
            .iter()
            .map(|it| spool::HEAD + it.payload.len())
            .sum();
        assert_eq!(carried, data.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seeds(of: &str) -> Vec<Vec<u8>> {
        let folder = format!("{}/fuzz/seeds/{of}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap();
        let seeds: Vec<_> = files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect();
        assert!(!seeds.is_empty(), "{of}");
        seeds
    }

    /// A seed with bytes changed, left out, said twice.
    fn changed(of: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
        let change = (any::<prop::sample::Index>(), any::<u8>(), 0..3_u8);
        let changes = prop::collection::vec(change, 0..8);
        (prop::sample::select(seeds(of)), changes).prop_map(|(mut seed, changes)| {
            for (at, byte, what) in changes {
                if seed.is_empty() {
                    break;
                }
                let at = at.index(seed.len());
                match what {
                    0 => seed[at] = byte,
                    1 => drop(seed.drain(at..(at + usize::from(byte)).min(seed.len()))),
                    _ => {
                        let end = (at + usize::from(byte)).min(seed.len());
                        let twice = seed[at..end].to_vec();
                        seed.splice(at..at, twice);
                    }
                }
            }
            seed
        })
    }

    #[test]
    fn what_was_found_once_is_kept() {
        seeds("offer").iter().for_each(|seed| offer(seed));
        seeds("packets").iter().for_each(|seed| packets(seed));
        seeds("frames").iter().for_each(|seed| frames(seed));
        // One seed is an offer as it should be: what is tried is what lies around it.
        let whole = include_str!("../../fuzz/seeds/offer/page");
        let sdp = without_addresses(whole);
        let offer = RTCSessionDescription::offer(sdp).unwrap();
        assert_eq!(mids_in_layout(&offer).unwrap().len(), Line::ALL.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_offer_has_the_layout_or_is_refused(data in changed("offer")) {
            offer(&data);
        }

        #[test]
        fn any_packets_become_sound_in_order(
            data in prop_oneof![changed("packets"), prop::collection::vec(any::<u8>(), 0..600)]
        ) {
            packets(&data);
        }

        #[test]
        fn any_file_of_the_spool_is_read_to_its_last_whole_frame(
            data in prop_oneof![changed("frames"), prop::collection::vec(any::<u8>(), 0..600)]
        ) {
            frames(&data);
        }
    }
}
