//! What an answer means after a question: a risk, that all is well, or neither.

use std::sync::LazyLock;

use regex::Regex;

use super::answer::{
    AFFIRMS, Answer, CONTRASTS, DENIES, EVADES, FINE, HALF_SAID, IS, LITTLE, NO, UNKNOWING, YES,
    YES_AND_FINE, is_bare, is_fine,
};
use super::extent::{self, goes_only_so_far};
use super::{correction, fixed, joint};
use crate::risk::pack::file::{Past, Yes};

/// 「動いていますか」「減ってます」「いつもと違います」
static LESS: LazyLock<Regex> =
    LazyLock::new(|| fixed("減|止ま|弱|少な|鈍|違|おとなし|静か|ゆっくり|ぐったり|心配|怖"));
/// 「もらえないことはありますか」「特にないです」: it is not so; 「もらえないです」 says that it is.
static BARE_NO: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|いえ|いいえ|いや|ううん|うん|ええ)*(?:特に|そういう(?:こと|の)は|そんなこと(?:は)?|それは|全然|まったく|全く|今のところ|別に|1[度回]も|まさか|とんでもない(?:です)?)*(?:は)?(?:とんでもない|な(?:い|かった)|ありません|ございません)(?:です|よ|ね|でした)*(?:\\n|$)",
    )
});
/// 「そういうことはまったくないです」, in so many words.
static THERE_IS_NONE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:^|\\n|(?:こと|そういうの|それ|特に|今まで)(?:は|も|が)?|特に|1[度回]も|全然|まったく|いえ|いや|まじで|です|ません|ない)(?:な(?:い|かった)|ありません|なか)(?:です|っす|よ|ね|の|で|\\n|$)|無縁|^(?:いえ)?特に(?:は)?\\n?$",
    )
});
/// 「まだです」 and no more.
static NOT_YET: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:いえ|いいえ|いや|うーん|はい|ええ)*まだ(?:です|ですね|かな|みたいです|よくわから[^\\n]{0,8})?(?:\\n|$)",
    )
});

/// 「はい、ただ、つらいときはたくさん」
static YES_BUT: LazyLock<Regex> =
    LazyLock::new(|| fixed("けど|けれど|でも|ただ|しかし|(?:です|ます)が"));
/// 「手は出ないように、とは思ってるんですけど」: it takes an effort.
static TRIES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "よう(?:に|には|にとは|とは)?(?:して(?:る|い|ます)|思って|思い|努力|がんば|頑張|我慢|がまん|必死)|ようにとは|(?:我慢|がまん|こらえ)(?:して|て)(?:る|い|ます)",
    )
});
/// 「手は出してないです。でも、ごはんを抜いたりはします」: what follows the denial may be the matter.
static YET: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "\\n(?:でも|ただ|だけど|けど)[^\\n]{4}|(?:けど|けれど)[^\\n]{0,16}(?:(?:ほう|方)が(?:いい|楽)|かなって|って思|って考え|気(?:持ち)?に|気がし|気持ち)",
    )
});
/// Said to an offer: rather not. 「大丈夫です」 says so only behind what is not to be done.
static REFUSES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "なくて(?:も)?(?:大丈夫|だいじょうぶ|いい|結構|けっこう)|^(?:いや|いえ|いいえ)(?:もう|それは|いや)*(?:いい|結構|けっこう)です|^(?:もう)?(?:結構|けっこう)です|遠慮|お断り|断りたい|やめて(?:ください|ほしい|もらえ)|困ります|困るんで|要りません|いりません|(?:だめ|無理|むり|迷惑|嫌)(?:です|っす|や|\\n|$)|間に合って(?:ます|い)|差し支え(?:ます|る)|嫌が(?:る|り)",
    )
});

/// What an answer means for the item that was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Risk,
    Safe,
    Vague,
    Declined,
    /// Answered with words in which nothing of the item was found.
    Told,
    Nothing,
}

/// What an answer is read against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) yes: Yes,
    pub(crate) negative: bool,
    /// Asks what she knows.
    pub(crate) knowing: bool,
    /// Offers something or asks leave.
    pub(crate) offers: bool,
    /// Asks for what is not done or not so.
    pub(crate) lack: bool,
    /// Asks when, how or how many: neither a yes nor a no answers it.
    pub(crate) for_words: bool,
    /// Asks whether a trouble is over, and whether what is over counts.
    pub(crate) over: Option<Past>,
    /// Asks whether all is well with a trouble that it names: 「お腹の張りは大丈夫ですか」.
    pub(crate) fine: bool,
}

impl Question {
    pub(crate) const fn plain(yes: Yes, negative: bool) -> Self {
        Self {
            yes,
            negative,
            knowing: false,
            offers: false,
            lack: false,
            for_words: false,
            over: None,
            fine: false,
        }
    }
}

/// What an answer means after a question. `immediate`: of an item that is looked at the same day, where a lone word that
/// Whisper often mishears is never taken for an answer. `unsure`: it was heard with little confidence.
pub(crate) fn mean(
    answer: Answer,
    question: Question,
    immediate: bool,
    unsure: bool,
    text: &str,
) -> Meaning {
    use Answer as A;
    use Meaning as M;
    let Question {
        yes,
        negative,
        knowing,
        offers,
        lack,
        for_words,
        over,
        fine,
    } = question;
    if fine {
        return of_whether_fine(answer, immediate, text);
    }
    if let Some(past) = over {
        return of_whether_over(answer, past != Past::Clears, text);
    }
    if offers && yes == Yes::Safe && REFUSES.is_match(text) {
        return M::Risk;
    }
    // 「ないです、嘘です」「はい、でも平気です」
    if yes == Yes::Risk
        && (correction::takes_back(text) || !negative && YES_AND_FINE.is_match(text))
    {
        return M::Risk;
    }
    if yes == Yes::Risk && extent::is_only_then(text) {
        return M::Risk;
    }
    if immediate && HALF_SAID.is_match(text) {
        return M::Vague;
    }
    if (immediate || unsure) && is_unsure_word(text) {
        return M::Vague;
    }
    let denies = matches!(answer, A::Denies | A::Little | A::No { .. });
    let unsettled = || {
        let others = [&EVADES, &UNKNOWING, &TRIES, &YET];
        extent::is_at_times(text)
            || others.iter().any(|it| it.is_match(text))
            || extent::was_until_lately(text)
            || goes_only_so_far(text)
    };
    // 「ありますけど、大したことないです」: what she concedes first counts.
    if immediate && denies && yes == Yes::Risk {
        match conceded(text) {
            Some((first, behind)) if !negative && affirms(first) => {
                return if GONE.is_match(behind) {
                    M::Vague
                } else {
                    M::Risk
                };
            }
            Some((first, _)) if tells(first) => return M::Vague,
            _ => {}
        }
    }
    // 「今はないということですね」「はい、今は。前はひどかったですけど」
    let agrees = negative && answer == (A::Yes { lone: false }) && !is_said_again(text);
    if immediate
        && (denies && unsettled()
            || agrees && (goes_only_so_far(text) || joint::contrasts(text) && !is_fine(text)))
    {
        return M::Vague;
    }
    // 「健診は続けて行かれてますよね」「行ってました、年内は」
    let once = matches!(answer, A::Affirms | A::Content | A::Yes { lone: false }) || denies;
    if yes == Yes::Safe && !negative && once && !is_fine(text) {
        let until = extent::was_until_then(text);
        let over = (until || denies) && !immediate;
        if until || extent::was_once(text) {
            return if over { M::Risk } else { M::Vague };
        }
    }
    // 「胎動は感じますか」「まだです」: too early, or too still.
    if immediate && yes == Yes::Safe && NOT_YET.is_match(text) {
        return M::Vague;
    }
    if immediate && yes == Yes::Safe && extent::was_until_lately(text) && joint::contrasts(text) {
        return M::Risk;
    }
    // 「初期にはありましたけど、今は止まってます」
    if immediate && yes == Yes::Risk && answer == A::Affirms && has_passed(text) {
        return M::Vague;
    }
    match (answer, yes, negative) {
        (A::Nothing, _, _) => M::Nothing,
        (A::Declined, _, _) => M::Declined,
        // 「手続きはわかりますか」: there it is the answer.
        (A::Unknowing, Yes::Safe, false) if knowing => M::Risk,
        (A::Vague | A::Unknowing, _, _) => M::Vague,
        // 「普通です」「元気です」 is kind, and no denial of what is looked at the same day; nor is 「もう慣れたので大丈夫です」.
        (A::Fine, Yes::Risk, _) if immediate && !denies_outright(text) => M::Vague,
        (A::Fine, _, _) if extent::is_fine_so_far(text) => M::Vague,
        (A::Fine, _, _) => M::Safe,
        (A::Eased, Yes::Risk, _) if !immediate => M::Vague,
        (A::Eased, Yes::Risk, _) => M::Risk,
        (A::Eased, Yes::Safe, _) => M::Safe,
        (A::Eased, Yes::Open, _) => M::Told,
        (A::Content, _, _) => M::Told,
        (A::Slips, Yes::Open, _) => M::Told,
        (A::Slips, _, _) => M::Risk,
        (A::Accepts, Yes::Safe, false) => M::Safe,
        (A::Accepts, _, _) => M::Nothing,

        (A::Yes { .. } | A::Affirms, Yes::Risk, false) => M::Risk,
        (A::Denies | A::Little, Yes::Risk, false)
            if lack && !BARE_NO.is_match(text) && !THERE_IS_NONE.is_match(text) =>
        {
            M::Risk
        }
        (A::No { .. } | A::Denies | A::Little, Yes::Risk, false) => M::Safe,

        (A::Yes { lone: false }, Yes::Safe, false) | (A::Yes { lone: false }, Yes::Risk, true)
            if extent::limits_a_yes(text) =>
        {
            M::Vague
        }
        // 「ないですか」「はい、あります」
        (A::Yes { lone: false }, Yes::Risk, true) if is_said_again(text) => M::Risk,
        (A::Yes { .. } | A::Denies | A::Little, Yes::Risk, true) => M::Safe,
        (A::Affirms, Yes::Risk, true) => M::Risk,
        (A::No { lone: true }, Yes::Risk, true) => M::Vague,
        (A::No { lone: false }, Yes::Risk, true) => M::Told,

        (A::Yes { lone: false }, Yes::Safe, false)
            if immediate && YES_BUT.is_match(text) && !is_fine(text) =>
        {
            M::Vague
        }
        (A::Yes { .. }, Yes::Safe, false) => M::Safe,
        (A::Little | A::Denies, Yes::Safe, false) if denies_late(text) => M::Vague,
        // 「自由に使えていますか」「はい、困ることはないです」
        (A::Little | A::Denies, Yes::Safe, false) if immediate && YES.is_match(text) => M::Vague,
        (A::No { .. } | A::Little | A::Denies, Yes::Safe, false) => M::Risk,
        (A::Affirms, Yes::Safe, false) => {
            if CONTRASTS.is_match(text) {
                M::Risk
            } else if immediate && LESS.is_match(text) && !is_fine(text) {
                // 「動いていますか」「減ってます」
                M::Vague
            } else {
                M::Safe
            }
        }

        (A::Yes { .. } | A::Denies | A::Little, Yes::Safe, true) => M::Risk,
        (A::No { .. } | A::Affirms, Yes::Safe, true) => M::Safe,

        // 「いいえ」 to 「いつごろでしたか」 denies nothing.
        (A::Denies | A::No { lone: true }, Yes::Open, _) if for_words => M::Vague,
        // 「赤ちゃんのことはどう思いますか」「会いたくないです」
        (A::Denies, Yes::Open, _) if denies_another(text) => M::Told,
        // 「飲みすぎてしまうこと、ないですか」「はい、あります」
        (A::Yes { lone: false }, Yes::Open, true) if is_said_again(text) => M::Told,
        (A::Denies | A::No { lone: true }, Yes::Open, _) | (A::Yes { .. }, Yes::Open, true) => {
            M::Safe
        }
        (A::No { lone: false }, Yes::Open, _) => M::Told,
        (A::Little, Yes::Open, _) if is_bare(text) && !for_words && !immediate => M::Safe,
        (A::Little | A::Yes { lone: true }, Yes::Open, _) => M::Vague,
        (A::Yes { lone: false } | A::Affirms, Yes::Open, _) => M::Told,
    }
}

/// What an answer means where a question names a trouble and asks whether all is well with it: 「はい」 and 「ないです」 say that it is,
/// 「たまにあります」 that there is some.
fn of_whether_fine(answer: Answer, immediate: bool, text: &str) -> Meaning {
    use Answer as A;
    use Meaning as M;
    let doubt = if immediate { M::Vague } else { M::Safe };
    if extent::is_fine_so_far(text) {
        return M::Vague;
    }
    match answer {
        A::Nothing => M::Nothing,
        A::Declined => M::Declined,
        A::Affirms | A::Slips => M::Risk,
        A::Yes { lone: false } if AFFIRMS.is_match(text) && !is_fine(text) => M::Risk,
        A::Eased if immediate => M::Risk,
        A::Fine | A::Eased => M::Safe,
        A::Yes { .. } if YES_BUT.is_match(text) => M::Vague,
        A::Yes { .. } => M::Safe,
        // 「いえ」「大丈夫じゃないです」
        A::No { .. } => M::Vague,
        A::Denies | A::Little if NOT_FINE.is_match(text) => M::Risk,
        A::Denies | A::Little if goes_only_so_far(text) || denies_another(text) => doubt,
        A::Denies | A::Little => M::Safe,
        A::Vague | A::Unknowing => M::Vague,
        A::Accepts => M::Nothing,
        A::Content => M::Told,
    }
}

/// What an answer means where a question asks whether a trouble is over. `counts`: it does all the same.
fn of_whether_over(answer: Answer, counts: bool, text: &str) -> Meaning {
    use Answer as A;
    use Meaning as M;
    const ENDS: &str = "(?:終わ|なくな|おさま|収ま|治ま|治|落ち着|解決|片付|返し終|やめ|止ま|とま)";
    static STILL: LazyLock<Regex> = LazyLock::new(|| {
        fixed(&format!(
            "まだ|今も|相変わらず|変わ(?:ら|り)(?:な|ませ|ん)|増え|ひどくな|悪くな|逆(?:です|なんです|に|だ|や)|{ENDS}[^\\n]{{0,6}}?(?:な(?:い|く)|ません|へん|んの?(?:です|よ|ね|\\n|$))"
        ))
    });
    static DONE: LazyLock<Regex> =
        LazyLock::new(|| fixed(&format!("{ENDS}[りっいき]?(?:まし|た|て)")));
    static ALONE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:いえ|いいえ|いや|それが)*(?:全然|ぜんぜん|まったく|全く|なかなか)(?:です)?(?:\\n|$)",
        )
    });
    let over = if counts { M::Risk } else { M::Safe };
    match answer {
        A::Nothing | A::Accepts => M::Nothing,
        A::Declined => M::Declined,
        A::Vague | A::Unknowing => M::Vague,
        _ if STILL.is_match(text) || ALONE.is_match(text) => M::Risk,
        _ if DONE.is_match(text) => over,
        // 「もともとされてません」「もう全然しません」
        A::Denies | A::Little if DENIES.is_match(text) => M::Safe,
        A::Yes { .. } => over,
        A::No { .. } | A::Affirms | A::Slips => M::Risk,
        A::Fine | A::Eased if !counts => M::Safe,
        A::Content => M::Told,
        _ => M::Vague,
    }
}

static NOT_FINE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:大丈夫|だいじょうぶ|平気)(?:じゃ|では|とは)|(?:よく|良く)な(?:い|く)|心配(?:です|で|なん)",
    )
});

/// 「…けど、今は止まってます」「…けど、中学生のときです」「…けど、横になればおさまります」
static GONE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "今は|もう|止ま|とま|おさま|治ま|なくなり|診てもら|見てもら|問題な|大丈夫|昔|前の話|(?:とき|時|頃|ころ)(?:です|の話|だけ)|横に|休め",
    )
});

/// Of a time that is over.
static ONCE: LazyLock<Regex> =
    LazyLock::new(|| fixed("前は|昔|初期|(?:頃|ころ|とき|時)(?:は|に)|(?:まし|だっ|かっ)た$"));

/// Whether what an answer concedes was once, and is over.
fn has_passed(text: &str) -> bool {
    conceded(text).is_some_and(|(first, behind)| ONCE.is_match(first) && GONE.is_match(behind))
}

/// Whether words tell something, of whatever: 「切りますけど、…」.
fn tells(first: &str) -> bool {
    static DOES: LazyLock<Regex> = LazyLock::new(|| fixed("(?:ます|ました|てる|でる|う|る)$"));
    DOES.is_match(first) && !says_no(first) && !FINE.is_match(first)
}

/// What an answer says before it limits it, and what it says then.
pub(crate) fn conceded(text: &str) -> Option<(&str, &str)> {
    static JOINT: LazyLock<Regex> = LazyLock::new(|| {
        fixed("(?:です|ます|ました)(が)|(けど|けれど)|(?:\\n|です|ます|ました)(でも|ただ[^いき])")
    });
    let joint = JOINT.captures(text)?;
    let at = joint.iter().skip(1).flatten().next()?;
    let behind = match joint.get(3) {
        Some(_) => at.start(),
        None => at.end(),
    };
    Some((&text[..at.start()], &text[behind..]))
}

/// Whether something is set against words that all is well, or put as nothing much: 「別居してますけど、元気です」「前は楽だったけど、今は借金
/// してます」「いいえ、浮気されただけです」「かわいいふりして」.
pub(crate) fn is_set_against_cheer(text: &str) -> bool {
    static BELITTLES: LazyLock<Regex> =
        LazyLock::new(|| fixed("だけ(?:です|だ|で|\\n|$)|ふり(?:を)?し"));
    let cheers = |part: &str| is_fine(part) || part.contains("楽し");
    BELITTLES.is_match(text)
        || conceded(text).is_some_and(|(first, behind)| {
            cheers(first) || cheers(behind) || behind.contains("今は")
        })
}

/// Whether words say yes, and neither deny nor place it in a time that is over.
fn affirms(first: &str) -> bool {
    let first = first.trim_matches('\n');
    let yes = YES.is_match(first) || AFFIRMS.is_match(first);
    yes && !says_no(first) && !ONCE.is_match(first) && !first.ends_with('た')
}

/// Whether an answer says in so many words that it is so.
pub(crate) fn is_said_again(text: &str) -> bool {
    let mut said = AFFIRMS.find_iter(text);
    said.any(|it| IS.is_match(it.as_str())) && !DENIES.is_match(text)
}

/// Whether a 「ない」 denies something else than what was asked about: 「家に帰りたくないです」「やめてくれません」「生きる意味がないです」.
pub(crate) fn denies_another(text: &str) -> bool {
    static CANNOT: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:たく(?:も)?|大丈夫(?:じゃ|では)|許せ|歩け|起き上がれ|見せられ|行け|避けられ|離れられ|別れられ|出られ|合わせられ|やめさせられ|(?:上|あ)げられ|上がら|笑え|返せ|頼れ|勝て|断れ|逆らえ|抜け出せ|いら|要ら|どうしようも|しゃあ|(?:逃げ|やめ|耐え|生き|食べ|起き|止め|抑え|い|お)(?:ら)?れ|やめら|頑張れ|がんばれ|生きて(?:い)?け|飲め|眠れ|寝れ|寝られ|動け|立て|でき|くれ|もらえ|言え|話せ|帰れ|わか(?:ら|って)|覚えて|止まら|とまら|止まん|止まって|治ら|治って|おさまら|足り|足りて|守れ|守って|守ら|信じ|伝わら|変わら|減ら|効か|言って|すま|しょうが|仕方|しかた|優しく|つけ|きれ|(?:意味|価値|居場所|逃げる?(?:ところ|場所)|行くところ|自信|資格|やる気|元気|記憶|希望|味方|逃げ場)(?:が|は|も))(?:は)?(?:な(?:い|く)|ません|へん|[んね](?:です|ねん|わ|だ|え|\\n|$))",
        )
    });
    CANNOT.is_match(text) && !BARE_NO.is_match(text)
}

/// Whether an answer says no in so many words, or 「大丈夫です」 and nothing else.
fn denies_outright(text: &str) -> bool {
    static NOT: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:いえ|いいえ|いや|ううん|ええ|はい|うん)|^(?:大丈夫|だいじょうぶ|平気)(?:です)?[よね]*$|な(?:い|かった)(?:です|よ|ね|\\n|$)|ありません|ございません|なし(?:です|\\n|$)|特に(?:は|\\n|$)|1度も|1回も|まったく|全く|全然|ぜんぜん",
        )
    });
    NOT.is_match(text.trim_matches('\n'))
}

/// Whether only a later sentence of a long answer denies something, perhaps something else.
fn denies_late(text: &str) -> bool {
    let first = text.trim_matches('\n').split('\n').next().unwrap_or(text);
    text.chars().count() > 30 && !says_no(first)
}

/// Whether words say no, or little.
fn says_no(words: &str) -> bool {
    DENIES.is_match(words) || LITTLE.is_match(words) || NO.is_match(words)
}

/// うん, ううん, ん, いいえ, ない alone, once or again: too short to be trusted with an immediate item.
fn is_unsure_word(text: &str) -> bool {
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| fixed("^(?:う+[んー]+|[んー]+|いいえ|い[えー]+|いや|ない|ねえ|へえ?)+$"));
    WORD.is_match(text.trim_matches('\n'))
}
