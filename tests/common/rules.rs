//! A small rule pack over the shipped items, so that tests of flags know what is found.

use std::sync::Arc;

use yorisoi::rules;
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::sound::{Ear, SoundsLike};

/// Finds `partner_violence`, which is immediate.
pub(crate) const HIT: &str = "夫に叩かれることがあります";
/// Finds `isolation`, which is to be looked at within days.
pub(crate) const ALONE: &str = "頼れる人がいないんです";
/// Asks about `isolation`.
pub(crate) const ASKS: &str = "手伝ってくれる方はいますか";
/// Sounds like [`HIT`], and is shown as it; a quarter of a mora off.
pub(crate) const MISHEARD: &str = "音に叩かれることがあります";
/// Finds nothing.
pub(crate) const PLAIN: &str = "駅から歩いて来ました";

const RULES: &str = r#"
[concept]
danger = ["怖い"]

[[rule]]
id = "partner_violence.planted"
item = "partner_violence"
patterns = ["夫に叩かれ", "夫が{danger}"]
subject = "any"
match = ["夫に叩かれたことがある"]
no_match = ["バスで来ました"]

[[rule]]
id = "isolation.planted"
item = "isolation"
patterns = ["頼れる人がいない"]
negation = "keeps"
match = ["頼れる人がいない町"]
no_match = ["バスで来ました"]

[[question]]
item = "isolation"
yes = "safe"
patterns = ["手伝ってくれる方はいますか"]
"#;

pub(crate) fn planted() -> Arc<Pack> {
    planted_with(RULES)
}

/// As another version of the program would bring it.
pub(crate) fn planted_with(rules: &str) -> Arc<Pack> {
    let files = rules::shipped_files();
    let items = files.iter().find(|(name, _)| name == "items.toml").unwrap();
    let pack = Pack::parse(&[("items.toml", items.1.as_str()), ("planted.toml", rules)]);
    let mut pack = pack.unwrap();
    pack.listen_with(Arc::new(OneWord));
    Arc::new(pack)
}

/// Hears 夫 where 音 stands.
#[derive(Debug)]
struct OneWord;

impl Ear for OneWord {
    fn hear(&self, text: &str) -> Vec<SoundsLike> {
        let like = |(at, heard): (usize, &str)| SoundsLike {
            span: at..at + heard.len(),
            word: "夫".to_owned().into(),
            distance: 1,
        };
        text.match_indices("音").map(like).collect()
    }

    fn repair(&self, text: &str) -> Vec<SoundsLike> {
        self.hear(text)
    }
}
