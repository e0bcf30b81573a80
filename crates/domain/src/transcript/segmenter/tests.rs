//! The segmenter against talks written as scores: `V` a voiced frame, `.` a silent one.

use proptest::prelude::*;

use super::*;
use crate::transcript::hypothesis::Piece;

fn heard(text: &str) -> Hypothesis {
    let piece = Piece {
        text: text.to_owned().into(),
        probability: 0.9,
        from_ms: 0,
        to_ms: 100,
    };
    Hypothesis {
        pieces: vec![piece],
        mean_logprob: -0.2,
        hit_token_cap: false,
    }
}

fn segmenter(policy: Policy) -> Segmenter {
    Segmenter::new(policy, Guard::new(""))
}

/// Feeds frames and answers every decode at once with `answer`; gives what came out beside them.
fn play(segmenter: &mut Segmenter, talk: &str, answer: &str) -> Vec<Output> {
    let mut seen = Vec::new();
    for c in talk.chars() {
        segmenter.handle_input(Input::Frame {
            score: if c == 'V' { 0.9 } else { 0.0 },
        });
        drain(segmenter, answer, &mut seen);
    }
    seen
}

fn drain(segmenter: &mut Segmenter, answer: &str, seen: &mut Vec<Output>) {
    while let Some(output) = segmenter.poll_output() {
        if let Output::Decode { request, .. } = output {
            let hypothesis = heard(answer);
            segmenter.handle_input(Input::Decoded {
                request,
                hypothesis,
                took: 0,
            });
        }
        seen.push(output);
    }
}

fn confirmed(outputs: &[Output]) -> Vec<(u64, u64)> {
    outputs
        .iter()
        .filter_map(|o| match o {
            Output::Confirmed { span, .. } => Some((span.from / FRAME, span.to / FRAME)),
            _ => None,
        })
        .collect()
}

#[test]
fn an_utterance_is_decoded_on_speculation_and_confirmed_after_the_silence() {
    let mut s = segmenter(Policy::offline());
    let talk = format!("{}{}{}", ".".repeat(30), "V".repeat(40), ".".repeat(18));
    let outputs = play(&mut s, &talk, "はい");
    assert!(matches!(
        outputs[..],
        [Output::Decode {
            purpose: Purpose::Final,
            ..
        }]
    ));

    let outputs = play(&mut s, ".", "はい");
    assert_eq!(confirmed(&outputs), [(30, 70)], "304 ms of silence end it");
    assert!(s.is_settled());
}

#[test]
fn a_pause_in_the_middle_of_a_sentence_is_given_longer() {
    let mut s = segmenter(Policy::offline());
    let outputs = play(
        &mut s,
        &format!("{}{}", "V".repeat(40), ".".repeat(37)),
        "お酒は",
    );
    assert_eq!(confirmed(&outputs), []);
    assert_eq!(
        confirmed(&play(&mut s, ".", "お酒は")),
        [(0, 40)],
        "608 ms end anything"
    );
}

#[test]
fn a_car_that_sounds_a_little_like_a_voice_is_silence() {
    let mut s = segmenter(Policy::live());
    for score in [vec![0.65; 200], vec![0.1; 30]].concat() {
        s.handle_input(Input::Frame { score });
    }
    assert_eq!(s.poll_output(), None);
    assert!(s.is_settled());
}

#[test]
fn a_pause_in_a_sentence_withdraws_the_speculation_and_decodes_again() {
    let mut s = segmenter(Policy::offline());
    let mut outputs = Vec::new();
    for c in format!("{}{}VVV", "V".repeat(40), ".".repeat(10)).chars() {
        s.handle_input(Input::Frame {
            score: if c == 'V' { 0.9 } else { 0.0 },
        });
        outputs.extend(std::iter::from_fn(|| s.poll_output()));
    }
    let [
        Output::Decode { request, .. },
        Output::Withdraw { request: withdrawn },
    ] = outputs[..]
    else {
        panic!("{outputs:?}");
    };
    assert_eq!(request, withdrawn);
    // A late answer to the withdrawn decode changes nothing.
    s.handle_input(Input::Decoded {
        request,
        hypothesis: heard("古い"),
        took: 0,
    });
    let outputs = play(&mut s, &".".repeat(30), "新しい");
    assert_eq!(confirmed(&outputs), [(0, 53)]);
}

#[test]
fn a_long_monologue_is_cut_at_its_quietest_place_and_loses_nothing() {
    let mut s = segmenter(Policy::offline());
    let talk = format!(
        "{}....{}{}",
        "V".repeat(400),
        "V".repeat(300),
        ".".repeat(30)
    );
    let outputs = play(&mut s, &talk, "長い話");
    let spans = confirmed(&outputs);
    assert_eq!(spans.len(), 2);
    assert!((400..=404).contains(&spans[0].1), "{spans:?}");
    assert_eq!(spans[0].1, spans[1].0);
    assert_eq!(spans[1].1, 704);
}

#[test]
fn partials_come_while_she_speaks_and_stop_before_the_final() {
    let mut s = segmenter(Policy::live());
    let outputs = play(&mut s, &"V".repeat(200), "あのう");
    let partials = outputs
        .iter()
        .filter(|o| matches!(o, Output::Partial { .. }))
        .count();
    assert_eq!(partials, 4, "every 700 ms of 3.2 s");
}

#[test]
fn slow_decoding_thins_out_partials() {
    let mut s = segmenter(Policy::live());
    let mut asked = 0;
    for _ in 0..400 {
        s.handle_input(Input::Frame { score: 0.9 });
        while let Some(output) = s.poll_output() {
            if let Output::Decode { request, .. } = output {
                asked += 1;
                let took = samples(1_400);
                s.handle_input(Input::Decoded {
                    request,
                    hypothesis: heard("あ"),
                    took,
                });
            }
        }
    }
    assert_eq!(asked, 3, "one after 700 ms, then one per 2.1 s of 6.4 s");
}

#[test]
fn a_gap_ends_the_utterance_and_stands_in_the_account() {
    let mut s = segmenter(Policy::offline());
    let mut outputs = play(&mut s, &"V".repeat(40), "途中で");
    s.handle_input(Input::Missing {
        samples: samples(800),
        reason: GapReason::Network,
    });
    drain(&mut s, "途中で", &mut outputs);
    assert_eq!(confirmed(&outputs), [(0, 40)]);
    let gap = Span::new(40 * FRAME, 40 * FRAME + samples(800));
    assert!(outputs.contains(&Output::Gap {
        span: gap,
        reason: GapReason::Network
    }));
}

#[test]
fn a_final_that_fails_is_a_gap_with_its_reason() {
    let mut s = segmenter(Policy::offline());
    for score in [vec![0.9; 40], vec![0.0; 40]].concat() {
        s.handle_input(Input::Frame { score });
    }
    let Some(Output::Decode { request, .. }) = s.poll_output() else {
        panic!("no decode")
    };
    s.handle_input(Input::Failed {
        request,
        reason: GapReason::Overload,
    });
    let gap = Output::Gap {
        span: Span::new(0, 40 * FRAME),
        reason: GapReason::Overload,
    };
    assert_eq!(s.poll_output(), Some(gap));
    assert!(s.is_settled());
}

proptest! {
    /// Whatever is said, and in whatever order answers arrive: utterances are confirmed in order,
    /// never overlap, each once, and none is lost.
    #[test]
    fn every_utterance_is_settled_once_and_in_order(
        scores in prop::collection::vec(0.0f32..1.0, 0..2_000),
        order in prop::collection::vec(0usize..5, 0..2_000),
        live in any::<bool>(),
    ) {
        let mut s = segmenter(if live { Policy::live() } else { Policy::offline() });
        let mut waiting: Vec<RequestId> = Vec::new();
        let mut settled: Vec<(UtteranceId, Span)> = Vec::new();
        let mut order = order.into_iter();
        let mut inputs: Vec<Input> = scores.into_iter().map(|score| Input::Frame { score }).collect();
        inputs.push(Input::End);
        for input in inputs {
            s.handle_input(input);
            loop {
                while let Some(output) = s.poll_output() {
                    match output {
                        Output::Decode { request, .. } => waiting.push(request),
                        Output::Withdraw { request } => waiting.retain(|&r| r != request),
                        Output::Confirmed { utterance, span, .. } => settled.push((utterance, span)),
                        _ => {}
                    }
                }
                let pick = order.next().unwrap_or(4);
                if pick >= waiting.len() { break; }
                let request = waiting.remove(pick);
                s.handle_input(Input::Decoded { request, hypothesis: heard("はい"), took: 0 });
            }
        }
        for request in waiting {
            s.handle_input(Input::Decoded { request, hypothesis: heard("はい"), took: 0 });
        }
        while let Some(output) = s.poll_output() {
            if let Output::Confirmed { utterance, span, .. } = output {
                settled.push((utterance, span));
            }
        }
        prop_assert!(s.is_settled());
        for (i, (id, span)) in settled.iter().enumerate() {
            prop_assert!(i == 0 || settled[i - 1].0 < *id);
            prop_assert!(i == 0 || settled[i - 1].1.to <= span.from);
        }
    }
}
