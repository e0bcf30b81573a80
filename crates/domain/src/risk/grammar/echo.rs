//! An answer that says the question's own predicate again: 「困っていませんか」「はい、困ってます」. Whatever yes or no stands
//! before it, the predicate decides: it is so, or it is not.

use std::sync::LazyLock;

use regex::Regex;

use super::{fixed, meaning, person, shape};
use crate::risk::dialect::STEM_IN_RA;

/// What a question asks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Predicate {
    /// Where it stands in the question, in bytes.
    pub(crate) at: usize,
    said_again: Said,
    /// Asked for as what is not so: 「払えていないということはないですか」.
    lacking: bool,
    past: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// The same characters.
    Stem(String),
    /// A word that changes: its number.
    Kana(usize),
}

/// Words without Chinese characters that change: as they end a question, and as they begin an answer.
static KANA: LazyLock<Vec<(Regex, Regex)>> = LazyLock::new(|| {
    let ends = "(?:[ただる](?:という)?こと(?:は|が|も)?(?:ない|なかった|ありま|ござい)[ぁ-ん]*|(?:て|で)?(?:い|いらっしゃい|おられ|おり)?(?:ます|ません|ました|ませんでした|ない|なかった|る|た)(?:です|でしょう|の|ん)*か(?:ね|な)?)$";
    let entry = |asks: &str, answers: &str| {
        (
            fixed(&format!("(?:{asks}){ends}")),
            fixed(&format!("^(?:{answers})")),
        )
    };
    vec![
        entry(
            "(?:さ(?:れ|っ)|なさい)|(?:^|[^丁-龠])し",
            "(?:し|され)(?:て|ま|な|と|よ|ちゃ|た)|やっ?(?:て|と|た)|やり|やら",
        ),
        entry("なっ|な(?:り|る)", "なっ(?:て|と|ち)|なり|ならな"),
        entry("でき", "でき"),
        entry("わか(?:り|っ|ら)?", "わか|分か"),
        entry("(?:くれ|くださ(?:い|っ)?)", "(?:して|やって)?くれ"),
        entry("(?:もらえ|いただけ)", "(?:して|やって)?もらえ"),
        entry("や(?:め|められ|めれ)", "やめ"),
        entry(
            "[はがも](?:ほかに|他に|どなたか|誰か)?(?:い|いらっしゃい|おられ)",
            "い(?:ます|ません|ない|る|て(?:ない|ません|ます|へん))|お(?:ります|りません|らん|らない|る(?:よ|ん|\\n|$))|いらっしゃ",
        ),
    ]
});
/// Written without Chinese characters, and said again as they are.
const ALIKE: [&str; 12] = [
    "さみし",
    "さびし",
    "つら",
    "しんど",
    "きつ",
    "こわ",
    "うれし",
    "うまくい",
    "むずかし",
    "けんか",
    "ほし",
    "いり",
];

/// What may stand before the predicate of an answer.
const OPENS: &str = "(?:はい|ええ|う+ん|いえ|いいえ|いや|いいや|そう(?:です|だ)?ね|そうです|あー|あ|えー|えっと|ん+|まあ|まぁ|\\n|正直|実は|今は|今も|今のところ|最近は?|ちょっと|少し|けっこう|結構|めっちゃ|めちゃ|すごく|すごい|かなり|だいぶ|ほんまに|毎日|毎晩|いつも|よく|全然|ぜんぜん|まったく|全く|あまり|あんまり|ほとんど|なかなか|まだ|もう|1応|いちおう|ちゃんと|普通に|やっぱり|本当に|ほんとに|とても|特に|何も|なにも|誰も|だれも|誰にも|ずっと|全部|みんな|それは|そこは|そんなに)*";

/// A predicate of Chinese characters, with what stands behind it up to the next one.
static STEM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "([丁-龠々]+(?:[いきしちりみえけせてれめび][丁-龠々]+)?)((?:さん|ちゃん)?(?:です|では|じゃ|でしょう|な(?:ん|の|こと|い)|(?:は|が|も)(?:ない|なかった|あり|ござい)|[いきしちひみりぎじびえけせてねめれげべっんたばまらわうくすつぬむるぐぶこ]|か[なせれさ]|さ[なせれ]|にた)[ぁ-ん]*)",
    )
});
static NOT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "な(?:い|く|かっ|かろ)|ません|へん|ひん|(?:[^すいよんただるうら]|{STEM_IN_RA})ね[えーぇ]|ねっす|なか(?:です|と|よ|\\n|$)|[かまらわがばえけせべめれげ]ん(?:です|とです|っす|よ|わ|ね|かった|やった|\\n|$)",
    ))
});
static PAST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "[ただ](?:こと|です|ん|の|か|ね|よ|な|わ|り|という|って|\\n|$)|でした|[あかさたなまらわばが]れて",
    )
});
/// How a whole predicate ends.
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^[ぁ-んー]{0,12}?(?:ます|ました|ません|ませんでした|です|でした|る|た|だ|い|う|く|す|む|ぶ|つ|ぬ|ぐ|ん|へん|ねえ)(?:です|ん|の|よ|ね|わ|な|さ|っす|けど|ねえ|なあ|ばい|ばってん|とよ|とです|で|や|が)*(?:\\n|$)",
    )
});
/// 「さみしくてしょうがない」「困ってますけど大丈夫です」: more than the predicate.
static HEDGED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:って|と)(?:いう|いえば)|とき|つもり|たい|たら|れば|といい|はず|べき|りゃ|もんじゃ|どころ|わけ|ならな|かもしれ|しょうがな|しかたな|たまらな|ずに(?:は)?い|しかな|(?:けど|けれど|から|ので|のに|なら|たら|ても)[ぁ-んー]{3}",
    )
});
/// It is not so, and should be.
static WISHED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^[ぁ-ん]{0,8}?(?:(?:たら|れば|えば|てば|けば|りゃ|なら|と)(?:いい|よかった)|はず)(?:な)?(?:ん)?(?:です|だ)?(?:けど|けれど|のに)(?:ね|ねえ)?\\n?$",
    )
});
/// What is said against it in the next sentence.
static BUT: LazyLock<Regex> =
    LazyLock::new(|| fixed("\\n(?:あ|いや|まあ)?(?:でも|ただ|だけど|けど|しかし|って)"));

/// Characters at the end of a question in which its verb stands.
const END: usize = 24;

/// The predicates of a question. `negative`: it is asked in the negative. None where it asks whether all is well: who says
/// 「張ります」 to 「お腹の張りは大丈夫ですか」 says again what may not be so.
pub(crate) fn predicates(question: &str, negative: bool) -> Vec<Predicate> {
    if shape::asks_whether_fine(question) {
        return Vec::new();
    }
    // 「赤ちゃんの動きに変わりはないですか」: that 「ない」 is of the change alone.
    let same = shape::unchanged(question);
    let denials = |from: usize| {
        let all = NOT.find_iter(&question[from..]).count();
        all - usize::from(same.as_ref().is_some_and(|same| from < same.start)).min(all)
    };
    let lacking = |from: usize| denials(from) > usize::from(negative);
    let mut all: Vec<Predicate> = Vec::new();
    for found in STEM.captures_iter(question) {
        let (Some(stem), Some(tail)) = (found.get(1), found.get(2)) else {
            continue;
        };
        all.push(Predicate {
            at: stem.start(),
            said_again: Said::Stem(stem.as_str().trim_end_matches('的').to_owned()),
            lacking: lacking(stem.end()),
            past: PAST.is_match(tail.as_str()),
        });
    }
    // 「飲む、飲まない、どちらですか」 asks for one of both.
    for number in (1..all.len()).rev() {
        let (one, other) = (&all[number - 1], &all[number]);
        let between = &question[one.at..other.at];
        if one.said_again == other.said_again && other.lacking && !NOT.is_match(between) {
            all[number - 1].lacking = false;
            all.remove(number);
        }
    }
    for word in ALIKE {
        if let Some(at) = question.find(word) {
            all.push(Predicate {
                at,
                said_again: Said::Stem(word.to_owned()),
                lacking: lacking(at),
                past: PAST.is_match(&question[at..]),
            });
        }
    }
    // They stand at its end.
    let end = question.char_indices().rev().nth(END - 1);
    let end = end.map_or(0, |(at, _)| at);
    for (number, (asks, _)) in KANA.iter().enumerate() {
        if let Some(found) = asks.find(&question[end..]) {
            let at = end + found.start();
            all.push(Predicate {
                at,
                said_again: Said::Kana(number),
                lacking: lacking(at),
                past: PAST.is_match(&question[at..]),
            });
        }
    }
    all
}

/// Whether an answer says that what was asked is so, or that it is not, by the question's own words. Nothing where it says
/// something else, or more.
pub(crate) fn says_again(asked: &[Predicate], answer: &str) -> Option<bool> {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(&format!(
            "^{OPENS}(?:[^\\n]{{1,8}}?(?:は|が|を|も|に|で|と|て))?{OPENS}$"
        ))
    });
    // 「困ってます、めっちゃ」「困ってるかもしれないです」
    static HOW: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:かも(?:しれ(?:ない|ません|へん)(?:です)?)?(?:です)?ね?|めっちゃ|めちゃくちゃ|すごく|すっごい|かなり|とても|けっこう|結構|ほんとに|本当に|ほんま|正直|もう|すみません|すいません|すんません|ごめんなさい|申し訳ありません|申し訳ないです|夜とか|夜に|夜は|たまに|時々|ときどき|毎日|最近|(?:[0-9]+[月年日週]|(?:[0-9]+か月|半年|[0-9]+年|だいぶ|ずっと)前|先月|去年|先週|昨日|春|夏|秋|冬|昔|前|最近|この前|(?:中学|高校|結婚して|妊娠して)(?:の頃)?)から(?:ずっと)?)+\\n?$",
        )
    });
    if asked.is_empty() || BUT.is_match(answer.trim_matches('\n')) {
        return None;
    }
    let answer = &*HOW.replace(answer, "");
    let answer = &*match says_where(answer) {
        true => WHERE.replace(answer, "$1"),
        false => answer.into(),
    };
    let so = |predicate: &Predicate| {
        let (before, rest) = match &predicate.said_again {
            Said::Stem(stem) => {
                let at = answer.find(stem.as_str())?;
                let after = &answer[at + stem.len()..];
                (&answer[..at], after)
            }
            Said::Kana(number) => {
                static OPENING: LazyLock<Regex> = LazyLock::new(|| fixed(&format!("^{OPENS}")));
                let at = OPENING.find(answer).map_or(0, |it| it.end());
                let (_, answers) = KANA.get(*number)?;
                answers.find(&answer[at..])?;
                (&answer[..at], &answer[at..])
            }
        };
        // 「足りればいいんですけど」「楽しみなはずなんですけど」
        if let Some(wish) = WISHED.find(rest)
            && (before.is_empty() || BEFORE.is_match(before))
        {
            let denied = NOT.find_iter(wish.as_str()).count() % 2 == 1;
            return Some(denied != predicate.lacking);
        }
        let tail = TAIL.find(rest)?.as_str();
        // 「夜しか吸わないです」 is no denial of it, 「お茶しか飲まないです」 one; 「ないと思います」 says no thought again.
        if HEDGED.is_match(tail) || before.ends_with("しか") || before.ends_with("ないと") {
            return None;
        }
        let others =
            !before.is_empty() && (!BEFORE.is_match(before) || person::names_somebody(before));
        let over = PAST.is_match(tail) && !predicate.past;
        if others || over {
            return None;
        }
        let denied = NOT.find_iter(said_once(tail)).count() % 2 == 1;
        Some(denied == predicate.lacking)
    };
    asked.iter().rev().find_map(so)
}

/// Whether a question asks for a thought and the answer denies a deed: 「死にたいと思うことは」「手首を切ったことはないです」.
pub(crate) fn denies_only_the_deed(asked: &[Predicate], answer: &str) -> bool {
    static DEED: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:切|刺|吊|飛び(?:降り|込)|飲|実行|実際に|行動に|りすか|死のう|試|傷つけ|未遂|(?:^|\\n|まだ|いえ|いや|です)し)[^\\nはも]{0,8}?[ただ](?:り(?:した)?)?(?:こと|経験)(?:は|も|とか(?:は|も))?(?:1度も|1回も|全然|特に|今まで|さすがに)*(?:な(?:い|かった)|ありません|ございません)",
        )
    });
    let thought =
        |it: &Predicate| matches!(&it.said_again, Said::Stem(stem) if stem == "思" || stem == "考");
    asked.iter().any(thought) && DEED.is_match(answer)
}

/// Whether an answer says at its end where, when or of whom alone it is so: 「吸います、外では」「足りてます、今月までは」.
pub(crate) fn says_where(answer: &str) -> bool {
    let end = answer.trim_end_matches('\n');
    (end.ends_with('は') || end.ends_with("だけ")) && WHERE.is_match(answer)
}
static WHERE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(ます|ません|です|ました|でした|ない)(?:です|よ|ね)*(?:[^\\n]{1,8}(?:では|には|ときは|までは|だけは?)|(?:夜|昼|朝|平日|週末|最近)は)\\n?$",
    )
});

/// 「しません、しません」 denies no denial.
fn said_once(tail: &str) -> &str {
    let words = tail.trim_end_matches('\n');
    let half = words.get(..words.len() / 2);
    half.filter(|half| words[half.len()..] == **half)
        .unwrap_or(tail)
}

/// Whether what an answer concedes before it limits it is what was asked, and is not taken back: 「叩きますけど、あざにはならない
/// です」, and not 「布団は叩きますけど、子どもは叩かないです」. Nothing where it concedes something else.
pub(crate) fn concedes(asked: &[Predicate], answer: &str) -> Option<bool> {
    let (first, behind) = meaning::conceded(answer)?;
    says_again(asked, first)?.then(|| says_again(asked, behind) != Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(question: &str, negative: bool, answer: &str) -> Option<bool> {
        says_again(&predicates(question, negative), answer)
    }

    #[test]
    fn the_predicate_decides_whatever_stands_before_it() {
        for answer in [
            "困ってます",
            "はい\n困ってます",
            "いえ\n困ってます",
            "めっちゃ困っとります",
            "困ってるんです",
        ] {
            assert_eq!(
                again("お金に困っていませんか", true, answer),
                Some(true),
                "{answer}"
            );
        }
        for answer in [
            "困ってません",
            "はい\n困ってないです",
            "いえ\n全然困ってへんよ",
        ] {
            assert_eq!(
                again("お金に困っていませんか", true, answer),
                Some(false),
                "{answer}"
            );
        }
        assert_eq!(
            again("生活費は足りていますか", false, "いえ\n足りてません"),
            Some(false)
        );
        assert_eq!(
            again("産後もそこに住めますか", false, "住めんです"),
            Some(false)
        );
        let question = "怒って叩いたりしませんか";
        assert_eq!(again(question, true, "しませんしません"), Some(false));
        assert_eq!(
            again("赤ちゃんは順調ですか", false, "順調じゃないです"),
            Some(false)
        );
        assert_eq!(
            again("ご主人は家事をしてくれますか", false, "してくれません"),
            Some(false)
        );
        assert_eq!(
            again("頼れる方はいらっしゃいますか", false, "いえ\nいます"),
            Some(true)
        );
    }

    #[test]
    fn a_lack_that_is_said_again_is_what_was_asked() {
        let question = "病院代が払えていないということはないですか";
        assert_eq!(again(question, true, "払えてません"), Some(true));
        assert_eq!(again(question, true, "払えてます"), Some(false));
        let question = "健診を受けていない時期はありましたか";
        assert_eq!(again(question, false, "受けてません"), Some(true));
    }

    #[test]
    fn more_or_somebody_elses_or_over_is_no_echo() {
        for answer in [
            "夫は吸ってます",
            "前は吸ってました",
            "吸ってますけど外だけです",
            "吸ってないです\nでもたまに",
            "吸う人は嫌いです",
        ] {
            assert_eq!(
                again("たばこは吸っていませんか", true, answer),
                None,
                "{answer}"
            );
        }
    }
}
