//! One microphone: whether a sentence sounds like the nurse or like the one who is asked. A nurse asks,
//! offers, explains and honours 「you」; a resident tells of herself, breaks off, and answers.

use std::sync::LazyLock;

use regex::Regex;

use super::fixed;

/// Weights in halves of a point. Above 0 the words are a nurse's, below 0 hers.
struct Cue {
    weight: i32,
    words: Regex,
}

static CUES: LazyLock<Vec<Cue>> = LazyLock::new(|| {
    let cue = |(weight, words): (i32, &str)| Cue {
        weight,
        words: fixed(words),
    };
    [
        // She asks.
        (6, "(?:ます|です|ました|でした|でしょう|ません)か(?:ね)?$|(?:いかが|でしょう|よろしい|どちら|どなた)$"),
        (5, "(?:こと|ほう|予定|様子|方|気持ち|調子|体調|関係|お仕事|経験)(?:は|とか|など)$|については$"),
        // She explains, and says what others do.
        (6, "(?:ことが|ことも|場合も|場合が|方も|方が|方ほど|人も|かたも)(?:あり|ある|い(?:ます|る|らっしゃ)|多い|おられ)|(?:という|っていう)(?:方|制度|のが|ものが|のも)"),
        (4, "保健師|助産師さん(?:が|に相談)|市の|区の|町の|制度|給付金の|教室|面談|録音|窓口|記録|手続き|センター|パンフレット|資料|相談でき|相談して|使えます|使えて|受けられ|できますし|サービス|皆さん|みなさん|無料|割引|登録|おすすめ|十分です|一緒に考え"),
        (5, "(?:です|ます|ました|でした|ません)よ(?:ね)?$|からね$|のでね$|もんね$|ですしね$"),
        (3, "もし.{0,30}(?:ら|とき|ときは|場合)|嫌なら"),
        // She asks for things and offers them.
        (6, "(?:て|で)(?:も)?(?:ください|下さい)|ご.{1,8}ください"),
        (8, "ましょう(?:か|ね|$)|しょうね$"),
        (8, "お(?:渡し|伝え|聞きし|話しし|電話し|送り|知らせ|手伝いでき|預かり|待たせ|尋ね|たずね|うかが|伺|こた)|ご(?:案内|説明|紹介|連絡し|相談でき|一緒に)|いただ[いけきく]|(?:確認|説明|紹介|質問)(?:させて|しますね)|うかが|伺"),
        // She honours.
        (6, "いらっしゃ|おられ|なさ(?:っ|い|る|れ)|され(?:て(?:い)?ます|ました|ます)か|お[ぁ-ん一-龠]{1,6}(?:になり|になっ|になら|になる|ですか|でしょう)|ご(?:主人|家族|夫婦|自身|本人|自分|実家|両親|予定|不安|心配|体調|結婚|入籍|出産|妊娠|気分|協力|相談|案内|説明|希望|都合|連絡|負担|様子|関係|兄弟|きょうだい|経験)|お(?:気持ち|体|からだ|住まい|仕事|子さん|母さま|母様|時間|話|手元|酒や|たばこ|煙草|名前|年|困り|悩み|二人|2人|疲れさま)"),
        // She says back what she heard, and feels with her.
        (7, "(?:んです|のです|なんです|という(?:こと|感じ|お気持ち)です)(?:ね|か|よね)$"),
        (4, "(?:です|ます|ました|でした|ません)ね$"),
        (6, "よかった(?:です)?(?:ね)?$|大変(?:でした|です)(?:ね|よね)|つらかった(?:です|でしょう)|心強い|安心(?:しました|です|$)|そうでしたか|なるほど|えらい|すばらし|素敵|すてき|ばっちり|大丈夫ですよ|わかりました$|承知|そうですよね|もちろん|無理もな|自然なこと|当然|おめでとう|聞かせて|教えて(?:くれ|くだ|も)|話して(?:くれ|くだ)"),
        (4, "^(?:では|それでは|それから|次に|続いて|最後に|ちなみに|ところで|ほかに|他に|たとえば|例えば|まず|ふふ|そうそう)"),
        (2, "^(?:うんうん|はい)$"),
        // The other breaks off.
        (-6, "(?:んです|のです|だ|です|ます|た|ん)(?:けど|けれど)$|んで$|なんで$|(?:し|たり|たら|かも|みたいな|っていうか)$|[^とにまも](?:て|で)$"),
        (-2, "(?:から|ので|のに|とか|って|かな|は)$"),
        (-4, "(?:ん|の)です$"),
        // Speaks of herself and hers.
        (-6, "私|わたし|あたし|うちの|うちは|自分(?:が|で|の|は)|夫(?:が|は|も|の|に|と)|旦那(?:が|は|も|の|に|と)|だんな(?:が|は|も|の|に|と)|彼(?:が|は|も|の|に|と)|(?:^|[^ご])主人(?:が|は|も)|(?:^|[^お])母(?:が|は|も|に|と|の)|(?:^|[^お])父(?:が|は|も|に|と|の)|(?:^|[^ご])実家|義母|義父"),
        // Says it plainly.
        (-5, "(?:[^しう]た|しない|てない|なかった|[^ん]だ|てる|いる|わ|だよ|だね|やし|しょ|じゃん)$"),
        (-4, "と思って|って思|って言われ|と言われ|って言って|ちゃ(?:って|い|う|った)|たいです|怖く|めっちゃ|なんか|正直|やっぱり?|ぜんぜん|全然|やば|けっこう|まじ|すごく|頭真っ白"),
        (-2, "(?:てます|てません|ません|ないです|たいです)$"),
        (-2, "くらい|ぐらい|一応|1応|たぶん|多分|まだ|やっと"),
        // Answers.
        (-4, "^(?:はい|いえ|いいえ|いや|うーん|うん|ううん|えー|え(?:$|[^らー])|へえ|まあ|んー|そうですね|特に|大丈夫です|ないです|ありません)"),
    ]
    .map(cue)
    .into()
});

/// A question mark behind a polite verb: 「眠れてます？」; behind a topic: 「お酒とかは？」.
const ASKED_POLITELY: i32 = 8;
const ASKED_ABOUT: i32 = 4;
static POLITE: LazyLock<Regex> = LazyLock::new(|| fixed("(?:です|ます|ました|でした|ません)$"));
static TOPIC: LazyLock<Regex> = LazyLock::new(|| fixed("(?:とか|は|って|ほう|こと)$"));

/// How much a folded sentence sounds like a nurse: above 0 hers, below 0 the other's.
pub(crate) fn lean(sentence: &str, question_mark: bool) -> i32 {
    let cues = CUES.iter().filter(|cue| cue.words.is_match(sentence));
    let asked = match question_mark {
        true if POLITE.is_match(sentence) => ASKED_POLITELY,
        true if TOPIC.is_match(sentence) => ASKED_ABOUT,
        true => 1,
        false => 0,
    };
    cues.map(|cue| cue.weight).sum::<i32>() + asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::text::Text;

    fn leans(said: &str) -> i32 {
        let text = Text::new(said);
        let of = |sentence| lean(text.sentence(sentence), sentence.question_mark);
        text.sentences().iter().map(of).sum()
    }

    #[test]
    fn a_nurse_asks_offers_explains_and_honours() {
        for said in [
            "たばこは吸われますか。",
            "気分が落ち込むことはありますか。",
            "死にたいと思うほどつらいときは、すぐ連絡してくださいね。",
            "産後は、涙が出たり眠れなかったりする方もいらっしゃいます。",
            "ご主人が手をあげることは。",
            "眠れないんですね。",
            "一緒に考えていきましょう。",
        ] {
            assert!(leans(said) > 0, "{said}");
        }
    }

    #[test]
    fn the_other_tells_of_herself() {
        for said in [
            "もう死にたいって思って。",
            "夫に殴られることがあって。",
            "眠れないんですけど。",
            "はい、少し。",
            "実家には頼れないし。",
            "まだ吸っちゃってます。",
        ] {
            assert!(leans(said) < 0, "{said}");
        }
    }
}
