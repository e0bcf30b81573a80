//! Time around a match: whether what it says was before, and whether it is over.

use std::sync::LazyLock;

use regex::Regex;

use super::fixed;

static PAST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "昔|むかし|以前|(?:^|\n|[^るのい])前(?:に|は|まで)|前回|前の(?:夫|旦那|彼|人|相手|職場|会社|家)|元(?:夫|旦那|彼|カレ|ダン)|若い(?:頃|ころ|時|とき)|独身(?:の(?:頃|ころ|時|とき)|時)|学生(?:の|時代)|子ども?の(?:頃|ころ|時|とき)|小さい(?:頃|ころ|時|とき)|(?:中学|高校|大学|10代|20代|1人目|2人目|上の子|前の子|初期)の(?:頃|ころ|時|とき)|結婚前|結婚する前|妊娠前|妊娠する前|わかる前|当時|その頃|そのころ|(?:た|の)(?:ころ|頃)(?:は|に|も)|た年(?:は|に|も)|[0-9]+年前|何年も前|だいぶ前|ずいぶん前|[0-9]+週の(?:とき|時|頃|ころ)|つわりの(?:とき|時|頃|ころ)|先月まで|去年まで|最初の(?:頃|ころ|うち)|最初は|一時期|1時期|1時は|1時期は",
    )
});

static OVER: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "やめ(?:ました|た(?:\n|$|の|ん|から|ので|し|けど)|て(?:くれ|ます|る|い)|られ(?:た|まし))|止め(?:ました|て(?:くれ|ます))|卒業し|もう(?:して|し)?(?:な|ません|い?ません)|もう(?:大丈夫|平気|治|止ま|とま|おさま|収ま|落ち着|診てもら|解決|連絡もな|会って(?:い)?な|関係な|縁|過去)|今は(?:もう|前より(?:は|も)?|だいぶ|かなり|ずいぶん)?(?:お?(?:給料|生活|仲|体調|気持ち)(?:も|が|は)?)?(?:大丈夫|平気|元気|落ち着|だいぶ|普通|ぜんぜん|全然|まったく|何とも|なんとも|2人とも|楽し|うれし|嬉し|仲|良く|よく|安定|して(?:い)?な|な(?:い|くて|く)|楽)|治(?:った|りました|って)|おさま(?:った|りました|って)|収ま(?:った|りました|って)|落ち着(?:いた|きました|いて)|止まって(?:ます|る|い|て|\n|$)|なくなりました|なくなった|解決し|完済|返し終わ|切れてるので|[^日事]終わ(?:った|りました|って)|正社員にな|仲直り|回復し|それ(?:っ)?きり|一滴も|1滴も|よくなりました|良くなりました",
    )
});

/// It goes on although it began in the past.
static STILL: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "今も|いまも|それから|それ以来|以来|まだ|今でも|いまでも|ずっと|最近も|相変わらず|また(?:始|吸|飲|や)|やめられ|やめれ|止められ|やめきれ|今朝から|さっき|昨日|きのう|今日",
    )
});

/// Words of time that open no other subject.
static NOW: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "今は|最近は|もう|現在は|それは|これは|今も|私は|[0-9]+月は|ここ[0-9]+.は|その後は|そのあとは|今日は|妊娠してからは",
    )
});

/// Another subject than the one before it.
static TURNS: LazyLock<Regex> = LazyLock::new(|| {
    fixed("\n[^\n]{1,14}?(?:は|も|が)[^\n]|(?:けど|ますが|ですが)[^\n]{1,10}?は[^\n]")
});

static CONTRAST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:た|る|い|だ|です|ます|でした|ました)(?:ん(?:です|だ))?(?:けど|けれど|のに|が)[^\n]|(?:てた|ていた).{1,10}も[^\n]",
    )
});

/// Whether a match is said to be over. `before` and `after` are its utterance around it.
pub(crate) fn is_past(before: &str, matched: &str, after: &str) -> bool {
    if STILL.is_match(before) || STILL.is_match(matched) {
        return false;
    }
    let near: String = after.chars().take(40).collect();
    if let Some(over) = OVER.find(&near)
        && !TURNS.is_match(&NOW.replace_all(&near[..over.end()], ""))
    {
        return !STILL.is_match(&near[over.start()..]);
    }
    let Some(past) = PAST.find_iter(before).last() else {
        return false;
    };
    // 「前は毎日散歩してたのに、玄関まででつらい」: what stands behind the contrast is now.
    let now = CONTRAST.is_match(&before[past.end()..]);
    !now && !STILL.is_match(&near)
}

/// Whether the utterance places the match in an earlier time, over or not.
pub(crate) fn is_history(before: &str) -> bool {
    PAST.is_match(before)
}

/// Whether words say that it passes or was looked at: 「張りますけど、横になれば‐おさまります」.
pub(crate) fn settles(words: &str) -> bool {
    static SETTLES: LazyLock<Regex> =
        LazyLock::new(|| fixed("おさま|治ま|収ま|止ま|とま|落ち着|診て|受診|横に|休(?:め|む|ん)"));
    SETTLES.is_match(words)
}
