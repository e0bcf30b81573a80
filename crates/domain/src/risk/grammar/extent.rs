//! How far an answer goes: it is so only sometimes, only then, until then, all but. Then neither its 「ない」 nor its
//! 「大丈夫」 counts for the whole. Knows no question's item.

use std::sync::LazyLock;

use regex::Regex;

use super::answer::{CONTRARY, DENIES, FINE, LITTLE, is_fine, opening_denial};
use super::fixed;
use crate::risk::pack::file::Yes;

/// Whether an answer says when it is so, or until when it was: then no 「ない」 and no 「大丈夫」 of it counts.
pub(crate) fn says_when(yes: Yes, text: &str) -> bool {
    match yes {
        Yes::Risk => is_only_then(text),
        Yes::Safe => was_until_then(text) && !is_fine(text) || is_fine_so_far(text),
        Yes::Open => false,
    }
}

/// Whether an answer that denies leaves something of it: sometimes, in a way, or something else instead.
pub(crate) fn goes_only_so_far(text: &str) -> bool {
    let so_far = [&IN_CASE, &PARTLY, &ONLY_NOW, &SOME, &SO_FAR];
    so_far.iter().any(|it| it.is_match(text)) || tells_more(text)
}

/// 「今はないです」 says nothing of before.
static ONLY_NOW: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^(?:いえ|いいえ|いや)?(?:(?:[^\\n]{1,8}[てで]から|今|今日|昨日|今週|ここ(?:[0-9]+|数)日|この[0-9]+日|最近|今の人に|現在|今月|今年(?:に入って)?|ここ最近)は(?:まだ|もう|全然|特に)*|もう(?:そういうことは|それは|全然)?)(?:[^\\n]{0,4}[てで](?:い)?)?(?:な(?:い|く|かった)|ませ|あり)",
    )
});

/// 「ないです、私がちゃんとしてれば」「ふだんは全然」「旦那には言わないで」: it is so sometimes, or not to be told.
static IN_CASE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "て(?:い)?れば|(?:し|でき|なけ|いけ)れば|(?:ふだん|普段|いつも|基本|しらふ|機嫌がいい|機嫌のいい)(?:的に)?(?:の?(?:とき|時))?は(?:全然|な|大丈夫|優し|やさし)|(?:とき|時)だけ|(?:いる|見て(?:い)?る)(?:とき|時)は|(?:とき|時|日|夜|人)以外|以外は(?:\\n|$)|(?:ない|ません)(?:です|でした|よ)?\\n?(?:今週|今日|今月|最近|今|妊娠して(?:から)?|結婚して(?:から)?|表向き|1応|いちおう|基本|ふだん|普段)(?:は|的には)(?:\\n|$)|って(?:言|い)いたい|を除(?:け|い)|(?:つね|たた|叩|押|投げ|怒鳴|切|見られ|言われ|無視)[^\\n]{0,4}だけ|(?:な(?:い|かった)|ません)(?:です|でした|よ|ね)*\\n?(?:あ|まあ|でも)?(?:ちょっと|少し|1[回度]|1瞬|前に)(?:だけ|は)?(?:です|\\n|$)|言わないで(?:もら|くだ|ほし)|内緒|黙って(?:いて)?(?:もら|くだ|ほし)",
    )
});

/// 「そんなにしょっちゅうじゃないです」「思うだけで」「実行はしないです」: there is something of it.
static PARTLY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "そんなに(?:しょっちゅう|頻繁|大げさ|ひど|大した|たいした|たくさん|多く)|(?:しょっちゅう|頻繁|大げさ|本気)(?:な感じ)?(?:じゃ|では)な|(?:思(?:う|って)|考え(?:る|て))(?:だけ|けど|ことは)|考えは(?:しま|す)|(?:実行|行動|実際)(?:に|は|する|まで)|わけでもな|(?:まで|ほど)は?いかな|(?:くらい|ぐらい)は(?:\\n|$|あ)|[0-9][度回]だけ[^\\n]{2,8}(?:くらい|ぐらい)(?:です|で)(?:\\n|$)|れる(?:くらい|ぐらい)で|言葉(?:のほう|では)|^(?:はい|いえ|いいえ)*(?:顔|外|人前|(?:子ども|人)の前|見えるところ)(?:は|で)|違うんですけど(?:\\n|$)|そこまで(?:じゃ|では)|しかな|[0-9][度回]や[0-9][度回]|とは思(?:って(?:い)?|わ)な[^\\n]{0,4}けど|(?:毎日|毎回|毎晩|いつも|頻繁|しょっちゅう|大量)(?:って(?:わけ|ほど)|という(?:わけ|ほど|こと))?(?:じゃ|では|でも)(?:な|あり)|(?:たい|大)したこと(?:は)?な|(?:そんなに|ひどく|ひどい)は?な|(?:です|ない)\\n?ほとんど|(?:前|以前|昔|とき)ほど(?:じゃ|では|でも|は)|(?:という|って)?ほど(?:の(?:もの|こと))?(?:じゃ|では|でも)(?:な|あり)|そんなに(?:は)?(?:\\n|$|です)|全然(?:思う|思い(?:ます|まし)|ある|あります|するん|します)|(?:^|\\n|いえ|いや|うーん|まあ)(?:あんまり|あまり|ほとんど|めったに)(?:は)?(?:\\n|$|な(?:い|かった)|です|ありま)",
    )
});

/// 「出血は」「少しだけなので気にしてません」: there is some.
static SOME: LazyLock<Regex> = LazyLock::new(|| {
    fixed("(?:少し|ちょっと|1回|たまに|昨日まで)(?:だけ)?(?:な|です)?(?:ので|けど)")
});

/// A time, place or manner that is set apart, or a passive (「殴られは」): 「はい、最近は」「ないです、家では」. Not 「それまでは」.
const AS_FAR: &str = "(?:最近|今|今の?ところ|今週|今月|今年|先週|ここ(?:のところ|しばらく|最近|[^\\n]{1,3}日)|[^\\n]{0,8}(?:[^こそれ\\n]まで|[^ま\\n]で|より|のうち|間|中|頃|ころ|から)|昼間?|夜|朝|平日|週末|休み|普段|ふだん|1応|いちおう|基本|[^\\n]{0,3}[かさたなまらわが]れ)は(?:まだ|ずっと)?";

/// A no of which that is all, or that leaves something: 「ないです、茶色いのがつくことはありますが」; and 「逆です」, which may say more.
static SO_FAR: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        "^(?:いえ|いいえ|いや|はい|ええ|うん)+(?:{AS_FAR}|[^\\n]{{1,6}}(?:だけ|なら))(?:です|ね)?(?:\\n|$)|(?:ない|ません)(?:です|でした|よ|ね)*\\n?(?:(?:{AS_FAR}|[^\\n]{{1,6}}(?:だけは?|なら))(?:です|ね)?(?:\\n|$)|(?:今週|今月)は)|{CONTRARY}|(?:ない|ません)(?:です|でした|よ|ね)*\\n?[^\\n]{{2,24}}(?:こと|日|とき|時|の)(?:は|も)(?:たまに|時々|ときどき)?あ(?:ります|る)(?:ん?です)?(?:けど|けれど|が)"
    ))
});

/// Whether something is set against a denial that is none itself: 「叩くことはないですが、怒鳴ってしまって」.
fn tells_more(text: &str) -> bool {
    static SET: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "(?:な(?:い|かった)|ません|なくて)(?:です|んです|でした)?(?:けど|けれど|が|ただ|でも)",
        )
    });
    let Some(set) = SET.find(text) else {
        return false;
    };
    let more = text[set.end()..].trim_matches('\n');
    let harmless = [&*DENIES, &*LITTLE, &*FINE, &*HARMLESS];
    more.chars().count() >= 4 && !harmless.iter().any(|it| it.is_match(more))
}

/// 「たまに出ます」: behind a denial it leaves a doubt where something has to be looked at the same day. Not 「たまに口げんかするくらいです」.
pub(super) fn is_at_times(text: &str) -> bool {
    static SOMETIMES: LazyLock<Regex> =
        LazyLock::new(|| fixed("たまに|時々|ときどき|時たま|ごくまれに|まれに|毎日言|[1-3]回だけ"));
    SOMETIMES.find(text).is_some_and(|it| {
        let rest = text[it.end()..].split('\n').next();
        !HARMLESS.is_match(rest.unwrap_or_default())
    })
}

/// 「時々ごはんも作ってくれます」
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| fixed("くらい|ぐらい|てくれ"));

// Few answers hold the word that this one, `was_until_then` and `is_fine_so_far` turn on, and to look for it costs little.
pub(super) fn is_only_then(text: &str) -> bool {
    text.contains("しか") && opening_denial(text).is_none() && ONLY_THEN.is_match(text)
}

/// 「週末しか飲まないです」「一回しかないです」: then it is so.
static ONLY_THEN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:^|\\n|です|ます|よ|ね|けど|ので|から)[^\\nはもが]{0,8}?(?:[0-9](?:回|本|杯|日|度|時間|缶|個|錠|口|分の1)?(?:くらい|ぐらい|だけ|とか)?|週末|土日|休み(?:の日)?|夜|朝|昼|寝る前|たまに|ときどき|時々|とき|時|日|外|べらんだ|換気扇(?:の下)?|仕事中|少し|ちょっと|飲み会|付き合い|半分|お尻|おしり|手の甲|軽く)(?:に|で|は)?しか(?:(?:吸|飲|の[まん]|叩|殴|出|や[らっ]|使|怒鳴|思|切|打|手)[^\\n]{0,6}?(?:ない|ません|なかっ|へん|[かさたなまらわがばえけせべめれげ]ん(?:です|よ|ね|\\n|$))|な(?:い|かった)(?:です|よ|ね|\\n|$)|ありません)",
    )
});

pub(super) fn was_until_then(text: &str) -> bool {
    (text.contains("まで") || text.contains("年内は")) && UNTIL_THEN.is_match(text)
}

/// It was so until then: 「行ってました、年内は」「されてました、会社がつぶれるまでは」
static UNTIL_THEN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "^[^\\n]{0,12}(?:ました|でした|[てで](?:い)?た|だった)(?:よ|ね|ん|です|けど|けれど)*\\n?(?:[^\\n]{0,9}[^こそれま\\n]までは|[^\\n]{0,2}年内は)(?:です|ね|けど|なんです)*(?:\\n|$)",
    )
});

/// It was so once: 「前はあったんですけど、今は…」
pub(super) fn was_once(text: &str) -> bool {
    static WAS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            "^(?:はい|うん|ええ|いえ|まあ)*(?:前|昔|以前|最初|初め|去年|先月|[^\\n]{1,6}まで)は[^\\n]{0,12}(?:ました|でした|[てで](?:い)?た|だった|あった|いた)(?:んです)?(?:けど|けれど|が|のに)(?:ね|ねえ|よ)*\\n?(?:今|最近|もう|この頃|ここ)",
        )
    });
    WAS.is_match(text)
}

/// 「昨日までは元気だったんですけど」
pub(super) fn was_until_lately(text: &str) -> bool {
    static UNTIL: LazyLock<Regex> = LazyLock::new(|| {
        fixed("(?:昨日|きのう|おととい|先週|今朝|さっき|この前|こないだ|最近)まで(?:は)?")
    });
    UNTIL.is_match(text)
}

pub(super) fn is_fine_so_far(text: &str) -> bool {
    text.contains("まで") && FINE_SO_FAR.is_match(text)
}

/// 「大丈夫です、来月までは」
static FINE_SO_FAR: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        "(?:大丈夫|だいじょうぶ|平気)(?:です|でした|だ|だった|よ|ね)*\\n?[^\\n]{0,9}(?:[月週日年末春夏秋冬前後目内]まで(?:は)?|[^こそれま\\n]までは)(?:です|ね)?(?:\\n|$)",
    )
});

/// A yes that says in the same breath where it ends: 「はい、ただ、人が集まるときは少し」.
pub(super) fn limits_a_yes(text: &str) -> bool {
    static LIMITS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(&format!(
            "^(?:はい|ええ|うん|まあ|\\n)+{AS_FAR}(?:です|ね)?\\n?$|^(?:はい|ええ|うん|まあ|1応|いちおう)+(?:です)?\\n?(?:ただ|でも|だけど|けど|しかし|(?:って|と)(?:言|い)っても)|^(?:はい|ええ|うん|まあ|\\n)+(?:なんとなく|ふふ+|[^\\n]{{1,6}}(?:とき|時|日)(?:は|だけ))(?:です)?(?:\\n|$)",
        ))
    });
    LIMITS.is_match(text)
}
