//! `yorisoi purge`: destroys what may not be kept any longer, as the running service does every hour; and
//! says beforehand what that would be.

use super::Format;
use super::place::Place;
use crate::app::App;

#[derive(Debug, clap::Args)]
pub(crate) struct Purge {
    #[command(flatten)]
    place: Place,
    /// Only say what is due.
    #[arg(long)]
    dry_run: bool,
    /// Where nothing is destroyed because the clock is days ahead of when the service last ran: it is right,
    /// as after the office was closed.
    #[arg(long, conflicts_with = "dry_run")]
    clock_is_right: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Purge {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (asked, clock_is_right, format) = (self.dry_run, self.clock_is_right, self.format);
        let found = self.place.find()?;
        if found.config.is_none() {
            anyhow::bail!(
                "how long is what kept? Pass --config FILE: its [retention] says it, and the consent texts say the same"
            );
        }
        let command = async move |app: &App| {
            let doubt = app.clock_doubt().await?.filter(|_| !clock_is_right);
            let dry_run = asked || doubt.is_some();
            let purge = if dry_run {
                app.purge_due().await?
            } else {
                app.believe_clock()?;
                app.purge().await?
            };
            format.print(&purge, |out, purge| {
                let verb = if dry_run { "due" } else { "destroyed" };
                if purge.lines.is_empty() && purge.audit_removed == 0 {
                    writeln!(out, "nothing {verb}")?;
                }
                for line in &purge.lines {
                    let (kind, done) = (line.kind.code(), line.ids.len() - line.left);
                    writeln!(out, "{kind:<18} {done} {verb}, {} left", line.left)?;
                    for id in &line.ids {
                        writeln!(out, "  {id}")?;
                    }
                }
                if purge.audit_removed > 0 {
                    let events = purge.audit_removed;
                    writeln!(out, "{:<18} {events} event(s) {verb}", "audit")?;
                }
                writeln!(
                    out,
                    "audit              {} events, head {}",
                    purge.audit_events, purge.audit_head
                )
            })?;
            if let Some(doubt) = doubt.filter(|_| !asked) {
                let by_itself = doubt.until.map_or_else(String::new, |until| {
                    format!("\nThe service does it by itself once it has run until {until}.")
                });
                anyhow::bail!(
                    "nothing was destroyed: the clock says {}, {} days after the service last ran ({}). If it is wrong, \
                     set it right (`timedatectl`). If it is right, as after the office was closed, this destroys what \
                     stands above:\n  yorisoi purge {} --clock-is-right{by_itself}",
                    doubt.now,
                    doubt.days(),
                    doubt.last,
                    found.options
                );
            }
            let left: usize = purge.lines.iter().map(|line| line.left).sum();
            if left > 0 {
                anyhow::bail!("{left} could not be destroyed: the log says why; run it again");
            }
            Ok(())
        };
        match asked {
            true => self.place.with_app_as_it_is(command),
            false => self.place.with_app(command),
        }
    }
}
