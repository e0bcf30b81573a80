//! Whose a match is: her own, her partner's, or somebody else's, by who is named in its sentence.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::joint::{behind_its_reason, gives_a_reason};
use super::{fixed, last, polarity};

const OTHERS: &str = "(?:母方|父方|家系|実家の(?:母|父)|友達|友だち|ともだち|友人|ママ友|知り合い|知人|姉|お姉ちゃん|お姉さん|妹|兄|お兄ちゃん|お兄さん|弟|姉妹|きょうだい|いとこ|従姉妹|従兄弟|母|お母さん|母親|うちの親|両親|父|お父さん|父親|義母|義父|義理の(?:母|父|姉|妹|兄|弟)|お義母さん|しゅうと(?:め)?|姑|舅|祖母|祖父|おばあちゃん|おじいちゃん|ばあちゃん|じいちゃん|ばあば|じいじ|おば|おじ|叔母|叔父|伯母|伯父|甥|姪|親戚|親せき|しんせき|身内|義妹|義姉|義弟|義兄|おばさん|おじさん|おばあさん|おじいさん|お隣さん|同僚|先輩|後輩|上司|部長|店長|職場の人|会社の人|(?:隣|となり|近所|上の階|下の階)の(?:(?:部屋|家|お宅)の)?(?:人|方|ご?夫婦|おうち|ベッド|奥)(?:の人|さん)?|知らない人|有名人|芸能人|ママさん|他の(?:人|方)|ほかの(?:人|方)|よその|周りの(?:人|子)|みんな|同級生|クラスの子|妊婦さん|猫|犬|ねこ|いぬ|ペット|わんちゃん)";

/// What goes with a name: 「姉‐のところ」「兄‐の子どもたち」.
const THEIRS: &str = "(?:の(?:ところ|とこ|家|場合|ほう|方|子ども|お子さん|子|娘|息子|赤ちゃん|旦那|夫|奥|お?嫁|彼女|友達|友だち|とき))?(?:たち|さん)*";

/// Somebody else at the beginning of a sentence, with the particle left out: 「母糖尿病です」; 母親 and 夫婦 go on
/// as words.
const BARE: &str = "^(?:うちの)?(?:(?:お?母|義母|祖母)[丁-龠0-9&&[^親子方性乳国校体]]|(?:父|義父|祖父)[丁-龠0-9&&[^親方子兄]]|兄[丁-龠0-9&&[^弟妹嫁]]|姉[丁-龠0-9&&[^妹]]|(?:弟|妹|長男|長女|次男|次女)[丁-龠0-9]|(?:友達|友だち|ともだち|知り合い|同僚|先輩|後輩)[丁-龠0-9&&[^関同]])";

static THIRD: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "{BARE}|{OTHERS}{THEIRS}(?:が|は|も|って|なんか|とか|に聞いた|から聞いた|の(?:話|こと)(?:なん)?(?:です|だ)(?:けど|けれど|が))|(?:ニュース|ドラマ|映画|漫画|マンガ|小説|授業|講習|両親学級)(?:で|に|の(?:話|中)?|を?見|とか)|(?:テレビ|動画|ネット|本|記事|雑誌|ユーチューブ|youtube|sns|インスタ)(?:で|に|の|とか).{{0,8}}?(?:見|み[たて]|読|よん|書|話|聞|言っ|番組|ニュース|流れ|載)"
    ))
});

static PARTNER: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:夫|旦那さん|旦那|主人|彼氏)[丁-龠0-9&&[^婦公側]]|(?:夫|旦那さん|旦那|だんなさん|だんな|ダンナ|主人|彼氏|彼女の|彼|パートナー|相手|相方|うちの人|あの人|その人|パパ|お父さん|僕|俺|おれ|自分)(?:の(?:ほう|方))?(?:が|は|も|って|なんか|とか)",
    )
});

static OWN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:私|わたし|あたし|うち|自分|こっち|本人|この子|2人)(?:自身)?(?:の(?:ほう|方))?(?:が|は|も|って|まで|と|に|の|だけ|のこと)",
    )
});

/// Whom a companion means when he speaks of her.
static SHE: LazyLock<Regex> = LazyLock::new(|| {
    fixed("(?:奥さん|妻|嫁|彼女|こいつ|本人)(?:が|は|も|って|まで|と|に|の|だけ)")
});

static HERSELF: LazyLock<Regex> = LazyLock::new(|| fixed("私|わたし|あたし|うちも|自分"));

/// Whom it is about stands behind it: 「双子なのは夫の妹たちで」「高いのは母です」.
static CLEFT_OTHER: LazyLock<Regex> = LazyLock::new(|| cleft(OTHERS));

/// The same, in the match itself: 「‐糖尿病なのは父で‐す」.
static CLEFT_WITHIN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "[なたるい](?:の|ん)(?:は|って)(?:うちの|私の)?{OTHERS}{THEIRS}で?$"
    ))
});

static CLEFT_PARTNER: LazyLock<Regex> =
    LazyLock::new(|| cleft("(?:夫|旦那|だんな|主人|彼氏?|パートナー|相方)"));

static INSTEAD: LazyLock<Regex> = LazyLock::new(|| {
    fixed("^([^\n]{0,8}?(?:の|ん)(?:は|って))[^\n]{0,10}?[^けり\n](?:じゃ|では)なくて")
});

fn cleft(who: &str) -> Regex {
    fixed(&format!(
        "^(?:な|だ|る|い|た|て|ん|っ|ってる|ってた|ってん|って|んで|じゃ|に|が|を|し|でる|でた|てる|てた|ている|ていた|だった|なって|なった|やった|ある|あった|ます|ました){{0,4}}(?:の|ん)(?:は|って)(?:うちの|私の|(?:夫|旦那|主人|彼)の)?{who}{THEIRS}(?:で(?:[^もはにな]|$)|だ(?:[^け]|$)|なん[でだ]|$|\n)"
    ))
}

/// Where a subject that was named with が ends: the next clause has its own.
static SUBORDINATE: LazyLock<Regex> =
    LazyLock::new(|| fixed("(?:んで|ので|から|けど|のに)(?:[^\n]|$)|だからって"));

static AND: LazyLock<Regex> = LazyLock::new(|| fixed("(?:んで|ので|から|けど|のに|て|で|し)[^\n]"));

static COMPANION_SELF: LazyLock<Regex> =
    LazyLock::new(|| fixed("(?:僕|俺|おれ|ぼく|私|自分)(?:自身)?(?:が|は|も|って)"));

/// Somebody whose trouble is never hers, even where the words themselves name a partner.
static STRANGER: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:友達|友だち|ともだち|友人|ママ友|知り合い|知人|同僚|先輩|後輩|同級生|いとこ|妹|姉|(?:隣|となり|近所|上の階|下の階)の(?:(?:部屋|家|お宅)の)?(?:人|方|ご?夫婦)|ドラマの人|職場の(?:人|子|先輩))(?:たち|さん)?(?:が|は|も|の(?:話|こと)(?:なん)?(?:です|だ)(?:けど|けれど|が))",
    )
});

/// What others think of her, not what they say of themselves: 「友達が、それDVだよって」.
static JUDGED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^[^\n]{0,10}?(?:だよ|だって|じゃない(?:の|か)?|じゃん|やん|やで|やろ|だろう?|でしょう?|かも(?:よ|ね)?|だから|んだよ)(?:って|と)",
    )
});

/// A sentence that only says whom the next one is about: 「夫がです」.
static ONLY_NAMES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "^(?:.{{0,6}}(?:違|ちが)(?:う|い|くて)(?:ます|ました)?|はい|いえ|いや|あ|え|それは)*(?:私じゃなくて|私ではなくて)?(?:{OTHERS}|夫|旦那|だんな|主人|彼氏?|パートナー)(?:が|の(?:ほう|話|こと)?(?:なん)?|は|のほうが|なん)?(?:です|だ)?(?:けど|けどね|ね|よ)?$"
    ))
});

/// Named, and not the one who does what follows: 「夫は知らないんですけど」「母にも言ってなくて」.
static ONLY_TOLD: LazyLock<Regex> = LazyLock::new(|| fixed(&format!("^{TELLS}")));

const TELLS: &str = "(?:まだ|たぶん|全然|ぜんぜん|何も|なにも|多分|1度も|薄々|うすうす)*(?:知ら|知って|気づ|気付|わかって(?:い)?な|分かって(?:い)?な|わかってくれ|言って(?:い)?(?:な|ませ)|言えな|言えませ|言いにく|話して(?:い)?(?:な|ませ)|話せな|話せませ|相談できな|内緒|ないしょ|秘密|怒(?:る|って|られ)|心配(?:して|する|かけ)|反対(?:して|する|され)|賛成(?:して|する))";

/// A clause that describes people: 「…人がいて」「…人の話を見て」 is not about her.
static PEOPLE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:て(?:る|い(?:る|た)|た)|って|という)子(?:が|も)い(?:て|る|た|ます|まし)|(?:る|た|だ|い|う|く|す|つ|む|ぶ|ん)(?:って|っていう|という|みたいな|ような)?(?:人|ひと|方|かた|おかあさん|お母さん|ママ|妊婦さん|夫婦|家族)(?:(?:が|も)(?:結構|けっこう|たくさん|いっぱい|何人か|多く|まわりに|周りに)?(?:い(?:て|る|た|ます|まし|らっしゃ|はる|はっ)|多|お(?:る|って|った|り|られ))|の(?:話|ブログ|記事|動画|投稿|本|漫画|番組|体験|気持ち)|(?:を|に)(?:見|知って|知り|会|聞)|って(?:いる|多|どう|すご|大変))",
    )
});

/// What she only saw or read: 「リストカットの動画を見て」.
static SHOWN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^の(?:ブログ|記事|動画|投稿|本|漫画|番組|ドラマ|映画|ニュース|シーン)(?:とか)?(?:を|が|で|に)?.{0,6}(?:見(?:て|た|る|ま|ち|か)|読|流れ|出て)",
    )
});

/// And then did the like: 「リスカの漫画を読んで、自分も」.
static COPIES: LazyLock<Regex> = LazyLock::new(|| {
    fixed("(?:自分|私|わたし|僕|俺)(?:で)?も|真似|まね|試し|同じ|やってしま|しちゃ|してしま")
});

/// Where people live with whom she lives.
static AT_HOME: LazyLock<Regex> =
    LazyLock::new(|| fixed("うちに|うちで|うちの中|家に|家で|家の中|同居|1緒に(?:住|暮ら)"));

/// Whether words that name somebody are only about who was told, by what follows them: 「友達‐には言えないけど、…」.
pub(crate) fn only_tells(between: &str) -> bool {
    TOLD.is_match(between)
}

static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "^(?:さん|たち)?(?:に|には|にも|は|も|が)?{TELLS}.{{0,8}}?(?:けど|けれど|が|のに|くて|から)"
    ))
});

/// Whether words say by themselves whose they are: 「夫に殴られ」「死にたい」「叩いてしまい」.
pub(crate) fn says_who(words: &str) -> bool {
    static HER_WILL: LazyLock<Regex> =
        LazyLock::new(|| fixed("たい|たく(?:な|て)|[てで]しま|ちゃ(?:う|い|っ)|じゃ(?:う|い|っ)"));
    names_a_partner(words) || HER_WILL.is_match(words)
}

/// Whether words name a partner.
pub(crate) fn names_a_partner(words: &str) -> bool {
    static HE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "夫(?:[^婦人]|$)|旦那|だんな|主人|彼(?:[^女岸]|$)|パートナー|相方|あの人|うちの人|おっと",
        )
    });
    HE.is_match(words)
}

/// Whether words are of a film, a book or a dream, or of her childhood.
pub(crate) fn is_a_story(words: &str) -> bool {
    static STORY: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "ドラマ|映画|アニメ|漫画|マンガ|小説|本|記事|動画|ニュース|ネット|夢|シーン|場面|ゲーム|プロレス|ごっこ|冗談|昔|頃|ころ",
        )
    });
    STORY.is_match(words)
}

/// Whether words are somebody's whom she quotes, by what follows them: 「死にたい‐って言ってました」「夫に殴られて‐るみたいで」.
pub(crate) fn is_quoted(after: &str) -> bool {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^[^\n]{0,4}?(?:って|と)(?:いう|言|電話|泣|話|相談|打ち明け|騒|こぼ|聞)|^(?:て(?:い)?)?(?:る|た)?(?:らし|みたい|そう(?:です|で|だ))",
        )
    });
    QUOTED.is_match(after)
}

/// Whether a companion speaks of himself.
pub(crate) fn speaks_of_himself(text: &str) -> bool {
    COMPANION_SELF.is_match(text)
}

/// Whose a match is, as far as the words before it say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Own,
    Partner,
    Other,
}

/// The one who was named last before the match, in its sentence; `before`: what she said until then.
pub(crate) fn whose(before: &str, sentence: &str, at: &Range<usize>, companion: bool) -> Whose {
    let (upto, behind) = sentence.split_at(at.end.min(sentence.len()));
    let at = &(at.start + behind_its_reason(&upto[at.start..])..at.end);
    // 「死にたいのは私じゃなくて母です」 is whose it is said to be in the end.
    let behind = &*INSTEAD.replace(behind, "$1");
    let named = if CLEFT_OTHER.is_match(behind) || CLEFT_WITHIN.is_match(&upto[at.start..]) {
        Some(Whose::Other)
    } else if !companion && CLEFT_PARTNER.is_match(behind) {
        Some(Whose::Partner)
    } else {
        None
    };
    // 「死にたいのは母じゃなくて私です」 is hers.
    if let Some(named) = named
        && !OWN.is_match(behind)
        && !HERSELF.is_match(behind)
    {
        return named;
    }
    if OWN
        .find(&upto[at.start..])
        .is_some_and(|found| found.start() == 0)
    {
        return Whose::Own;
    }
    let own = last(&OWN, upto).max(last(&SHE, upto).filter(|_| companion));
    let own_words = || says_who(&upto[at.start..]) && !is_quoted(behind);
    let third = reaching(&THIRD, &SUBORDINATE, upto, at.start, own_words);
    let partner = reaching(&PARTNER, &AND, upto, at.start, own_words);
    let himself = last(&COMPANION_SELF, upto);
    if companion && himself.is_some() && himself >= own {
        return Whose::Partner;
    }
    let latest = own.max(third).max(partner);
    if latest.is_none() {
        return named_before(before);
    }
    if latest == own || latest == third && judges(sentence, at) {
        Whose::Own
    } else if latest == third {
        Whose::Other
    } else {
        Whose::Partner
    }
}

/// The last one named whose clause the match stands in: 「夫が帰ってこなくて、毎日泣いてます」 is hers.
/// `own_words`: the match says by itself whose it is.
fn reaching(
    named: &Regex,
    ends: &Regex,
    upto: &str,
    start: usize,
    own_words: impl Fn() -> bool,
) -> Option<usize> {
    let mut found: Vec<_> = named.find_iter(upto).collect();
    while let Some(last) = found.pop() {
        let between = upto.get(last.end()..start).unwrap_or_default();
        let ended = last.as_str().ends_with('が')
            && (ends.is_match(between) || own_words() && gives_a_reason(between));
        let told = ONLY_TOLD.is_match(between) && AND.is_match(between);
        if !ended && !told && !is_described(&upto[last.start()..], last.len()) {
            return Some(last.end());
        }
    }
    None
}

/// What others are to her, and then something of herself or of him: 「友達は‐いるんですけど、…」「義母は‐いい人なんですけど、夫に…」.
static DESCRIBED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:近くに|1応|ちゃんと)?い(?:なく[てっ]|ない(?:し|ので|から))|^(?:近くに|1応|ちゃんと)?い(?:る|ます|ない|ません)[^\n]{0,4}?(?:けど|けれど|のに|が)|^[^\n]{1,14}?(?:けど|けれど|のに|(?:です|ます|ました)が)[^\n]{0,4}(?:夫|旦那|だんな|主人|彼氏?|パートナー|私|わたし|自分)(?:に|から|が|は|も)",
    )
});

/// Whether somebody at the beginning of words, in so many bytes, is only described, and what follows is not his.
fn is_described(words: &str, name: usize) -> bool {
    let (name, rest) = words.split_at(name);
    name.ends_with(['は', 'が', 'も']) && DESCRIBED.is_match(rest)
}

/// Whom the sentence before this one named and said no more of.
fn named_before(before: &str) -> Whose {
    let previous = before.trim_end_matches('\n').rsplit('\n').next();
    let Some(previous) = previous.filter(|previous| ONLY_NAMES.is_match(previous)) else {
        return Whose::Own;
    };
    if OTHER.is_match(previous) {
        Whose::Other
    } else {
        Whose::Partner
    }
}

static OTHER: LazyLock<Regex> = LazyLock::new(|| fixed(OTHERS));

fn judges(sentence: &str, at: &Range<usize>) -> bool {
    JUDGED.is_match(&sentence[at.end.min(sentence.len())..])
}

/// Whether words describe people of whom she only speaks: 「…人がいて、びっくりしました」.
pub(crate) fn describes_people(sentence: &str, at: &Range<usize>) -> bool {
    let start = at.start.min(sentence.len());
    let end = at.end.min(sentence.len());
    if SHOWN.is_match(&sentence[end..]) && !COPIES.is_match(&sentence[end..]) {
        return true;
    }
    let last = sentence[start..end]
        .chars()
        .next_back()
        .map_or(0, char::len_utf8);
    let Some(found) = PEOPLE.find(&sentence[end - last..]) else {
        return false;
    };
    let between = sentence
        .get(end..end - last + found.start())
        .unwrap_or_default();
    between.chars().count() <= 14
        && !SUBORDINATE.is_match(between)
        && !polarity::goes_on(between)
        && !AT_HOME.is_match(&sentence[..end])
}

/// Whether words name a partner or one of whom she does not say who he is, or are of a quarrel or a worry.
pub(crate) fn speaks_of_a_partner(words: &str) -> bool {
    static HE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "夫(?:[^婦人]|$)|旦那|だんな|主人|彼(?:[^女岸]|$)|パートナー|相手|相方|パパ|あの人|うちの人|あいつ|(?:^|[^長次三])男(?:[^の児]|$)|同棲|おっと|しゅじん|けんか|喧嘩|酒|酔|怒|でも|心配|死ぬ|dv",
        )
    });
    HE.is_match(words)
}

/// Whether words name somebody else as the one who does it.
pub(crate) fn names_somebody(words: &str) -> bool {
    THIRD.is_match(words) || PARTNER.is_match(words)
}

/// Whether a clause speaks of friends and the like.
pub(crate) fn names_a_stranger(clause: &str) -> bool {
    last(&STRANGER, clause) > last(&OWN, clause)
}

/// Whether words that name a partner themselves are somebody else's all the same: 「妹が彼に殴られて」.
pub(crate) fn is_a_strangers(sentence: &str, at: &Range<usize>) -> bool {
    let end = at.end.min(sentence.len());
    let before = &sentence[..at.start.min(end)];
    let named = STRANGER.find_iter(before).last();
    let named = named.filter(|it| !is_described(&sentence[it.start()..end], it.len()));
    let stranger = named.map(|it| it.end());
    stranger > last(&OWN, before) && !judges(sentence, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_it_is_about_stands_behind_it_unless_she_says_that_it_is_she() {
        let about = |words: &str, rest: &str| {
            let sentence = format!("{words}{rest}");
            whose("", &sentence, &(0..words.len()), false)
        };
        assert_eq!(about("双子", "なのは夫の妹たちで"), Whose::Other);
        assert_eq!(about("高い", "のは母です"), Whose::Other);
        assert_eq!(about("死にたい", "のは母じゃなくて私です"), Whose::Own);
        assert_eq!(about("死にたい", "のは母だけじゃないです"), Whose::Own);
        assert_eq!(about("殴られ", "るのは姉ではなくて"), Whose::Own);
        assert_eq!(about("出血", "してるのは夫じゃないです"), Whose::Own);
    }
}
