//! How one clause goes on from another: against it, because of it, or only about it.

use std::sync::LazyLock;

use regex::Regex;

use super::{fixed, last};

/// Whether an answer sets one thing against another: 「眠れない日もありますけど、元気です」.
pub(crate) fn contrasts(text: &str) -> bool {
    static AGAINST: LazyLock<Regex> = LazyLock::new(|| {
        fixed("けど|けれど|けんど|ばってん|のに|でも|(?:です|ます|でした|ました)が")
    });
    AGAINST.is_match(text)
}

/// Whether what follows is said against what stood before these words: 「赤ちゃんは楽しみ‐なんですけど、…」, and not
/// 「ドラマ‐の話なんですけど、…」, which says what it is about.
pub(crate) fn sets_against(between: &str) -> bool {
    // 「子どもの頃はないです、結婚してから殴られてます」
    static NOW: LazyLock<Regex> = LazyLock::new(|| {
        fixed("(?:です|ます|ません|した)(?:今|いま|結婚して|付き合って|最近|先月|昨日)")
    });
    (contrasts(between) || NOW.is_match(between)) && !names_its_matter(between)
}

/// Whether what follows is told as what comes of these words, and has its own subject: 「お金がなくて、‐」「母が亡くなってから、‐」.
pub(crate) fn gives_a_reason(between: &str) -> bool {
    REASON.is_match(between)
}

/// Where in a match the words begin that come of a reason, in bytes: 「母が亡くなってから、‐消えたい」.
pub(crate) fn behind_its_reason(matched: &str) -> usize {
    last(&REASON, matched)
        .filter(|at| *at < matched.len())
        .unwrap_or(0)
}

static REASON: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:^|[^見読観みっ])て|くなって|困って|あって|から|ので|んで|ながら|[るうくすつぬむぶぐ]と|のことで|の件で|せいで|おかげで|いっぱいで",
    )
});

/// Whether words only say what the following is about: 「友達の話なんですけど、」.
pub(crate) fn names_its_matter(words: &str) -> bool {
    static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:の|た|る|って)(?:話|はなし|件|こと|ところ|とこ|とき|時|頃|ころ|中|なか)(?:なん|な|だった|だ|で|です|の)+(?:けど|けれど|が)",
        )
    });
    ABOUT.is_match(words)
}
