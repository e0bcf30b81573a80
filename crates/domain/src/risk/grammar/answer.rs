//! What an answer says: yes, no, neither, or that she would rather not. What that means depends on
//! the question, and on how far such an answer may be trusted.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Match, Regex};

use super::{context, correction, fixed, polarity};
use crate::risk::pack::file::Yes;

static DECLINED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:答え|こたえ|言い|いい|話し|しゃべり|お話しし|お答えし|触れ|触れられ|聞かれ|思い出し|考え)たく(?:は)?(?:ない|ありません|なくて|ねえ)|ノーコメント|聞かないで|(?:それ|そこ|これ)は(?:ちょっと)?(?:答え|言え|話せ|言わ)(?:られ)?(?:ません|ない)|パスで|ご想像|勘弁して|答えなきゃ(?:だめ|いけ)|答えないと(?:だめ|いけ)|言わなきゃ(?:だめ|いけ)",
    )
});
static VAGUE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:うー+ん|んー+|うん+ー|まあ|まぁ|さあ|どう(?:だろ|かな|なん|でしょ|です|だっけ)|微妙|なんとも|いろいろ|そこは|それは(?:ちょっと|まあ)|え[ーっ]|あー|ちょっと)|どう(?:だろ|なんですかね|なんでしょう|ですかね|なのかな)|なんとも|微妙|いろいろ(?:ありま|ある|と)|気が向いたら|(?:いる|ある|する|でき)っちゃ|よくわからな|よくわかんな|わからないです$|わかりません$|わかんない(?:です)?$|なんて言(?:え|う)|言われると|どっちとも|半々|とき(?:に|と場合)による|日による",
    )
});
/// She does not know; that she says 「ない」 denies nothing.
static UNKNOWING: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:よく|ちょっと|あんまり|まだ|全然|自分でも|なんか|正直)*(?:わか(?:ら|ん)な(?:い|く(?:て|なって))|わかりません|覚えて(?:い)?な(?:い|くて)|なんとも言えな(?:い|くて)|何とも言えな(?:い|くて)|はっきりしな(?:い|くて)|自信(?:が)?ない)(?:です|んです|ん)?(?:けど|が|ね|よ|かな|な)*",
    )
});
/// 「みんなあるんじゃないですか」: asked back, it denies nothing.
static ASKS_BACK: LazyLock<Regex> = LazyLock::new(|| {
    fixed("(?:じゃ|では|ん)な(?:い|かった)(?:です|でしょう|っす|の)?か(?:ね|な|あ)*")
});
/// 「はい、間違いありません」 says yes.
static AGREES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:それで)?(?:間違い|まちがい)(?:は)?(?:な(?:い|かった)|ありません)(?:です|っす|と思います|よ|ね)*",
    )
});
/// 「たまに出ます」: behind a denial it leaves a doubt where something has to be looked at the same day.
static SOMETIMES: LazyLock<Regex> =
    LazyLock::new(|| fixed("たまに|時々|ときどき|時たま|ごくまれに|まれに|毎日言|[1-3]回だけ"));
/// 「たまに口げんかするくらいです」「時々ごはんも作ってくれます」
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| fixed("くらい|ぐらい|てくれ"));
/// 「今はないです」 says nothing of before.
static ONLY_NOW: LazyLock<Regex> =
    LazyLock::new(|| fixed("^(?:今|最近|今の人に|現在)(?:は)(?:もう)?(?:な|あり)"));
/// 「もらえないことはありますか」「特にないです」: it is not so; 「もらえないです」 says that it is.
static BARE_NO: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|いえ|いいえ|いや|ううん|うん|ええ)*(?:特に|そういう(?:こと|の)は|そんなことは|それは|全然|まったく|今のところ|別に)*(?:は)?(?:な(?:い|かった)|ありません|ございません)(?:です|よ|ね|でした)*(?:\\n|$)",
    )
});
/// 「はい、ただ、つらいときはたくさん」
static YES_BUT: LazyLock<Regex> =
    LazyLock::new(|| fixed("けど|けれど|でも|ただ|しかし|(?:です|ます)が"));
/// 「手は出ないように、とは思ってるんですけど」: it takes an effort.
static TRIES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "よう(?:に|には|にとは|とは)?(?:思って|思い|努力|がんば|頑張|我慢|がまん|必死)|ようにとは|(?:我慢|がまん|こらえ)(?:して|て)(?:る|い|ます)",
    )
});
/// 「出血は」「少しだけなので気にしてません」: there is some.
static SOME: LazyLock<Regex> = LazyLock::new(|| {
    fixed("(?:少し|ちょっと|1回|たまに|昨日まで)(?:だけ)?(?:な|です)?(?:ので|けど)")
});
/// 「手は出してないです。でも、ごはんを抜いたりはします」: what follows the denial may be the matter.
static YET: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "\\n(?:でも|ただ|だけど|けど)[^\\n]{4}|(?:けど|けれど)[^\\n]{0,16}(?:(?:ほう|方)が(?:いい|楽)|かなって|って思|って考え|気(?:持ち)?に|気がし|気持ち)",
    )
});
/// Said of anything, for want of an answer: it outweighs an 「あります」 beside it.
static EVADES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "いろいろ(?:\\n|と?(?:ある|あり|です|ね))|人並み|それなり|なんとも|微妙|どうだろ|どうなんだろ|どうなんでしょ|どうでしょ|どうかな|なんて(?:言|い)(?:え|う)|どっちとも|どちらとも|半々|どっちかな|ぼちぼち|まあまあ|そこそこ|(?:いる|ある)っちゃ(?:い|あ)る|(?:日|月|週|時|とき|場合|相手)によ(?:る|り|って)|(?:ある|いる|する|ない|てる)(?:よう|みたい)な.{1,8}(?:よう|みたい)な|そのへんは(?:ちょっと|まあ)|(?:今は|それは|そこは)ちょっと(?:\\n|$)",
    )
});
static YES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|はぁい|ハイ|ええ|うん(?:[^ー]|$)|そう(?:です|なん|やね|やな|ね|かも|かな|だね|ですね|いうこと|なります)|まあ(?:はい|うん|そう)|まぁ(?:はい|うん|そう)|ん(?:\n|$)|せやね|そやね|ほうです|んだ(?:\n|$|ね)|そりゃあ?もう)",
    )
});
static NO: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:まあ)?(?:いえ|いいえ|いーえ|いや|ううん|んーん|うんうん|いんや|うんにゃ|のー|no|まさか(?:\n|$|そんな|それは)|とんでもない)",
    )
});
static DENIES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "ない(?:です|ですね|ですよ|よ|ね|わ|な|っす|かな|と思い?ます|と思う|ので|けど)?(?:\n|$)|ないない|ないです|(?:^|\n|は|も|特に|全然)ないん(?:です|だ|や)|ありません|ございません|ません(?:\n|$|ね|よ|でした|けど|ので)|なかった(?:です|よ|ね|\n|$)|なし(?:です|\n|$)|特に(?:は|\n|$|な|大丈夫|問題|困)|別に|まったく(?:\n|$|です|ない|ありま)|全く(?:\n|$|です|ない|ありま)|(?:^|\n|は|も|が)(?:全然|ぜんぜん)(?:\n|$|です)|大丈夫|だいじょうぶ|平気|問題な|心配な|困って(?:い)?(?:な|ませ)|あらへん|へん(?:です|よ|の|で|わ|ね|\n|$|なあ|ん)|おらん|とらん|せん(?:です|よ|ね|\n|$)|なか(?:です|よ|と|\n|$)|ゼロ|ないっす|一切|1切|1滴も|それはな|全然ない|まだ(?:です|\n|$|ですね)",
    )
});
static FINE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "大丈夫|だいじょうぶ|平気|問題な|心配(?:は)?(?:いら)?な|待ち遠し|困って(?:い)?(?:な|ませ)|順調|元気|おかげさま|お陰|普通に|ふつうに|楽しみ|うれし|嬉し|助か(?:って|り)|ありがた|ぐっすり|(?:やって|して|手伝って)くれ(?:て(?:ま|い|る|\n)|ま)|仲(?:い|良|よ)|やさし|優し",
    )
});
static AFFIRMS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "あります|ある(?:ん|の)?です|ある(?:\n|$|かも|ね|よ|な)|あった|ありました|たまに|時々|ときどき|時たま|少し|すこし|ちょっとだけ|ちょっとは|けっこう|結構|かなり|毎日|毎晩|毎回|しょっちゅう|(?:必ず|いつも)(?:です)?(?:\n|$)|よくあり|そうかも|正直|実は|きつい|まだ少し|やっぱり|多少|若干|週に|月に|何回か|何度か|[0-9]+回(?:くらい|ほど|ぐらい)?(?:\n|$|あ)",
    )
});
/// That it is so, and no mere measure.
static IS: LazyLock<Regex> = LazyLock::new(|| {
    fixed("^(?:ある|あり|あっ|たまに|時々|ときどき|時たま|実は|正直|やっぱり|しょっちゅう)")
});
/// Done although one should not: it affirms where nothing is denied.
static SLIPS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "[しべめれえけせて出寝見泣]ちゃ(?:い|う|って)|(?:て|で)しま(?:い|う|って)|(?:っ|ん)(?:ちゃ|じゃ)(?:う|って|い)",
    )
});
/// 「夫が吸います」: the verb says it again.
static SAYS_AGAIN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^.{0,6}(?:い|き|ち|り|み|び|え|べ|て|で|し)(?:ます|てる|る)(?:ね|よ|わ|な|んです)*(?:わりと|けっこう|結構|ちょっと|少し|たまに|時々|まあ)?$",
    )
});
static CAN: LazyLock<Regex> =
    LazyLock::new(|| fixed("でき|思い|やって|がんば|頑張|いただき|お願い|もらい|くれ|寝|休"));
static LITTLE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "あんまり|あまり|そんなに|ほとんど(?:な|し|\n|ありま|です|何も)|なかなか|全然|ぜんぜん|まったく|全く|いまいち|微妙|まだ(?:です|\n|$|全然|あんまり|ぜんぜん|ですね|なんに|何も)|これといって|できてな|できてませ|行けてな|行ってな|決まってな|取れてな|いない|いません|おりません|いねえ|いねぇ|おらん|思いつかな|無理|ありません|ないです|ない(?:\n|$|ですね|んです|かな)",
    )
});
static CONTRASTS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:いえ|いや|はい|うーん|え|あ|えと)*それが|^(?:いえ|いや|あ|うーん)*実は|ゼロ(?:では|じゃ)(?:な|ありません)",
    )
});
static NOT_NOT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "な(?:い|かった)(?:という|って)?(?:わけ|訳)(?:じゃ|では|でも)|ないと(?:は|も)(?:言|い|限ら|かぎら)(?:え|い切|いき|な|っ)|ないと(?:いうと|言うと|いったら|言ったら|いえば|言えば)|な(?:く|い)(?:は|も)な|なくはな|ないことも|ないことはな|ない(?:って|と)(?:言った|いった|言う|いう)(?:ら|と)(?:うそ|嘘)|(?:うそ|嘘)にな(?:る|り)|ないとも(?:言え|いえ|言い)|(?:^|\\n)と(?:は|も)(?:言|い)(?:え|い切れ|いきれ)(?:な|ま)",
    )
});
/// What follows limits a yes that was said first.
static BUT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:^|\\n)(?:でも|ただ|だけど|けど|しかし|最近は|正直|いや|あ?まだ)|ないです(?:\\n|$)|それは(?:な|あり)",
    )
});
/// A yes that says in the same breath where it ends: 「はい、ただ、人が集まるときは少し」.
static LIMITS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|ええ|うん|まあ|1応|いちおう)+(?:です)?\\n?(?:ただ|でも|だけど|けど|しかし|(?:って|と)(?:言|い)っても)",
    )
});
/// Thanks, greetings and listening: no answer at all.
static COURTESY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|ええ|うん|あ|ああ|じゃあ|では)?(?:ありがとう(?:ございます|ございました)?|よろしくお願いします|お願いします|わかりました|了解です|失礼します|へえ|へー|そうなんですね|そうなんだ|なるほど|助かります)(?:\n.*)?$",
    )
});
/// Said to an offer or a request: yes to 「お電話してもいいですか」, and nothing to 「お酒は」.
static ACCEPTS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|ええ|うん|あ|もちろん|ぜひ|それは?)*(?:ぜひ)?(?:よろしく)?お願い(?:します|できれば|したい|できます)(?:\\n.*)?$|^(?:はい|ええ|うん)?(?:もちろん|ぜひ)(?:です)?(?:\\n|$)|^(?:はい|ええ|うん)?(?:それは?|全然|いつでも)?(?:いい|構わない|かまわない|オーケー|ok)ですよ(?:\\n|$)|(?:来て|かけて|送って|電話して|連絡して)(?:もらって|いただいて|くれて)?(?:も)?(?:いいです|大丈夫|かまいません|構いません|ください|助か)",
    )
});
/// 「はい…なんか…まあ…」
static HALF_YES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:う+ん+|んー+|えー+|あー*|まあ|まぁ)*(?:はい|うん|ええ|そうです(?:ね)?)\\n?(?:なんか|まあ|まぁ|たぶん|多分|いちおう|1応|うーん|だいたい(?:は|ね)?|とりあえず|なんとか)+(?:です)?(?:$|\\n)",
    )
});
/// Said to an offer: rather not. 「大丈夫です」 says so only behind what is not to be done.
static REFUSES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "なくて(?:も)?(?:大丈夫|だいじょうぶ|いい|結構|けっこう)|^(?:いや|いえ|いいえ)(?:もう|それは|いや)*(?:いい|結構|けっこう)です|^(?:もう)?(?:結構|けっこう)です|遠慮|お断り|断りたい|やめて(?:ください|ほしい|もらえ)|困ります|困るんで|要りません|いりません",
    )
});
/// Whether an answer contradicts what was expected, or denies a denial.
pub(crate) fn insists(text: &str) -> bool {
    CONTRASTS.is_match(text) || denies_a_denial(text)
}

/// Whether an answer denies a denial.
pub(crate) fn denies_a_denial(text: &str) -> bool {
    NOT_NOT.is_match(text)
}

/// Characters of an answer that is little more than its verb.
const SHORT: usize = 12;

/// What an answer says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `lone`: nothing else was said.
    Yes {
        lone: bool,
    },
    No {
        lone: bool,
    },
    /// Says that it is, whatever stands before it: 「いえ、たまに」「それが…」.
    Affirms,
    /// Says that it is not.
    Denies,
    /// All is well, whatever was asked.
    Fine,
    /// It is, but all is well: 「不安はありますけど、楽しみです」.
    Eased,
    /// Not much, not yet, not really.
    Little,
    /// Does what she would rather not: 「つい飲んでしまって」.
    Slips,
    /// Takes an offer.
    Accepts,
    Vague,
    /// She does not know.
    Unknowing,
    Declined,
    /// Words that are neither yes nor no.
    Content,
    Nothing,
}

impl Answer {
    /// A letter for each.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::Yes { lone: true } => 'Y',
            Self::Yes { lone: false } => 'H',
            Self::No { lone: true } => 'N',
            Self::No { lone: false } => 'I',
            Self::Affirms => 'A',
            Self::Denies => 'D',
            Self::Fine => 'F',
            // Learned as what it affirms.
            Self::Eased => 'A',
            Self::Little => 'L',
            Self::Slips => 'S',
            Self::Accepts => 'C',
            Self::Vague => 'V',
            Self::Unknowing => 'U',
            Self::Declined => 'X',
            Self::Content => 'T',
            Self::Nothing => 'O',
        }
    }
}

/// Whether an answer is no more than a yes or a no, once or again: 「はい、あります」「いいえ、ないです」. Then only the question
/// says what it means.
pub(crate) fn is_bare(text: &str) -> bool {
    static BARE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:はい|ええ|うん|そう|いえ|いいえ|いや|ううん)*(?:(?:あり|い|し)ます|ある(?:ん)?|いる(?:ん)?|ない(?:ん)?|なし|(?:あり|い)ません|\\n|です|[よね])*$",
        )
    });
    BARE.is_match(text.trim_matches('\n'))
}

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

/// Whether an answer to a question that she has answered adds something: 「あ、でも、前に一度」.
pub(crate) fn adds(text: &str) -> bool {
    static ADDS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:あ|あの|いや|ん|はい|うん|そう)*(?:でも|ただ|実は|やっぱり|そういえば|あと|まあ|正直)",
        )
    });
    ADDS.is_match(text)
}

/// Whether what stands before such words was all there is to it: 「少し寂しかったけど、それくらいです」.
pub(crate) fn plays_down(after: &str) -> bool {
    static DOWN: LazyLock<Regex> = LazyLock::new(|| {
        fixed("それ(?:く|ぐ)らい(?:です|かな|\\n)|それだけ(?:です|\\n)|その程度(?:です|\\n)")
    });
    DOWN.is_match(after)
}

/// Where a no stands at the beginning of an answer.
fn begins_with_no(text: &str) -> Option<usize> {
    let end = NO.find(text)?.end();
    (!text[..end].ends_with("いや") || !correction::DISLIKES.is_match(&text[end..])).then_some(end)
}

/// The words of an answer that say no or that all is well, in bytes; all of it where none do.
pub(crate) fn deciding(text: &str) -> Range<usize> {
    let last = |regex: &Regex| regex.find_iter(text).last().map(|found| found.range());
    let first = |regex: &Regex| regex.find(text).map(|found| found.range());
    last(&DENIES)
        .or_else(|| last(&FINE))
        .or_else(|| first(&NO))
        .or_else(|| first(&YES))
        .unwrap_or(0..text.len())
}

/// Whether an answer says that all is well, and does not deny just that.
fn is_fine(text: &str) -> bool {
    FINE.find_iter(text)
        .any(|found| !polarity::is_negated(found.as_str(), &text[found.end()..]))
}

/// Whether what is affirmed is only conceded, and all is well behind it.
fn is_eased(text: &str) -> bool {
    let conceded = text
        .split_once("けど")
        .or_else(|| text.split_once("けれど"));
    conceded.is_some_and(|(_, rest)| {
        let hard = DENIES
            .find_iter(rest)
            .any(|found| !FINE.is_match(found.as_str()));
        is_fine(rest) && !hard
    })
}

pub(crate) fn read(said: &str) -> Answer {
    let said = said.trim_matches('\n');
    let said = &AGREES.replace_all(said, "はい");
    let known = UNKNOWING.replace_all(said, "");
    let text = &ASKS_BACK.replace_all(&known, "");
    let unknowing = text.len() < said.len();
    let at_once = UNKNOWING.is_match(said.split('\n').next().unwrap_or(said));
    let text = text.trim_matches('\n');
    match read_known(text) {
        Answer::Nothing | Answer::Content | Answer::Vague if unknowing => Answer::Unknowing,
        Answer::Yes { .. } | Answer::No { .. } if at_once => Answer::Unknowing,
        answer => answer,
    }
}

/// What an answer says, apart from that she does not know.
fn read_known(text: &str) -> Answer {
    if HALF_YES.is_match(text) {
        return Answer::Vague;
    }
    if ACCEPTS.is_match(text) && !DENIES.is_match(text) {
        return Answer::Accepts;
    }
    if text.is_empty() || COURTESY.is_match(text) {
        return Answer::Nothing;
    }
    if DECLINED.is_match(text) {
        return Answer::Declined;
    }
    let yes = YES.find(text).map(|found| found.end());
    let no = begins_with_no(text);
    let lead = yes.or(no).unwrap_or(0);
    let rest = text[lead..].trim_start_matches(['\n', 'で', 'す', 'ね', 'よ']);
    if insists(text) {
        return Answer::Affirms;
    }
    if EVADES.is_match(text) && yes.is_none() && !DENIES.is_match(text) {
        return Answer::Vague;
    }
    // 「はい。通院のときは、重いものは持たせてくれません」: the answer stands in the first sentence.
    if let (Some(_), Some((first, rest))) = (yes, text.split_once('\n'))
        && !DENIES.is_match(first)
        && !BUT.is_match(rest)
    {
        return Answer::Yes { lone: false };
    }
    let denied = DENIES.find_iter(text).last();
    let of_hers = |at: usize| {
        let clause = text[..at].rsplit('\n').next().unwrap_or(text);
        !context::names_a_stranger(clause)
    };
    let affirmed = AFFIRMS
        .find_iter(text)
        .filter(|found| of_hers(found.start()));
    let affirmed = affirmed.last();
    if affirmed.is_none()
        && denied.is_none()
        && yes.is_none()
        && SLIPS.is_match(text)
        && !is_fine(text)
    {
        return Answer::Slips;
    }
    match (denied, affirmed) {
        (Some(denied), Some(affirmed))
            if affirmed.start() > denied.end() + 3
                && takes_back_a_denial(text, &denied, &affirmed) =>
        {
            return Answer::Affirms;
        }
        // 「ありますけど、大丈夫です」
        (Some(denied), Some(affirmed))
            if affirmed.start() < denied.start()
                && IS.is_match(affirmed.as_str())
                && is_eased(&text[affirmed.start()..]) =>
        {
            return Answer::Eased;
        }
        (Some(_), _) if is_fine(text) => return Answer::Fine,
        (Some(_), _) if LITTLE.is_match(text) && yes.is_none() => return Answer::Little,
        (Some(_), _) => return Answer::Denies,
        (None, Some(affirmed)) if yes.is_none() && is_eased(&text[affirmed.start()..]) => {
            return Answer::Eased;
        }
        (None, Some(_)) if yes.is_none() => return Answer::Affirms,
        (None, Some(_)) if no.is_none() => return Answer::Yes { lone: false },
        _ => {}
    }
    match (yes, no) {
        (Some(_), _) => Answer::Yes {
            lone: rest.chars().count() <= 2,
        },
        (None, Some(_)) if is_fine(text) => Answer::Fine,
        (None, Some(_)) => Answer::No {
            lone: rest.chars().count() <= 2,
        },
        (None, None) if is_fine(text) => Answer::Fine,
        (None, None) if LITTLE.is_match(text) => Answer::Little,
        (None, None) if VAGUE.is_match(text) && text.chars().count() <= 30 => Answer::Vague,
        (None, None)
            if text.chars().count() <= SHORT
                && SAYS_AGAIN.is_match(text)
                && !CAN.is_match(text) =>
        {
            Answer::Affirms
        }
        (None, None) => Answer::Content,
    }
}

/// Whether what is affirmed behind a denial is said against it: 「ないです。でも、たまに」, not 「ないです。先生も毎日
/// みてくれて」 nor 「ありません。口げんかはしますけど」.
fn takes_back_a_denial(text: &str, denied: &Match<'_>, affirmed: &Match<'_>) -> bool {
    static AGAINST: LazyLock<Regex> = LazyLock::new(|| {
        fixed("けど|けれど|でも|ただ|(?:です|ます|ません)が|のに|\\n(?:あ|まあ|いや)")
    });
    let behind = &text[affirmed.end()..];
    let sentence = behind.split('\n').next().unwrap_or(behind);
    AGAINST.is_match(&text[denied.end()..affirmed.start()])
        || IS.is_match(affirmed.as_str())
            && !sentence.contains("けど")
            && !sentence.contains("けれど")
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
    let denies = DENIES.is_match(first) || LITTLE.is_match(first) || NO.is_match(first);
    text.chars().count() > 30 && !denies
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
    /// Of an immediate item: a lone word that Whisper often mishears is never taken for an answer.
    pub(crate) immediate: bool,
}

/// What an answer means after a question. `unsure`: it was heard with little confidence.
pub(crate) fn mean(answer: Answer, question: Question, unsure: bool, text: &str) -> Meaning {
    use Answer as A;
    use Meaning as M;
    let Question {
        yes,
        negative,
        knowing,
        offers,
        lack,
        for_words,
        immediate,
    } = question;
    if offers && yes == Yes::Safe && REFUSES.is_match(text) {
        return M::Risk;
    }
    if (immediate || unsure) && is_unsure_word(text) {
        return M::Vague;
    }
    let denies = matches!(answer, A::Denies | A::Little | A::No { .. });
    let unsettled = || {
        let at_times = SOMETIMES.find(text).is_some_and(|it| {
            let rest = text[it.end()..].split('\n').next();
            !HARMLESS.is_match(rest.unwrap_or_default())
        });
        let others = [&EVADES, &UNKNOWING, &TRIES, &SOME, &YET, &ONLY_NOW];
        at_times || others.iter().any(|it| it.is_match(text))
    };
    if immediate && denies && unsettled() {
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
        (A::Denies | A::Little, Yes::Risk, false) if lack && !BARE_NO.is_match(text) => M::Risk,
        (A::No { .. } | A::Denies | A::Little, Yes::Risk, false) => M::Safe,

        (A::Yes { lone: false }, Yes::Safe, false) | (A::Yes { lone: false }, Yes::Risk, true)
            if LIMITS.is_match(text) =>
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
            } else {
                M::Safe
            }
        }

        (A::Yes { .. } | A::Denies | A::Little, Yes::Safe, true) => M::Risk,
        (A::No { .. } | A::Affirms, Yes::Safe, true) => M::Safe,

        // 「いいえ」 to 「いつごろでしたか」 denies nothing.
        (A::Denies | A::No { lone: true }, Yes::Open, _) if for_words => M::Vague,
        (A::Denies | A::No { lone: true }, Yes::Open, _) | (A::Yes { .. }, Yes::Open, true) => {
            M::Safe
        }
        (A::No { lone: false }, Yes::Open, _) => M::Told,
        (A::Little, Yes::Open, _) if is_bare(text) && !for_words && !immediate => M::Safe,
        (A::Little | A::Yes { lone: true }, Yes::Open, _) => M::Vague,
        (A::Yes { lone: false } | A::Affirms, Yes::Open, _) => M::Told,
    }
}

/// Whether an answer says in so many words that it is so.
fn is_said_again(text: &str) -> bool {
    let mut said = AFFIRMS.find_iter(text);
    said.any(|it| IS.is_match(it.as_str())) && !DENIES.is_match(text)
}

/// うん, ううん, ん, いいえ, ない alone, once or again: too short to be trusted with an immediate item.
fn is_unsure_word(text: &str) -> bool {
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| fixed("^(?:う+[んー]+|[んー]+|いいえ|い[えー]+|いや|ない|ねえ|へえ?)+$"));
    WORD.is_match(text.trim_matches('\n'))
}
