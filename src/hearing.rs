//! Listens to texts for the words of a rule pack. Brings the dictionary of readings to the core, which
//! knows none; what follows from a likeness is the core's matter.

use std::sync::Arc;

use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::pack::sound::Misheard;
use yorisoi_domain::risk::sound::{Ear, SoundsLike};
use yorisoi_readings::{Dictionary, Hearing, Mistake, Repair, Word};

/// An ear for the words of a pack.
#[derive(Debug)]
struct PackEar(Hearing);

/// Makes an ear for a pack's words; unpacks the dictionary if it is the first one. Beside the words
/// that the pack names for it, only those are listened for that tell something by themselves: with
/// any other a text would be read no differently, or by chance.
pub fn ear_for(pack: &Pack) -> Arc<dyn Ear> {
    let dictionary = Dictionary::shared();
    let vocabulary = pack.vocabulary();
    let words = vocabulary
        .words
        .iter()
        .filter_map(|(surface, sound)| match sound {
            Some(sound) => Some(Word {
                surface: surface.clone(),
                sound: sound.clone(),
            }),
            None => dictionary.word(surface),
        });
    let mut mistakes: Vec<_> = vocabulary.mistakes.iter().map(mistake).collect();
    for (word, heard) in sounds_otherwise(pack) {
        for mistake in mistakes.iter_mut().filter(|it| it.word == word) {
            mistake.heard.retain(|known| known != heard);
        }
    }
    let examples = vocabulary.examples.iter().map(String::as_str);
    let parts = vocabulary.parts.iter().map(String::as_str);
    let mut telling = dictionary.telling(examples, parts);
    telling.retain(|word| pack.tells(&word.surface));
    Arc::new(PackEar(Hearing::new(
        dictionary,
        yorisoi_readings::Vocabulary {
            words: words.collect(),
            as_is: vocabulary.as_is.clone(),
            mistakes,
            telling,
        },
    )))
}

/// What a pack names as a mistake, and what it is heard as, where the two do not sound the same but
/// for length: no repair is made of it, for a repair never changes the sound.
pub fn sounds_otherwise(pack: &Pack) -> Vec<(&str, &str)> {
    let dictionary = Dictionary::shared();
    let vocabulary = pack.vocabulary();
    let mut otherwise = Vec::new();
    for Misheard { word, heard, .. } in &vocabulary.mistakes {
        let known = vocabulary.words.iter().find(|(known, _)| known == word);
        let sound = known.and_then(|(_, sound)| sound.clone());
        let sound = sound.unwrap_or_else(|| dictionary.kana(word));
        let heard = heard.iter().map(String::as_str);
        let heard = heard.filter(|heard| !dictionary.may_sound(heard, &sound));
        otherwise.extend(heard.map(|heard| (word.as_str(), heard)));
    }
    otherwise
}

fn mistake(misheard: &Misheard) -> Mistake {
    Mistake {
        word: misheard.word.clone(),
        heard: misheard.heard.clone(),
        near: misheard.near.clone(),
        unless: misheard.unless.clone(),
        opening: misheard.opening,
    }
}

impl Ear for PackEar {
    fn hear(&self, text: &str) -> Vec<SoundsLike> {
        let maybe = self.0.maybe(text).into_iter();
        maybe
            .map(|maybe| like(maybe.repair, maybe.distance))
            .collect()
    }

    fn repair(&self, text: &str) -> Vec<SoundsLike> {
        let repairs = self.0.repairs(text).into_iter();
        repairs.map(|repair| like(repair, 0)).collect()
    }
}

fn like(repair: Repair, distance: u32) -> SoundsLike {
    SoundsLike {
        span: repair.span,
        word: repair.now.into(),
        distance: u8::try_from(distance).unwrap_or(u8::MAX),
    }
}
