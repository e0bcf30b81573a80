//! What a page may say, and how it is answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A page's message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct ClientMessage {
    pub v: u8,
    /// Chosen by the page, at most 64 characters. The same `id` again is answered again and done
    /// once.
    pub id: String,
    #[serde(flatten)]
    pub body: ClientBody,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum ClientBody {
    /// The first message on every socket.
    Hello(Hello),
    /// A new connection, or an ICE restart of the present one. The `ack` holds the answer.
    Offer(Offer),
    Muted(Switch),
    CameraOff(Switch),
    Sharing(Switch),
    /// Captions from now on, or not. Of guests' pages; off until asked for, and on every new page.
    Captions(Switch),
    /// Is anybody there? For a page that must find out by itself that its network is gone.
    Ping(Empty),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Hello {
    /// The `resume` of the last `ack` of a hello, if this page had one.
    pub resume: Option<Uuid>,
    /// The last `seq` this page has; 0 for none.
    #[serde(default)]
    pub last_seq: u64,
}

#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Offer {
    /// The local description as it is, without waiting for candidates.
    pub sdp: String,
    #[serde(default)]
    pub restart: bool,
}

impl std::fmt::Debug for Offer {
    /// A description names the addresses of a person's network.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer")
            .field("restart", &self.restart)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Switch {
    pub on: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Empty {}

/// The answer to a page's message. Not numbered: the same `id` brings it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reply {
    pub v: u8,
    /// Of the message that is answered; absent where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(flatten)]
    pub body: ReplyBody,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum ReplyBody {
    Ack(Ack),
    Problem(SocketProblem),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ack {
    /// To an offer: the complete answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp: Option<String>,
    /// To a hello: say it in the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<Uuid>,
    /// To a hello: relays for the media connection, where the service has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ice_servers: Vec<IceServer>,
}

/// A relay, as `RTCPeerConnection` takes it. The credential ends by itself.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IceServer {
    pub urls: Vec<String>,
    pub username: String,
    pub credential: String,
}

impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// What was refused, and changed nothing. The page chooses the words by `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SocketProblem {
    pub r#type: ProblemType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub enum ProblemType {
    /// No message of this service.
    #[serde(rename = "urn:yorisoi:problem:malformed")]
    Malformed,
    #[serde(rename = "urn:yorisoi:problem:too-large")]
    TooLarge,
    /// Messages come too fast; send again in a second.
    #[serde(rename = "urn:yorisoi:problem:too-soon")]
    TooSoon,
    /// Another version of the page; reload it.
    #[serde(rename = "urn:yorisoi:problem:wrong-version")]
    WrongVersion,
    /// `hello` comes first.
    #[serde(rename = "urn:yorisoi:problem:hello-first")]
    HelloFirst,
    /// Not let in, or not any more.
    #[serde(rename = "urn:yorisoi:problem:not-admitted")]
    NotAdmitted,
    /// The talk is over.
    #[serde(rename = "urn:yorisoi:problem:over")]
    Over,
    /// The offer can't be answered; make a new connection.
    #[serde(rename = "urn:yorisoi:problem:offer-refused")]
    OfferRefused,
    /// There is no connection to restart; make a new one.
    #[serde(rename = "urn:yorisoi:problem:no-connection")]
    NoConnection,
    /// No media port is free.
    #[serde(rename = "urn:yorisoi:problem:busy")]
    Busy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_sends_is_read_and_the_rest_is_an_error() {
        let read = |text: &str| serde_json::from_str::<ClientMessage>(text);
        let hello = r#"{"v":1,"id":"1","type":"hello","data":{"resume":null,"last_seq":4}}"#;
        let body = ClientBody::Hello(Hello {
            resume: None,
            last_seq: 4,
        });
        assert_eq!(
            read(hello).unwrap(),
            ClientMessage {
                v: 1,
                id: "1".to_owned(),
                body
            }
        );
        let muted = read(r#"{"v":1,"id":"2","type":"muted","data":{"on":true}}"#).unwrap();
        assert_eq!(muted.body, ClientBody::Muted(Switch { on: true }));
        for wrong in [
            "",
            "[]",
            r#"{"v":1,"id":"1","type":"flag","data":{}}"#,
            r#"{"v":1,"id":"1","type":"muted","data":{"on":"yes"}}"#,
            r#"{"v":1,"id":"1","type":"hello","data":{"last_seq":-1}}"#,
            r#"{"v":1,"type":"ping","data":{}}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
