//! The doors: whether somebody guesses at them. What the audit wrote down within a day is counted.

use super::Finding;
use super::State::{Good, Warning};
use crate::app::audit::tries::TriedInVain;

/// So many a day nobody mistypes at one door.
const SIGN_INS: usize = 60;
/// Of one account, whose password was right each time: as many as end one second step.
const CODES: usize = 5;
/// About one interview: she who is asked has her booking before her.
const ANSWERS: usize = 10;
/// Links that open nothing.
const LINKS: usize = 60;

const WHERE: &str = "監査の画面で、いつ、だれに起きたかを確かめられます。";

pub(super) fn look(tried: &TriedInVain, options: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let warning = |code, what, say: String| Finding::new(code, what, Warning, say);
    let accounts = tried.codes.iter().filter(|n| **n >= CODES).count();
    if accounts > 0 {
        let codes = warning(
            "wrong_codes",
            "確認コードの間違い",
            format!(
                "この24時間に、正しいパスワードのあとで確認コードを{CODES}回以上間違えた職員が{accounts}人います。パスワードを人に知られているおそれがあります。{WHERE}本人に覚えがなければ、次でサインインのリンクを作り、新しいパスワードにしてもらってください。"
            ),
        );
        let link = format!("yorisoi user link {options} STAFF_ID");
        found.push(codes.mended_by(link));
    }
    let talks = tried.answers.iter().filter(|n| **n >= ANSWERS).count();
    if talks > 0 {
        found.push(warning(
            "wrong_answers",
            "本人確認の失敗",
            format!(
                "この24時間に、本人確認を{ANSWERS}回以上失敗した面談が{talks}件あります。ほかの人がリンクを手にして、試しているおそれがあります。{WHERE}担当の保健師に、すぐにリンクを作り直すよう伝えてください。前のリンクは使えなくなります。新しいリンクは、連絡の取り方の制限を確かめて、本人が安全に受け取れる方法で届けます。"
            ),
        ));
    }
    if tried.sign_ins >= SIGN_INS {
        let n = tried.sign_ins;
        found.push(warning(
            "wrong_sign_ins",
            "サインインの失敗",
            format!(
                "この24時間に、サインインの失敗が{n}回ありました。だれかがパスワードを試しているおそれがあります。{WHERE}外から届かないはずのときは、ファイアウォールかリバースプロキシで接続元を絞ってください。"
            ),
        ));
    }
    if tried.links >= LINKS {
        let n = tried.links;
        found.push(warning(
            "wrong_links",
            "使えないリンク",
            format!(
                "この24時間に、使えない参加リンクが{n}回開かれました。リンクが当てられることはありません。続くときは、リバースプロキシで接続元を絞ってください。"
            ),
        ));
    }
    if found.is_empty() {
        let say = "この24時間に、サインインや本人確認を何度も試した跡はありません。";
        return vec![Finding::new("doors", "失敗した試み", Good, say)];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_guesses_at_a_door_is_said_in_japanese_with_what_to_do_and_who_mistypes_is_not() {
        let codes = |tried: &TriedInVain| -> Vec<_> {
            let found = look(tried, "--config 'a'");
            found.into_iter().map(|it| (it.code, it.command)).collect()
        };
        let mistyped = TriedInVain {
            sign_ins: SIGN_INS - 1,
            codes: vec![CODES - 1; 9],
            answers: vec![ANSWERS - 1; 9],
            links: LINKS - 1,
        };
        assert_eq!(codes(&mistyped), [("doors", None)]);
        let guessed = TriedInVain {
            sign_ins: SIGN_INS,
            codes: vec![1, CODES],
            answers: vec![ANSWERS, ANSWERS],
            links: LINKS,
        };
        let link = "yorisoi user link --config 'a' STAFF_ID".to_owned();
        let all = [
            ("wrong_codes", Some(link)),
            ("wrong_answers", None),
            ("wrong_sign_ins", None),
            ("wrong_links", None),
        ];
        assert_eq!(codes(&guessed), all);
        let said = look(&guessed, "");
        assert!(said[0].say.contains("職員が1人います"), "{}", said[0].say);
        assert!(said[1].say.contains("面談が2件あります"), "{}", said[1].say);
    }
}
