//! Who is in the life of this interview, and every word of theirs that must not be found again.

pub(super) const NAME: &str = "蓮見 瑠璃香";
pub(super) const KANA: &str = "ハスミ ルリカ";
/// As her phone writes it.
pub(super) const TYPED: &str = "はすみ　るりか";
pub(super) const BIRTH_DATE: &str = "1991-07-23";
pub(super) const DUE_DATE: &str = "2027-04-19";
pub(super) const CALLBACK: &str = "080-5512-7734";
pub(super) const PLACE: &str = "霧積市桔梗台";
pub(super) const NURSE: &str = "鵜飼 紗世";
pub(super) const APPROVER: &str = "椋木 千鶴";
pub(super) const ADMINISTRATOR: &str = "蛭田 官兵衛";
pub(super) const PASSWORD: &str = "あじさい-坂道-3817-kawasemi";
/// What somebody tried in vain.
pub(super) const GUESSED: &str = "tsukumo-gami-99-machigai";
/// A name that was typed at the wrong door.
pub(super) const STRANGER: &str = "ニセナ ツクモ";
pub(super) const ANSWER: &str = "夜になると涙が止まらず眠れません";
pub(super) const SEEN: &str = "左の手首に青いあざがある";
pub(super) const HELD: &str = "明朝もう一度だけ電話で聞く";
pub(super) const DISMISSED: &str = "芝居のせりふを話していた";
pub(super) const MEMO: &str = "紫陽花の話をすると表情がゆるむ";
pub(super) const NOTE: &str = "義母との同居が始まる予定";
pub(super) const RETURNED: &str = "産院の名を書き足すこと";
pub(super) const ADDED: &str = "分娩は胡桃沢産院に決まった";
pub(super) const RESTRICTION: &str = "夫の休みの水曜には掛けない";
/// What is sent where something else belongs.
pub(super) const ASTRAY: &str = "迷子の言葉カワラヒワ";

pub(super) fn words() -> Vec<String> {
    let mut words: Vec<String> = [
        NAME,
        KANA,
        TYPED,
        BIRTH_DATE,
        DUE_DATE,
        CALLBACK,
        PLACE,
        NURSE,
        APPROVER,
        ADMINISTRATOR,
        PASSWORD,
        GUESSED,
        STRANGER,
        ANSWER,
        SEEN,
        HELD,
        DISMISSED,
        MEMO,
        NOTE,
        RETURNED,
        ADDED,
        RESTRICTION,
        ASTRAY,
    ]
    .map(str::to_owned)
    .into();
    // Given names by themselves, and numbers as a program would hold them.
    let parts = [
        "瑠璃香",
        "ルリカ",
        "るりか",
        "19910723",
        "1991年7月23日",
        "08055127734",
    ];
    words.extend(parts.map(str::to_owned));
    words
}
