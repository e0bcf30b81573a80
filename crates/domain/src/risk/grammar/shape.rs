//! The shape of a sentence: does it ask, confirm, carry on, or belong to the nurse's way of talking?

use std::sync::LazyLock;

use regex::Regex;

use super::fixed;
use crate::risk::text::{Sentence, Text};

static QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:です|ます|でしょう|ました|でした|ません|ない|なかった|ある|いる|してる|れる|んです)か(?:ね|な)?$|(?:でしたっけ|ましたっけ|っけ|かしら|かな|いかが|どう|でしょう|どちらに|どなたに|ですよね|ますよね|ませんよね|ないよね|でしたよね|んでしたよね|ましたよね|よろしい|でしょうか)$|(?:は|など|とか|なんか|なんて|には|とは|って|ほうは|こと|というと|ほかに|お考えで|どなたか)$|(?:けど|けれど|が)$|(?:教えて|聞かせて|確認させて|お願い)(?:ください|いただけ|もらえ).{0,8}$|(?:名前|年齢|お年|週数|住所|番号)を?(?:お願い(?:します|でき).{0,8})?$",
    )
});
static CONFIRM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:ということ|ってこと|という感じ|というわけ|という理解)(?:です|で|に|なん|でしょう|でいい|でよろし).{0,8}$|(?:んですね|のですね|んですか|ですかね|なんですね|ですね|ますね|ましたね|でしたね|ませんね|ないですね|んですよね)$",
    )
});
static NEGATIVE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "ません(?:か|よね|ね|でした|でしょう)|ない(?:です|でしょう)?(?:か|よね|かな|ね)|なかった(?:です|でしょう)?(?:か|よね|ね|かな)|な(?:い|く|かった)(?:という|って)(?:こと|感じ|理解|お話)|ませんということ|(?:は|とか|も)な(?:い|かった)$|へんか|なさそう|ないですかって|て(?:い)?なくて.{0,24}という",
    )
});
static CARRIES_ON: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "という(?:と|の?は)|っていうと|どんな|どのくらい|どれくらい|どうして|なぜ|いつ(?:から|ごろ|頃)?|例えば|たとえば|どういう|どのよう|ゆっくり|無理|言いにく|話しにく|答えにく|大丈夫です|かまいません|話したくな|急がな|つらかった|ありがとう|うなず|そうでしたか|そうなんですか|そうですか|ほんとですか|本当ですか|なんでしょう|もう少し|詳しく|差し支え|何か|聞いてもいい|お話し|教えて",
    )
});
static NURSE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "ください(?:ね|\n|$)|いただ(?:い|け|き)|ご案内|お渡し|お伝え|お聞きし|おうかがい|お伺い|ましょう|でしょうか|ますか|ですか$|ませんか|(?:方|人)も(?:い|多)|いらっしゃ|おられ|ということですね|んですね$|なんですね|お気持ち|ご主人|奥さま|奥様|お子さん|お母さんの?体|ご家族|ご実家|お住まい|お仕事|ご自身|ご自分|保健師の|市の|区の|できますよ|ありますよ|ですからね|ますからね|ですよ$|ますので|ことがあります|と言われて(?:い)?ます$|そうでしたか|よかったです$|ですよね",
    )
});

/// Whether a sentence asks something.
pub(crate) fn asks(text: &Text, sentence: &Sentence) -> bool {
    sentence.question_mark || QUESTION.is_match(text.sentence(sentence))
}

/// Whether a sentence says back what was heard, so that a yes confirms it.
pub(crate) fn confirms(sentence: &str) -> bool {
    CONFIRM.is_match(sentence)
}

/// Whether a question is asked in the negative: 「吸っていませんか」.
pub(crate) fn is_negative(sentence: &str) -> bool {
    NEGATIVE.is_match(sentence)
}

/// Whether a sentence without a topic of its own keeps the last question open.
pub(crate) fn carries_on(sentence: &str) -> bool {
    sentence.chars().count() <= 12 || CARRIES_ON.is_match(sentence)
}

/// Whether a question without a topic of its own asks on about the last one.
pub(crate) fn asks_on(sentence: &str) -> bool {
    CARRIES_ON.is_match(sentence)
}

/// On one microphone: whether a sentence is most likely the nurse's.
pub(crate) fn is_nurselike(sentence: &str) -> bool {
    NURSE.is_match(sentence)
}
