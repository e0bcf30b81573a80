//! Learning from a few sentences, and what the weights say of others.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::risk::grammar::answer;
use crate::risk::text::Text;

const ITEMS: [&str; 2] = ["smoking", "alcohol"];

const TALK: &str = "
smoking+ たばこがやめられないんです
smoking+ 一日五本、たばこを吸ってます
smoking+ 換気扇の下でたばこを吸うんですよ
alcohol+ 夜にビールを一本飲んでます
alcohol+ ビールがないと眠れなくて
alcohol+ 週末はビールを飲みます
smoking- たばこの煙は苦手です
- 昨日は散歩に行きました
- 名前はまだ決めてないです
- 母が来てくれます
";

fn learned() -> Likeness {
    let lines = TALK.lines().filter(|line| !line.is_empty());
    let talk: Vec<Labelled> = lines
        .filter_map(|line| Labelled::of_line(line).unwrap())
        .collect();
    let lessons = Lessons {
        talk,
        ..Lessons::default()
    };
    let file = learn(&ITEMS, &lessons);
    let table: toml::Table = file.parse().unwrap();
    let table: LikenessTable = table["likeness"].clone().try_into().unwrap();
    Likeness::of(&table, |item| ITEMS.iter().position(|it| *it == item)).unwrap()
}

fn chances(likeness: &Likeness, text: &str) -> [f32; 2] {
    let likes = likeness.read(Text::new(text).as_str());
    [likes[0].chance, likes[1].chance]
}

#[test]
fn words_weigh_for_the_item_that_they_were_labelled_with() {
    let likeness = learned();
    let [smoking, alcohol] = chances(&likeness, "まだたばこを吸っちゃうんです");
    assert!(smoking > 0.5 && alcohol < 0.3, "{smoking} {alcohol}");
    let [smoking, alcohol] = chances(&likeness, "ビールを飲んでます");
    assert!(smoking < 0.3 && alcohol > 0.5, "{smoking} {alcohol}");
    let [smoking, alcohol] = chances(&likeness, "散歩が好きです");
    assert!(smoking < 0.5 && alcohol < 0.5, "{smoking} {alcohol}");
}

#[test]
fn the_stretch_that_says_most_is_shown() {
    let likeness = learned();
    let text = Text::new("昨日は散歩に行きました。夜はビールを飲んでます。");
    let said = likeness.because(text.as_str(), 1);
    assert!(text.as_str()[said].contains("びーる"));
}

#[test]
fn the_same_talk_gives_the_same_file() {
    let lessons = |line: &str| Lessons {
        talk: Labelled::of_line(line).unwrap().into_iter().collect(),
        ..Lessons::default()
    };
    let talk = lessons("smoking+ たばこを吸ってます");
    assert_eq!(learn(&ITEMS, &talk), learn(&ITEMS, &talk));
    let other = lessons("alcohol+ たばこを吸ってます");
    assert_ne!(digest(&ITEMS, &talk), digest(&ITEMS, &other));
}

#[test]
fn a_line_of_talk_is_labels_and_words() {
    let read = |line| Labelled::of_line(line).unwrap();
    let line = read("smoking+ alcohol? 夫はお酒を飲むとたばこも吸います").unwrap();
    assert!(line.holds.contains("smoking") && line.open.contains("alcohol"));
    assert_eq!(line.text, "夫はお酒を飲むとたばこも吸います");
    // An answer counts only where it says something without its question.
    assert_eq!(read("smoking+ たばこは吸いますか => 毎日です"), None);
    let answer = read("smoking+ たばこは吸いますか => 朝の一本だけ、まだやめられなくて").unwrap();
    assert_eq!(answer.text, "朝の一本だけ、まだやめられなくて");
    assert!(Labelled::of_line("たばこを吸ってます").is_err());
}

#[test]
fn a_question_tells_what_a_yes_to_it_means() {
    let asked = |line| Labelled::of_exchange(line).unwrap().0;
    let safe = asked("missed_checkups- 健診は行けてますか => はい、毎回行ってます");
    assert!(safe.holds.contains("missed_checkups") && safe.holds.contains(SAFE));
    let risk = asked("smoking+ たばこは吸いますか => はい、少しだけ");
    assert!(!risk.holds.contains(SAFE) && risk.open.is_empty());
    assert!(
        asked("smoking+ たばこは => 職場の人と一緒に")
            .open
            .contains(SAFE)
    );
    let none = asked("- 駐車場はわかりましたか => はい、すぐに");
    assert_eq!(none.holds, BTreeSet::from([SAFE.to_owned()]));
    assert_eq!(Labelled::of_exchange("smoking+ たばこを吸ってます"), None);
    let (asks, reply) =
        Labelled::of_exchange("alcohol- smoking+ お酒は => 飲まないけど、たばこは").unwrap();
    assert!(asks.holds.contains("alcohol") && !asks.holds.contains("smoking"));
    assert_eq!(reply.unwrap().holds, BTreeSet::from([GOOD.to_owned()]));
}

const EXCHANGES: &str = "
smoking- たばこは吸われますか => 結婚してきっぱりやめました
smoking- たばこのほうは => もうきっぱりやめたので
alcohol- お酒は飲まれますか => ノンアルで満足してます
smoking+ たばこは吸われますか => 朝だけやめられなくて
smoking+ たばこは => 一本だけやめられないです
alcohol+ お酒は => 夜に一本だけ飲んでます
smoking? たばこは吸われますか => まあ、それなりに
alcohol? お酒はいかがですか => うーん、それなりですかね
";

#[test]
fn an_answer_weighs_by_its_words_its_form_and_the_item_that_was_asked_about() {
    let lines = EXCHANGES.lines().filter(|line| !line.is_empty());
    let lessons = Lessons {
        replies: lines
            .filter_map(|line| Labelled::of_exchange(line)?.1)
            .collect(),
        ..Lessons::default()
    };
    let file: toml::Table = learn(&ITEMS, &lessons).parse().unwrap();
    let table: LikenessTable = file["replies"].clone().try_into().unwrap();
    let number = |id: &str| {
        let item = ITEMS.iter().position(|it| *it == id);
        item.or_else(|| [GOOD, VAGUE, RISK].iter().position(|it| *it == id))
    };
    let likeness = Likeness::of(&table, number).unwrap();
    let kinds = |item, text: &str| {
        let text = Text::new(text);
        let form = form(answer::read(text.as_str()), false);
        let likes = likeness.read_reply(text.as_str(), Reply { item, form: &form });
        likes.iter().map(|like| like.chance).collect::<Vec<_>>()
    };
    let [good, vague, risk] = kinds(0, "去年きっぱりやめました")[..] else {
        panic!("three kinds")
    };
    assert!(good > vague && good > risk, "{good} {vague} {risk}");
    let [good, vague, risk] = kinds(0, "夜だけやめられないです")[..] else {
        panic!("three kinds")
    };
    assert!(risk > good && risk > vague, "{good} {vague} {risk}");
    // The same words say something else of another item.
    assert!(kinds(0, "きっぱりやめました")[0] > kinds(1, "きっぱりやめました")[0]);
}

#[test]
fn a_table_that_does_not_fit_the_pack_is_refused() {
    let table = |words: &str| LikenessTable {
        items: vec!["smoking".to_owned()],
        lean: vec![-3.0],
        step: 0.01,
        words: words.to_owned(),
    };
    let read = |table| Likeness::of(&table, |item| (item == "smoking").then_some(0));
    assert!(read(table("たば\t2.0\t[")).is_ok());
    for words in ["たば", "たば\t2.0\t[[", "たば\tx\t["] {
        assert!(read(table(words)).is_err(), "{words}");
    }
    let other = LikenessTable {
        items: vec!["tea".to_owned()],
        ..table("")
    };
    assert!(read(other).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_and_its_stretch_is_on_character_boundaries(text in any::<String>()) {
        let likeness = learned_once();
        let text = Text::new(&text);
        for like in likeness.read(text.as_str()) {
            prop_assert!((0.0..=1.0).contains(&like.chance));
            prop_assert!(text.as_str().get(likeness.because(text.as_str(), like.item)).is_some());
        }
    }
}

fn learned_once() -> &'static Likeness {
    static LEARNED: std::sync::LazyLock<Likeness> = std::sync::LazyLock::new(learned);
    &LEARNED
}
