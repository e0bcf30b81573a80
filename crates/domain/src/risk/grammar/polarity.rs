//! Negation, which stands to the right of what it negates. Its reach ends where the speaker goes on
//! to something else: only words that carry a statement along may stand between.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::fixed;

/// What may stand between words and their negation.
const CARRIES: &str = "(?:か?さ?れ(?:て|る|た|たり)|いらっしゃら|おられ|おら|られ(?:て|る|た)|され(?:て|る|た)|ちゃっ(?:て|た)|ちゃう|ちゃい|じゃう|でしま(?:う|った)|てしま(?:う|った|い)|たり|だり|む|んで|んだ|ぶ|たく|たい|て|で|た|だ|る|い|う|く|り|って|という|ていう|とか|なんか|なんて|など|みたい(?:な|に)|よう(?:な|に)?|ふうに|人|たいぷ|性格|こと|事|の|もの|もん|気持ち|気分|感じ|思い|話|経験|予定|つもり|必要|ほど|まで|だけは|絶対(?:に)?|は|が|も|を|に|と|や|し|する|した|して|なる|なった|なったり|思(?:う|った|い|って|え|わ)|考え(?:た|る|て)?|感じ(?:た|る|て)?|ある|あった|いう|言(?:う|った|って|わ)|受け(?:た|て|る)?|行(?:った|って|く)|通(?:った|って|う)|かか(?:った|って|る)|特に|別に|今(?:は|の)?ところ|今は|現在は?|もう|全く|まったく|全然|ぜんぜん|一切|1切|1度|1回|今まで|これまで|そんな|そこ|それ|そう|さすがに|ほとんど|めったに|です|ます|じゃ|では|わけ|訳)";

const NOT: &str = "(?:ありません|ございません|いません|ません|なくなっ|なくなり|なかっ|なくて|ないで(?:す|しょ)|ない|なく|なし|あらへん|へん|ひん|ゼロ|無い|無かっ|無し|違(?:う|い)|ちが(?:う|い))";

/// A negation within reach of the words before it.
static NEGATION: LazyLock<Regex> = LazyLock::new(|| fixed(&format!("^{CARRIES}{{0,14}}?{NOT}")));

/// 「落ち込むとかは特に」: the negation itself is left unsaid.
static UNSAID: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "^{CARRIES}{{0,8}}?(?:なんて|のは|とか)(?:見|聞い|使っ|考え|やっ|飲ん|持っ|触っ)た(?:こと|話)も(?:な(?:い|か|く|し)|ありませ)|^{CARRIES}{{0,8}}?(?:なんて|のは|とか)(?:怖|こわ)くて(?:とても)?(?:無理|でき(?:な|ませ))|^{CARRIES}{{0,8}}?(?:とか|など|なんて|なんか|こと|の)?(?:は|も)?(?:特に|全然|ぜんぜん|まったく|全く|別に|1切|ちっとも|めったに)(?:は)?(?:です(?:ね|よ)?)?(?:\n|$)"
    ))
});

/// 「眠れないっていうより、寝るのがもったいなくて」: another word is put in its place.
static RATHER: LazyLock<Regex> =
    LazyLock::new(|| fixed("^(?:です|だ)?(?:い|た|る)?(?:って|と)(?:言|い|ゆ)うより(?:は|も)?"));

/// What turns a negation round again, right behind it.
static AGAIN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:です)?(?:という|って)?(?:わけ|訳)(?:じゃ|では|でも)(?:ない|なく|ありません)|^(?:と|って)(?:は|も|いうと|言うと|いったら|言ったら|いえば|言えば)(?:言え|いえ|言い切れ|いいきれ|うそ|嘘|なら)|^こと(?:も|は)な|^(?:は|も)な(?:い|く)|^(?:は|も)ありません|^わけにはい|^ではいられ|^でい(?:られな|れな)|^と(?:いけ|だめ|ダメ|無理|むり|落ち着|やって|寝|ね|眠|きつ)|^ことはな|^た(?:のに|ん(?:です|だ)?けど)",
    )
});

/// Not a negation although it looks like one: 「吸わなきゃ」「〜ないと落ち着かない」「〜かもしれない」.
static APPARENT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:かも(?:しれ|わから)|に違い|に決まって|ちゃいけな|てはいけな|てはだめ|たらいけな|しかな|しょうがな|仕方な|て仕方|てしょうが|てたまら|とまら|のが止まら|て止まら|じゃない(?:です)?か|んじゃな|じゃん|くて(?:しょうがな|仕方な|たまらな))",
    )
});

/// Stems that only say something with their negation: 「払え‐ない」「眠れ‐ない」.
static LACKS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:払え|眠れ|寝れ|寝られ|ねむれ|断れ|止まら|とまら|覚えられ|行け|書け|かけ|読め|食べられ|作れ|足り|でき|もらえ|頼れ|取れ|とれ|くれ|言え|話せ|帰れ|戻れ|追いつい|わから|入ら|続か|つけ|思え|感じられ|やめられ|止められ|抑えられ|来れ|来られ|通え|つながら|買え|休め|愛せ|喜べ|決まら|逆らえ|つか|育てられ|信じられ|見つから|入って?こ|稼げ|返せ|起きられ|起き上がれ|出られ|笑え|務まら|自信(?:が|は|も)?(?:全然)?|やる気(?:が|も)?)(?:て)?$",
    )
});
static LACK: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:て)?(?:い)?(?:な(?:い|く(?:て)?|かった?)|ません|へん|ん(?:で|の|し|よ)|ねえ(?:し|よ|です|から|けど))",
    )
});

static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    fixed("^(?:い|かった)?(?:です|ん(?:です)?)?(?:し|けど|けれど|から|ので|のに|で)|^く(?:て|って)")
});

/// A clause made a noun and denied as a whole: 「毎晩お酒を飲んでるとかは、ないです」「…わけじゃないです」.
static DENIED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:る|た|だ|い|う|く|す|つ|ぬ|む|ぶ|ん)(?:(?:って|という|なんて)?こと(?:は|も|とか(?:は|も)?)|(?:という|って)?(?:わけ|訳)(?:じゃ|では|でも)|(?:とか|なんて|など)(?:は|も|じゃ|で(?:は|も))?(?:そんなん|そんなこと|そういうこと|そういうの)?(?:は|も)?|(?:という|って)?ほど(?:じゃ|では|でも|の(?:もの|こと)(?:じゃ|では|でも)))(?:1度も|1回も|特に|全然|ぜんぜん|まったく|全く|別に|今のところ|1切|さすがに)*(?:な(?:い|く|かった|し)|ありません|ございません|あらへん|おまへん|しません|して(?:い)?ません|して(?:い)?な|ねえ|ねぇ)",
    )
});
/// Words that reach over a denial to another topic: 「お酒は飲んでないけど、たばこはまだやめられ‐なくて」.
static OVER_A_DENIAL: LazyLock<Regex> = LazyLock::new(|| {
    fixed("は[^\\n]{1,10}(?:てない|でない|ません)(?:です|んです)?(?:けど|けれど|が)[^\\n]{1,6}は")
});
/// The speaker goes on to another clause.
static CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:ます|です|ました|でした).|けど|けれど|ので|から|のに|(?:です|ます)(?:が|し)|くて|んで[^いるたもおみ]|て[^いるたまくしもおきなみ]|ても|なら|たら",
    )
});

/// Whether another clause begins in words.
pub(super) fn goes_on(words: &str) -> bool {
    CLAUSE.is_match(words)
}

/// The clause of a sentence in which something stands, in bytes: 「お酒は飲まないですけど、‖夫は殴ります」.
pub(crate) fn clause(sentence: &str, at: usize) -> Range<usize> {
    static JOINT: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "けど|けれど|(?:な|た|る|い|す|ん)(?:ので|のに)|(?:です|ます|だ|た|る|い)から|(?:です|ます|ました|でした|ません)(?:が|し)",
        )
    });
    let start = JOINT.find_iter(&sentence[..at]).last();
    let end = JOINT.find_at(sentence, at);
    start.map_or(0, |it| it.end())..end.map_or(sentence.len(), |it| it.end())
}

/// Whether words reach over a denial to another topic: they are neither said nor denied.
pub(crate) fn reaches_over_a_denial(matched: &str) -> bool {
    OVER_A_DENIAL.is_match(matched)
}

/// Whether the clause of words is denied as a whole, whatever it says in between.
pub(crate) fn is_denied(matched: &str, after: &str) -> bool {
    // The words themselves may reach over the denial of 「…ないとかは、ないです」.
    let inside = DENIED
        .find_iter(matched)
        .any(|found| matched[..found.start()].ends_with('な') && found.as_str().starts_with('い'));
    if inside {
        return true;
    }
    let last = matched.chars().next_back().map_or(0, char::len_utf8);
    let near = &[&matched[matched.len() - last..], after].concat();
    let Some(found) = DENIED.find(near) else {
        return false;
    };
    let between = &near[last.min(found.start())..found.start()];
    // 「吸ってないわけじゃない」: twice is not at all.
    let twice = between.ends_with('な') && found.as_str().starts_with('い');
    between.chars().count() <= 16
        && !twice
        && !CLAUSE.is_match(between)
        && !AGAIN.is_match(&near[found.end()..])
        && !TWICE.is_match(&near[found.end()..])
}

/// Whether a denial says that it was so before: 「リスカはもうしてないです」「妊娠してからは殴られてないです」.
pub(crate) fn has_stopped(before: &str, after: &str) -> bool {
    static SINCE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:(?:して|できて|わかって|なって|入って|生まれて|産まれて)から(?:は)?|(?:最近|今月|今年|今)は(?:もう|まだ)?|もう)[^\n全本別特]{0,6}$",
        )
    });
    static NO_MORE: LazyLock<Regex> =
        LazyLock::new(|| fixed("^[^\n]{0,6}?(?:もう|なくなり|なくなった|なくなって)"));
    static NEVER: LazyLock<Regex> = LazyLock::new(|| {
        fixed("^[^\\n]{0,8}?こと(?:は|も|なんて|など|なんか)?(?:1度も|1回も)?(?:な|あり)")
    });
    !NEVER.is_match(after) && (SINCE.is_match(before) || NO_MORE.is_match(after))
}

/// 「…ことがないとは言えない」「…ことも、なくはない」.
static TWICE: LazyLock<Regex> = LazyLock::new(|| {
    fixed("^(?:い)?(?:と(?:は|も|言|い)|は(?:な|あり)|も(?:な|あり)|って(?:言|い)(?:った|う)ら)")
});

/// Whether a 「ない」 behind words only says that it is nothing else: 「お尻しか‐叩いて‐ない」. `upto`: the sentence up to their end.
pub(crate) fn is_only_so(upto: &str) -> bool {
    static ONLY: LazyLock<Regex> =
        LazyLock::new(|| fixed("[^た\n]しか[^もしたっるりれらろ\n][^\n]{0,7}$"));
    upto.contains("しか") && ONLY.is_match(upto)
}

/// Whether words are negated by what follows them in their sentence.
pub(crate) fn is_negated(matched: &str, after: &str) -> bool {
    let after = match LACK.find(after).filter(|_| LACKS.is_match(matched)) {
        Some(lack) => &after[lack.end()..],
        None => after,
    };
    // The match ends inside 「ません」.
    if matched.ends_with('ま') && after.starts_with("せん") {
        return true;
    }
    // 「誰とも会ってな‐いし、話もしてない」: the words hold their own negation, and she goes on.
    if (matched.ends_with('な') || matched.ends_with("ない")) && GOES_ON.is_match(after) {
        return false;
    }
    if APPARENT.is_match(after) {
        return false;
    }
    if RATHER.is_match(after) {
        return true;
    }
    let mut negated = false;
    let mut rest = after;
    // Each round takes one negation; a sentence has few.
    for _ in 0..4 {
        let Some(found) = NEGATION.find(rest) else {
            break;
        };
        // 「ないです、ないです」 says it twice and means it once.
        if negated && rest.starts_with("です") {
            break;
        }
        negated = !negated;
        rest = &rest[found.end()..];
        if negated && !rest.starts_with("です") && AGAIN.is_match(rest) {
            return false;
        }
        if negated
            && !rest.starts_with("とか")
            && !rest.starts_with("という")
            && !rest.starts_with("なんて")
            && !rest.starts_with("って")
            && !rest.starts_with("こと")
        {
            break;
        }
    }
    negated || UNSAID.is_match(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::text::Text;

    fn negated(words: &str, sentence: &str) -> bool {
        let words = Text::new(words);
        let words = words.as_str().trim_end();
        let text = Text::new(sentence);
        let at = text.as_str().find(words).unwrap() + words.len();
        is_negated(words, &text.as_str()[at..])
    }

    #[test]
    fn a_negation_reaches_back_over_words_that_carry_it() {
        assert!(negated("死にたい", "死にたいとかはないです"));
        assert!(negated(
            "死にたい",
            "死にたいって思ったことは、一度もないです"
        ));
        assert!(negated("殴", "殴られたりはないです"));
        assert!(negated("手が出", "手が出るとかは全然"));
        assert!(negated("落ち込", "落ち込むとかは特に"));
        assert!(negated(
            "眠れない",
            "眠れないっていうより、寝るのがもったいなくて"
        ));
        assert!(negated("消えたい", "消えたいとか、そんなことはありません"));
        assert!(negated("たばこ吸っ", "たばこ吸ってへんよ"));
        assert!(negated("叩く", "叩くのだけは絶対にしないって決めてます"));
    }

    #[test]
    fn it_ends_where_the_speaker_goes_on() {
        assert!(!negated("死にたい", "死にたいって思うけど、誰にも言えない"));
        assert!(!negated("眠れ", "眠れるけど食欲はない"));
        assert!(!negated("叩いちゃ", "叩いちゃって、止められない"));
        assert!(!negated("殴", "殴られて、病院には行ってないです"));
    }

    #[test]
    fn twice_negated_is_said() {
        assert!(!negated("吸っ", "吸ってないわけじゃないです"));
        assert!(!negated("困っ", "困ってないとは言えないですね"));
        assert!(!negated("死にたい", "死にたいと思わなくはない"));
        assert!(negated(
            "頼れる人がいない",
            "頼れる人がいないわけじゃないです"
        ));
        assert!(negated("眠れない", "眠れないとかはないです"));
    }

    #[test]
    fn what_only_looks_like_a_negation_is_none() {
        assert!(!negated("飲んじゃった", "飲んじゃったかもしれない"));
        assert!(!negated("飲む", "飲むしかなくて"));
        assert!(!negated("死にたくて", "死にたくて仕方ない"));
        assert!(!negated("殴られ", "殴られるだけじゃないんです"));
        assert!(!negated("死にたい", "死にたいだけじゃなくて、この子も"));
    }
}
