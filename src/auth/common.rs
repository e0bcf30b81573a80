//! Whether many people use a password. What kind of characters it has is nobody's business: a long
//! line of digits is as good as any other unless it is one that is tried first.

use std::collections::HashSet;
use std::sync::LazyLock;

static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("../../assets/common-passwords.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect()
});

/// A piece that is said again and again is no longer than this where it makes any password weak.
const SHORT_PIECE: usize = 3;

/// What stands nearest to everybody here, beside the names of person and city.
const NEAR: [&str; 4] = ["yorisoi", "寄り添い", "よりそい", "mendan"];
/// Characters that are left without such words, at least.
const LEFT: usize = 8;

/// True for a password of the list, also with digits and signs around it (`Password2026!`) or said
/// again and again (`himawarihimawari`, `ああああああああああああ`); and for one that is little more than
/// the name of the product or one of `near` (`yorisoi-2026!`).
#[must_use]
pub fn is_common(password: &str, near: &[&str]) -> bool {
    let whole = password.to_lowercase();
    let names = near.iter().map(|name| name.to_lowercase());
    let names = names.filter(|name| name.chars().count() >= SHORT_PIECE);
    let rest = names
        .chain(NEAR.map(ToOwned::to_owned))
        .fold(whole.clone(), |text, name| text.replace(&name, ""));
    if rest != whole && rest.chars().filter(|c| c.is_alphanumeric()).count() < LEFT {
        return true;
    }
    let core = whole.trim_matches(|c: char| !c.is_alphabetic());
    [whole.as_str(), core].into_iter().any(|text| {
        let (piece, short) = piece(text);
        COMMON.contains(text) || (piece != text && (short || COMMON.contains(piece)))
    })
}

/// The shortest piece of which the text is a repetition, perhaps the text itself; and whether it is
/// a short one.
fn piece(text: &str) -> (&str, bool) {
    let chars: Vec<char> = text.chars().collect();
    let repeats = |length: &usize| {
        let mut pairs = chars.iter().zip(chars.iter().skip(*length));
        pairs.all(|(one, next)| one == next)
    };
    let length = (1..=chars.len() / 2).find(repeats).unwrap_or(chars.len());
    let bytes: usize = chars.iter().take(length).map(|c| c.len_utf8()).sum();
    (&text[..bytes], length <= SHORT_PIECE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_people_use_is_common_with_whatever_is_around_it() {
        assert!(COMMON.len() > 3_000);
        for common in [
            "qwertyuiop123",
            "Password2026!",
            "!!dragon!!!!!!",
            "123456123456",
            "sunshinesunshine",
            "ああああああああああああ",
            "abcabcabcabcabc",
        ] {
            assert!(is_common(common, &[]), "{common}");
        }
        for near in [
            "yorisoi-2026!",
            "Sano若葉市2026!",
            "寄り添い寄り添い寄り添い",
        ] {
            assert!(is_common(near, &["sano", "若葉市"]), "{near}");
        }
        for own in [
            "若葉市の三輪車に乗るひまわり",
            "ひまわり畑の三輪車に乗る",
            "つぎの長いパスワードです",
            "840271936650",
            "correct horse battery staple",
            "",
        ] {
            assert!(!is_common(own, &["sano", "若葉市"]), "{own}");
        }
    }
}
