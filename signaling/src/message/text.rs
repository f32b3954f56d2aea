//! The words of messages. Somebody else may read this phone: no name, no country, no institution, no word about where
//! the person is. Versioned with the code; other languages fall back to Spanish, which the desk sees in the outbox.

/// The SMS: a link and nothing else that tells.
pub fn invitation(language: &str, link: &str) -> String {
    match language {
        "en" => format!(
            "You have a video call. Open this link, with your code at hand: {link} It is free. Nobody will ask you for money."
        ),
        _ => format!(
            "Tiene una videollamada. Abra este enlace, con su número a la mano: {link} Es gratis. Nadie le pedirá dinero."
        ),
    }
}

/// A visit is off, for whatever reason: who reads it learns none.
pub fn not_now(language: &str) -> &'static str {
    match language {
        "en" => {
            "The video call cannot take place. You need do nothing. If there is a new one, you will get a new link."
        }
        _ => "La videollamada no puede tener lugar. No tiene que hacer nada. Si hay otra, recibirá un enlace nuevo.",
    }
}

/// What staff read out on the telephone, digit by digit.
pub fn code(language: &str, six_digits: &str) -> String {
    let (first, second) = six_digits.split_at(six_digits.len() / 2);
    match language {
        "en" => format!(
            "Your number for the video call is {first} {second}. Please write it down. Do not give it to anybody."
        ),
        _ => format!("Su número para la videollamada es {first} {second}. Apúntelo, por favor. No se lo dé a nadie."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that would tell a bystander what this is about.
    const TELLING: [&str; 8] = ["consul", "cónsul", "albergue", "shelter", "deten", "migra", "reencuentro", "visita"];

    #[test]
    fn a_message_tells_nothing_to_who_reads_over_a_shoulder() {
        for language in ["es", "en", "mam"] {
            let off = not_now(language).to_owned();
            for text in [invitation(language, "https://v.example/v/x"), code(language, "123456"), off] {
                let low = text.to_lowercase();
                assert!(TELLING.iter().all(|word| !low.contains(word)), "{text}");
            }
        }
    }
}
