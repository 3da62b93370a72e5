use super::*;

#[test]
fn both_are_in_the_catalogue_and_signed_in_to() {
    for provider in [&GoogleCalendar as &dyn Provider, &Gmail] {
        let entry = provider.entry();
        assert!(entry.oauth.is_some() && provider.as_oauth().is_some(), "{}", entry.slug);
        assert!(provider.recognise(&Default::default()).is_err());
    }
}
