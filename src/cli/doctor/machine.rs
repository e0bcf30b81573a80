//! The machine: speech model, ports, room, clock, certificate.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::State::{Bad, Good, Warning};
use super::{Finding, local};
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
        clock(found),
    ];
    let configured = server.tls_cert_file.as_deref();
    findings.extend(match tls.or(configured) {
        Some(file) => Some(certificate(found, file)),
        None => behind_a_proxy(&server),
    });
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
fn clock(found: &Found) -> Finding {
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
        _ => Finding::new(
            "clock",
            "時計",
            Good,
            format!("{}を指しています。", local(found, now)),
        ),
    }
}

/// Without a certificate of its own somebody else has to speak HTTPS for the service.
fn behind_a_proxy(server: &Server) -> Option<Finding> {
    let url = server.public_url.as_deref();
    let https = url.is_some_and(|url| url.starts_with("https://"));
    let say = |state, say: &str| Finding::new("certificate", "サーバー証明書", state, say);
    match (https, server.trusted_proxies.is_empty()) {
        (false, _) => None,
        (true, false) => Some(say(
            Good,
            "リバースプロキシが HTTPS を受け持つ設定です。証明書の期限はそちらで確かめてください。",
        )),
        (true, true) => Some(
            say(
                Warning,
                "証明書もリバースプロキシも設定されていません。どちらかがないと、利用者のブラウザーはつながりません。設定の server.tls_cert_file と server.tls_key_file、または server.trusted_proxies を書いてください。サービスを --tls-cert で起動しているなら、同じファイルを付けて次を実行すると期限が分かります。",
            )
            .mended_by("yorisoi doctor --tls-cert FILE"),
        ),
    }
}

fn certificate(found: &Found, file: &Path) -> Finding {
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
                "「{path}」は{}に切れています。利用者のブラウザーはつながりません。新しい証明書に替えて、サービスを起動し直してください。",
                local(found, ends)
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
