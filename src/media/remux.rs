//! Received Opus packets as an Ogg file that browsers play. Decodes nothing. What is missing keeps its
//! length, so that times in the file are times of the talk.

use std::io;

use ogg::{PacketWriteEndInfo, PacketWriter};

use super::tap::TappedPacket;

/// Of the one stream in the file.
const SERIAL: u32 = 1;
/// Ogg Opus counts in 48 kHz, as RTP does.
const PER_MS: u64 = 48;

/// `packets` in the order in which they were spoken; the file's time 0 is `from_ms` on the
/// interview's clock.
///
/// # Errors
/// Never in memory; the writer's own.
pub fn ogg(packets: &[TappedPacket], from_ms: i64) -> io::Result<Vec<u8>> {
    let mut writer = PacketWriter::new(Vec::new());
    let page = PacketWriteEndInfo::EndPage;
    writer.write_packet(head(), SERIAL, page, 0)?;
    writer.write_packet(tags(), SERIAL, page, 0)?;
    let mut at = 0;
    for (n, packet) in packets.iter().enumerate() {
        let Some(toc) = packet.payload.first() else {
            continue;
        };
        let spoken = u64::try_from(packet.spoken.0.saturating_sub(from_ms)).unwrap_or_default();
        let frame = frame(*toc);
        // A packet of one frame without bytes: the decoder fills it in by itself.
        while at + frame <= spoken * PER_MS {
            at += frame;
            let nothing = vec![toc & !0b11];
            writer.write_packet(nothing, SERIAL, PacketWriteEndInfo::NormalPacket, at)?;
        }
        at += frame * frames(&packet.payload);
        let info = if n + 1 == packets.len() {
            PacketWriteEndInfo::EndStream
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        writer.write_packet(packet.payload.to_vec(), SERIAL, info, at)?;
    }
    Ok(writer.into_inner())
}

/// RFC 7845 §5.1: mono, nothing skipped, no gain.
fn head() -> Vec<u8> {
    let mut head = b"OpusHead".to_vec();
    head.extend([1, 1]);
    head.extend(0_u16.to_le_bytes());
    head.extend(48_000_u32.to_le_bytes());
    head.extend(0_i16.to_le_bytes());
    head.push(0);
    head
}

/// RFC 7845 §5.2, without a word about where it comes from.
fn tags() -> Vec<u8> {
    let vendor = b"yorisoi";
    let mut tags = b"OpusTags".to_vec();
    tags.extend(7_u32.to_le_bytes());
    tags.extend(vendor);
    tags.extend(0_u32.to_le_bytes());
    tags
}

/// Samples of one frame at 48 kHz, by the packet's first byte (RFC 6716 §3.1).
fn frame(toc: u8) -> u64 {
    match toc >> 3 {
        config @ 0..12 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        config @ 12..16 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    }
}

fn frames(packet: &[u8]) -> u64 {
    match packet {
        [] => 0,
        [toc, ..] if toc & 3 == 0 => 1,
        [toc, ..] if toc & 3 < 3 => 2,
        [_, count, ..] => u64::from(count & 0x3f),
        [_] => 0,
    }
}

#[cfg(test)]
mod tests {
    use ogg::PacketReader;
    use yorisoi_domain::time::InterviewMs;

    use super::*;

    /// 20 ms of speech coding in wide band, one frame.
    const TOC: u8 = 9 << 3;

    fn packet(spoken: i64) -> TappedPacket {
        TappedPacket {
            ssrc: 1,
            sequence: 0,
            timestamp: 0,
            arrived: InterviewMs(spoken),
            spoken: InterviewMs(spoken),
            payload: vec![TOC, 1, 2, 3].into(),
        }
    }

    #[test]
    fn what_is_missing_keeps_its_length() {
        // The range begins 40 ms before the first packet; 60 ms are lost before the last.
        let packets = [packet(1_040), packet(1_060), packet(1_140)];
        let file = ogg(&packets, 1_000).unwrap();
        let mut reader = PacketReader::new(io::Cursor::new(file));
        let mut lengths = Vec::new();
        let mut end = 0;
        while let Some(packet) = reader.read_packet().unwrap() {
            lengths.push(packet.data.len());
            end = packet.absgp_page();
        }
        assert_eq!(lengths, [19, 23, 1, 1, 4, 4, 1, 1, 1, 4]);
        assert_eq!(end, 8 * 960);
    }

    #[test]
    fn a_packet_says_how_long_it_is() {
        assert_eq!((frame(TOC), frames(&[TOC, 0])), (960, 1));
        assert_eq!((frame(31 << 3), frames(&[31 << 3 | 1])), (960, 2));
        assert_eq!((frame(3 << 3), frames(&[3 << 3 | 3, 2])), (2_880, 2));
        assert_eq!((frame(14 << 3), frames(&[14 << 3 | 3])), (480, 0));
        assert_eq!(frames(&[]), 0);
    }
}
