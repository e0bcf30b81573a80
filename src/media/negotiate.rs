//! Offer and answer of one connection in the fixed layout, and the outgoing streams they agree on.
//! It never sends a packet by itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rtc::media_stream::MediaStreamTrack;
use rtc::rtp;
use rtc::rtp_transceiver::RTCRtpTransceiverId;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpEncodingParameters, RtpCodecKind};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{PeerConnection, RTCSessionDescription};
use webrtc::rtp_transceiver::RtpSender;

use super::forward::{Munger, Numbering};
use super::layout::{Kind, Line};
use super::peer::PeerError;

const GATHERING: Duration = Duration::from_secs(3);

/// One outgoing stream.
pub(super) struct Leg {
    pub(super) line: Line,
    pub(super) track: Arc<TrackLocalStaticRTP>,
    stream: Stream,
    munger: Munger,
}

impl Leg {
    /// Sends one packet; true when the source has changed.
    pub(super) async fn send(&mut self, mut packet: rtp::Packet) -> bool {
        let header = &mut packet.header;
        let numbering = Numbering {
            ssrc: header.ssrc,
            sequence: header.sequence_number,
            timestamp: header.timestamp,
        };
        let Some(out) = self.munger.rewrite(numbering, Instant::now()) else {
            return false;
        };
        header.ssrc = self.stream.ssrc;
        header.payload_type = self.stream.payload_type;
        header.sequence_number = out.sequence;
        header.timestamp = out.timestamp;
        // The crate refuses, without an error here, any extension not negotiated on this leg.
        header.extension = false;
        header.extensions.clear();
        header.extensions_padding = 0;
        header.csrc.clear();
        header.padding = false;
        if let Err(error) = self.track.write_rtp(packet).await {
            tracing::debug!(line = ?self.line, %error, "a packet could not be queued");
        }
        out.switched
    }
}

/// The offer without the addresses that it names. This side sends to whoever has reached it with
/// the right credentials and to nobody else, so an offer can't make it knock at other machines; a
/// page reaches every address of the answer by itself.
pub(super) fn without_addresses(offer: &str) -> String {
    let named = [
        "a=candidate:",
        "a=remote-candidates:",
        "a=end-of-candidates",
    ];
    offer
        .split_inclusive(['\r', '\n'])
        .filter(|line| !named.iter().any(|name| line.trim_start().starts_with(name)))
        .collect()
}

/// The mid of every line, if the offer has exactly the lines of the layout.
pub(super) fn mids_in_layout(
    offer: &RTCSessionDescription,
) -> Result<HashMap<String, Line>, PeerError> {
    let parsed = offer.unmarshal()?;
    if parsed.media_descriptions.len() != Line::ALL.len() {
        let found = parsed.media_descriptions.len();
        return Err(PeerError::Layout(format!("{found} media lines")));
    }
    let mut mids = HashMap::new();
    for (line, media) in Line::ALL.into_iter().zip(&parsed.media_descriptions) {
        let sends = media.attribute("sendrecv").is_some();
        if media.media_name.media != line.kind().sdp_name() || sends != line.upward().is_some() {
            return Err(PeerError::Layout(format!("{line:?} is not as expected")));
        }
        let mid = media.attribute("mid").flatten().unwrap_or_default();
        mids.insert(mid.to_owned(), line);
    }
    if mids.len() != Line::ALL.len() {
        return Err(PeerError::Layout("lines share a mid".to_owned()));
    }
    Ok(mids)
}

/// What an offer led to.
pub(super) struct Negotiated {
    pub(super) legs: HashMap<Line, Leg>,
    pub(super) lines: HashMap<RTCRtpTransceiverId, Line>,
    pub(super) answer: String,
}

/// Applies the offer and makes the answer.
pub(super) async fn negotiate(
    pc: &Arc<dyn PeerConnection>,
    offer: RTCSessionDescription,
    mids: &HashMap<String, Line>,
    gathered: &AtomicBool,
) -> Result<Negotiated, PeerError> {
    pc.set_remote_description(offer).await?;

    // The offer made one transceiver per line. `add_track` fills them in order, kind by kind.
    let mut senders = Vec::new();
    for line in Line::ALL {
        let track = Arc::new(TrackLocalStaticRTP::new(outgoing_track(line)));
        let sender = pc
            .add_track(Arc::clone(&track) as Arc<dyn TrackLocal>)
            .await?;
        senders.push((sender, track));
    }
    let mut lines = HashMap::new();
    for transceiver in pc.get_transceivers().await {
        if let Some(line) = transceiver.mid().await?.and_then(|mid| mids.get(&mid)) {
            lines.insert(transceiver.id(), *line);
        }
    }

    let answer = pc.create_answer(None).await?;
    pc.set_local_description(answer).await?;

    let mut legs = HashMap::new();
    for (sender, track) in senders {
        let id = RTCRtpTransceiverId::from(sender.id());
        let Some(line) = lines.get(&id).copied() else {
            return Err(PeerError::Layout("a line could not be matched".to_owned()));
        };
        let stream = stream_of(&sender).await?;
        let leg = Leg {
            line,
            track,
            munger: Munger::new(stream.clock_rate),
            stream,
        };
        legs.insert(line, leg);
    }
    if legs.len() != Line::ALL.len() {
        return Err(PeerError::Layout("lines could not be matched".to_owned()));
    }
    let answer = complete_description(pc, gathered).await?;
    Ok(Negotiated {
        legs,
        lines,
        answer,
    })
}

/// What a sender's packets must carry; anything else is refused by the crate without an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    pub(crate) ssrc: u32,
    pub(crate) payload_type: u8,
    /// Hz.
    pub(crate) clock_rate: u32,
}

/// Known once both descriptions are applied.
pub(crate) async fn stream_of(sender: &Arc<dyn RtpSender>) -> Result<Stream, PeerError> {
    let parameters = sender.get_parameters().await?;
    let codecs = &parameters.rtp_parameters.codecs;
    let codec = codecs
        .iter()
        .find(|codec| !codec.rtp_codec.mime_type.ends_with("/rtx"));
    let encoding = parameters.encodings.first();
    let ssrc = encoding.and_then(|encoding| encoding.rtp_coding_parameters.ssrc);
    let (Some(codec), Some(ssrc)) = (codec, ssrc) else {
        return Err(PeerError::Layout("a line has no common codec".to_owned()));
    };
    Ok(Stream {
        ssrc,
        payload_type: codec.payload_type,
        clock_rate: codec.rtp_codec.clock_rate,
    })
}

/// Answers a further offer of the same layout: an ICE restart.
pub(super) async fn renegotiate(
    pc: &Arc<dyn PeerConnection>,
    offer: String,
    gathered: &AtomicBool,
) -> Result<String, PeerError> {
    let offer = RTCSessionDescription::offer(without_addresses(&offer))?;
    mids_in_layout(&offer)?;
    pc.set_remote_description(offer).await?;
    let answer = pc.create_answer(None).await?;
    pc.set_local_description(answer).await?;
    complete_description(pc, gathered).await
}

/// The local description once it holds all candidates. The sockets are open already, so this is a
/// matter of milliseconds.
pub(crate) async fn complete_description(
    pc: &Arc<dyn PeerConnection>,
    gathered: &AtomicBool,
) -> Result<String, PeerError> {
    let wait = async {
        loop {
            if gathered.load(Ordering::Acquire)
                && let Some(description) = pc.local_description().await
                && description.sdp.contains("a=candidate:")
            {
                return description.sdp;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(GATHERING, wait)
        .await
        .map_err(|_| PeerError::NoCandidates)
}

/// A track for one line; its stream groups what belongs to one slot, so that a browser keeps the
/// sound and the picture of a person in step. The crate chooses the SSRC.
pub(crate) fn outgoing_track(line: Line) -> MediaStreamTrack {
    let stream = match line.carries() {
        (_, Some(slot)) => format!("slot{slot}"),
        (_, None) => "screen".to_owned(),
    };
    let kind = match line.kind() {
        Kind::Audio => RtpCodecKind::Audio,
        Kind::Video => RtpCodecKind::Video,
    };
    let id = format!("{line:?}").to_lowercase();
    let encoding = RTCRtpEncodingParameters::default();
    MediaStreamTrack::new(stream, id.clone(), id, kind, vec![encoding])
}
