//! Whether what a match says is told at all, or only supposed, feared for a case that might come, or asked.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{fixed, polarity};

static SUPPOSED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:^|\n)もし|もしも|もし(?:なに|何|赤|おなか|お?腹|出血|病|陣痛|だめ|ダメ|また|夫|本当|電話|困)|万が一|例えば|たとえば|(?:った|いた|した|きた|れた|んだ|なった)(?:ら|場合)(?:どう|どんな|どこ|すぐ|いい|電話(?:す|し|すぐ)|連絡(?:す|し|すぐ)|相談(?:す|し)|困|大変|嫌|いや|心配)|(?:なった|あった)ら(?:\n|$)|だったらどう|としたら|た場合|るときは|する場合|てもいいように|ないように(?:$|し|する|気をつけ|心がけ|注意|がんば|頑張|\n)|ようにして|ような.{0,6}ないような|っちゃ(?:い|あ)る|て(?:も|)(?:しかた|仕方|しょうが)な|ても(?:意味|無駄)|防ぐ|予防(?:する|の(?:ため|方法)|に|でき|策)|とき(?:の(?:ため|準備|備え|荷物|連絡|電話|タオル|たおる|ばすたおる)|に備え)|なりやすい|しやすい",
    )
});

static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:です|ます|でしょう|ました|でした|ません)か(?:ね|\n|$)|(?:って|とか)(?:ある|あり|どう|なに|何|どんな|大丈夫).{0,8}(?:です|ます)か|んですか|どんな(?:ところ|所|もの|こと|感じ)(?:です|なん)|いいですか",
    )
});

/// She looks for the word: 「虐待って言うんですかね」 asks nothing.
static MUSES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:って|と)(?:いうか|(?:言|い)う(?:ん|の)?(?:です|でしょう)か|やつです?か|感じです?か)(?:ね)?|(?:ん|の)でしょうか(?:ね)?$|(?:ん)ですかね$",
    )
});

/// Where a sentence goes on to another clause that does not carry the mood of this one.
static CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:です|ます|ました|でした|ません|た|る|い|だ|ん|や)(?:けど|けれど|けども)|(?:です|ます|ました|でした|ません)が|(?:んで|ので|から)(?:すが|ね)?|くて[^\n]|(?:苦手|無理|だめ|ダメ|不安|心配)で[^すしはも]",
    )
});

/// What has not come to pass, in so many words: also for rules whose words suppose by themselves.
static CASE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(.{0,16}?)(?:(?:よう|こと|はめ)に(?:でも)?なったら|(?:る|た|い)(?:場合|とき)(?:は|に|って|には)(?:どう|どこ|だれ|誰|何|なに|すぐ|電話|連絡|相談))",
    )
});

/// What comes again and again is no case that might come: 「最近は殴られるようになったら黙ってます」.
static HABIT: LazyLock<Regex> = LazyLock::new(|| fixed("最近|いつも|毎(?:日|晩|回|週)|また|今も"));

/// Whether what is said is only a case that might come.
pub(crate) fn is_case(sentence: &str, at: &Range<usize>) -> bool {
    let end = at.end.min(sentence.len());
    if HABIT.is_match(sentence) {
        return false;
    }
    CASE.captures(&sentence[end..]).is_some_and(|found| {
        // The case's own たら begins no other clause.
        let between = found.get(1).map_or("", |it| it.as_str());
        !polarity::goes_on(between)
    })
}

/// Whether the clause of a match is only supposed or asked. `at`: the match in its sentence.
pub(crate) fn is_supposed(sentence: &str, at: &Range<usize>, question_mark: bool) -> bool {
    let end = at.end.min(sentence.len());
    let start = CLAUSE
        .find_iter(&sentence[..at.start])
        .last()
        .map_or(0, |found| found.end());
    // 「動かないんですけど、大丈夫ですか」: what is asked stands behind what is told.
    let told = CLAUSE.find(&sentence[end..]).map(|found| end + found.end());
    let clause = &sentence[start..told.unwrap_or(sentence.len())];
    let asking = MUSES.replace_all(clause, "");
    SUPPOSED.is_match(clause)
        || told.is_none()
            && (ASKS.is_match(&asking) || (question_mark && !sentence.contains("くらい")))
}
