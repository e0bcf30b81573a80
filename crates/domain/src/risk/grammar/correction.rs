//! What an answer takes back: 「あ、違う、20歳です」「母じゃなくて私です」.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

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
