//! The tokens' colours are read as written and measured: 4.5:1 for text, 3:1 for marks, in both themes.

use std::collections::HashMap;

/// Linear red, green and blue, cut to what a screen can show.
type Rgb = [f64; 3];

/// Source: <https://bottosson.github.io/posts/oklab/> (OKLab to linear sRGB).
fn oklch(lightness: f64, chroma: f64, hue: f64) -> Rgb {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
    .map(|part| part.clamp(0.0, 1.0))
}

/// Source: <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>.
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let luminance = |[red, green, blue]: Rgb| 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn parse(text: &str) -> Option<Rgb> {
    let numbers = text.split_once("oklch(")?.1.split_once(')')?.0;
    let mut numbers = numbers.split_whitespace().map_while(|number| number.parse().ok());
    Some(oklch(numbers.next()?, numbers.next()?, numbers.next()?))
}

/// Every colour by name, light and dark; one that stands for another has the other's value.
fn tokens() -> HashMap<String, [Rgb; 2]> {
    let mut tokens = HashMap::<String, [Rgb; 2]>::new();
    for line in include_str!("../../../../style/tokens.css").lines() {
        let Some((name, value)) = line.trim().strip_prefix("--").and_then(|rest| rest.split_once(": ")) else { continue };
        let value = value.trim_end_matches(';');
        let colour = match value.strip_prefix("var(--").and_then(|rest| rest.strip_suffix(')')) {
            Some(other) => tokens.get(other).copied(),
            None => value
                .strip_prefix("light-dark(")
                .and_then(|sides| sides.split_once("), "))
                .and_then(|(light, dark)| Some([parse(&format!("{light})"))?, parse(dark)?])),
        };
        if let Some(colour) = colour {
            tokens.insert(name.to_owned(), colour);
        }
    }
    tokens
}

#[test]
fn text_and_marks_stand_out() {
    let tokens = tokens();
    let grounds = ["page", "surface", "surface-sunken", "surface-raised", "hover"];
    let tones = ["accent", "good", "warning", "bad", "info"];
    let mut pairs = Vec::new();
    for ground in grounds {
        for text in ["text", "text-strong", "text-muted"] {
            pairs.push((text.to_owned(), ground.to_owned(), 4.5));
        }
        for tone in tones {
            pairs.push((format!("{tone}-text"), ground.to_owned(), 4.5));
        }
    }
    for ground in ["page", "surface"] {
        for mark in ["mark", "border-field", "focus"] {
            pairs.push((mark.to_owned(), ground.to_owned(), 3.0));
        }
        for tone in tones {
            pairs.push((format!("{tone}-mark"), ground.to_owned(), 3.0));
        }
    }
    for tone in tones {
        for text in [format!("{tone}-text"), "text".to_owned(), "text-muted".to_owned(), "text-strong".to_owned()] {
            pairs.push((text, format!("{tone}-tint"), 4.5));
        }
    }
    for (text, ground) in [
        ("accent-on", "accent-solid"),
        ("accent-on", "accent-solid-hover"),
        ("bad-on", "bad-solid"),
        ("bad-on", "bad-solid-hover"),
        ("text-muted", "neutral-3"),
        ("text", "neutral-3"),
        ("page", "text-strong"),
    ] {
        pairs.push((text.to_owned(), ground.to_owned(), 4.5));
    }

    let mut weak = Vec::new();
    for (front, back, least) in pairs {
        let (front_sides, back_sides) = (tokens[&front], tokens[&back]);
        for (side, theme) in ["light", "dark"].into_iter().enumerate() {
            let ratio = contrast(front_sides[side], back_sides[side]);
            if ratio < least {
                weak.push(format!("{front} on {back} ({theme}): {ratio:.2}, not {least}"));
            }
        }
    }
    assert!(weak.is_empty(), "{}", weak.join("\n"));
}
