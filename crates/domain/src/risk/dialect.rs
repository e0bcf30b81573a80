//! Dialect endings in their standard form, so that a rule is written once: 「吸うてへん」「吸っとらん」
//! 「吸わねえ」 are read as 「吸ってない」「吸わない」. Owns endings only; words of a region are vocabulary.
//!
//! Works on folded sentences. Where an ending could be part of a word (大変, ごらん, 奥さん), it is left alone.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};

/// What stands before 「へん」 that says no.
const BEFORE_HEN: &str = "[かがさたなばまらわけせてでねべめれえげきみ来出寝見居]";
/// What stands before 「とる」 that means 「ている」.
const BEFORE_TORU: &str = "[しいっべめれせえねげて寝見出来着知]";
/// Stems before a 「ん」 that says no.
const BEFORE_N: &str = "(?:[^ごぶふべ]ら|[行聞書動着効付続歩泣働叩]か|[飲進読産住頼休]ま|[呼選飛遊]ば|[持立待]た|[一-龠ら]わ|でき|[^く]れ|食べ|[一-龠らこ]え|[行書開]け|[上下挙逃投]げ|手を?あげ|[受付避続分]け|[止決辞]め)";
/// What follows such a 「ん」.
const AFTER_N: &str = "(?:です|人|よ|し|ね|なあ|な$|けど|けん|けえ|から|もん|ばい|たい(?:$|ね)|で$|でも|でしょ|ので|のよ|って|や(?:$|ね|で)|わ|と(?:です|よ|いけ|いか|か|$)|さかい|$)";
/// What follows a 「ねえ」 that says no and calls nobody.
const AFTER_NEE: &str = "(?:です|っす|な|よ|し|から|けど|わ|んだ|って|$)";
/// A stem in 「ら」 before such a 「ねえ」, as of 「わからねえ」; 「出るからねえ」 gives a reason.
pub(super) const STEM_IN_RA: &str = "(?:[^か]ら|[^るただいんすや]から)";
/// Other stems before it.
const BEFORE_NEE: &str =
    "(?:[がさばま]|[^すうのたいる]か|[^いすだるた]わ|[けせねべめれえげき]|[から]ん)";

/// Patterns, each with one group, and what the group becomes. Earlier ones see the text first.
fn endings() -> Vec<(String, &'static str)> {
    let owned = |(pattern, to): (&str, &'static str)| (pattern.to_owned(), to);
    let mut all: Vec<_> = [
        // Kansai: no.
        ("(あらへんかっ|ありゃへんかっ)", "なかっ"),
        ("(あらへん|ありゃへん|ありゃせん)", "ない"),
        ("(?:^|[はもがん])(おへん)", "ない"),
        (
            "((?:おら|おれ|いて|いや)へんかっ|い(?:ー|い)?ひんかっ|おらんかっ)",
            "いなかっ",
        ),
        (
            "((?:おら|おれ|いて|いや)へん|い(?:ー|い)ひん|(?:^|[がはも])いひん)",
            "いない",
        ),
        ("((?:せえ|せー|しや)へん|し(?:ー|い)ひん)", "しない"),
        ("((?:けえ|けー|こー|きや|来や)へん)", "来ない"),
        ("(?:し|り|い|すん)ま(へん)", "せん"),
        ("[言吸買思会使貰笑払習洗](う)[てた]", "っ"),
        ("(もろう?)[てた]", "もらっ"),
        // It is done, alas.
        ("[てで](まう|も?まう)", "しまう"),
        ("[ていっ]?て(もうた|もた|しもうた|しもた)", "しまった"),
        ("んで(もうた|もた|しもうた|しもた)", "しまった"),
        ("て(もうて|しもうて|しもて|まって)", "しまって"),
        ("んで(もうて|しもうて|しもて|まって)", "しまって"),
        ("て(まった)", "しまった"),
        ("んで(まった)", "しまった"),
        ("[っいしれ](ちまっ)", "ちゃっ"),
        ("[っいしれ](ちまう)", "ちゃう"),
        ("ん(じまっ)", "じゃっ"),
        ("ん(じまう)", "じゃう"),
        // Tohoku and elsewhere.
        (
            "[るうくすつむぶたいの](ごど)(?:は|も|が|さ|ない|ね|$)",
            "こと",
        ),
        (
            "[はもが]し(ねえ|ねぇ|ねー)(?:です|な|よ|し|けど|から|$)",
            "ない",
        ),
        ("じゃ(あ)な[いかく]", ""),
        ("(酒っこ)", "酒"),
        // Young people's です.
        ("[^まっ](っす)(?:$|か$|ね|よ|けど|から|わ$|もん)", "です"),
        ("[てで](らん)だ", "るん"),
        ("(ね[くぐ])て", "なく"),
        ("(ね[かが])った", "なか"),
        ("[るいただん](べ|べさ|べや|っぺ)$", ""),
        ("だ(っぺ)$", ""),
        // Kyushu.
        ("(?:[一-龠]|たばこ|こども|おなか|ごはん)(ば)[一-龠]", "を"),
        ("[るいたん](と)です", "ん"),
        (
            "(?:^|[はもがら]|しか)(なか)(?:です|とです|よ|ばい|けん|けど|し|と|$)",
            "ない",
        ),
        ("(きらんかっ|きれんかっ)", "きれなかっ"),
        ("(きらん|きれん|きらない)", "きれない"),
        ("[^ご](おらん|居らん)(?:[^く]|$)", "いない"),
        ("^(おらん|居らん)(?:[^く]|$)", "いない"),
        // 「…から」
        ("[るただんやゃす](けん|けえ|けぇ|さかい|さけ)", "から"),
        ("ない(けん|けえ|けぇ|さかい)", "から"),
    ]
    .into_iter()
    .map(owned)
    .collect();
    let built = [
        // 「飲まれへん」 cannot.
        ("[飲読住頼休進](まれへん)".to_owned(), "めない"),
        ("[行聞書動歩続働](かれへん)".to_owned(), "けない"),
        ("[言買会使もら](われへん)".to_owned(), "えない"),
        ("[話出返](されへん)".to_owned(), "せない"),
        ("[持待立](たれへん)".to_owned(), "てない"),
        (format!("{BEFORE_HEN}((?:へん|ひん)か)っ"), "なか"),
        (format!("{BEFORE_HEN}((?:へん|ひん)く)"), "なく"),
        (format!("{BEFORE_HEN}(へん|ひん)"), "ない"),
        // It goes on.
        (
            format!("{BEFORE_TORU}(とらんかっ|ちょらんかっ)"),
            "てなかっ",
        ),
        (format!("{BEFORE_TORU}(とらん|とらない|ちょらん)"), "てない"),
        (format!("{BEFORE_TORU}(とる|ちょる)"), "てる"),
        (format!("{BEFORE_TORU}(とっ|ちょっ)[てた]"), "て"),
        (format!("{BEFORE_TORU}(とり|ちょり)ま"), "て"),
        (
            "(?:し|っ|れ)(とう)(?:よ|けん|と|ね|っちゃ|$)".to_owned(),
            "てる",
        ),
        ("[^こ]ん(どらんかっ)".to_owned(), "でなかっ"),
        ("[^こ]ん(どらん|どらない)".to_owned(), "でない"),
        ("[^こ]ん(どる)".to_owned(), "でる"),
        ("[^こ]ん(どっ)[てた]".to_owned(), "で"),
        ("[^こ]ん(どり)ま".to_owned(), "で"),
        ("[てで](んねん|んのよ|んのや)$".to_owned(), "るんです"),
        ("(やねん)$".to_owned(), "なんです"),
        ("ない(ねん)$".to_owned(), "んです"),
        // No.
        (format!("{BEFORE_N}(ん)かった"), "な"),
        (format!("{BEFORE_N}(ん)く[てな]"), "な"),
        (format!("{BEFORE_N}(ん){AFTER_N}"), "ない"),
        (
            format!("(?:^|[をもはにがぞ配理慢])(せん){AFTER_N}"),
            "しない",
        ),
        (
            format!("(?:{STEM_IN_RA}|{BEFORE_NEE})(ねえ|ねぇ|ねー){AFTER_NEE}"),
            "ない",
        ),
        (
            "[てで](ねえ|ねぇ|ねー)(?:です|っす|よ|し|けど|から|んだ)".to_owned(),
            "ない",
        ),
        (
            "(?:^|とか|こと|しか|[がも])(ねえ|ねぇ|ねー)(?:です|っす|よ|な|し|けど|から|んだ|$)"
                .to_owned(),
            "ない",
        ),
    ];
    all.extend(built);
    all
}

struct Endings {
    any: RegexSet,
    each: Vec<(Regex, &'static str)>,
}

static ENDINGS: LazyLock<Endings> = LazyLock::new(|| {
    let all = endings();
    let compiled = |(pattern, to): &(String, &'static str)| Some((Regex::new(pattern).ok()?, *to));
    Endings {
        // Invariant: the endings are constants, and every one is compiled by the tests.
        any: RegexSet::new(all.iter().map(|(pattern, _)| pattern)).expect("patterns of endings"),
        each: all.iter().filter_map(compiled).collect(),
    }
});

/// One replacement: bytes of the sentence as it is then, and what comes there.
pub(super) type Change = (Range<usize>, &'static str);

/// Whether a folded sentence may hold such endings. Most hold none and are only looked at once.
pub(super) fn is_dialect(sentence: &str) -> bool {
    ENDINGS.any.is_match(sentence)
}

/// Puts the endings of a folded sentence into their standard form, and hands every change on,
/// in the order in which they are made.
pub(super) fn standard(sentence: &str, mut change: impl FnMut(&Change)) {
    let mut now = sentence.to_owned();
    for (ending, to) in &ENDINGS.each {
        let found: Vec<Range<usize>> = ending
            .captures_iter(&now)
            .filter_map(|found| Some(found.get(1)?.range()))
            .collect();
        for range in found.into_iter().rev() {
            now.replace_range(range.clone(), to);
            change(&(range, *to));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sentence: &str) -> String {
        let mut now = sentence.to_owned();
        standard(sentence, |(range, to)| now.replace_range(range.clone(), to));
        now
    }

    #[test]
    fn every_ending_is_a_valid_pattern() {
        assert_eq!(ENDINGS.each.len(), endings().len());
    }

    #[test]
    fn endings_of_the_regions_are_read_as_standard_ones() {
        for (said, standard) in [
            ("たばこは吸わへんよ", "たばこは吸わないよ"),
            ("手は上げん人ですよ", "手は上げない人ですよ"),
            ("手をあげん人です", "手をあげない人です"),
            ("上げる人じゃあないね", "上げる人じゃないね"),
            ("叩くごどはしねえな", "叩くことはしないな"),
            ("なかです", "ないです"),
            ("いっぺんもおへん", "いっぺんもない"),
            ("酒は飲んでへん", "酒は飲んでない"),
            ("全然寝られへんねん", "全然寝られないんです"),
            ("そんなん1回もあらへん", "そんなん1回もない"),
            ("頼れる人おらへんし", "頼れる人いないし"),
            ("友達もおらんし", "友達もいないし"),
            ("吸うてへん", "吸ってない"),
            ("たばこ吸っとる", "たばこ吸ってる"),
            ("酒は飲んどらんです", "酒は飲んでないです"),
            ("叩いてもうた", "叩いてしまった"),
            ("飲んでまった", "飲んでしまった"),
            ("行けんかった", "行けなかった"),
            ("よくわからんけど", "よくわからないけど"),
            ("たばこも吸わねえです", "たばこも吸わないです"),
            ("金がねえし", "金がないし"),
            ("やめきらんとです", "やめきれないんです"),
            ("頼れる人もなか", "頼れる人もない"),
            ("心配せんでも", "心配しないでも"),
            ("眠れんで", "眠れないで"),
            ("頭ば叩いて", "頭を叩いて"),
            ("当てがねくて", "当てがなくて"),
            ("出てけって言われてらんだ", "出てけって言われてるんだ"),
            ("何もわからねえ", "何もわからない"),
            ("手が出るけんねえ", "手が出るからねえ"),
        ] {
            assert_eq!(read(said), standard);
        }
    }

    #[test]
    fn words_that_only_end_alike_are_left_alone() {
        for said in [
            "大変です",
            "たいへんでした",
            "このへんに住んでます",
            "お母さんです",
            "奥さんと",
            "ごらんのとおり",
            "そうですねえ",
            "いいですかねえ",
            "よかったねえ",
            "酔うと手が出るからねえ",
            "しょっちゅうだからねえ",
            "お姉ちゃんが",
            "受けとる",
            "おなかがすく",
            "家のなかで",
            "飲みません",
            "すみません",
            "何でですか",
            "そうなんです",
            "私にとって",
            "してもう大丈夫",
            "危険ですから",
            "保険に入ってて",
            "したいけんど",
            "ごめんね",
            "止まって",
            "食べたい",
        ] {
            assert_eq!(read(said), said);
        }
    }
}
