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
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Purge {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (dry_run, format) = (self.dry_run, self.format);
        let config = self.place.find()?.config;
        if config.is_none() {
            anyhow::bail!(
                "how long is what kept? Pass --config FILE: its [retention] says it, and the consent texts say the same"
            );
        }
        let command = async move |app: &App| {
            let purge = match dry_run {
                true => app.purge_due().await?,
                false => app.purge().await?,
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
            let left: usize = purge.lines.iter().map(|line| line.left).sum();
            if left > 0 {
                anyhow::bail!("{left} could not be destroyed: the log says why; run it again");
            }
            Ok(())
        };
        match dry_run {
            true => self.place.with_app_as_it_is(command),
            false => self.place.with_app(command),
        }
    }
}
