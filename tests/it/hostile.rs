//! What a page may not do to the service: fill its memory, write into its log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use yorisoi_domain::consent::Transcription;

use crate::call::Talk;
use crate::media::loopback;

#[tokio::test]
async fn what_an_offer_says_is_not_in_the_log() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&log);
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || Written(Arc::clone(&written)))
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, _resident) = talk.both().await;
    let (_, offer) = yorisoi::simulate::participant::Participant::offer(&loopback())
        .await
        .unwrap();
    let hostile = "090-0000-1234";
    for sdp in [
        hostile.to_owned(),
        format!("v=0\r\n{hostile}\r\n"),
        offer.replacen("a=mid:", &format!("a=mid:{hostile}\n"), 1),
        offer.replace("m=video", hostile),
        offer.replace("opus", hostile),
        offer.replace("a=fingerprint:", &format!("a=fingerprint:{hostile}")),
    ] {
        let _ = nurse.ask("offer", json!({ "sdp": sdp })).await;
    }
    let log = String::from_utf8(log.lock().unwrap().clone()).unwrap();
    assert!(log.contains("an offer was refused"), "{log}");
    assert!(log.contains("kind=OfferRefused"), "{log}");
    assert!(!log.contains(hostile), "{log}");
}

struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_frame_is_refused_by_its_announced_length() {
    let talk = Talk::new(Transcription::Transcript).await;
    let host = talk.base.strip_prefix("ws://").unwrap();
    let mut socket = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /0 HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    // A masked text frame of 8 MiB, of which nothing follows.
    let mut frame = vec![0x81, 0xff];
    frame.extend((8_u64 << 20).to_be_bytes());
    frame.extend([0; 4]);
    socket.write_all(&frame).await.unwrap();
    // Well before silence would end it.
    let ended = tokio::time::timeout(Duration::from_secs(2), async {
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        answer
    });
    let answer = ended
        .await
        .expect("the service waits for the rest of the frame");
    assert!(answer.starts_with(b"HTTP/1.1 101"));
}
