//! A demo for phones of the same network: the addresses by which they reach this machine, the
//! certificate without which they give no camera, and the code that they scan. Serves nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::{Context, bail};
use jiff::tz::TimeZone;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use serde::Serialize;
use yorisoi_domain::time::Timestamp;

use super::Demo;
use crate::media::engine::reachable_addresses;

/// Certificate and key in the demo's folder, below a line that says for what they were made.
const TLS: &str = "demo.tls.pem";
/// An address of documentation (RFC 5737): how one would go there is how one goes anywhere.
const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)), 9);

/// By which names and addresses browsers reach the demo; links are made of the first.
#[derive(Clone, Debug)]
pub struct Hosts {
    names: Vec<String>,
    /// The first where it is an address that this machine does not have itself.
    elsewhere: Option<IpAddr>,
}

impl Hosts {
    /// Of a demo that listens on `listen`. `named` is what links are to be made of, where the
    /// machine can't know it by itself.
    ///
    /// # Errors
    /// `named` is no name or address; this machine has no address that another one reaches.
    pub fn of(listen: IpAddr, named: Option<&str>) -> anyhow::Result<Self> {
        let own = reachable_addresses()?;
        let first = match named {
            Some(name) => checked(name)?,
            None if !listen.is_unspecified() => listen.to_string(),
            None => outward()
                .filter(|address| own.contains(address))
                .or_else(|| own.iter().copied().find(|address| !address.is_loopback()))
                .context(
                    "no phone reaches this machine: connect it to a network, or leave --listen out",
                )?
                .to_string(),
        };
        let elsewhere = first
            .parse()
            .ok()
            .filter(|address: &IpAddr| !own.contains(address));
        let mut names = vec![first];
        for name in own
            .iter()
            .map(IpAddr::to_string)
            .chain(["localhost".to_owned()])
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(Self { names, elsewhere })
    }

    /// The origins of its pages on this port, the one of the links first.
    pub fn origins(&self, port: u16) -> impl Iterator<Item = String> {
        self.names.iter().map(move |name| match name.parse() {
            Ok(address) => format!("https://{}", SocketAddr::new(address, port)),
            Err(_) => format!("https://{name}:{port}"),
        })
    }

    /// Where peers must be told to send sound and pictures besides the machine's own addresses.
    #[must_use]
    pub fn elsewhere(&self) -> Option<IpAddr> {
        self.elsewhere
    }

    /// The file with a certificate for all of them and its key. While the links' name stays and the
    /// year lasts it is the same, so that who has accepted it once is not asked again; phones refuse
    /// one that is valid for much longer.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn certificate(&self, demo: &Demo, now: Timestamp) -> anyhow::Result<PathBuf> {
        let file = demo.files.path().join(TLS);
        let year = i32::from(now.to_zoned(TimeZone::UTC).year());
        let known = fs::read_to_string(&file).unwrap_or_default();
        let mut known = known.lines().next().unwrap_or_default().split(' ');
        if known.next() == Some(&year.to_string()) && known.any(|name| name == self.names[0]) {
            return Ok(file);
        }
        let mut params = CertificateParams::new(self.names.clone())?;
        params.not_before = date_time_ymd(year, 1, 1);
        params.not_after = date_time_ymd(year + 1, 2, 1);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let own = &mut params.distinguished_name;
        own.push(DnType::CommonName, "Yorisoi demo");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let written = options.open(&file).and_then(|mut open| {
            let key = zeroize::Zeroizing::new(key.serialize_pem());
            let names = self.names.join(" ");
            write!(open, "{year} {names}\n{certificate}{}", &*key)
        });
        written.with_context(|| format!("can't write `{}`", file.display()))?;
        Ok(file)
    }
}

/// A name or an address, and nothing else of a URL.
fn checked(name: &str) -> anyhow::Result<String> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    if name.is_empty() || !name.bytes().all(plain) {
        bail!("--host is a name or an address alone, such as 192.168.1.20: `{name}` is neither");
    }
    Ok(name.to_ascii_lowercase())
}

/// The address with which this machine goes to others. Nothing is sent.
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ANYWHERE).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// What a demo says to whoever comes with a phone.
#[derive(Debug, Serialize)]
pub struct Poster<'a> {
    pub join_link: &'a str,
    /// The demo's address on this machine itself.
    pub here: &'a str,
    /// Nobody vouches for the certificate.
    pub own_certificate: bool,
    /// Of sound and pictures, first and last.
    pub udp_ports: [u16; 2],
}

impl Poster<'_> {
    /// # Errors
    /// Nothing reads the output any more.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "\nスマートフォンで読みとると、妊婦さんの入口が開きます:"
        )?;
        out.write_all(code(self.join_link)?.as_bytes())?;
        if self.own_certificate {
            writeln!(
                out,
                "証明書はこの機械が自分で作ったものなので、ブラウザーが警告を出します。確かめてから進んでください。\n\
                 iPhone・iPad は、そのあとも通話の接続(wss)を断ります。正式な名前の証明書があれば、\n\
                 --host 名前 --tls-cert FILE --tls-key FILE を付けて始めると、つながります。"
            )?;
        }
        let (origin, _) = self.join_link.split_once("/r#").unwrap_or_default();
        let port = origin.rsplit(':').next().unwrap_or_default();
        let (here, [first, last]) = (self.here, self.udp_ports);
        writeln!(
            out,
            "つながらないときは、この機械のファイアウォールで TCP {port} と UDP {first}〜{last} を通してください。"
        )?;
        writeln!(
            out,
            "この機械のブラウザーでは、リンクの {origin} を {here} に読みかえると、警告なしで開きます。"
        )
    }
}

/// The link as a code of half lines: dark on light whatever the terminal's own colours are.
fn code(link: &str) -> io::Result<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).map_err(io::Error::other)?;
    let drawn = code.render::<Dense1x2>().build();
    let lines = drawn
        .lines()
        .map(|line| format!("\u{1b}[30;107m{line}\u{1b}[0m\n"));
    Ok(lines.collect())
}

#[cfg(test)]
mod tests {
    use qrcode::Color;

    use super::*;

    const LINK: &str = "https://192.168.1.20:8443/r#AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";

    fn origins(named: &str) -> Vec<String> {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Hosts::of(any, Some(named)).unwrap().origins(8443).collect()
    }

    #[test]
    fn links_are_made_of_the_name_and_every_own_address_is_one_of_ours() {
        let all = origins("Mendan.example.jp");
        assert_eq!(all[0], "https://mendan.example.jp:8443");
        assert!(
            all.contains(&"https://127.0.0.1:8443".to_owned()),
            "{all:?}"
        );
        assert!(
            all.contains(&"https://localhost:8443".to_owned()),
            "{all:?}"
        );
        assert_eq!(origins("2001:db8::7")[0], "https://[2001:db8::7]:8443");
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        for wrong in ["https://mendan.example.jp", "a:1", "a b", ""] {
            assert!(Hosts::of(any, Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn peers_are_told_of_the_links_address_where_the_machine_has_it_not() {
        let of = |listen: [u8; 4], named| Hosts::of(IpAddr::from(listen), named).unwrap();
        let behind = of([0, 0, 0, 0], Some("203.0.113.9"));
        assert_eq!(behind.elsewhere(), Some(IpAddr::from([203, 0, 113, 9])));
        assert_eq!(of([127, 0, 0, 1], None).elsewhere(), None);
        assert_eq!(of([0, 0, 0, 0], Some("a.example")).elsewhere(), None);
        for own in reachable_addresses().unwrap() {
            assert_eq!(Hosts::of(own, None).unwrap().elsewhere(), None);
        }
    }

    #[test]
    fn the_code_on_the_terminal_is_the_links_with_a_quiet_zone_of_four() {
        let drawn = code(LINK).unwrap();
        let light = |half: char, upper: bool| {
            matches!((half, upper), (' ', _) | ('▀', false) | ('▄', true))
        };
        let mut rows = Vec::new();
        for line in drawn.lines() {
            let line = line.strip_prefix("\u{1b}[30;107m").unwrap();
            let line = line.strip_suffix("\u{1b}[0m").unwrap();
            for upper in [true, false] {
                rows.push(
                    line.chars()
                        .map(|half| light(half, upper))
                        .collect::<Vec<_>>(),
                );
            }
        }
        let expected = QrCode::with_error_correction_level(LINK, EcLevel::L).unwrap();
        let width = expected.width();
        for (y, row) in rows.iter().take(width + 8).enumerate() {
            assert_eq!(row.len(), width + 8);
            for (x, light) in row.iter().enumerate() {
                let inside = (4..width + 4).contains(&x) && (4..width + 4).contains(&y);
                let dark = inside && expected[(x - 4, y - 4)] == Color::Dark;
                assert_eq!(*light, !dark, "{x} {y}");
            }
        }
    }
}
