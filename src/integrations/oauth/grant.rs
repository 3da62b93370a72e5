//! What was asked for and what was granted.

use crate::providers::catalogue::Entry;
use crate::providers::{Permission, TokenSet};

/// One spelling for scopes that vendors write in several ways.
fn plain(scope: &str) -> String {
    let scope = scope.trim_start_matches("https://graph.microsoft.com/");
    match scope {
        "email" | "https://www.googleapis.com/auth/userinfo.email" => "email".to_owned(),
        "profile" | "https://www.googleapis.com/auth/userinfo.profile" => "profile".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

/// Whether what was granted covers a scope.
fn covers(granted: &[String], wanted: &str, token: Option<&TokenSet>) -> bool {
    let wanted = plain(wanted);
    let is_there = granted.iter().any(|scope| {
        let scope = plain(scope);
        // Zoho's ALL holds READ, CREATE and the others.
        scope == wanted
            || scope.strip_suffix(".all").is_some_and(|area| wanted.strip_prefix(area).is_some_and(|rest| rest.starts_with('.')))
    });
    // What these stand for shows in the answer itself, and vendors differ in whether they repeat them.
    is_there
        || match wanted.as_str() {
            "offline_access" | "extended" => token.is_none_or(|token| token.refresh.is_some()),
            "openid" | "profile" | "email" => true,
            _ => false,
        }
}

/// What was granted, and which of the asked scopes were not.
pub(super) fn compare(asked: &[String], granted: Option<Vec<String>>, token: &TokenSet) -> (Vec<String>, Vec<String>) {
    // An answer without scopes grants what was asked for. Source: RFC 6749, section 5.1.
    let Some(granted) = granted else { return (asked.to_vec(), Vec::new()) };
    let missing = asked.iter().filter(|scope| !covers(&granted, scope, Some(token))).cloned().collect();
    (granted, missing)
}

/// The permissions of a connection, feature by feature.
pub fn permissions(entry: &Entry, features: &[String], granted: &[String]) -> Vec<Permission> {
    let mut all: Vec<Permission> = Vec::new();
    for feature in entry.features.iter().filter(|feature| features.iter().any(|key| key == feature.key)) {
        for scope in feature.scopes {
            if all.iter().any(|permission| permission.key == *scope) {
                continue;
            }
            let ok = covers(granted, scope, None);
            let message =
                (!ok).then(|| format!("\"{}\" is left out until this is allowed. Connect again and leave it ticked.", feature.name));
            all.push(Permission { key: (*scope).to_owned(), label: feature.name.to_owned(), ok, required: false, message });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::catalogue;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    fn token(refresh: bool) -> TokenSet {
        TokenSet { access: "a".into(), refresh: refresh.then(|| "r".into()), expires_at: None, scope: None, ends_at: None }
    }

    #[test]
    fn what_is_missing_is_what_was_unticked() {
        let asked = strings(&[
            "openid",
            "https://www.googleapis.com/auth/userinfo.email",
            "https://www.googleapis.com/auth/gmail.send",
            "https://www.googleapis.com/auth/gmail.readonly",
        ]);
        let granted = strings(&["openid", "email", "https://www.googleapis.com/auth/gmail.send"]);
        let (_, missing) = compare(&asked, Some(granted), &token(true));
        assert_eq!(missing, ["https://www.googleapis.com/auth/gmail.readonly"]);
        assert_eq!(compare(&asked, None, &token(true)).1, [] as [String; 0]);
        let microsoft = strings(&["openid", "offline_access", "User.Read", "Calendars.ReadWrite"]);
        let answer = strings(&["https://graph.microsoft.com/User.Read", "calendars.readwrite"]);
        assert!(compare(&microsoft, Some(answer.clone()), &token(true)).1.is_empty());
        assert_eq!(compare(&microsoft, Some(answer), &token(false)).1, ["offline_access"]);
        let zoho = strings(&["ZohoCRM.modules.contacts.READ", "ZohoCRM.modules.leads.READ"]);
        assert_eq!(compare(&zoho, Some(strings(&["ZohoCRM.modules.contacts.ALL"])), &token(true)).1, ["ZohoCRM.modules.leads.READ"]);
    }

    #[test]
    fn a_permission_is_named_after_its_feature() {
        let slack = catalogue::find("slack").expect("in the catalogue");
        let all = permissions(slack, &strings(&["notifications", "commands"]), &strings(&["chat:write"]));
        let missing: Vec<&str> = all.iter().filter(|permission| !permission.ok).map(|permission| permission.key.as_str()).collect();
        assert_eq!(missing, ["chat:write.public", "commands"]);
        assert!(all.iter().all(|permission| permission.ok == permission.message.is_none()));
    }
}
