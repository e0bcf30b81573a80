//! The shape of a sentence: does it ask, confirm, or carry on?

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{fixed, polarity};
use crate::risk::text::{Sentence, Text};

static QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:です|ます|でしょう|ましょう|ました|でした|ません|ない|なかった|ある|いる|してる|れる|んです)か(?:ね|な)?$|[かねどう]お?(?:たばこ|酒|薬|仕事|体調|ご?家族|ご?主人)(?:は|の(?:ほう|こと)は?)?$|(?:うかが|伺|お聞き)(?:う|する)ことに(?:なって|して)(?:い|お)?(?:まし|り|ます)|(?:うかがって|伺って|お聞きして)(?:い|お)?(?:る|り)(?:ん|の)?(?:です|まし|ます)(?:て|が)?$|(?:され|られ|なさっ|いらし)て$|お[^\\n]{1,4}で(?:は)?ない$|(?:です|ます|でしょう|ました|でした|ません)か(?:最近|夜|今|正直|ご?主人|旦那|お?酒|たばこ|ご自身|赤ちゃん|お子さん|上の子|お体|体調|普段|ふだん|今まで|これまで|家|おうち|お仕事|ご?家族|ここ|この|お?腹|前回|1人目)[^\\n]{0,8}$|は(?:これまで|今まで|最近|過去)に$|こともあ(?:る|った)と$|ことって(?:あったりします|あります|ありました)$|(?:特に|[はがも])な(?:い|し)と$|(?:でしたっけ|ましたっけ|っけ|かしら|かな|いかが|どう|でしょう|どちらに|どなたに|ですよね|ますよね|ませんよね|ないよね|でしたよね|んでしたよね|ましたよね|よろしい|でしょうか)$|(?:は|など|とか|なんか|なんて|には|とは|って|ほうは|こと|というと|ほかに|お考えで|どなたか)$|(?:けど|けれど|けども|けれども|が)$|(?:教えて|聞かせて|確認させて|お願い)(?:ください|いただけ|もらえ).{0,8}$|(?:名前|年齢|お年|週数|住所|番号)を?(?:お願い(?:します|でき).{0,8})?$",
    )
});
static CONFIRM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:ということ|ってこと|という感じ|というわけ|という理解)(?:です|で|に|なん|でしょう|でいい|でよろし).{0,8}$|と(?:お聞き|うかがい|伺い|うかがって|伺って)(?:い)?(?:しました|ました|して(?:い)?ます|ます)(?:が|けど)?$|(?:んですね|のですね|んですか|ですかね|なんですね|ですね|ますね|ましたね|でしたね|ませんね|ないですね|んですよね)$",
    )
});
static NEGATIVE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "ません(?:か|よね|ね|でした|でしょう)|ない(?:(?:ん|の)?(?:です|でしょう))?(?:か|よね|かな|ね)|なかった(?:ん|の)?(?:です|でしょう)?(?:か|よね|ね|かな)|(?:[^おは]|[^お]は)なし(?:です|ということ|と$)|な(?:い|し)と(?:書|伺|聞|うかが|おっしゃ|$)|な(?:い|く|かった)(?:という|って)(?:こと|感じ|理解|お話)|ませんということ|(?:は|とか|も)な(?:い|かった)$|な(?:い|かった)で(?:よろしい|いい|合って|まちがい|間違い)|へんか|なさそう|(?:[られてでまわえせしいめべけ]|こと(?:は|も)?)な(?:い|かった)(?:です|の|んです)?$|ないですかって|て(?:い)?なくて.{0,24}という",
    )
});
static CARRIES_ON: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "という(?:と|の?は)|っていうと|どんな|どのくらい|どれくらい|どうして|なぜ|いつ(?:から|ごろ|頃)?|例えば|たとえば|どういう|どのよう|ゆっくり|無理|言いにく|話しにく|答えにく|大丈夫です|かまいません|話したくな|急がな|つらかった|ありがとう|うなず|そうでしたか|そうなんですか|そうですか|ほんとですか|本当ですか|なんでしょう|もう少し|詳しく|差し支え|何か|聞いてもいい|お話し|教えて",
    )
});
/// A question that only asks the last one anew, of her, of now, or in general.
static AGAIN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:あの|でも)*(?:本当|ほんと|ほんとう)に(?:大丈夫|だいじょうぶ|何もな|なにもな|ない)[^\\n]{0,8}か$|^(?:いつもと|ふだんと|普段と)?お?変わり(?:は|も)?(?:ない|ありません|ございません)(?:です|でしょう)?か$|^(?:それで|では|じゃあ|で|うん|はい|そうですか|そうなんですね|ふだん|普段|そのほか|ほか)?(?:ご自身|ご自分|ご本人|お母さん|奥さま|奥さん|今|いま|最近|現在|妊娠して(?:から)?|妊娠中|わかってから|そちら|そのあと|その後|それから|ほか|他|ご主人|旦那さん|パートナーの方|ご家族|そのあたり|そこ)?(?:の?ほう)?(?:に|で)?(?:は|も)?(?:まだ)?(?:いかが|どう|どんな感じ|どうなん|どんなふう|ある|あり|なにか|何か)?(?:です|でしょう|でした|ますか|あります|ありました)?(?:か|かね)?$",
    )
});
/// All is as it was.
const UNCHANGED: &str =
    "(?:問題|変わり|差し支え|支障)(?:は|が|も)?(?:ない|ありません|ございません)";
/// 「お疲れじゃないですか」 asks whether she is, 「寄らせてもらえませんか」 for leave.
static RHETORICAL: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "(?:じゃ|では)(?:ない|ありません)(?:です|でしょう)?か|{UNCHANGED}(?:です|でしょう)?(?:か|ね|よね)|(?:[さらわかたま]せて|聞いて|教えて|来て|話して)(?:もらえ|いただけ)(?:ない|ません)(?:です|でしょう)?か"
    ))
});

/// Whether a sentence asks something.
pub(crate) fn asks(text: &Text, sentence: &Sentence) -> bool {
    sentence.question_mark || QUESTION.is_match(text.sentence(sentence))
}

/// Whether 「ない」 only makes a question kind: 「お変わりないですか」.
pub(crate) fn is_kind(sentence: &str) -> bool {
    RHETORICAL.is_match(sentence)
}

/// Whether the verb that a question ends with is denied: 「止まらなくなったりはしていませんか」.
pub(crate) fn ends_in_a_denial(sentence: &str) -> bool {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| {
        fixed("(?:ません(?:でした)?|な(?:い|かった)(?:です|でしょう)?)か(?:ね|な)?$")
    });
    DENIED.is_match(sentence)
}

/// Whether a question asks whether it is all right with what it names: 「お腹の張りは大丈夫ですか」. 「電話しても大丈夫ですか」 asks leave.
pub(crate) fn asks_whether_fine(sentence: &str) -> bool {
    static FINE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "[^もでてら](?:大丈夫|だいじょうぶ|平気|問題な(?:い|く|さそう))(?:そう)?(?:です|でしょう|でした|だった|ます)?(?:か|かね|かな|よね|ね)?(?:最近|今|[^\\n]{1,12}(?:とか|など))?$",
        )
    });
    FINE.is_match(sentence) && !offers(sentence)
}

/// Where a nurse breaks off what she asks to ask something else first, in bytes: 「介護が必要な方は、‐先に確認ですけど、…」.
pub(crate) fn breaks_off(sentence: &str) -> Option<usize> {
    static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:ごめんなさい|すみません|すいません)?(?:その前に[^もは]|先に(?:こちら|確認|1つ|ひとつ|お名前|ちょっと)|画面(?:が)?(?:止ま|固ま|映)|まいく(?:は|が)?入)|そうだ(?:次|今日|お|その)|^そうだ[^っ]",
        )
    });
    Some(ASIDE.find(sentence)?.start())
}

/// Whether a question only takes up what she has said: 「たまにありますか」「あるんですね」.
pub(crate) fn takes_up(sentence: &str) -> bool {
    static UP: LazyLock<Regex> = LazyLock::new(|| {
        const OFTEN: &str = "(?:今も|まだ|たまに(?:は)?|ときどき|時々|少しは|少し|ちょっと)";
        const IS: &str = "(?:ある|あり|思う|思い|思われる|感じる|感じ|考える|考え)";
        fixed(&format!(
            "^(?:それ(?:は|って)|では|じゃあ|やっぱり)?(?:{OFTEN}+{IS}?|{IS})(?:ます|ん|と|って)?(?:いう)?(?:こと|感じ)?(?:です|でしょう)?(?:か|ね|よね|かね|かな)*$"
        ))
    });
    UP.is_match(sentence)
}

/// Whether a question without a topic of its own asks whether it is less than it should be: 「いつもより少ない?」「あまり?」.
pub(crate) fn asks_whether_less(sentence: &str) -> bool {
    static LESS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:それは|やっぱり|ちょっと|少し|だいぶ|かなり)?(?:いつもより|普段より|前より|最近は?|今は)?(?:ちょっと|少し|だいぶ|かなり)?(?:あまり|あんまり|いない|ない|少ない|少なめ|減って(?:い)?る|減った|弱い|弱く|足りない|足りて(?:い)?ない|眠れない|眠れて(?:い)?ない)(?:感じ|よう)?(?:な|の|ん)?(?:です|でしょう)?(?:か|ね|よね|かね|かな)*$",
        )
    });
    LESS.is_match(sentence)
}

/// Where a question asks whether all is as it was, in bytes: 「おりものは‐変わりない‐ですか」.
pub(crate) fn unchanged(sentence: &str) -> Option<Range<usize>> {
    static SAME: LazyLock<Regex> = LazyLock::new(|| {
        fixed(&format!(
            "{UNCHANGED}|(?:間違い|まちがい)(?:は|が|も)?(?:ない|ありません|ございません)"
        ))
    });
    SAME.find(sentence).map(|it| it.range())
}

/// Whether a sentence says back what was heard, so that a yes confirms it.
pub(crate) fn confirms(sentence: &str) -> bool {
    CONFIRM.is_match(sentence) && !sentence.contains("かもしれ")
}

/// Whether a question offers something or asks leave: 「お電話してもいいですか」.
pub(crate) fn offers(sentence: &str) -> bool {
    static OFFERS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:て|で)も?(?:いい|よろしい|大丈夫|だいじょうぶ|かまいません|構いません|差し支え)|ましょうか|(?:し|いたし|差し上げ|送り|伺い|うかがい)ますね|たい(?:の|ん)です",
        )
    });
    OFFERS.is_match(sentence)
}

/// Whether a question is about the talk itself: whether she is alone, hears well and may speak. It asks about no item.
pub(crate) fn is_about_the_talk(sentence: &str) -> bool {
    static TALK: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:まわり|周り|人目)(?:を|の目を)?気にせず|(?:声|音|画面|映像)(?:は|が)?.{0,6}(?:聞こえ|見え)",
        )
    });
    TALK.is_match(sentence)
}

/// Whether a question is asked in the negative: 「吸っていませんか」.
pub(crate) fn is_negative(sentence: &str) -> bool {
    // 「生活費を渡してもらえないということは」
    static OF_A_LACK: LazyLock<Regex> =
        LazyLock::new(|| fixed("[^はもがか]な(?:い|かった)(?:という|って)?こと(?:は|って|とか)?$"));
    NEGATIVE.is_match(sentence) && !RHETORICAL.is_match(sentence) && !OF_A_LACK.is_match(sentence)
}

/// Whether what follows words says that there is nothing of it: 「死にたいとか‐、そういうお気持ちはないんですね」.
pub(crate) fn says_there_is_none(after: &str) -> bool {
    static NONE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:は|とか|も|こと(?:が)?|など|なんて)(?:な(?:い|かった|し|さそう)|ありません)(?:(?:ん|の)?です|という(?:こと|感じ)|$)",
        )
    });
    NONE.find(after).is_some_and(|none| {
        let between = &after[..none.start()];
        between.chars().count() <= 12 && !polarity::goes_on(between) && !between.contains('て')
    })
}

/// Whether the words that a question asks about hold their own 「ない」, which then does not make the question a negative
/// one: 「‐眠れな‐いということですね」. 「不安はないですか」 asks in the negative, for what is there or not.
pub(crate) fn holds_a_lack(sentence: &str, at: &Range<usize>) -> bool {
    static LACK: LazyLock<Regex> =
        LazyLock::new(|| fixed("(?:は|も|が|と|の|とか|など|とき|もの|人|方)?な(?:い|く|かった)"));
    let mut found = LACK.find_iter(&sentence[at.start..]);
    found.any(|it| it.as_str().starts_with('な') && it.start() < at.len())
}

/// Whether a sentence says back a question of hers, which a yes does not answer: 「誰に頼ったらいいのか、ということですね」.
pub(crate) fn says_a_question_back(sentence: &str) -> bool {
    static BACK: LazyLock<Regex> = LazyLock::new(|| {
        fixed("か(?:な)?(?:ということ|ってこと|という感じ|という(?:ご)?(?:心配|不安))")
    });
    BACK.is_match(sentence)
}

/// Whether a sentence without a topic of its own keeps the last question open.
pub(crate) fn carries_on(sentence: &str) -> bool {
    sentence.chars().count() <= 12 || CARRIES_ON.is_match(sentence)
}

/// Whether a question without a topic of its own asks on about the last one.
pub(crate) fn asks_on(sentence: &str) -> bool {
    CARRIES_ON.is_match(sentence)
}

/// Whether a question without a topic of its own asks the last one anew: 「ご自身はいかがですか」.
pub(crate) fn asks_again(sentence: &str) -> bool {
    // 「そうですか」 only listens.
    static LISTENS: LazyLock<Regex> =
        LazyLock::new(|| fixed("^(?:ああ?|へえ)?そう(?:なん)?(?:です|でした)か(?:ね)?$"));
    AGAIN.is_match(sentence) && !LISTENS.is_match(sentence)
}

/// One microphone without marks: where in a text an answer follows a question, in bytes.
pub(crate) fn answer_behind(words: &str) -> Option<usize> {
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "((?:です|ます|でしょう|ました|でした|ません)か(?:ね)?)[、 　]?(?:はい|いえ|いいえ|うん|ううん|ええ|いや|ないです|ありません|特に|全然|まあ|うーん|そうですね)",
        )
    });
    Some(BEHIND.captures(words)?.get(1)?.end())
}

/// Whether a question is about somebody whom a nurse names with honour, not about her.
pub(crate) fn is_about_another(sentence: &str) -> bool {
    static ANOTHER: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:上の(?:お)?子さん|お子さんたち|お姉さん|お兄さん|妹さん|弟さん|お母さま|お母様|お父さま|お父様|ご両親|お義母さん|お義父さん|お友達|ご主人|旦那さん|だんなさん|ご家族|おばあさま|おばあちゃん|職場の方|同僚の方)(?:たち|自身)?(?:が|は|も|双子)",
        )
    });
    // 「上のお子さんもいて大変だと思うんですけど、出血はありますか」: what stands behind it is asked of her.
    let asked = match sentence.rsplit_once("けど") {
        Some((before, asked)) if before.contains("大変") || before.contains("思う") => asked,
        _ => sentence,
    };
    ANOTHER.is_match(asked)
}

/// Whether a question asks what she knows or understood.
pub(crate) fn asks_knowing(sentence: &str) -> bool {
    static KNOWING: LazyLock<Regex> =
        LazyLock::new(|| fixed("わか(?:り|る|って)|ご存|知って|理解|覚えて|思い出せ"));
    KNOWING.is_match(sentence)
}

/// Whether a question asks when, how or how many: neither a yes nor a no answers it.
pub(crate) fn asks_for_words(sentence: &str) -> bool {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:いつ|おいくつ|どこ|どちら|どなた|誰|だれ|何(?:人|歳|週|回|か月|ヶ月)|どんな|どのよう|どう)(?:[^かで]|で[^も]|$).{0,14}$",
        )
    });
    WORDS.is_match(sentence)
}

/// Whether a question asks for a time or case of not doing: 「受けていない時期はありましたか」.
pub(crate) fn asks_for_a_lack(sentence: &str) -> bool {
    static LACK: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "な(?:い|かった)(?:という)?(?:こと|時期|とき|時|日|回|ところ)(?:は|が|も|など|とか)|[かさたなまらわがばえけせべめれげ]なそう(?:です|な)?か",
        )
    });
    LACK.is_match(sentence)
}

/// Whether a question about what should be so asks whether it is not: 「自由に使わせてもらえないなどは」「指示どおりでなく」
/// 「使うと怒られますか」.
pub(crate) fn asks_for_the_worse(sentence: &str) -> bool {
    static WORSE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "な(?:い|かった)(?:など|とか|なんて|なんか|と(?:いう)?(?:感じ|思|心配|こと)|感じ|よう(?:な|に)|場所|心配|まま)|(?:で|では|じゃ)な(?:い|く)(?:と|て|飲)|ないで(?:飲|使|まと)|(?:守ら|飲ま|せ)ず|(?:怒ら|叱ら)れ(?:る|た|ま|て)|いなくて(?:困|心細|不安|つら|大変|寂し|さみし)|断られ|禁止され|制限(?:され|が)|許可(?:が(?:い|必)|を)|減(?:っ(?:た|て)|りまし)|動(?:き(?:が|は)?|か|いて)なくな|感じなくな|少なく(?:な|て)|弱く|弱い(?:です|ん|感じ)",
        )
    });
    WORSE.is_match(sentence)
}

/// Whether a question asks whether a trouble has ended: 「児童相談所との関わりは終わりましたか」「殴られることはなくなりましたか」. What is no longer
/// there may have been good (「食欲がなくなりましたか」), and what got less is not over.
pub(crate) fn asks_whether_over(sentence: &str) -> bool {
    static OVER: LazyLock<Regex> = LazyLock::new(|| {
        const TROUBLE: &str = "(?:こと|話|気持ち|考え|症状|関わり|痛み|出血|張り|けんか|喧嘩|暴力|連絡)(?:は|が|も|って)?(?:もう|すっかり|だいぶ|今は|少しは)*";
        const ENDS: &str = "(?:れ|まし|て(?:い)?(?:ます|る)|られ|して|しまし|た|で|と(?:いう|か))*(?:た|ん|の|いう|こと|です|ます|ました|で|か|かね|ね|よね|$)+$";
        fixed(&format!(
            "(?:終わ(?:り|っ)|終了|{TROUBLE}なくな(?:っ|り)|(?:おさま|収ま|治ま)(?:っ|り)|治(?:っ|り)|解決|片付(?:き|い)|返し終|完済|切れ(?:まし|た|て)|卒業|落ち着(?:き|い|か)){ENDS}"
        ))
    });
    OVER.is_match(sentence)
}

/// Whether a question about what should be so asks for trouble with it: a yes is no good news, nor is a no for certain.
pub(crate) fn asks_for_trouble(sentence: &str) -> bool {
    static TROUBLE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "困って|困る(?:こと|よう)|困り(?:ごと|事)|心配(?:な)?(?:こと|点|は|が|です)|(?:悪|難し|むずかし|きつ)(?:い|かった)(?:です|でしょう|ん|の|感じ|こと)|あまり.{0,10}な(?:い|かった)|なかった(?:の)?です",
        )
    });
    TROUBLE.is_match(sentence)
}

/// Where the question ends that holds words which end at a byte: 「…できますか‐怖くないですか」.
pub(crate) fn question_end(sentence: &str, words_end: usize) -> usize {
    static NEXT: LazyLock<Regex> =
        LazyLock::new(|| fixed("(?:ます|です|ました|でした|ません)か[^ねなっと]"));
    let rest = sentence.get(words_end..).unwrap_or_default();
    NEXT.find(rest).map_or(sentence.len(), |it| {
        let next = it.as_str().chars().next_back().map_or(0, char::len_utf8);
        words_end + it.end() - next
    })
}

/// Whether words of a question are left out by what follows: 「休まずに」「欠かすことなく」.
pub(crate) fn leaves_out(after: &str) -> bool {
    static OUT: LazyLock<Regex> =
        LazyLock::new(|| fixed("^.{0,2}?(?:せず|まず|かず|さず|らず|ずに|ことなく)"));
    OUT.is_match(after)
}

/// Whether a sentence tells what others are like: what breaks off behind it asks nothing.
pub(crate) fn explains(sentence: &str) -> bool {
    static TELLS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:方|人|かた|まま|ママ|お母さん)(?:が|も)(?:多い|い(?:ます|らっしゃ|る)|おられ)|ことが(?:あり|よくあり|多い)|と言われて(?:い)?ます|なりやすい|場合(?:が|も)あ",
        )
    });
    TELLS.is_match(sentence)
}

/// Whether a sentence asks in so many words, not only by breaking off.
pub(crate) fn asks_outright(sentence: &Sentence, words: &str) -> bool {
    static OUTRIGHT: LazyLock<Regex> =
        LazyLock::new(|| fixed("か(?:ね|な)?$|(?:いかが|どう|でしょう)$|ください"));
    sentence.question_mark || OUTRIGHT.is_match(words)
}

/// Whether a question asks for what she does against her will: 「つい手が出ちゃうことは」.
pub(crate) fn asks_of_a_slip(sentence: &str) -> bool {
    static SLIP: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "つい.{0,12}?(?:ちゃ|てしま|じゃ)|(?:出|叩い|怒鳴っ|あげ|あたっ|当たっ)(?:ちゃ|てしま)(?:う|い|っ)",
        )
    });
    static BY_ANOTHER: LazyLock<Regex> =
        LazyLock::new(|| fixed("ご?主人|夫|旦那|だんな|パートナー|彼|お?相手"));
    SLIP.is_match(sentence) && !BY_ANOTHER.is_match(sentence)
}
