//! What the relay does to datagrams, one fault after the other.

use super::*;

struct Way {
    _relays: BadNetwork,
    client: UdpSocket,
    server: UdpSocket,
    began: watch::Sender<Option<Instant>>,
}

impl Way {
    async fn over(badness: Badness) -> Self {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let answer = format!(
            "v=0\r\na=candidate:1 1 udp 2130706431 {} {} typ host\r\n\
             a=candidate:2 1 udp 2130706431 fd00::2 9 typ host\r\na=end-of-candidates\r\n",
            server.local_addr().unwrap().ip(),
            server.local_addr().unwrap().port(),
        );
        let (began, seen) = watch::channel(None);
        let network = Network {
            badness,
            seed: 7,
            began: seen,
        };
        let (relays, rewritten) = BadNetwork::before(&answer, &network).await.unwrap();
        assert!(!rewritten.contains("fd00::2"));
        let line = rewritten
            .lines()
            .find(|line| line.starts_with("a=candidate:1"));
        let port: u16 = line.unwrap().split(' ').nth(5).unwrap().parse().unwrap();
        assert_ne!(port, server.local_addr().unwrap().port());
        let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        client.connect(("127.0.0.1", port)).await.unwrap();
        Self {
            _relays: relays,
            client,
            server,
            began,
        }
    }

    /// What the server still receives, and from where.
    async fn arrived(&self) -> Vec<(Vec<u8>, SocketAddr)> {
        let mut all = Vec::new();
        let mut buffer = [0; 16];
        let wait = Duration::from_millis(400);
        while let Ok(Ok((length, from))) =
            tokio::time::timeout(wait, self.server.recv_from(&mut buffer)).await
        {
            all.push((buffer[..length].to_vec(), from));
        }
        all
    }
}

fn media(n: u16) -> [u8; 3] {
    let [high, low] = n.to_be_bytes();
    [128, high, low]
}

#[tokio::test]
async fn media_is_lost_as_asked_and_everything_is_late() {
    let way = Way::over(Badness {
        loss_percent: 20.0,
        delay: Duration::from_millis(60),
        ..Badness::default()
    })
    .await;
    let started = Instant::now();
    for n in 0..500 {
        way.client.send(&media(n)).await.unwrap();
        way.client.send(&[0, 1]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut buffer = [0; 16];
    way.server.recv(&mut buffer).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(60));
    let rest = way.arrived().await;
    let all = rest.iter().map(|(bytes, _)| bytes[0]).chain([buffer[0]]);
    let (media, others): (Vec<u8>, Vec<u8>) = all.partition(|first| *first == 128);
    assert_eq!(others.len(), 500);
    assert!(
        (350..450).contains(&media.len()),
        "{} of 500 arrived",
        media.len()
    );
}

#[tokio::test]
async fn jitter_keeps_the_order_and_reordering_loses_nothing() {
    let order = async |badness| {
        let way = Way::over(badness).await;
        for n in 0..100 {
            way.client.send(&media(n)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let all = way.arrived().await;
        let number = |bytes: &[u8]| u16::from_be_bytes([bytes[1], bytes[2]]);
        all.iter()
            .map(|(bytes, _)| number(bytes))
            .collect::<Vec<_>>()
    };
    let sent: Vec<u16> = (0..100).collect();
    let late = Badness {
        jitter: Duration::from_millis(40),
        ..Badness::default()
    };
    assert_eq!(order(late).await, sent);
    let mut mixed = order(Badness {
        reorder_percent: 10.0,
        ..Badness::default()
    })
    .await;
    assert_ne!(mixed, sent);
    mixed.sort_unstable();
    assert_eq!(mixed, sent);
}

#[tokio::test]
async fn in_the_dark_nothing_comes_through_and_afterwards_everything() {
    let way = Way::over(Badness {
        blackout: Some(Stretch {
            from: Duration::from_millis(200),
            lasting: Duration::from_millis(300),
        }),
        ..Badness::default()
    })
    .await;
    let say = async |what: u8| way.client.send(&[0, what]).await.unwrap();
    let wait = async |ms| tokio::time::sleep(Duration::from_millis(ms)).await;
    say(1).await;
    way.began.send_replace(Some(Instant::now()));
    wait(50).await;
    say(2).await;
    wait(250).await;
    say(3).await;
    wait(400).await;
    say(4).await;
    let said: Vec<u8> = way
        .arrived()
        .await
        .iter()
        .map(|(bytes, _)| bytes[1])
        .collect();
    assert_eq!(said, [1, 2, 4]);
}

#[tokio::test]
async fn another_address_is_another_address_and_the_old_one_is_dead() {
    let way = Way::over(Badness {
        new_address: Some(Duration::ZERO),
        ..Badness::default()
    })
    .await;
    way.client.send(&[0, 1]).await.unwrap();
    let before = way.arrived().await[0].1;
    way.began.send_replace(Some(Instant::now()));
    tokio::time::sleep(Duration::from_millis(50)).await;
    way.server.send_to(&[0, 2], before).await.unwrap();
    way.client.send(&[0, 3]).await.unwrap();
    let after = way.arrived().await;
    assert_eq!(after[0].0, [0, 3]);
    assert_ne!(after[0].1, before);
    way.server.send_to(&[0, 4], after[0].1).await.unwrap();
    let mut buffer = [0; 16];
    let length = way.client.recv(&mut buffer).await.unwrap();
    assert_eq!(
        buffer[..length],
        [0, 4],
        "what went to the old address came"
    );
}
