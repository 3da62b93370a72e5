//! Messages as Block Kit, within its limits.

use serde_json::{Value, json};

use super::super::chat::Message;

/// Limits in characters. Source: Block Kit reference, read 2026-11-21.
const HEADER: usize = 150;
const SECTION: usize = 3000;
const FIELD: usize = 2000;
const FIELDS: usize = 10;
const BUTTON: usize = 75;
const FALLBACK: usize = 3900;

/// What others wrote cannot mention anybody or disguise an address: `<!channel>` and `<https://evil|label>` need these characters.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Cut first, so that no escape is cut in two: an escaped character takes up to five places.
fn mrkdwn(text: &str, most: usize) -> String {
    let mut kept = cut(text, most);
    while escape(&kept).chars().count() > most {
        kept = cut(&kept, kept.chars().count() * 9 / 10);
    }
    escape(&kept)
}

/// The body of a message, without its channel.
pub(super) fn render(message: &Message) -> Value {
    let mut blocks = Vec::new();
    if !message.title.trim().is_empty() {
        blocks.push(json!({"type": "header", "text": {"type": "plain_text", "text": cut(&message.title, HEADER), "emoji": true}}));
    }
    if !message.text.trim().is_empty() {
        blocks.push(json!({"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn(&message.text, SECTION)}}));
    }
    let facts: Vec<Value> = message
        .facts
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .take(FIELDS)
        .map(|(name, value)| json!({"type": "mrkdwn", "text": mrkdwn(&format!("*{name}*\n{value}"), FIELD)}))
        .collect();
    if !facts.is_empty() {
        blocks.push(json!({"type": "section", "fields": facts}));
    }
    if let Some((label, url)) = &message.link {
        let button = json!({"type": "button", "text": {"type": "plain_text", "text": cut(label, BUTTON)}, "url": url, "action_id": "open"});
        blocks.push(json!({"type": "actions", "elements": [button]}));
    }
    let fallback = if message.text.trim().is_empty() { &message.title } else { &message.text };
    json!({"text": mrkdwn(fallback, FALLBACK), "blocks": blocks})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_mentioned_by_what_others_wrote() {
        let body = render(&Message {
            title: "<!channel>".into(),
            text: "<!everyone> <https://evil.example|Ada> & *bold*".into(),
            facts: vec![("Candidate".into(), "<@U1>".into()), ("Empty".into(), " ".into())],
            link: Some(("Open".into(), "https://hire.example/candidates/1".into())),
        });
        assert_eq!(body["blocks"][1]["text"]["text"], "&lt;!everyone&gt; &lt;https://evil.example|Ada&gt; &amp; *bold*");
        assert_eq!(body["blocks"][0]["text"]["type"], "plain_text", "plain text mentions nobody");
        assert_eq!(body["blocks"][2]["fields"], json!([{"type": "mrkdwn", "text": "*Candidate*\n&lt;@U1&gt;"}]));
        assert_eq!(body["blocks"][3]["elements"][0]["url"], "https://hire.example/candidates/1");
    }

    #[test]
    fn everything_fits_within_slacks_limits() {
        let body = render(&Message {
            title: "t".repeat(400),
            text: "<".repeat(9000),
            facts: (0..30).map(|n| (format!("n{n}"), "v".repeat(5000))).collect(),
            link: Some(("l".repeat(200), "https://hire.example".into())),
        });
        let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
        assert_eq!(length(&body["blocks"][0]["text"]["text"]), 150);
        let text = body["blocks"][1]["text"]["text"].as_str().expect("a text");
        assert!(text.len() <= 3000 + 3 && text.trim_end_matches('…').ends_with("&lt;"), "no escape is cut in two");
        assert_eq!(body["blocks"][2]["fields"].as_array().map(Vec::len), Some(10));
        assert!(length(&body["blocks"][2]["fields"][0]["text"]) <= 2000 && length(&body["text"]) <= 3900);
    }
}
