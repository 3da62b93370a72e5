//! Marks of people and providers: letters on a hue that comes from the name.

use leptos::prelude::*;

use super::Text;

/// How large a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// 24 px: rows.
    Small,
    /// 32 px.
    #[default]
    Medium,
    /// 40 px: heads.
    Large,
}

/// How many hues there are; style/tokens.css names them.
const HUES: u32 = 12;

/// The same name gives the same hue, everywhere and for good (FNV-1a).
fn hue(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) % HUES
}

fn class(kind: &str, size: Size, name: &str) -> String {
    let size = match size {
        Size::Small => " small",
        Size::Medium => "",
        Size::Large => " large",
    };
    format!("{kind}{size} hue-{}", hue(name))
}

/// First letters of the first and the last word, in capitals.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// Two letters that stand for a provider: "Gr", "GC" for "Google Calendar".
pub fn letters(name: &str) -> String {
    let mut words = name.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    match second.and_then(|word| word.chars().find(|letter| letter.is_alphanumeric())) {
        Some(second) => first.chars().take(1).chain([second]).flat_map(char::to_uppercase).collect(),
        None => first.chars().take(2).collect(),
    }
}

/// A person's initials. The name stands beside it, so it is silent.
#[component]
pub fn Avatar(
    /// The person's name.
    #[prop(into)]
    name: Text,
    /// How large.
    #[prop(optional)]
    size: Size,
) -> impl IntoView {
    view! { <span class=class("avatar", size, &name) aria-hidden="true">{initials(&name)}</span> }
}

/// A provider's letters: our own mark, no one's artwork. The name stands beside it, so it is silent.
#[component]
pub fn Monogram(
    /// The provider's slug; gives the hue.
    #[prop(into)]
    slug: Text,
    /// The provider's name; gives the letters.
    #[prop(into)]
    name: Text,
    /// How large.
    #[prop(optional)]
    size: Size,
) -> impl IntoView {
    view! { <span class=class("monogram", size, &slug) aria-hidden="true">{letters(&name)}</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_take_first_and_last() {
        for (name, expected) in [("Ria Iyer", "RI"), ("ana maria da silva", "AS"), ("Cher", "C"), ("", ""), ("(Ops) team", "OT")] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn letters_are_two() {
        for (name, expected) in [("Greenhouse", "Gr"), ("Google Calendar", "GC"), ("Microsoft Outlook/365", "MO"), ("", "")] {
            assert_eq!(letters(name), expected, "{name}");
        }
    }
}
