//! An example said a little differently: other people, other particles, plain instead of polite. What a
//! rule finds in one it has to find in the others, or it has only learnt a sentence.

/// Of one meaning and one place in a sentence: the first that occurs is said with each of the others.
const PEOPLE: [&[&str]; 6] = [
    &["旦那さん", "主人", "夫", "パートナー"],
    &["旦那", "主人", "夫", "パートナー"],
    &["夫", "主人", "旦那"],
    &["実家の母", "お母さん", "実母"],
    &["友達", "友だち", "知り合い"],
    &["長男", "上の子", "長女"],
];
/// Particles that spoken language leaves out or changes.
const PARTICLES: [(&str, &[&str]); 3] = [("は", &["って", ""]), ("を", &["", "も"]), ("が", &[""])];
/// Ends of sentences and what is said for them.
const ENDS: [(&str, &[&str]); 9] = [
    ("ています", &["てます", "てるんです", "てて"]),
    ("てます", &["ています", "てるんですよね", "てる"]),
    ("でます", &["でいます", "でるんです", "でて"]),
    ("ていて", &["てて", "てるんです"]),
    ("んです", &["んですよね", "んですけど", "の"]),
    ("です", &["ですね", "っす"]),
    ("ました", &["ましたけど", "ましたね"]),
    ("ます", &["ますね", "ますけど"]),
    ("ません", &["ませんね", "ませんけど"]),
];

/// The ways in which somebody else would say a text. Of `question → answer` the answer changes.
pub(super) fn of(text: &str) -> Vec<String> {
    let (before, said) = match text.split_once('→') {
        Some((question, answer)) => (format!("{question}→ "), answer.trim()),
        None => (String::new(), text),
    };
    let mut said_so = Vec::new();
    for names in PEOPLE {
        if let Some((name, at)) = names[..1]
            .iter()
            .find_map(|name| Some((name, person(said, name)?)))
        {
            let others = names.iter().filter(|other| *other != name);
            said_so.extend(others.map(|other| replaced(said, at, name, other)));
        }
    }
    for (particle, others) in PARTICLES {
        if let Some(at) = after_noun(said, particle) {
            said_so.extend(
                others
                    .iter()
                    .map(|other| replaced(said, at, particle, other)),
            );
        }
    }
    let end = said.trim_end_matches(['。', '、']);
    if let Some((polite, others)) = ENDS.iter().find(|(polite, _)| end.ends_with(polite)) {
        let at = end.len() - polite.len();
        said_so.extend(others.iter().map(|other| replaced(end, at, polite, other)));
    }
    said_so
        .iter()
        .map(|said| format!("{before}{said}"))
        .collect()
}

fn replaced(text: &str, at: usize, what: &str, with: &str) -> String {
    format!("{}{with}{}", &text[..at], &text[at + what.len()..])
}

/// Where a person is named, not a part of another word: 夫 is not in 大丈夫.
fn person(text: &str, name: &str) -> Option<usize> {
    let at = text.find(name)?;
    let inside = text[..at].ends_with(|c: char| ('一'..='龠').contains(&c) || c == '元');
    (!inside).then_some(at)
}

/// The first such particle behind a word in kanji or katakana and before another word in kanji: there
/// it is no part of a word.
fn after_noun(text: &str, particle: &str) -> Option<usize> {
    let kanji = |c: char| ('一'..='龠').contains(&c);
    text.match_indices(particle).map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + particle.len()..].chars().next();
        before.is_some_and(|c| kanji(c) || ('ァ'..='ヺ').contains(&c)) && after.is_some_and(kanji)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_particles_and_endings_change_one_at_a_time() {
        let said = of("夫が家を出ています");
        assert!(said.contains(&"主人が家を出ています".to_owned()));
        assert!(said.contains(&"夫家を出ています".to_owned()));
        assert!(said.contains(&"夫が家出ています".to_owned()));
        assert!(said.contains(&"夫が家を出てます".to_owned()));
        assert!(!said.contains(&"夫が家を出ています".to_owned()));
    }

    #[test]
    fn parts_of_words_stay() {
        assert_eq!(of("大丈夫"), Vec::<String>::new());
        assert_eq!(of("たばこは → 一本だけ"), Vec::<String>::new());
        assert_eq!(
            of("お酒は飲みますか → 飲みます"),
            [
                "お酒は飲みますか → 飲みますね",
                "お酒は飲みますか → 飲みますけど"
            ]
        );
    }
}
