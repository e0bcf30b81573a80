//! The machine: speech model, ports, room, clock, certificate.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::Finding;
use super::State::{Bad, Good, Warning};
use crate::cli::place::Found;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Asr, Media, Server};
use crate::models::StoreArgs;

/// Below this much room nobody should begin a day of interviews.
const ROOM: u64 = 2 * 1024 * 1024 * 1024;
/// A certificate that ends sooner is to be renewed now.
const CERTIFICATE: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) fn look(found: &Found, models: &StoreArgs, tls: Option<&Path>) -> Vec<Finding> {
    let config = found.config.as_ref();
    let server = config.map(|it| it.server.clone()).unwrap_or_default();
    let media = config.map(|it| it.media.clone()).unwrap_or_default();
    let name = config.map_or_else(|| Asr::default().model, |it| it.asr.model.clone());
    let mut findings = vec![
        model(models, &name),
        port(&server),
        media_ports(&media),
        room(found),
        clock(),
    ];
    findings.extend(tls.map(certificate));
    findings
}

fn model(models: &StoreArgs, name: &str) -> Finding {
    match models.resolve(name) {
        Ok(model) => Finding::new(
            "model",
            "音声認識のモデル",
            Good,
            format!("{}({}形式)は欠けていません。", model.name, model.form),
        ),
        Err(error) => Finding::new(
            "model",
            "音声認識のモデル",
            Bad,
            format!(
                "「{name}」がないか、壊れています。面談はできますが、声は文字にならず、気づきも出ません。声は預かっておき、モデルが入りしだい(動いているサービスは1分ごとに探します)、さかのぼって文字にします({error})。"
            ),
        )
        .mended_by(format!("yorisoi models fetch {name}")),
    }
}

fn port(server: &Server) -> Finding {
    let address = server.listen;
    match TcpListener::bind(address) {
        Ok(_) => Finding::new("port", "ポート", Good, format!("{address} は空いています。")),
        Err(error) => Finding::new(
            "port",
            "ポート",
            Warning,
            format!("{address} は使われています({error})。サービスが動いているなら、そのままで結構です。"),
        )
        .mended_by(format!("ss -ltnp sport = :{}", address.port())),
    }
}

fn media_ports(media: &Media) -> Finding {
    let [first, last] = media.udp_ports;
    let taken =
        |port: &u16| UdpSocket::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, *port))).is_err();
    let taken: Vec<_> = (first..=last).filter(taken).collect();
    let all = usize::from(last - first) + 1;
    let free = all - taken.len();
    let state = if free == 0 { Bad } else { Good };
    let say = format!("UDP {first}〜{last} の{all}個のうち、{free}個が空いています。");
    Finding::new("media_ports", "音声と映像のポート", state, say)
}

fn room(found: &Found) -> Finding {
    let path = found.folder.path();
    let say = |state, say: String| Finding::new("room", "ディスクの空き", state, say);
    match rustix::fs::statvfs(path) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let (gib, needed) = (free >> 30, ROOM >> 30);
            if free < ROOM {
                say(Bad, format!("残りは{gib} GiBです。{needed} GiBより少ないと、面談の途中で書けなくなるおそれがあります。"))
                    .mended_by(format!("df -h {}", path.display()))
            } else {
                say(Good, format!("残りは{gib} GiBです。"))
            }
        }
        Err(error) => say(Bad, format!("「{}」: {error}", path.display())),
    }
}

/// A clock that runs behind the program itself is wrong, and with it every time in every record.
fn clock() -> Finding {
    let built = std::env::current_exe().and_then(|exe| exe.metadata()?.modified());
    let now = SystemClock.now();
    let built = built.ok().and_then(|built| Timestamp::try_from(built).ok());
    match built.map(|built| built.duration_since(now).as_mins()) {
        Some(behind) if behind > 0 => Finding::new(
            "clock",
            "時計",
            Bad,
            format!(
                "プログラムのファイルより{behind}分前を指しています。時刻の同期を確かめてください。"
            ),
        )
        .mended_by("timedatectl"),
        _ => Finding::new("clock", "時計", Good, now),
    }
}

fn certificate(file: &Path) -> Finding {
    let say = |state, say: String| Finding::new("certificate", "サーバー証明書", state, say);
    let path = file.display();
    let Some(ends) = end_of(file) else {
        return say(
            Bad,
            format!("「{path}」を証明書として読めません。PEM 形式のファイルを指定してください。"),
        );
    };
    let left = ends.duration_since(SystemClock.now());
    let days = left.as_hours() / 24;
    if left.is_negative() {
        say(
            Bad,
            format!(
                "「{path}」は{ends}に切れています。利用者のブラウザーはつながりません。新しい証明書に替えて、サービスを起動し直してください。"
            ),
        )
    } else if left < CERTIFICATE {
        say(
            Warning,
            format!("「{path}」はあと{days}日で切れます。新しい証明書を用意してください。"),
        )
    } else {
        say(Good, format!("あと{days}日使えます。"))
    }
}

/// Until when the first certificate of the file is good.
fn end_of(file: &Path) -> Option<Timestamp> {
    let der = CertificateDer::from_pem_file(file).ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).ok()?;
    let ends = certificate.validity().not_after.timestamp();
    Timestamp::from_second(ends).ok()
}
