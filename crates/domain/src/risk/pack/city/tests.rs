//! What a municipality's files change of a small pack, and what is said where they are wrong.

use std::sync::Arc;

use super::*;
use crate::risk::example::read;
use crate::risk::likeness::{Labelled, Lessons, learn};

const ITEMS: &str = r#"
[pack]
id = "ja"
version = "2026.11"

[[item]]
id = "smoking"
label = "たばこ"
tier = "notice"
ask = ["たばこは吸いますか"]
how = []
services = []
"#;

const RULES_TOML: &str = r#"
[concept]
tobacco = ["たばこ"]

[[rule]]
id = "smoking.still"
item = "smoking"
patterns = ["まだ_吸", "{tobacco}_やめられな"]
match = ["まだ吸ってます"]
no_match = ["駅から来ました"]

[[rule]]
id = "smoking.amount"
item = "smoking"
patterns = ["[0-9]+本"]
match = ["3本です"]
no_match = ["駅から来ました"]
"#;

fn shipped() -> Pack {
    Pack::parse(&[("items.toml", ITEMS), ("smoking.toml", RULES_TOML)]).unwrap()
}

/// A rule finds something in it that is not what it is after.
const UNLIKE: &str = "散歩のときに深呼吸して、まだ吸い込みました";

/// What talk of たばこ is like, and what is not.
fn shipped_with_likeness() -> Pack {
    with_likeness(RULES_TOML)
}

fn with_likeness(rules: &str) -> Pack {
    let talk = "
        smoking+ 一日五本、吸ってます
        smoking+ 換気扇の下で吸うんですよ
        smoking+ 朝の一本だけは、まだ吸ってて
        smoking+ 隠れて吸ってしまいます
        - 昨日は散歩に行きました
        - 名前はまだ決めてないです
        - 夜中の甘いものがやめられなくて
        - ヤニの汚れが落ちなくて、壁紙を替えました
        - 散歩のときに甘いものがやめられなくて
        - 深呼吸して、たくさん吸い込みました
        - 散歩のときに甘いたばこの煙がしました
        - 夜中の散歩がやめられなくて";
    let lines = talk.lines().filter(|line| !line.trim().is_empty());
    let talk = lines.filter_map(|line| Labelled::of_line(line).unwrap());
    let lessons = Lessons {
        talk: talk.collect(),
        ..Lessons::default()
    };
    let learned = learn(&["smoking"], &lessons);
    let files = [
        ("items.toml", ITEMS),
        ("likeness.toml", learned.as_str()),
        ("smoking.toml", rules),
    ];
    Pack::parse(&files).unwrap()
}

/// The rules that find something in what is said.
fn found_by(pack: Pack, said: &str) -> Vec<String> {
    let reading = read(&Arc::new(pack), said).reading().clone();
    reading.findings.into_iter().map(|it| it.rule).collect()
}

fn text(patterns: &[&str]) -> RuleText {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    RuleText {
        says: Says::Risk,
        when: When::Always,
        tier: Some(Tier::Review),
        patterns: owned(patterns),
        unless: owned(&["it's"]),
        negation: Effect::Keeps,
        supposed: Effect::Clears,
        past: Some(Past::Review),
        subject: Some(Subject::Any),
        matches: owned(&["加熱式ならいいかなって", "隠れて吸う"]),
        no_match: owned(&["\"駅\"から来ました"]),
        basis: Some("市の面談マニュアル 第4章".to_owned()),
        question: Some(QuestionText {
            yes: Yes::Risk,
            patterns: owned(&["加熱式は"]),
        }),
    }
}

fn file(id: &str, text: &RuleText) -> (String, String) {
    (rule_file(id), text.to_file(id, &"smoking".parse().unwrap()))
}

fn extended(files: impl IntoIterator<Item = (String, String)>) -> Result<Pack, PackError> {
    extend(&shipped(), &files.into_iter().collect(), "2026.12")
}

#[test]
fn a_rule_reads_back_from_its_file_as_it_was_written() {
    let written = text(&["加熱式.{0,4}いい", r"\d+本", "it's"]);
    let pack = extended([file("smoking.heated", &written)]).unwrap();
    let read = pack.written().last().unwrap();
    assert_eq!(
        (read.id.as_str(), read.tier),
        ("smoking.heated", Tier::Review)
    );
    assert_eq!(read.text, written);
    assert_eq!(
        (pack.version(), pack.extends()),
        ("2026.12", Some("2026.11"))
    );
    assert_eq!(files_in(pack.files()).len(), 1);
    assert_eq!(rule_of(&read.file), Some("smoking.heated"));
}

#[test]
fn a_city_adds_replaces_leaves_out_and_adds_words() {
    let pack = extended([
        file("smoking.still", &text(&["隠れて吸"])),
        file("smoking.heated", &text(&["加熱式"])),
        (rule_file("smoking.amount"), off_file("smoking.amount")),
        (
            words_file("tobacco"),
            words_text("tobacco", &["ヤニ".to_owned()]),
        ),
    ])
    .unwrap();
    let ids: Vec<_> = pack.written().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["smoking.still", "smoking.heated"]);
    assert_eq!(pack.concepts()[0].words, ["たばこ"]);
    assert_eq!(pack.concepts()[0].city, ["ヤニ"]);
    assert_ne!(pack.sha256(), shipped().sha256());
    // Words that a city adds are found by the shipped rules that name their concept.
    let words = words_text("tobacco", &["ヤニ".to_owned()]);
    let pack = extended([(words_file("tobacco"), words)]).unwrap();
    let found = pack.rules_in(&Text::new("ヤニやめられない"), |_| true);
    let by = |(it, _): &(Found, bool)| pack.rules[it.owner].id == "smoking.still";
    assert!(found.iter().any(by));
}

#[test]
fn a_city_leaves_a_likeness_out_and_takes_it_in_again() {
    let shipped = shipped_with_likeness();
    let said = "換気扇の下で吸ってます";
    assert_eq!(
        found_by(shipped_with_likeness(), said),
        ["smoking.likeness"]
    );
    let off = |id: &str| BTreeMap::from([(rule_file(id), off_file(id))]);
    let without = extend(&shipped, &off("smoking.likeness"), "2026.12").unwrap();
    let item = "smoking".parse().unwrap();
    assert!(without.leaves_likeness_out(&item) && !shipped.leaves_likeness_out(&item));
    assert_eq!(found_by(without, said), [""; 0]);
    // Rules find what they find, and are doubted as before.
    let without = || extend(&shipped, &off("smoking.likeness"), "2026.12").unwrap();
    assert_eq!(found_by(without(), "まだ吸ってます"), ["smoking.still"]);
    assert_eq!(found_by(without(), UNLIKE), [""; 0]);
    assert_eq!(found_by(extended([]).unwrap(), UNLIKE), ["smoking.still"]);
    let again = extend(&shipped, &BTreeMap::new(), "2026.12").unwrap();
    assert_eq!(found_by(again, said), ["smoking.likeness"]);
    let gone = extend(&shipped, &off("alcohol.likeness"), "2026.12").unwrap_err();
    assert_eq!((gone.fault, gone.line, gone.column), (Fault::NoRule, 1, 12));
}

#[test]
fn a_word_that_a_city_adds_is_never_doubted() {
    let shipped = shipped_with_likeness();
    let words = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let files = [(words_file("tobacco"), words_text("tobacco", &words))];
        extend(&shipped, &files.into(), "2026.12").unwrap()
    };
    let said = "散歩のときに甘いヤニがやめられなくて";
    assert_eq!(found_by(words(&["ヤニ"]), said), ["smoking.still"]);
    assert_eq!(found_by(words(&["(?:ヤ|や)ニ"]), said), ["smoking.still"]);
    // Elsewhere in what is said it changes nothing.
    assert_eq!(found_by(words(&["散歩"]), UNLIKE), [""; 0]);
    // The same word is doubted where it is a shipped one.
    let its_own = RULES_TOML.replace("[\"たばこ\"]", "[\"たばこ\", \"ヤニ\"]");
    assert_eq!(found_by(with_likeness(&its_own), said), [""; 0]);
}

#[test]
fn weights_of_the_same_file_are_shared() {
    let shipped = shipped_with_likeness();
    let extended = |files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|(n, t)| ((*n).to_owned(), (*t).to_owned()));
        extend(&shipped, &files.collect(), "2026.12").unwrap()
    };
    let shares = |pack: &Pack| shipped.likely.shares(&pack.likely);
    let pack = extended(&[("city/rule/smoking.likeness.toml", "disable = []")]);
    assert!(shares(&pack) && pack.learned_from() == shipped.learned_from());
    let known: Vec<_> = shipped
        .files()
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    let whole = Pack::parse(&known).unwrap();
    assert!(!shares(&whole) && shares(&Pack::parse_beside(Some(&shipped), &known).unwrap()));
    // What is not the same is read again.
    let other: Vec<_> = known
        .iter()
        .map(|(n, t)| (*n, t.replace("1.", "0.")))
        .collect();
    let other: Vec<_> = other.iter().map(|(n, t)| (*n, t.as_str())).collect();
    assert!(!shares(
        &Pack::parse_beside(Some(&shipped), &other).unwrap()
    ));
    let item = ITEMS
        .split_once("[[item]]")
        .unwrap()
        .1
        .replace("smoking", "alcohol");
    let items = format!("[[item]]{item}");
    let pack = extended(&[("city/items.toml", &items)]);
    assert!(!shares(&pack) && pack.learned_from() == shipped.learned_from());
    let none = "[likeness]\nitems = []\nlean = []\nstep = 1.0\nwords = ''";
    let pack = extended(&[("city/likeness.toml", none)]);
    assert!(!shares(&pack) && found_by(pack, "換気扇の下で吸ってます").is_empty());
}

#[test]
fn no_rule_is_called_as_a_likeness() {
    let written = file("smoking.likeness", &text(&["加熱式"]));
    let error = extended([written]).unwrap_err();
    assert_eq!(error.file, rule_file("smoking.likeness"));
    assert_eq!((error.line, error.column), (2, 6), "{error}");
}

#[test]
fn a_broken_word_is_named_itself_and_not_the_concepts_that_name_its_own() {
    let naming = "[concept]\napart = [\"{tobacco}の煙\"]\n".to_owned();
    let broken = words_text("tobacco", &["ヤニ(".to_owned()]);
    let files = [
        (words_file("apart"), naming),
        (words_file("tobacco"), broken),
    ];
    let error = extended(files).unwrap_err();
    assert_eq!(
        (error.file.as_str(), error.fault),
        (words_file("tobacco").as_str(), Fault::GroupNotClosed)
    );
}

#[test]
fn what_is_wrong_is_named_by_file_line_and_sign() {
    for (patterns, fault, column, row, at) in [
        (&["隠れて", "た(ばこ"][..], Fault::GroupNotClosed, 5, 2, 2),
        (&["[ぁ-"], Fault::ClassNotClosed, 4, 1, 1),
        (&["わかった)"], Fault::GroupNotOpened, 8, 1, 5),
        (&["{tobacco}?", "*"], Fault::NothingToRepeat, 4, 2, 1),
    ] {
        let (name, written) = file("smoking.heated", &text(patterns));
        let error = extended([(name.clone(), written.clone())]).unwrap_err();
        assert_eq!((&error.file, error.fault), (&name, fault), "{error}");
        assert_eq!(error.column, column, "{error}");
        assert_eq!(entry_at(&written, error.line), Some(("patterns", row)));
        assert_eq!(column_in_entry(error.column), at);
    }
    let without = RuleText {
        no_match: Vec::new(),
        ..text(&["加熱式"])
    };
    let error = extended([file("smoking.heated", &without)]).unwrap_err();
    assert_eq!((error.fault, error.line), (Fault::NoExamples, 2));
    assert_eq!(entry_at(&file("smoking.heated", &without).1, 2), None);
    let gone = (rule_file("smoking.gone"), off_file("smoking.gone"));
    assert_eq!(extended([gone]).unwrap_err().fault, Fault::NoRule);
}

#[test]
fn there_is_an_end_to_what_a_city_may_add() {
    let many: Vec<String> = (0..=LINES).map(|n| format!("加熱式{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let too_many = extended([file("smoking.heated", &text(&many))]).unwrap_err();
    assert_eq!(too_many.fault, Fault::TooMany);
    assert_eq!(too_many.column, 3, "{too_many}");
    let rules = |n: usize| (0..n).map(|n| format!("smoking.own_{n}"));
    let plain = text(&["加熱式"]);
    assert!(extended(rules(RULES).map(|id| file(&id, &plain))).is_ok());
    let more = extended(rules(RULES + 1).map(|id| file(&id, &plain))).map(drop);
    assert_eq!(more.unwrap_err().fault, Fault::TooMany);
    // Each of them is small enough; together every sentence would be slow.
    let heavy = text(&["(?:(?:(?:か.{0,9}き){8}.{0,9}く){8}.{0,9}け){8}"; 12]);
    assert!(extended(rules(1).map(|id| file(&id, &heavy))).is_ok());
    let slow = extended(rules(RULES).map(|id| file(&id, &heavy))).map(drop);
    assert_eq!(slow.unwrap_err().fault, Fault::TooBig);
}

#[test]
fn a_rule_has_an_item_and_a_short_name() {
    assert!(is_rule_id("smoking.city_1"));
    for id in [
        "smoking",
        "smoking.",
        ".still",
        "smoking.a b",
        "../x.y",
        "smoking.A",
        "smoking.likeness",
    ] {
        assert!(!is_rule_id(id), "{id}");
    }
}
