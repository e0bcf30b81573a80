//! What words take back: what stands just before them (「あ、違う、20歳です」「母じゃなくて私です」), a no of the same answer
//! (「ないです、嘘です」), and an answer of before (「さっきないって言ったけど」).

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::fixed;

/// What was said before such words is taken back.
static TAKES_BACK: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:あ|いや|え)?違う違う|(?:^|\n|あ|いや)(?:違う|違います|ちがう|ちがいます|間違え|まちがえ|訂正)(?:まし)?(?:た|て)?|(?:だけ|ばかり|ばっかり)?(?:じゃ|では)なくて|(?:違う|違います|ちがう|ちがいます)(?:それ|これ|今のは|すみません|ごめんなさい|えっと)|ないっていうか|ないというか|(?:あ|て)すみません正直|正直に言うと|正直言うと|^はいあ?いえ|^はいあ?いや|^いえあ?はい",
    )
});

/// 「いや」 that says no; 「いや」 before these is dislike: 「いやいや期で」「いやというほど」.
pub(super) static DISLIKES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:いや(?:期|する|し|が|で|ば)|と(?:いう|言う)(?:ほど|くらい)|な(?:こと|思|気|感)|です|でし|だ(?:って|な|と|し|けど|から|\n|$)|が(?:ら|る|っ)|らし)",
    )
});

/// What an answer takes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Correction {
    /// What does not count any more, in bytes.
    pub(crate) taken: Range<usize>,
    /// Where what counts instead begins.
    pub(crate) end: usize,
}

/// What words take back that stand behind it; nothing if nothing follows them.
pub(crate) fn correction(text: &str) -> Correction {
    let found = TAKES_BACK.find_iter(text).filter_map(|found| {
        let rest = &text[found.end()..];
        // 「本名じゃなくていいですか」 takes nothing back.
        let asks_less = ["いい", "よい", "大丈夫", "も"];
        let asks_less = asks_less.iter().any(|it| rest.starts_with(it));
        let dislikes = found.as_str().ends_with("いや") && DISLIKES.is_match(rest);
        if asks_less || dislikes || rest.trim_matches('\n').is_empty() {
            return None;
        }
        let start = match found.as_str().ends_with("なくて") {
            true => instead(&text[..found.start()], found.as_str())?,
            false => 0,
        };
        Some(Correction {
            taken: start..found.start(),
            end: found.end(),
        })
    });
    found.last().unwrap_or_default()
}

/// Where the phrase begins that another one takes the place of: 「死にたいのは‐母‐じゃなくて私です」 takes back nobody's wish,
/// and what stands in the sentence before stays. 「だけじゃなくて」 adds to it.
fn instead(before: &str, not: &str) -> Option<usize> {
    static CLEFT: LazyLock<Regex> = LazyLock::new(|| fixed("[るたいなんだ]の(?:は|が|も|って)?"));
    if !not.starts_with("じゃ") && !not.starts_with("では") {
        return None;
    }
    let sentence = before.rfind('\n').map_or(0, |at| at + 1);
    let clefts = CLEFT.find_iter(&before[sentence..]);
    let phrase = clefts
        .map(|it| sentence + it.end())
        .last()
        .unwrap_or(sentence);
    match phrase {
        // 「…しました。じゃなくて」: all that was said.
        it if it == before.len() && it == sentence => Some(0),
        // 「吸ってるのじゃなくて」
        it if it == before.len() => Some(sentence),
        it => Some(it),
    }
}

/// Whether an answer takes a no back in the same breath.
pub(crate) fn takes_back(text: &str) -> bool {
    TAKEN_BACK.is_match(text)
}

/// 「ないです、すみません、あります」「ないです、いや、はい」「ないです、嘘です」: what she says at last counts. 「ないです、はい」 takes nothing back.
static TAKEN_BACK: LazyLock<Regex> = LazyLock::new(|| {
    const NO: &str = "^(?:いえ|いいえ|いや|ううん|特に|全然|\\n)*(?:ない|なか|ありません|大丈夫|平気|いえ|いいえ|ううん)(?:です|でした|よ|ね)*\\n?";
    const TURN: &str = "(?:いや|えっと|でも|やっぱり|本当は|ほんとは|実は|すみません|ごめんなさい)";
    const IT_IS: &str = "(?:あ(?:ります|りました|る|った)|い(?:ます|る))(?:です|んです|よ|ね)*";
    const ONCE: &str =
        "(?:先週|昨日|今朝|さっき|この前|こないだ|先月|去年|前に|たまに|時々|ときどき)";
    let and_yet = format!("(?:{TURN}|まあ|\\n)");
    fixed(&format!(
        "{NO}(?:\\n?(?:{TURN}\\n?)+(?:はい|うん|ええ)|{and_yet}+{ONCE}?(?:ちょっと|少し|たまに|時々|ときどき)(?:だけ)?(?:です)?|[^\\n]{{0,6}}まあ?ある|{and_yet}*{ONCE}?(?:は|も)?(?:少し|ちょっと)?{IT_IS}|{and_yet}*(?:っていうのは|なんて)?(?:嘘|うそ)(?:です|でした|なんです)?)(?:けど|けれど)?ね?(?:\\n|$)"
    ))
});

/// Whether an answer that comes later takes a no back: 「すみません、本当はあります」「やっぱり、たまに」. 「実家が近くにあります」 does not.
pub(crate) fn is_so_after_all(text: &str) -> bool {
    static AFTER_ALL: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:あ|あの|えっと|いや|うーん|\\n)*(?:(?:すみません|ごめんなさい|やっぱり|本当は|ほんとは|実は|でも|嘘です|さっきのは嘘で)\\n?)*(?:(?:すみません|ごめんなさい|やっぱり|本当は|ほんとは|実は|嘘です)\\n?(?:少し|ちょっと)?(?:あ(?:ります|りました|るん|る|った|ったん))|(?:たまに|時々|ときどき)(?:あ(?:ります|る))?)(?:です|けど|よ|ね)*\\n?$",
        )
    });
    AFTER_ALL.is_match(text)
}

/// How words take back an answer of before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retraction {
    /// Where they end, in bytes.
    pub(crate) end: usize,
    /// Whether it was a no, which says of what kind the question was; a 「大丈夫」 may have been of the sound of the call.
    pub(crate) of_a_no: bool,
}

/// Whether words take back an answer of before: 「さっきないって言ったけど、本当は」「すみません、嘘です」.
pub(crate) fn retracts(text: &str) -> Option<Retraction> {
    static SAID: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:さっき|先ほど|さきほど|最初)(?:は|の|も|特に|何も|全然|そんなこと|そういうこと|飲んで|吸って|困って|やって|して|行って|受けて){0,4}(?:(ない|なし|ありません|いいえ|いえ)|大丈夫|だいじょうぶ|平気|順調|普通|元気|はい|わかった|わかりました)(?:です)?(?:って|と)(?:(?:言|い)(?:っ|いまし)|答え(?:た|まし)|書(?:いた|きまし))[^\\n]{0,8}?(?:けど|けれど|(?:まし|でし)たが|のに|のは|\\n)|(?:(?:は|も|特に|全然)(ない)(?:です)?)?って(?:言|い)(?:った|いまし|っちゃ)[^\\n]{0,6}?(?:けど|けれど|が)(?:\\n)?(?:ほんと|本当|実)は",
        )
    });
    static LIED: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:^|\\n)(?:はい|すみません|すいません|ごめんなさい|本当は|実は)*(?:さっき(?:の)?は?)?(?:うそ|嘘)(?:です|でした|なんです|を?つきました|をついて(?:い)?ました|(?:を|で)?言いました)(?:けど)?(?:\\n|$)",
        )
    });
    // 「先生は異常はないって言ったけど」
    static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:先生|医者|母|夫|主人|旦那|彼|友達|看護師さん|助産師さん|親)(?:は|が|も|に)[^\\n]*$",
        )
    });
    let hers = |it: &Captures<'_>| {
        it.get(0)
            .is_some_and(|it| !OTHERS.is_match(&text[..it.start()]))
    };
    match SAID.captures(text).filter(hers) {
        Some(said) => Some(Retraction {
            end: said.get(0)?.end(),
            of_a_no: said.get(1).or(said.get(2)).is_some(),
        }),
        None => Some(Retraction {
            end: LIED.find(text)?.end(),
            of_a_no: true,
        }),
    }
}
