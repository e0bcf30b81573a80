//! What forms say, on a small content of the tests' own.

use std::sync::Arc;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::risk::finding::Asked;
use crate::risk::pack::Pack;

const ITEMS: &str = r#"
pack = { id = "test", version = "1" }
[[item]]
id = "alcohol"
label = "お酒"
tier = "notice"
ask = ["?"]
how = ["-"]
services = ["-"]
[[item]]
id = "mood"
label = "気分"
tier = "review"
ask = ["?"]
how = ["-"]
services = ["-"]
[[item]]
id = "harm"
label = "消えたい気持ち"
tier = "immediate"
ask = ["?"]
how = ["-"]
services = ["-"]
[[item]]
id = "age"
label = "年齢"
tier = "review"
ask = ["?"]
how = ["-"]
services = ["-"]
[[rule]]
id = "harm.said"
item = "harm"
patterns = ["消えたい"]
match = ["消えたい"]
no_match = ["見えた"]
"#;

const SHORT: &str = r#"
form = { id = "short", version = 3, title = "質問", filled_by = "resident" }
[[question]]
id = "drinks"
item = "alcohol"
label = "お酒"
ja = "飲みますか"
easy = "飲みますか"
options = [
  { id = "no", says = "safe", ja = "飲まない", easy = "飲まない" },
  { id = "some", says = "vague", ja = "ときどき", easy = "ときどき" },
  { id = "yes", says = "risk", tier = "review", ja = "飲む", easy = "飲む" },
]
[[question]]
id = "beer"
item = "alcohol"
label = "ビール"
ja = "ビールは"
easy = "ビールは"
options = [{ id = "no", says = "safe", ja = "飲まない" }, { id = "yes", says = "risk", ja = "飲む" }]
[[question]]
id = "more"
label = "ほかに"
ja = "ほかに"
easy = "ほかに"
words = true
"#;

const SCALE: &str = r#"
form = { id = "scale", version = 1, title = "点数", filled_by = "nurse" }
[score]
item = "mood"
[[score.cut]]
stage = "pregnancy"
at = 5
[[score.cut]]
stage = "after_birth"
at = 4
[[question]]
id = "a"
label = "問1"
options = [{ id = "0", points = 0 }, { id = "3", points = 3 }]
[[question]]
id = "b"
item = "harm"
label = "問2"
options = [{ id = "0", points = 0, says = "safe" }, { id = "1", points = 1, says = "risk" }]
"#;

fn pack() -> Arc<Pack> {
    Arc::new(Pack::parse(&[("items.toml", ITEMS)]).unwrap())
}

fn limits() -> Limits {
    Limits::parse(
        "age = [{ below = 18, item = 'age', tier = 'review' }, { below = 20, item = 'age', tier = 'notice' }]
         weeks = [{ from = 20, item = 'mood', tier = 'review' }]",
    )
    .unwrap()
}

fn chosen(question: &str, choice: &str) -> Answer {
    answer(
        question,
        Given::Chosen {
            choice: choice.to_owned(),
            text: String::new(),
        },
    )
}

fn answer(question: &str, given: Given) -> Answer {
    Answer {
        question: question.to_owned(),
        label: String::new(),
        given,
    }
}

fn item(slug: &str) -> ItemId {
    slug.parse().unwrap()
}

fn read_one(text: &str, answers: &[Answer], facts: Facts) -> Reading {
    let form = Form::parse(text).unwrap();
    let filled = Filled {
        id: Uuid::from_u128(1).into(),
        revision: 2,
        form: &form,
        answers,
    };
    read(&pack(), &limits(), facts, &[filled])
}

fn found(reading: &Reading) -> Vec<(&str, Tier, usize)> {
    let all = reading.findings.iter();
    all.map(|it| (it.item.as_str(), it.tier, it.written.len()))
        .collect()
}

#[test]
fn of_two_answers_about_an_item_the_one_that_needs_attention_counts() {
    let read = |answers: &[Answer]| read_one(SHORT, answers, Facts::default());
    let safe = read(&[chosen("drinks", "no"), chosen("beer", "no")]);
    assert_eq!(safe.coverage[&item("alcohol")], Asked::Negative);
    assert_eq!(safe.findings, []);
    let both = read(&[chosen("drinks", "yes"), chosen("beer", "yes")]);
    assert_eq!(both.coverage[&item("alcohol")], Asked::Positive);
    assert_eq!(found(&both), [("alcohol", Tier::Review, 2)]);
    let vague = read(&[chosen("drinks", "some"), chosen("beer", "no")]);
    assert_eq!(vague.coverage[&item("alcohol")], Asked::Vague);
    assert_eq!(vague.findings, []);
    let declined = read(&[answer("drinks", Given::Declined), chosen("beer", "no")]);
    assert_eq!(declined.coverage[&item("alcohol")], Asked::Declined);
    assert_eq!(declined.findings, [], "not wanting to say is no risk");
    // Not answered at all: the form says nothing. Of another content: neither.
    assert!(
        read(&[chosen("drinks", "gone"), chosen("gone", "yes")])
            .coverage
            .is_empty()
    );
}

#[test]
fn what_she_wrote_herself_is_read_by_the_rules() {
    let words = |text: &str| {
        let more = answer("more", Given::Words(text.to_owned()));
        read_one(SHORT, &[more], Facts::default())
    };
    assert_eq!(
        found(&words("もう消えたいです")),
        [("harm", Tier::Immediate, 1)]
    );
    assert_eq!(words("引っ越したばかりです"), Reading::default());
}

#[test]
fn a_scale_counts_by_its_own_rule_and_one_question_at_once() {
    let at = |stage| Facts {
        stage,
        ..Facts::default()
    };
    let four = [chosen("a", "3"), chosen("b", "1")];
    let [pregnant, born] = [Some(Stage::Pregnancy), Some(Stage::AfterBirth)];
    let before = read_one(SCALE, &four, at(pregnant));
    assert_eq!(found(&before), [("harm", Tier::Immediate, 1)]);
    assert_eq!(before.coverage[&item("mood")], Asked::Negative);
    for stage in [born, None] {
        let after = read_one(SCALE, &four, at(stage));
        let both = [("harm", Tier::Immediate, 1), ("mood", Tier::Review, 1)];
        assert_eq!(found(&after), both);
    }
    let half = read_one(SCALE, &four[..1], at(born));
    assert_eq!(half.coverage[&item("mood")], Asked::Vague);
    let form = Form::parse(SCALE).unwrap();
    let sum = form.sum(&four, born).unwrap();
    assert_eq!((sum.points, sum.most, sum.cut), (4, 4, 4));
    assert!(!sum.incomplete && sum.reached());
    let nothing = [answer("a", Given::Declined)];
    assert_eq!(form.sum(&nothing, born), None);
    assert_eq!(Form::parse(SHORT).unwrap().sum(&four, born), None);
}

#[test]
fn the_record_counts_from_its_limits_on() {
    let age = |age| {
        read(
            &pack(),
            &limits(),
            Facts {
                age: Some(age),
                ..Facts::default()
            },
            &[],
        )
    };
    assert_eq!(found(&age(17)), [("age", Tier::Review, 1)]);
    assert_eq!(found(&age(18)), [("age", Tier::Notice, 1)]);
    assert_eq!(found(&age(19)), [("age", Tier::Notice, 1)]);
    assert_eq!(age(20), Reading::default());
    let weeks = |weeks| Facts {
        weeks: Some(weeks),
        ..Facts::default()
    };
    assert_eq!(read(&pack(), &limits(), weeks(19), &[]), Reading::default());
    let late = read(&pack(), &limits(), weeks(20), &[]);
    assert_eq!(late.findings[0].written, [Written::Weeks]);
    assert_eq!(
        read(&pack(), &limits(), Facts::default(), &[]),
        Reading::default()
    );
}

#[test]
fn a_content_file_that_asks_nothing_sensible_is_refused() {
    Form::parse(SHORT).unwrap();
    for (from, to, what) in [
        ("id = \"beer\"", "id = \"drinks\"", "already"),
        ("words = true", "words = false", "options"),
        ("easy = \"ビールは\"\n", "", "`easy`"),
        ("{ id = \"some\"", "{ id = \"no\"", "one name"),
        ("version = 3", "version = 3, colour = 1", "colour"),
    ] {
        let refused = Form::parse(&SHORT.replacen(from, to, 1)).unwrap_err();
        assert!(refused.to_string().contains(what), "{refused}");
    }
    let shown = format!("{:?}", chosen("drinks", "yes"));
    assert!(!shown.contains("yes"), "{shown}");
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic_and_none_makes_a_flag_by_itself(
        words in "\\PC*|.*",
        picks in prop::collection::vec((0usize..4, 0usize..5), 0..6),
    ) {
        let questions = ["drinks", "beer", "more", "gone"];
        let choices = ["no", "some", "yes", "0", ""];
        let mut answers: Vec<_> = picks.iter().map(|(q, c)| chosen(questions[*q], choices[*c])).collect();
        answers.push(answer("more", Given::Words(words.clone())));
        let reading = read_one(SHORT, &answers, Facts::default());
        for finding in &reading.findings {
            prop_assert_eq!(reading.coverage[&finding.item], Asked::Positive);
        }
        if picks.is_empty() && !words.contains("消えたい") {
            prop_assert_eq!(reading, Reading::default());
        }
    }
}
