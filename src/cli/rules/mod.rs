//! `yorisoi rules`: check, eval, explain, learn. Prints what the domain finds; decides nothing.

mod cases;
mod check;
mod eval;
mod explain;
mod learn;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::score::Fold;

use super::Format;
use crate::rules;

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Tries every rule on its own examples, and names each failure.
    Check {
        #[command(flatten)]
        rules: RulesArgs,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Reads labelled cases and counts what was found.
    Eval {
        /// Files of cases, one JSON object per line.
        #[arg(required = true)]
        cases: Vec<PathBuf>,
        #[command(flatten)]
        rules: RulesArgs,
        /// Counts only the cases for looking at, or only those set aside (and shows none of them).
        #[arg(long, value_enum)]
        fold: Option<FoldArg>,
        /// Reads as one microphone in a room would hear it: without knowing who speaks.
        #[arg(long)]
        as_mixed: bool,
        /// Reads as a plain keyword list would: the same words, whoever says them, no grammar.
        #[arg(long, conflicts_with = "as_mixed")]
        keywords: bool,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Learns from labelled talk what the words of each item are like, and prints the pack's file.
    Learn {
        /// Files of cases (.jsonl) or of labelled lines (.txt).
        #[arg(required = true)]
        talk: Vec<PathBuf>,
        /// Files of cases of which only those for looking at are learned from.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        seen: Vec<PathBuf>,
        /// Learns nothing: fails where the pack was learned from other talk.
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        rules: RulesArgs,
    },
    /// Shows step by step how a text or a case is read.
    #[command(group(ArgGroup::new("what").args(["text", "case"]).required(true)))]
    Explain {
        /// What she says, or `question → answer`.
        text: Option<String>,
        /// Cases instead: their file, and the id of one. What is set aside is shown by its id alone.
        #[arg(long, num_args = 1..=2, value_names = ["FILE", "ID"])]
        case: Option<Vec<String>>,
        /// Shows also the rules whose words matched and were cleared, and why; of those that only read answers
        /// the ones whose item was asked about.
        #[arg(long)]
        near: bool,
        /// Reads cases as one microphone in a room would hear them.
        #[arg(long, requires = "case")]
        as_mixed: bool,
        #[command(flatten)]
        rules: RulesArgs,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Folder of a rule pack [default: the pack of this program].
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FoldArg {
    Seen,
    Aside,
}

impl From<FoldArg> for Fold {
    fn from(fold: FoldArg) -> Self {
        match fold {
            FoldArg::Seen => Self::Seen,
            FoldArg::Aside => Self::Aside,
        }
    }
}

impl RulesArgs {
    fn pack(&self) -> anyhow::Result<Arc<Pack>> {
        let Some(folder) = &self.rules else {
            return Ok(rules::shipped()?);
        };
        let pack = rules::parse(&rules::folder_files(folder)?);
        Ok(Arc::new(pack.with_context(|| {
            format!("the rules in {} can't be used", folder.display())
        })?))
    }
}

impl RulesCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Check { rules, format } => check::run(&rules.pack()?, format),
            Self::Eval {
                cases,
                rules,
                fold,
                as_mixed,
                keywords,
                format,
            } => {
                let how = match (as_mixed, keywords) {
                    (true, _) => eval::Read::Mixed,
                    (_, true) => eval::Read::Keywords,
                    _ => eval::Read::Voices,
                };
                eval::run(&cases, &rules.pack()?, fold.map(Fold::from), how, format)
            }
            Self::Learn {
                talk,
                seen,
                check,
                rules,
            } => learn::run(&talk, &seen, check, &rules.pack()?),
            Self::Explain {
                text,
                case,
                near,
                as_mixed,
                rules,
                format,
            } => {
                let what = explain::What {
                    text: text.as_deref(),
                    case: case.as_deref(),
                    as_mixed,
                    near,
                };
                explain::run(&what, &rules.pack()?, format)
            }
        }
    }
}
