//! What an answer says: yes, no, neither, or that she would rather not. What that means depends on
//! the question, and on how far such an answer may be trusted.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Match, Regex};

use super::{correction, fixed, person, polarity};

static DECLINED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:答え|こたえ|言い|いい|話し|しゃべり|お話しし|お答えし|触れ|触れられ|聞かれ|思い出し|考え)(?:たく|とう)(?:は)?(?:ない|ありません|なくて|ねえ)|(?:その|この|そういう|お金の)話は(?:今日は|今は|まだ|あんまり|あまり|ちょっと|また)*(?:し(?:たく(?:な|ありま)|ない)|いいです|勘弁|やめ|$|\\n)|^(?:はい|いえ|それは|話すのは|じゃあ|では)*やめときます|ノーコメント|聞かないで|(?:それ|そこ|これ)は(?:ちょっと)?(?:答え|言え|話せ|言わ)(?:られ)?(?:ません|ない)|パスで|パスし(?:ます|たい|て)|ご想像|勘弁して|^(?:それは)?(?:秘密|内緒)(?:です)?(?:\\n|$)|答えなきゃ(?:だめ|いけ)|答えないと(?:だめ|いけ)|言わなきゃ(?:だめ|いけ)|^(?:はい|いえ|いや|うーん|あの|\\n|ちょっと|今は|ここで(?:は|も)|ここじゃ|電話で(?:は|も)|そ(?:れ|こ|の話|のこと)は|(?:夫|主人|旦那|彼|母|子ども)が(?:い|聞い|そばにい|近くにい|隣にい|横にい)(?:る|て(?:い)?る)?(?:ので|から|んで)|(?:隣|横|近く|そば)に(?:人|夫|主人|旦那|彼|母)?が?いる(?:ので|から|んで))*(?:(?:言え|話せ|答えられ|しゃべれ)(?:な(?:い|くて)|ません|へん|ん)|(?:言い|話し|答え)(?:づら|にく)い)(?:です|んです|ので|よ|ね|けど)*$",
    )
});
static VAGUE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:うー+ん|んー+|うん+ー|まあ|まぁ|さあ|どう(?:だろ|かな|なん|でしょ|です|だっけ)|微妙|なんとも|いろいろ|そこは|それは(?:ちょっと|まあ)|え[ーっ]|あー|ちょっと)|どう(?:だろ|なんですかね|なんでしょう|ですかね|なのかな)|なんとも|微妙|いろいろ(?:ありま|ある|と)|気が向いたら|(?:いる|ある|する|でき)っちゃ|よくわからな|よくわかんな|わからないです$|わかりません$|わかんない(?:です)?$|なんて言(?:え|う)|言われると|どっちとも|半々|とき(?:に|と場合)による|日による",
    )
});
/// She has not heard, or not understood, what was asked.
static UNHEARD: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:え|はい|あの|ちょっと|今|\\n)*(?:(?:よく|声が|音が|今の|ちょっと|質問が)*(?:聞こえ(?:な|ませ|づら|にく)|聞き取れ|聞き逃し|途切れ)|もう1[度回](?:お願い|言って|聞い|いい)|(?:何|なん)て(?:言いま|言われ|おっしゃ))[^\\n]{0,8}$",
    )
});
/// She does not know; that she says 「ない」 denies nothing.
pub(super) static UNKNOWING: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:よく|ちょっと|あんまり|まだ|全然|自分でも|なんか|正直)*(?:わか(?:ら|ん)な(?:い|く(?:て|なって))|わかりません|覚えて(?:い)?な(?:い|くて)|なんとも言えな(?:い|くて)|何とも言えな(?:い|くて)|(?:どっち|どちら)とも(?:言|い)えな(?:い|くて)|はっきりしな(?:い|くて)|自信(?:が)?ない)(?:です|んです|ん)?(?:けど|が|ね|よ|かな|な|え)*",
    )
});
/// 「みんなあるんじゃないですか」: asked back, it denies nothing.
static ASKS_BACK: LazyLock<Regex> = LazyLock::new(|| {
    fixed("(?:じゃ|では|ん|んや)な(?:い|かった)(?:ん|の)?(?:です|でしょう|っす)?か(?:ね|な|あ)*")
});
/// 「逆です」
pub(super) const CONTRARY: &str =
    "^(?:いえ|いいえ|いや|ううん)*(?:むしろ)?逆(?:です|なんです|だ|や)";
/// 「いえ、違います」「逆です」 say no.
static DISAGREES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "{CONTRARY}(?:よ|ね)*|^(?:いえ|いいえ|いや|ううん)*(?:それは)?(?:(?:(?:違|ちが)(?:います|うんです|うよ|う)|そう(?:じゃ|では)(?:ない|ありません)(?:です|んです)?)(?:よ|ね|けど)*)+(?:\\n|$)"
    ))
});
/// 「思うかもしれないです」「叩くしかないです」: the 「ない」 denies nothing.
static MAYBE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(かも|(?:こと|[るうくすむぶつぬ])しか)(?:(?:しれ|わから)(?:な(?:い|く)|ません|へん|ん)|な(?:い|かった)|ありません)(?:です|んです)?(?:よ|ね|けど)*",
    )
});
/// 「最近は特に」「昼間は大丈夫です」「しょうがないです」: more is not said.
pub(super) static HALF_SAID: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:最近|今|夜|夕方|妊娠してから)は?(?:特に|とくに)(?:です)?ね?\\n?$|^(?:普段|ふだん|昼間|日中|外で|人前で|基本)(?:的に)?は(?:大丈夫|だいじょうぶ|平気)(?:です)?よ?\\n?$|^(?:まあ)?(?:しょうがな|仕方な|しかたな)い(?:です)?(?:よね|よ|ね)?\\n?$|^(?:いえ|いいえ|いや)\\n?(?:はい|ええ)\\n?$",
    )
});
/// 「はい、でも平気です」: it is so.
pub(super) static YES_AND_FINE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|ええ|うん)(?:です)?\\n?(?:でも|けど|だけど)[^\\n]{0,4}(?:大丈夫|だいじょうぶ|平気)(?:です|っす|\\n|$)",
    )
});
/// 「毎日楽しいです」 says nothing of what was asked.
static HAPPILY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:毎日|毎晩|毎回|いつも|けっこう|結構|かなり)[^\\n]{0,4}?(楽し|穏やか|おだやか|元気|幸せ|しあわせ|笑|平和|快適|優し|やさし|ぐっすり|よく[寝眠])",
    )
});
/// 「あります、すみません」 denies nothing.
static SORRY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:すみません|すいません|すんません|ごめんなさい|申し訳(?:ありません|ございません|ないです|ない))(?:でした)?",
    )
});
/// 「はい、間違いありません」「そのとおりです」 say yes.
static AGREES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:それで)?(?:間違い|まちがい)(?:は)?(?:な(?:い|かった)|ありません)(?:です|っす|と思います|よ|ね)*|(?:その|おっしゃる)(?:とおり|通り)(?:です|なんです)?(?:よ|ね)*",
    )
});
/// Said while she thinks; alone it is a yes.
static MUSES: LazyLock<Regex> = LazyLock::new(|| fixed("^そう(?:です|だ)ね(?:え|ー)?(?:\\n)?"));
/// Said of anything, for want of an answer: it outweighs an 「あります」 beside it.
pub(super) static EVADES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "いろいろ(?:\\n|と?(?:ある|あり|です|ね))|人並み|それなり|なんとも|微妙|どうだろ|どうなんだろ|どうなんでしょ|どうでしょ|どうかな|なんて(?:言|い)(?:え|う)|どっちとも|どちらとも|半々|どっちかな|ぼちぼち|まあまあ|そこそこ|(?:いる|ある)っちゃ(?:い|あ)る|(?:日|月|週|時|とき|場合|相手)によ(?:る|り|って)|(?:ある|いる|する|ない|てる)(?:よう|みたい)な.{1,8}(?:よう|みたい)な|人によ(?:る|り)|難しい(?:ご)?質問|聞かれると(?:困|ちょっと|なんとも|難し)|うまく言え(?:な|ま)|(?:今日|今|ここ)(?:じゃ|で)(?:ないと|なきゃ)(?:だめ|いけ)|今日はいいです|言わないほうがいい|言うなって(?:言|義|母|夫)|(?:言わ|書か)ないと[^\\n]{1,12}(?:です|ます|ません|ない)か|(?:夫|主人|旦那|母|親)に聞いて(?:もらって(?:も)?いい|もらえ|くださ)|(?:に|にも)(?:伝わ|知られ)(?:ります|れます|ちゃいます)(?:か|よね|\\n)|次(?:に)?(?:いき|行き)ま(?:しょ|す)|ど(?:っち|ちら)でも(?:\\n|いい|ない)|お楽しみ(?:って|です|に)|そのへんは(?:ちょっと|まあ)|(?:今は|それは|そこは)ちょっと(?:\\n|$)",
    )
});
pub(super) static YES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|はぁい|ハイ|ええ|うん(?:[^ー]|$)|そう(?:です|なん|やね|やな|ね|かも|かな|だね|ですね|いうこと|なります)|まあ(?:はい|うん|そう)|まぁ(?:はい|うん|そう)|ん(?:\n|$)|せやね|そやね|ほうです|んだ(?:\n|$|ね)|そりゃあ?もう|(?:んー+|うーん+)そう(?:なります|いうこと)|です(?:よ|ね)?(?:\n|$))",
    )
});
pub(super) static NO: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:まあ)?(?:いえ|いいえ|いーえ|いや|ううん|んーん|うんうん|いんや|うんにゃ|のー|no|まさか(?:\n|$|そんな|それは)|とんでもない)",
    )
});
pub(super) static DENIES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "ない(?:です|ですね|ですよ|よ|ね|わ|な|っす|かな|と思い?ます|と思う|ので|けど|(?:です)?(?:のよ?|んよ?|わ|よ)?ね[えぇー]?|のよ?|わよ|なあ|かなあ)?(?:\n|$)|ないない|ないです|(?:^|\n|は|も|特に|全然)ないん(?:です|だ|や)|ありません|ございません|ません(?:\n|$|ね|よ|でした|けど|ので)|なかった(?:です|よ|ね|\n|$)|なし(?:です|\n|$)|特に(?:は|な|大丈夫|問題|困)|(?:^|[^とがには]|(?:今|他|ほか|以外|そこ|それ|こと|最近|今回)は)特に(?:\n|$)|別に|まったく(?:\n|$|です|ない|ありま)|全く(?:\n|$|です|ない|ありま)|(?:^|\n|は|も|が)(?:全然|ぜんぜん)(?:\n|$|です)|大丈夫|だいじょうぶ|平気|問題な|心配な|困って(?:い)?(?:な|ませ)|あらへん|へん(?:です|よ|の|で|わ|ね|\n|$|なあ|ん)|(?:^|\n)0(?:回|本|杯|人)?(?:です|っす|よ|ね)*(?:\n|$)|おらん|とらん|せん(?:です|よ|ね|\n|$)|なか(?:です|よ|と|\n|$)|ゼロ|ないっす|無縁|縁がな|ありえな|一切|1切|1滴も|それはな|全然ない|1[回度]も(?:\n|$)|まだ(?:です|\n|$|ですね)",
    )
});
pub(super) static FINE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "大丈夫|だいじょうぶ|平気|問題な|(?:心配|問題|もんだい|文句|不満|不自由)(?:は|の|も|が)?(?:\\n)?(?:いら|何も)?(?:な(?:い|く|かった)|し(?:て(?:い)?)?な|ありませ)|楽しく(?:過ご|やって|暮ら)|言うまでもな|もったいないくらい|申し分(?:が|の)?な|言うことな|間違いな|待ち遠し|困って(?:い)?(?:な|ませ)|順調|元気|おかげさま|お陰|普通に|ふつうに|楽しみ|うれし|嬉し|助か(?:って|り)|ありがた|ぐっすり|(?:やって|して|手伝って)くれ(?:て(?:ま|い|る|\n)|ま)|仲(?:い|良|よ)|やさし|優し",
    )
});
pub(super) static AFFIRMS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "あります|ある(?:ん|の)?です|ある(?:\n|$|かも|ね|よ|な)|あった|ありました|たまに|時々|ときどき|時たま|少し|すこし|ちょっとだけ|ちょっとは|けっこう|結構|かなり|毎日|毎晩|毎回|しょっちゅう|(?:必ず|いつも)(?:です)?(?:\n|$)|よくあり|ある(?:で|ばい|けん|っちゃ|とよ|がね|じゃん|やん|べ|っす|わ|んよ)(?:\\n|$|ね|な)|あっと(?:です|よ|ね)|あっぺ|ありまくり|ちょいちょい|ちょこちょこ|ちょこっと|(?:昨日|今朝|今日|さっき|今|先週|この前)も(?:です|\\n|$)|そうかも|正直|実は|きつい|まだ少し|やっぱり|多少|若干|週に|月に|何回か|何度か|[1-9][0-9]*回(?:くらい|ほど|ぐらい|だけ|きり)?(?:です)?(?:\n|$|あ)",
    )
});
/// That it is so, and no mere measure.
pub(super) static IS: LazyLock<Regex> = LazyLock::new(|| {
    fixed("^(?:ある|あり|あっ|たまに|時々|ときどき|時たま|実は|正直|やっぱり|しょっちゅう)")
});
/// Done although one should not: it affirms where nothing is denied.
static SLIPS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "[しべめれえけせて出寝見泣]ちゃ(?:い|う|って)|(?:て|で)しま(?:い|う|って)|(?:っ|ん)(?:ちゃ|じゃ)(?:う|って|い)",
    )
});
/// 「夫が吸います」: the verb says it again.
static SAYS_AGAIN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^.{0,6}(?:い|き|ち|り|み|び|え|べ|て|で|し)(?:ます|てる|る)(?:ね|よ|わ|な|んです)*(?:わりと|けっこう|結構|ちょっと|少し|たまに|時々|まあ)?$",
    )
});
static CAN: LazyLock<Regex> =
    LazyLock::new(|| fixed("でき|思い|やって|がんば|頑張|いただき|お願い|もらい|くれ|寝|休"));
pub(super) static LITTLE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "あんまり|あまり|そんなに|ほとんど(?:な|し|\n|ありま|です|何も)|なかなか|全然|ぜんぜん|まったく|全く|いまいち|微妙|まだ(?:です|\n|$|全然|あんまり|ぜんぜん|ですね|なんに|何も)|これといって|できてな|できてませ|行けてな|行ってな|決まってな|取れてな|いない|いません|おりません|(?:^|\n|[はもがな])いね[えぇ]|おらん|思いつかな|無理|ありません|ないです|ない(?:\n|$|ですね|んです|かな)",
    )
});
pub(super) static CONTRASTS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:いえ|いや|はい|うーん|え|あ|えと)*それが(?:[^全ぜちな]|ち[^っ]|な[^いか]|$)|^(?:いえ|いや|あ|うーん)*実は|ゼロ(?:では|じゃ)(?:な|ありません)",
    )
});
static NOT_NOT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "な(?:い|かった)(?:という|って)?(?:わけ|訳)(?:じゃ|では|でも)|ないと(?:は|も)(?:言|い|限ら|かぎら)(?:え|い切|いき|な|っ)|ないと(?:いうと|言うと|いったら|言ったら|いえば|言えば)|な(?:く|い)(?:は|も)な|な(?:い|かった)(?:日|とき|時|夜|月)(?:は|が|も)(?:な|あり)|ずに(?:は)?(?:い|お)られ|[てで](?:しょうがな|仕方な|しかたな|たまらな)|なんてもんじゃな|な(?:い|かった)(?:わけ|はず)(?:が|は)?な(?:[いくか]|\n|$)|(?:ない|ゼロ|0)か(?:って|と)(?:言|い)(?:わ|う)|[るう]ことに変わり(?:は)?な|[るうくすむ](?:くらい|ぐらい)(?:何でも|なんでも|なんてこと)な|(?:私|うち)だけ(?:じゃ|では)な|なくはな|ないこと(?:も|はな|な[いくか])|ない(?:って|と)(?:言った|いった|言う|いう)(?:ら|と)(?:うそ|嘘)|(?:うそ|嘘)にな(?:る|り)|ないとも(?:言え|いえ|言い)|(?:^|\\n)と(?:は|も)(?:言|い)(?:え|い切れ|いきれ)(?:な|ま)",
    )
});
/// What follows limits a yes that was said first.
static BUT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:^|\\n)(?:でも|ただ|だけど|けど|しかし|最近は|正直|いや|あ?まだ)|ないです(?:\\n|$)|それは(?:な|あり)",
    )
});
/// Thanks, greetings and listening: no answer at all.
static COURTESY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|ええ|うん|あ|ああ|じゃあ|では)?(?:ありがとう(?:ございます|ございました)?|よろしくお願いします|お願いします|わかりました|了解です|失礼します|へえ|へー|そうなんですね|そうなんだ|なるほど|助かります)(?:\n.*)?$",
    )
});
/// Said to an offer or a request: yes to 「お電話してもいいですか」, and nothing to 「お酒は」.
static ACCEPTS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:はい|ええ|うん|あ|もちろん|ぜひ|それは?)*(?:ぜひ)?(?:よろしく)?お願い(?:します|できれば|したい|できます)(?:\\n.*)?$|^(?:はい|ええ|うん)?(?:もちろん|ぜひ)(?:です)?(?:\\n|$)|^(?:はい|ええ|うん)?(?:それは?|全然|いつでも)?(?:いい|構わない|かまわない|オーケー|ok)ですよ(?:\\n|$)|(?:来て|かけて|送って|電話して|連絡して)(?:もらって|いただいて|くれて)?(?:も)?(?:いいです|大丈夫|かまいません|構いません|ください|助か)",
    )
});
/// 「はい…なんか…まあ…」「あったような、なかったような」
static HALF_YES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:たぶん|多分)\\n?(?:はい|うん|ええ|たぶん|多分|\\n)*$|^(?:う+ん+|んー+|えー+|あー*|まあ|まぁ)*(?:はい|うん|ええ|そうです(?:ね)?|\\n)+(?:ふふ+|\\n)*(?:なんか|まあ|まぁ|たぶん|多分|いちおう|1応|うーん|んー+|だいたい(?:は|ね)?|とりあえず|なんとか)+(?:です)?(?:$|\\n)|[るたい](?:よう|みたい)な[^\\n]{0,6}な(?:い|かった)(?:よう|みたい)な(?:感じ)?(?:です|ね|\\n)*$",
    )
});

/// Whether an answer contradicts what was expected, or denies a denial. 「それがね、あっという間に生まれて。眠かったけど、元気
/// でした」 does neither.
pub(crate) fn insists(text: &str) -> bool {
    let last = text.trim_matches('\n').rsplit('\n').next();
    let well = || text.contains("けど") && last.is_some_and(is_fine);
    CONTRASTS.is_match(text) && !well() || denies_a_denial(text)
}

/// Whether an answer denies a denial.
pub(crate) fn denies_a_denial(text: &str) -> bool {
    NOT_NOT.is_match(text)
}

/// Characters of an answer that is little more than its verb.
const SHORT: usize = 12;

/// What an answer says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `lone`: nothing else was said.
    Yes {
        lone: bool,
    },
    No {
        lone: bool,
    },
    /// Says that it is, whatever stands before it: 「いえ、たまに」「それが…」.
    Affirms,
    /// Says that it is not.
    Denies,
    /// All is well, whatever was asked.
    Fine,
    /// It is, but all is well: 「不安はありますけど、楽しみです」.
    Eased,
    /// Not much, not yet, not really.
    Little,
    /// Does what she would rather not: 「つい飲んでしまって」.
    Slips,
    /// Takes an offer.
    Accepts,
    Vague,
    /// She does not know.
    Unknowing,
    Declined,
    /// Words that are neither yes nor no.
    Content,
    Nothing,
}

impl Answer {
    /// A letter for each.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::Yes { lone: true } => 'Y',
            Self::Yes { lone: false } => 'H',
            Self::No { lone: true } => 'N',
            Self::No { lone: false } => 'I',
            Self::Affirms => 'A',
            Self::Denies => 'D',
            Self::Fine => 'F',
            // Learned as what it affirms.
            Self::Eased => 'A',
            Self::Little => 'L',
            Self::Slips => 'S',
            Self::Accepts => 'C',
            Self::Vague => 'V',
            Self::Unknowing => 'U',
            Self::Declined => 'X',
            Self::Content => 'T',
            Self::Nothing => 'O',
        }
    }
}

/// Whether an answer is no more than a yes or a no, once or again: 「はい、あります」「いいえ、ないです」. Then only the question
/// says what it means.
pub(crate) fn is_bare(text: &str) -> bool {
    static BARE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:はい|ええ|うん|う[うーん]+|えっ?と|まあ|そう|いえ|いいえ|いや|ううん|全然|特に)*(?:(?:あり|い|し)ます|ある(?:ん)?|いる(?:ん)?|ない(?:ん)?|なし|(?:あり|い)ません|\\n|です|[よね])*$",
        )
    });
    BARE.is_match(text.trim_matches('\n'))
}

/// Whether an answer to a question that she has answered adds something: 「あ、でも、前に一度」.
pub(crate) fn adds(text: &str) -> bool {
    static ADDS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:あ|あの|いや|ん|はい|うん|そう)*(?:でも|ただ|実は|やっぱり|そういえば|あと|まあ|正直|本当は|ほんとは|嘘|うそ)",
        )
    });
    ADDS.is_match(text)
}

/// Where the denial ends that an answer opens with, in bytes: 「ありません、‐血糖の検査も通りましたし」.
pub(crate) fn opening_denial(text: &str) -> Option<usize> {
    static OPENS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:いえ|いいえ|いーえ|いや|ううん|はい|うん|ええ|まあ|それが|\\n|特に|全然|まったく|全く|1[度回]も|今のところ|そういう(?:の|こと)|そんなこと|それ|[はも])*(?:(?:な(?:い|かった)(?:ない|なかった)*|ありません|ございません)(?:です|でした|よ|ね|わ|な|[ぁ-ぉえお])*|まさか\\n)",
        )
    });
    OPENS.find(text).map(|it| it.end())
}

/// Whether words may turn against a denial that stands before them: 「ないです、‐でもたまに」「ないです、‐毎日泣いてます」.
pub(crate) fn turns_against(words: &str) -> bool {
    static TURNS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "けど|けれど|でも|ただ|たまに|時々|ときどき|少し|ちょっと|くらい|ぐらい|だけ|しか|前は|前に|以前|昔|1[回度]|やっぱり|本当は|実は|正直|最近は|今は|あ(?:る|り|った)|いや|毎(?:日|晩)|先月|先週|来月|[てで](?:い)?(?:る|ます)|[てで](?:い)?ません|られな|まして",
        )
    });
    TURNS.is_match(words)
}

/// Whether an answer says that there is such a thing: 「紙につくことはあります」.
pub(crate) fn says_there_is(text: &str) -> bool {
    static THERE_IS: LazyLock<Regex> =
        LazyLock::new(|| fixed("(?:こと|とき|時|日|の)(?:は|も|が)?あ(?:り|る|っ)"));
    THERE_IS.is_match(text)
}

/// Whether what stands before such words was all there is to it: 「少し寂しかったけど、それくらいです」.
pub(crate) fn plays_down(after: &str) -> bool {
    static DOWN: LazyLock<Regex> = LazyLock::new(|| {
        fixed("それ(?:く|ぐ)らい(?:です|かな|\\n)|それだけ(?:です|\\n)|その程度(?:です|\\n)")
    });
    DOWN.is_match(after)
}

/// Where a no stands at the beginning of an answer.
fn begins_with_no(text: &str) -> Option<usize> {
    let end = NO.find(text)?.end();
    (!text[..end].ends_with("いや") || !correction::DISLIKES.is_match(&text[end..])).then_some(end)
}

/// The words of an answer that say no or that all is well, in bytes; all of it where none do.
pub(crate) fn deciding(text: &str) -> Range<usize> {
    let last = |regex: &Regex| regex.find_iter(text).last().map(|found| found.range());
    let first = |regex: &Regex| regex.find(text).map(|found| found.range());
    last(&DENIES)
        .or_else(|| last(&FINE))
        .or_else(|| first(&NO))
        .or_else(|| first(&YES))
        .unwrap_or(0..text.len())
}

/// Whether an answer says that all is well, and does not deny just that.
pub(super) fn is_fine(text: &str) -> bool {
    FINE.find_iter(text).any(|found| {
        let behind = &text[found.end()..];
        let other = ["とは", "より", "どころ"];
        !polarity::is_negated(found.as_str(), behind)
            && !other.iter().any(|it| behind.starts_with(it))
    })
}

/// Whether what is affirmed is only conceded, and all is well behind it.
fn is_eased(text: &str) -> bool {
    let conceded = text
        .split_once("けど")
        .or_else(|| text.split_once("けれど"));
    conceded.is_some_and(|(_, rest)| {
        let hard = DENIES
            .find_iter(rest)
            .any(|found| !FINE.is_match(found.as_str()));
        is_fine(rest) && !hard
    })
}

pub(crate) fn read(said: &str) -> Answer {
    let said = SORRY.replace_all(said.trim_matches('\n'), "\n");
    let said = said.trim_matches('\n');
    if UNHEARD.is_match(said) {
        return Answer::Nothing;
    }
    let said = HAPPILY.replace_all(said, "$1");
    let said = MAYBE.replace_all(&said, "$1");
    let said = DISAGREES.replace_all(&said, "いいえ\n");
    let said = &AGREES.replace_all(&said, "はい");
    let known = UNKNOWING.replace_all(said, "");
    let text = &ASKS_BACK.replace_all(&known, "");
    let unknowing = text.len() < said.len();
    let at_once = UNKNOWING.is_match(said.split('\n').next().unwrap_or(said));
    let text = text.trim_matches('\n');
    match read_known(text) {
        Answer::Nothing | Answer::Content | Answer::Vague if unknowing => Answer::Unknowing,
        Answer::Yes { .. } | Answer::No { .. } if at_once => Answer::Unknowing,
        answer => answer,
    }
}

/// What an answer says, apart from that she does not know.
fn read_known(text: &str) -> Answer {
    // 「そうですね、怖いとかは全くなくて」: it only begins so.
    let text = match MUSES.find(text) {
        Some(muses) if text.len() > muses.end() => &text[muses.end()..],
        _ => text,
    };
    if HALF_YES.is_match(text) {
        return Answer::Vague;
    }
    if ACCEPTS.is_match(text) && !DENIES.is_match(text) {
        return Answer::Accepts;
    }
    if text.is_empty() || COURTESY.is_match(text) {
        return Answer::Nothing;
    }
    if DECLINED.is_match(text) {
        return Answer::Declined;
    }
    let yes = YES.find(text).map(|found| found.end());
    let no = begins_with_no(text);
    let lead = yes.or(no).unwrap_or(0);
    let rest = text[lead..].trim_start_matches(['\n', 'で', 'す', 'ね', 'よ']);
    if insists(text) {
        return Answer::Affirms;
    }
    if EVADES.is_match(text) && yes.is_none() && !DENIES.is_match(text) {
        return Answer::Vague;
    }
    // 「はい。通院のときは、重いものは持たせてくれません」: the answer stands in the first sentence.
    if let (Some(_), Some((first, rest))) = (yes, text.split_once('\n'))
        && !DENIES.is_match(first)
        && !BUT.is_match(rest)
    {
        return Answer::Yes { lone: false };
    }
    // 「あります。夜になると特に」「ときどき、ある。母に言えない」: so does it here.
    if let Some((first, rest)) = text.split_once('\n')
        && says_that_it_is(first)
        && !BUT.is_match(rest)
    {
        return Answer::Affirms;
    }
    let denied = DENIES.find_iter(text).last();
    let of_hers = |at: usize| {
        let clause = text[..at].rsplit('\n').next().unwrap_or(text);
        !person::names_a_stranger(clause)
    };
    let affirmed = AFFIRMS
        .find_iter(text)
        .filter(|found| of_hers(found.start()));
    let affirmed = affirmed.last();
    if affirmed.is_none()
        && denied.is_none()
        && yes.is_none()
        && SLIPS.is_match(text)
        && !is_fine(text)
    {
        return Answer::Slips;
    }
    match (denied, affirmed) {
        (Some(denied), Some(affirmed))
            if (affirmed.start() > denied.end() + 3
                || text[denied.end()..].starts_with('\n') && affirmed.start() > denied.end())
                && takes_back_a_denial(text, &denied, &affirmed) =>
        {
            return Answer::Affirms;
        }
        // 「ありますけど、大丈夫です」
        (Some(denied), Some(affirmed))
            if affirmed.start() < denied.start()
                && IS.is_match(affirmed.as_str())
                && is_eased(&text[affirmed.start()..]) =>
        {
            return Answer::Eased;
        }
        (Some(_), _) if is_fine(text) => return Answer::Fine,
        (Some(_), _) if LITTLE.is_match(text) && yes.is_none() => return Answer::Little,
        (Some(_), _) => return Answer::Denies,
        (None, Some(affirmed)) if yes.is_none() && is_eased(&text[affirmed.start()..]) => {
            return Answer::Eased;
        }
        (None, Some(_)) if yes.is_none() => return Answer::Affirms,
        (None, Some(_)) if no.is_none() => return Answer::Yes { lone: false },
        _ => {}
    }
    match (yes, no) {
        (Some(_), _) => Answer::Yes {
            lone: rest.chars().count() <= 2,
        },
        (None, Some(_)) if is_fine(text) => Answer::Fine,
        (None, Some(_)) => Answer::No {
            lone: rest.chars().count() <= 2,
        },
        (None, None) if is_fine(text) => Answer::Fine,
        (None, None) if LITTLE.is_match(text) => Answer::Little,
        (None, None) if VAGUE.is_match(text) && text.chars().count() <= 30 => Answer::Vague,
        (None, None)
            if text.chars().count() <= SHORT
                && SAYS_AGAIN.is_match(text)
                && !CAN.is_match(text) =>
        {
            Answer::Affirms
        }
        (None, None) => Answer::Content,
    }
}

/// Whether an answer begins by saying that it is so, and not that it was.
pub(crate) fn is_so_now(text: &str) -> bool {
    let first = text.trim_start_matches('\n').split('\n').next();
    first.is_some_and(|first| {
        says_that_it_is(first) && !first.contains("した") && !first.contains("あった")
    })
}

/// Whether words say that it is so, and no more.
fn says_that_it_is(words: &str) -> bool {
    static SO: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:はい|ええ|うん|まあ|まぁ|いや|いえ|実は|正直|やっぱり)*(?:たまに|時々|ときどき|よく|少し|ちょっと|けっこう|結構|毎日|何回か|何度か)*(?:(?:は|も)?ある|あり|あった|い(?:る|ます))(?:ます|ました|ん)?(?:です|よ|ね|な)*$",
        )
    });
    SO.is_match(words)
}

/// Whether what is affirmed behind a denial is said against it: 「ないです。でも、たまに」, not 「ないです。先生も毎日
/// みてくれて」 nor 「ありません。口げんかはしますけど」「ないです、笑われたことはありますが」.
fn takes_back_a_denial(text: &str, denied: &Match<'_>, affirmed: &Match<'_>) -> bool {
    static AGAINST: LazyLock<Regex> = LazyLock::new(|| {
        fixed("けど|けれど|でも|ただ|(?:です|ます|ません)が|のに|\\n(?:あ|まあ|いや)")
    });
    let behind = &text[affirmed.end()..];
    let before = &text[..affirmed.start()];
    let before = before.rsplit('\n').next().unwrap_or(before);
    let sentence = behind.split('\n').next().unwrap_or(behind);
    AGAINST.is_match(&text[denied.end()..affirmed.start()])
        || IS.is_match(affirmed.as_str())
            && (before.chars().count() <= SHORT || before.ends_with(['は', 'も']))
            && !sentence.contains("けど")
            && !sentence.contains("けれど")
            && !behind.starts_with('が')
}
