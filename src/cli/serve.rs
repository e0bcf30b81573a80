//! `yorisoi serve`: the service, on a folder that was set up, or as a demo.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use yorisoi_domain::call::Limits;

use super::Format;
use super::place::{Place, runtime, settings};
use crate::app::App;
use crate::app::retention::PurgeLine;
use crate::asr::RecognizerError;
use crate::asr::whisper::Whisper;
use crate::call::again::catch_up;
use crate::call::registry::Registry;
use crate::call::scribe::Scribe;
use crate::clock::{Clock as _, SystemClock, SystemIds};
use crate::config::{Asr, Config, Media};
use crate::demo::phones::{Hosts, Poster};
use crate::http::origin::Origins;
use crate::http::router::{Service, router};
use crate::http::serve::{serve, serve_behind};
use crate::http::tls::acceptor;
use crate::http::web::Mark;
use crate::media::engine::{Bind, Engine, MediaSettings};
use crate::media::tap::Taps;
use crate::media::turn::TurnRelays;
use crate::models::ModelError;
use crate::{demo, models, rules};

/// Where a demo listens.
const DEMO: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8460);
/// Where it listens for phones.
const PHONES: &str = "0.0.0.0:8443";
/// How soon a speech model that was missing is found.
const LOOK_FOR_MODEL: Duration = Duration::from_secs(60);
/// How late an alert may be.
const LOOK_FOR_ALERTS: Duration = Duration::from_secs(10);
/// How long after a withdrawal what stood in its way is tried again.
const LOOK_FOR_WITHDRAWALS: Duration = Duration::from_secs(60);
/// How long after the begin of their day new rules are in use.
const LOOK_FOR_RULES: Duration = Duration::from_secs(30);
/// How long sound and words may stay beyond their last day.
const LOOK_FOR_DUE: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// The speech model instead of the configured one: a name of the manifest, or a ggml file.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    models: models::StoreArgs,
    #[command(flatten)]
    asr: AsrPlaces,
    /// Certificates for HTTPS, PEM, the server's own first; instead of the configuration's.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the first certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Try it: an office, three people and interviews of today, on this machine alone.
    #[arg(long, conflicts_with_all = ["config", "kek"])]
    demo: bool,
    /// With --demo: begin anew. Only a folder that a demo made is ever removed.
    #[arg(long, requires = "demo")]
    reset: bool,
    /// With --demo: without the interview of the past, whose recording is heard at the first start.
    #[arg(long, requires = "demo")]
    no_past: bool,
    /// With --demo: another port of this machine.
    #[arg(long, requires = "demo", value_name = "PORT", default_value_t = DEMO.port())]
    port: u16,
    /// With --demo: let phones of the same network in, by HTTPS; without a certificate of its own
    /// name it makes one.
    #[arg(long, requires = "demo", value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = PHONES)]
    listen: Option<SocketAddr>,
    /// With --listen: the name or address by which phones reach this machine, where it can't be
    /// known by itself.
    #[arg(long, requires = "listen", value_name = "NAME")]
    host: Option<String>,
}

/// Where utterances are decoded.
#[derive(Debug, Args)]
pub(crate) struct AsrPlaces {
    /// How many utterances are decoded at once, instead of what the configuration or the number of
    /// cores says.
    #[arg(long, value_name = "N")]
    asr_slots: Option<NonZeroU16>,
    /// How many cores each of them has.
    #[arg(long, value_name = "N")]
    asr_threads: Option<NonZeroU16>,
}

impl AsrPlaces {
    /// As they were given, for another call of this program.
    pub(crate) fn options(&self) -> Vec<String> {
        [
            ("--asr-slots", self.asr_slots),
            ("--asr-threads", self.asr_threads),
        ]
        .into_iter()
        .filter_map(|(name, n)| Some([name.to_owned(), n?.to_string()]))
        .flatten()
        .collect()
    }

    fn over(&self, asr: &Asr) -> Asr {
        Asr {
            slots: self.asr_slots.or(asr.slots),
            threads: self.asr_threads.or(asr.threads),
            ..asr.clone()
        }
    }
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if self.demo {
            self.run_demo()
        } else {
            self.run_configured()
        }
    }

    fn run_configured(self) -> anyhow::Result<()> {
        let found = self.place.find()?;
        found.expect_set_up()?;
        let config = found.config.as_ref().context(
            "the service needs a configuration: pass --config FILE (config/yorisoi.example.toml explains it)",
        )?;
        // Each pair is whole or not there.
        let given = self.tls_cert.as_deref().zip(self.tls_key.as_deref());
        let server = &config.server;
        let configured = server.tls_cert_file.as_deref();
        let tls = match given.or(configured.zip(server.tls_key_file.as_deref())) {
            Some((cert, key)) => Some(acceptor(cert, key)?),
            None => None,
        };
        runtime()?.block_on(async {
            let tcp = bind(config.server.listen).await?;
            let mut settings = settings(Some(config));
            let origins = origins(config, tls.is_some());
            settings.origin = origins.main().to_owned();
            let (clock, ids) = (
                Arc::new(crate::clock::SystemClock),
                Arc::new(crate::clock::SystemIds),
            );
            let app = App::open(
                &found.folder,
                &found.kek,
                settings,
                rules::shipped()?,
                clock,
                ids,
            )
            .await?;
            let address = tcp.local_addr()?;
            tracing::info!(%address, "serving {} on {address}", origins.main());
            let asr = self.asr.over(&config.asr);
            let whisper = match self.recognizer(&asr) {
                Ok(whisper) => Some(whisper),
                // A name that nobody knows is not a file that is missing.
                Err(error @ NoRecognizer::Model(ModelError::Manifest(_))) => {
                    return Err(error.into());
                }
                Err(error) => {
                    say_deaf(error);
                    None
                }
            };
            let (app, calls, scribe) = calls(app, whisper.as_ref(), &asr, &config.media).await?;
            if whisper.is_none() {
                tokio::spawn(self.find_recognizer(asr, scribe));
            }
            let routes = router(Service {
                app,
                calls: calls.clone(),
                origins,
                mark: Mark::None,
                trusted_proxies: config.server.trusted_proxies.as_slice().into(),
                practice: None,
            });
            let proxies = &config.server.trusted_proxies;
            serve_behind(proxies, tcp, tls, routes, asked_to_stop(calls)?).await;
            Ok(())
        })
    }

    fn run_demo(self) -> anyhow::Result<()> {
        let folder = match &self.place.data {
            Some(data) => data.clone(),
            None => demo::default_folder()?,
        };
        let given = self.tls_cert.as_deref().zip(self.tls_key.as_deref());
        if given.is_some() && self.listen.is_none() {
            bail!("--tls-cert is for phones: pass --listen too, or leave it out");
        }
        runtime()?.block_on(async {
            let tcp = bind(SocketAddr::new(DEMO.ip(), self.port)).await?;
            let own = Origins::of_loopback(tcp.local_addr()?, "http");
            let here = own.main().to_owned();
            let phones = match self.listen {
                Some(address) => Some(bind(address).await?),
                None => None,
            };
            let demo = demo::prepare(&folder, self.reset).await?;
            let (mut origins, mut media) = (own, Media::default());
            let phones = match phones {
                Some(tcp) => {
                    let address = tcp.local_addr()?;
                    let hosts = Hosts::of(address.ip(), self.host.as_deref())?;
                    origins = origins.behind(hosts.origins(address.port()));
                    media.public_addresses.extend(hosts.elsewhere());
                    let tls = match given {
                        Some((cert, key)) => acceptor(cert, key)?,
                        None => {
                            let own = hosts.certificate(&demo, SystemClock.now())?;
                            acceptor(&own, &own)?
                        }
                    };
                    Some((tcp, tls))
                }
                None => None,
            };
            let asr = self.asr.over(&Asr::default());
            let whisper = self.recognizer(&asr)?;
            let app = demo.open(origins.main()).await?;
            if !self.no_past {
                let (_, threads) = asr.places();
                demo.remember(&app, &whisper, threads).await?;
            }
            let today = demo::seed(&app).await?;
            Format::Text.print(&today, |out, today| today.write(out))?;
            let own_certificate = phones.is_some() && given.is_none();
            if phones.is_some() {
                let poster = Poster {
                    join_link: &today.join_link,
                    here: &here,
                    own_certificate,
                    udp_ports: media.udp_ports,
                };
                Format::Text.print(&poster, |out, poster| poster.write(out))?;
            }
            let (app, calls, _) = calls(app, Some(&whisper), &asr, &media).await?;
            let routes = router(Service {
                app,
                calls: calls.clone(),
                origins,
                mark: Mark::Demo { own_certificate },
                trusted_proxies: Arc::new([]),
                practice: Some(demo::practice::start(here)),
            });
            let stop = asked_to_stop(calls)?;
            let (stopping, stopped) = oneshot::channel();
            let inside = serve(tcp, None, routes.clone(), async {
                stop.await;
                // Nobody waits for it where phones are not let in.
                let _ = stopping.send(());
            });
            let outside = async {
                if let Some((tcp, tls)) = phones {
                    let stop = async {
                        let _ = stopped.await;
                    };
                    serve(tcp, Some(tls), routes, stop).await;
                }
            };
            tokio::join!(inside, outside);
            Ok(())
        })
    }
}

impl Serve {
    /// The weights, checked and in memory.
    fn recognizer(&self, asr: &Asr) -> Result<Whisper, NoRecognizer> {
        let name = self.model.as_deref().unwrap_or(&asr.model);
        let model = self.models.resolve(name)?;
        let whisper = Whisper::load(&model)?;
        tracing::info!(model = %model.name, form = %model.form, "the speech model is loaded");
        Ok(whisper)
    }

    /// Looks for the weights again and again; once they are there, what has waited is heard.
    async fn find_recognizer(self, asr: Asr, scribe: Scribe) {
        let (own, (slots, threads)) = (Arc::new(self), asr.places());
        loop {
            tokio::time::sleep(LOOK_FOR_MODEL).await;
            let (own, asr, scribe) = (Arc::clone(&own), asr.clone(), scribe.clone());
            let look = move || {
                let whisper = own.recognizer(&asr)?;
                Ok(scribe.hear_with(&whisper, slots, threads)?)
            };
            match tokio::task::spawn_blocking(look).await {
                Ok(Ok(())) => {
                    tracing::warn!("voices become text again; what has waited is heard now");
                    return;
                }
                Ok(Err(error)) => say_deaf(error),
                // A panic's words may be anything.
                Err(_) => tracing::error!("loading the speech model broke off; it is tried again"),
            }
        }
    }
}

/// Nothing to recognise speech with.
#[derive(Debug, thiserror::Error)]
#[error("the service needs its speech model")]
enum NoRecognizer {
    Model(#[from] ModelError),
    Recognizer(#[from] RecognizerError),
}

fn say_deaf(error: NoRecognizer) {
    let error = anyhow::Error::from(error);
    tracing::error!(
        "no voice becomes text: {error:#}. Talks go on; what may be kept waits and is heard once the model \
         is there, which is looked for every minute"
    );
}

fn origins(config: &Config, tls: bool) -> Origins {
    match &config.server.public_url {
        Some(url) => Origins::of_public_url(url),
        None => Origins::of_loopback(config.server.listen, if tls { "https" } else { "http" }),
    }
}

/// Binds the address, or says which port is free instead.
async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let mut any = address;
            any.set_port(0);
            let free = TcpListener::bind(any)
                .await
                .and_then(|listener| listener.local_addr());
            match free {
                Ok(free) => bail!(
                    "port {} is taken on this machine; {} is free",
                    address.port(),
                    free.port()
                ),
                Err(_) => bail!("port {} is taken on this machine", address.port()),
            }
        }
        Err(error) => Err(error).with_context(|| format!("can't listen on {address}")),
    }
}

fn media_settings(media: &Media) -> anyhow::Result<MediaSettings> {
    let turn = match &media.turn_secret_file {
        Some(file) => {
            let secret = std::fs::read_to_string(file).with_context(|| {
                format!("media.turn_secret_file: can't read `{}`", file.display())
            })?;
            Some(TurnRelays::new(
                media.turn_urls.clone(),
                secret.trim().to_owned(),
            ))
        }
        None => None,
    };
    let [first, last] = media.udp_ports;
    Ok(MediaSettings {
        bind: if media.addresses.is_empty() {
            Bind::Everywhere
        } else {
            Bind::Addresses(media.addresses.clone())
        },
        ports: Some(first..=last),
        public: media.public_addresses.clone(),
        turn,
    })
}

/// The calls of this service, with what an earlier run left open closed.
async fn calls(
    app: App,
    whisper: Option<&Whisper>,
    asr: &Asr,
    media: &Media,
) -> anyhow::Result<(Arc<App>, Registry, Scribe)> {
    let broken = app.find_broken().await?;
    finish_withdrawals(&app).await;
    destroy_what_is_due(&app).await;
    app.settle_rules().await?;
    let app = Arc::new(app);
    let engine = Engine::new(media_settings(media)?);
    let records = Some(Arc::clone(&app));
    tokio::spawn(tell_alerts(Arc::clone(&app)));
    // It takes the longer the older the audit is, and nobody comes back into a talk before this.
    let audit = Arc::clone(&app);
    tokio::spawn(async move { check_audit(&audit).await });
    every(LOOK_FOR_WITHDRAWALS, &app, |app| async move {
        finish_withdrawals(&app).await
    });
    every(LOOK_FOR_RULES, &app, |app| async move {
        settle_rules(&app).await
    });
    every(LOOK_FOR_DUE, &app, |app| async move {
        destroy_what_is_due(&app).await;
        check_audit(&app).await;
    });
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let (slots, threads) = asr.places();
    let scribe = Scribe::deaf(ids.clone(), records.clone());
    if let Some(whisper) = whisper {
        scribe.hear_with(whisper, slots, threads)?;
    }
    let taps = Some(Arc::new(scribe.clone()) as Arc<dyn Taps>);
    let calls = Registry::new(engine, clock, ids, Limits::default(), taps, records);
    let again = catch_up(
        Arc::clone(&app),
        Some(scribe.clone()),
        calls.clone(),
        broken,
    );
    tokio::spawn(again);
    Ok((app, calls, scribe))
}

/// Tells people of immediate flags and calls for help when it is time, for as long as the service
/// runs.
async fn tell_alerts(app: Arc<App>) {
    loop {
        match app.tell_alerts().await {
            Ok(0) => {}
            Ok(told) => tracing::info!(told, "somebody is told of an immediate flag"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "an alert was not told; it is tried again");
            }
        }
        match app.tell_help_calls().await {
            Ok(0) => {}
            Ok(told) => tracing::info!(told, "a call for help goes to the next"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "a call for help did not go on; it is tried again");
            }
        }
        tokio::time::sleep(LOOK_FOR_ALERTS).await;
    }
}

/// Destroys what was withdrawn and could not be destroyed at once.
async fn finish_withdrawals(app: &App) {
    match app.finish_withdrawals().await {
        Ok(0) => {}
        Ok(withdrawn) => {
            tracing::warn!(withdrawn, "withdrawal(s) that had to wait are finished now")
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "a withdrawal is not finished; it is tried again");
        }
    }
}

/// Takes rules into use whose day has come.
async fn settle_rules(app: &App) {
    match app.settle_rules().await {
        Ok(false) => {}
        Ok(true) => tracing::info!(version = app.rules_version(), "other rules are in use now"),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                "the rules that are due are not in use; it is tried again"
            );
        }
    }
}

/// Does something again and again, for as long as the service runs.
fn every<F>(pause: Duration, app: &Arc<App>, job: impl Fn(Arc<App>) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let app = Arc::clone(app);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(pause).await;
            job(Arc::clone(&app)).await;
        }
    });
}

/// Follows the whole audit; where it was changed, that stands in the log and on the page.
async fn check_audit(app: &App) {
    if let Err(error) = app.check_audit().await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "the audit could not be followed; it is tried again");
    }
}

/// Destroys what may not be kept any longer. What can't be destroyed now is tried again.
async fn destroy_what_is_due(app: &App) {
    match app.purge_unasked().await {
        Ok(Err(doubt)) => {
            let (last, now, days) = (doubt.last, doubt.now, doubt.days());
            match doubt.until {
                Some(until) => tracing::warn!(
                    %last, %now, days, %until,
                    "the clock went on by days that no service saw, so nothing is destroyed until it has gone on for a day"
                ),
                None => tracing::error!(
                    %last, %now, days,
                    "the clock is far ahead of when the service last ran, so nothing is destroyed: set it right, or, \
                     where it is, run `yorisoi purge --clock-is-right`"
                ),
            }
        }
        Ok(Ok(purge)) => {
            for PurgeLine { kind, ids, left } in purge.lines {
                let due = ids.len();
                tracing::info!(due, left, ?kind, "the time of something was over");
            }
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "what is due was not destroyed; it is tried again");
        }
    }
}

/// SIGTERM or Ctrl+C: the calls are told first, and their pages.
fn asked_to_stop(calls: Registry) -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping");
        calls.stop().await;
    })
}
