//! Codes that people say, hear and type: 23 characters that are told apart on paper, and a check character.
//!
//! 23 is prime and each place has its own weight, so one wrong character, or two that changed places, is always found.
use crate::id::Chance;

/// Without 0 O, 1 I, 5 S, 8 B, 2 Z's Z, and without the vowels that would make words.
const ALPHABET: &[u8; 23] = b"234679CDFGHJKLMNPRTVWXY";
const MODULUS: u32 = 23;

/// `length` characters, each equally likely.
pub fn random(chance: &Chance, length: usize) -> String {
    (0..length).map(|_| char::from(ALPHABET[chance.below(MODULUS) as usize])).collect()
}

/// `length` random characters and their check character.
pub fn random_with_check(chance: &Chance, length: usize) -> String {
    let body = random(chance, length);
    let check = check_of(&body).expect("made of the alphabet");
    format!("{body}{check}")
}

/// What somebody typed: case, spaces and hyphens do not matter.
pub fn normalised(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

/// Whether a normalised code ends in the check character of the rest.
pub fn is_sound(code: &str) -> bool {
    let mut rest = code.chars();
    let Some(last) = rest.next_back() else { return false };
    !rest.as_str().is_empty() && check_of(rest.as_str()) == Some(last)
}

/// Weights 2, 3, … stay below the modulus for every length that a person would say.
fn check_of(body: &str) -> Option<char> {
    let mut sum = 0;
    for (place, character) in (2..MODULUS).zip(body.bytes()) {
        let value = ALPHABET.iter().position(|each| *each == character)?;
        sum += place * u32::try_from(value).ok()?;
    }
    let fits = body.len() <= MODULUS as usize - 2;
    fits.then(|| char::from(ALPHABET[(sum % MODULUS) as usize]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_code_that_is_made_is_sound(seed: u64, length in 1usize..20) {
            let code = random_with_check(&Chance::seeded(seed), length);
            prop_assert!(is_sound(&code));
            prop_assert_eq!(normalised(&code.to_lowercase()), code);
        }

        #[test]
        fn one_wrong_character_is_always_found(seed: u64, at in 0usize..8, other in 0usize..23) {
            let code = random_with_check(&Chance::seeded(seed), 7);
            let mut wrong = code.clone().into_bytes();
            prop_assume!(wrong[at] != ALPHABET[other]);
            wrong[at] = ALPHABET[other];
            prop_assert!(!is_sound(std::str::from_utf8(&wrong).expect("ASCII")));
        }

        #[test]
        fn two_characters_that_changed_places_are_always_found(seed: u64, a in 0usize..7, b in 0usize..7) {
            let code = random_with_check(&Chance::seeded(seed), 7);
            let mut wrong = code.clone().into_bytes();
            prop_assume!(wrong[a] != wrong[b]);
            wrong.swap(a, b);
            prop_assert!(!is_sound(std::str::from_utf8(&wrong).expect("ASCII")));
        }
    }

    #[test]
    fn a_lone_character_a_foreign_one_or_nothing_is_not_sound() {
        for code in ["", "2", "ÑÑ", "AB", "22222222222222222222222222222222"] {
            assert!(!is_sound(code), "{code}");
        }
        assert_eq!(normalised(" kf4-7mx "), "KF47MX");
    }
}
