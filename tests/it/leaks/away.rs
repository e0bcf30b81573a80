//! A whole interview where no route leads out, and nobody tries to find one: in a network namespace
//! with its own loopback alone, whose kernel counts every packet and every connection that had no way
//! to go, and whose names are asked of an address outside.

use std::process::Command;

use serde_json::Value;

use crate::common::missing::not_run;
use crate::common::{data, one_recognizer};
use crate::serve::text;

/// Three times the counters: before, after the interview, and after what it must not do.
const SCRIPT: &str = r#"
set -eu
ip link set lo up
mount --bind "$1" /etc/resolv.conf
counters() { echo "COUNTERS"; cat /proc/net/snmp; cat /proc/net/snmp6; echo "END"; }
counters
status=0
"$2" simulate --format json --track resident="$3" > "$4" || status=$?
counters
(exec 3<>/dev/tcp/192.0.2.1/443) 2>/dev/null || true
(echo x > /dev/udp/198.51.100.1/9) 2>/dev/null || true
getent hosts nobody.example || true
counters
echo "STATUS $status"
"#;

/// Packets and connections of all programs here that no route was known for, over both families.
fn without_route(counters: &str) -> u64 {
    let lines: Vec<&str> = counters.lines().collect();
    let ip = lines.windows(2).find(|pair| {
        pair.iter().all(|line| line.starts_with("Ip: ")) && pair[0].contains("OutNoRoutes")
    });
    let ip = ip.expect("the kernel counts");
    let at = ip[0].split(' ').position(|name| name == "OutNoRoutes");
    let four: u64 = ip[1].split(' ').nth(at.unwrap()).unwrap().parse().unwrap();
    let six = lines
        .iter()
        .find_map(|line| line.strip_prefix("Ip6OutNoRoutes"));
    // Absent where the machine has no IPv6 at all.
    four + six.map_or(0, |six| six.trim().parse::<u64>().unwrap())
}

/// A new network, as root or as somebody who may be root in a namespace of their own.
fn unshare() -> Option<Vec<&'static str>> {
    let own = ["--net", "--mount"];
    let mapped = ["--user", "--map-root-user", "--net", "--mount"];
    let may = |options: &[&str]| {
        let tried = Command::new("unshare").args(options).arg("true").output();
        tried.is_ok_and(|it| it.status.success())
    };
    if may(&own) {
        Some(own.into())
    } else {
        may(&mapped).then(|| mapped.into())
    }
}

#[test]
fn a_whole_interview_is_held_where_no_route_leads_out_and_nobody_looks_for_one() {
    let Some(options) = unshare() else {
        let test = "a_whole_interview_is_held_where_no_route_leads_out_and_nobody_looks_for_one";
        not_run(test, "no network namespace is allowed");
        return;
    };
    let _one = one_recognizer();
    let dir = tempfile::tempdir().unwrap();
    let names = dir.path().join("resolv.conf");
    std::fs::write(
        &names,
        "nameserver 192.0.2.53\noptions timeout:1 attempts:1\n",
    )
    .unwrap();
    let report = dir.path().join("report.json");
    let output = Command::new("unshare")
        .args(options)
        .args(["bash", "-c", SCRIPT, "bash", text(&names)])
        .arg(env!("CARGO_BIN_EXE_yorisoi"))
        .arg(data("speech/sentence.opus"))
        .arg(&report)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("STATUS 0"), "{said}{errors}");
    let counted: Vec<u64> = said
        .split("COUNTERS")
        .skip(1)
        .map(|part| without_route(part.split("END").next().unwrap()))
        .collect();
    let [before, after, control] = counted[..] else {
        panic!("{said}{errors}");
    };
    assert_eq!(before, after, "somebody looked for a way out: {errors}");
    // One of TCP, one of UDP, and whoever asks for a name at all.
    assert!(control >= after + 3, "the control is not counted: {said}");

    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(report["errors"], serde_json::json!([]));
    let tracks = report["tracks"].as_array().unwrap();
    let segments: Vec<_> = tracks
        .iter()
        .filter_map(|it| it["segments"].as_array())
        .flatten()
        .collect();
    assert!(
        segments
            .iter()
            .any(|it| it["text"].as_str().unwrap().contains("おすすめ")),
        "{report}"
    );
}
