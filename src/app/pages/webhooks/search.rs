//! The search of a subscription's log: read from the page's address, shown as a form, handed to what sends the findings again.

use std::str::FromStr;

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::app::actions::webhooks::{ReplayFound, moment};
use crate::app::pages::ui::prelude::*;
use crate::domain::id::WebhookId;
use crate::store::delivery::attempt::AttemptFilter;
use crate::webhooks::outbound::catalogue;

/// The fields that narrow the log.
const FIELDS: [&str; 8] = ["event", "message", "candidate", "job", "code", "since", "until", "state"];

/// What is searched for, as it was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Search(Vec<(&'static str, String)>);

impl Search {
    /// Reads the page's address.
    pub(super) fn read(query: &ParamsMap) -> Self {
        let given = |name: &&'static str| {
            query.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).map(|text| (*name, text))
        };
        Self(FIELDS.iter().filter_map(given).collect())
    }

    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(given, _)| *given == name).map_or("", |(_, text)| text)
    }

    fn value<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }

    /// Whether more than the state is asked for.
    pub(super) fn is_narrowed(&self) -> bool {
        self.0.iter().any(|(name, _)| *name != "state")
    }

    /// The state asked for.
    pub(super) fn state(&self) -> Option<crate::domain::status::DeliveryState> {
        self.value("state")
    }

    /// What is given but cannot be read.
    pub(super) fn unreadable(&self) -> Option<&'static str> {
        let filter = self.filter();
        let is_lost = |name: &str, is_read: bool| !self.text(name).is_empty() && !is_read;
        [
            ("message", filter.event.is_some()),
            ("candidate", filter.candidate.is_some()),
            ("job", filter.job.is_some()),
            ("code", filter.status_code.is_some()),
            ("since", filter.since.is_some()),
            ("until", filter.until.is_some()),
        ]
        .into_iter()
        .find_map(|(name, is_read)| is_lost(name, is_read).then_some(name))
    }

    /// The same for the log.
    pub(super) fn filter(&self) -> AttemptFilter {
        AttemptFilter {
            state: self.state(),
            event_name: Some(self.text("event").to_owned()).filter(|name| !name.is_empty()),
            event: self.text("message").trim_start_matches("msg_").parse().ok(),
            delivery: None,
            status_code: self.value("code"),
            candidate: self.value("candidate"),
            job: self.value("job"),
            since: moment(self.text("since")),
            until: moment(self.text("until")),
        }
    }

    /// The same as a part of an address, beginning with `&`, without the state if it is to be another.
    pub(super) fn query(&self, with_state: bool) -> String {
        let pairs = self.0.iter().filter(|(name, _)| with_state || *name != "state");
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if text.is_empty() { text } else { format!("&{text}") }
    }

    /// The form, folded up while nothing is searched for.
    pub(super) fn form(&self, id: WebhookId) -> impl IntoView + use<> {
        let value = |name: &str| Some(self.text(name).to_owned()).filter(|text| !text.is_empty()).map(Text::from);
        let mut events = vec![Choice::new("", "Every event")];
        events.extend(catalogue::all().into_iter().map(|info| Choice::new(info.name.clone(), info.name)));
        let state = self.text("state").to_owned();
        view! {
            <details class="card" open=self.is_narrowed()>
                <summary class="card-head">"Search the log"</summary>
                <form class="card-body form" method="get" action=format!("/webhooks/{id}") role="search">
                    <div class="halves">
                        <Select name="event" label="Event" choices=events value=value("event") required=false/>
                        <Field name="message" label="Message id" required=false mono=true value=value("message") help=Some("The webhook-id header: msg_ and an id.".into())/>
                        <Field name="candidate" label="Candidate id" required=false mono=true value=value("candidate")/>
                        <Field name="job" label="Job id" required=false mono=true value=value("job")/>
                        <Field name="code" label="Status code" kind="number" required=false value=value("code")/>
                        <Field name="since" label="From (UTC)" kind="datetime-local" required=false value=value("since")/>
                        <Field name="until" label="To (UTC)" kind="datetime-local" required=false value=value("until")/>
                    </div>
                    {(!state.is_empty()).then(|| view! { <input type="hidden" name="state" value=state/> })}
                    <div class="button-row">
                        <Button label="Search" icon=Some(Icon::Search)/>
                        <LinkButton href=format!("/webhooks/{id}") label="Show everything" kind=Kind::Quiet/>
                    </div>
                </form>
            </details>
        }
    }

    /// Buttons that send again what the search finds, or what was missed.
    pub(super) fn again(&self, id: WebhookId, action: ServerAction<ReplayFound>) -> impl IntoView + use<> {
        let hidden = ["event", "candidate", "job", "code", "until"]
            .into_iter()
            .map(|name| view! { <input type="hidden" name=name value=self.text(name).to_owned()/> })
            .collect::<Vec<_>>();
        let since = Some(self.text("since").to_owned()).filter(|text| !text.is_empty()).map(Text::from);
        let choices = vec![
            Choice::new("failed", "What was given up"),
            Choice::new("missed", "All that never arrived, also from the time it was off"),
            Choice::new("all", "Everything, also what arrived"),
        ];
        let narrowed = self.is_narrowed().then_some("Only what the search above finds.");
        view! {
            <details class="card">
                <summary class="card-head">"Send again"</summary>
                <ActionForm action attr:class="card-body form">
                    <input type="hidden" name="id" value=id.to_string()/>
                    {hidden}
                    {narrowed.map(|text| view! { <p class="meta">{text}</p> })}
                    <div class="halves">
                        <Select name="what" label="What" choices/>
                        <Field name="since" label="Since (UTC)" kind="datetime-local" required=false value=since help=Some("The last day, if you leave it empty.".into())/>
                    </div>
                    <p class="meta">"Messages go out with the same id and the same bytes, so a receiver that looks at the id notices what it has."</p>
                    <div class="button-row"><Button label="Send again" icon=Some(Icon::Refresh)/></div>
                </ActionForm>
            </details>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_read_from_the_address_and_written_back() {
        let mut query = ParamsMap::new();
        for (name, value) in [("event", "job.created"), ("code", " 500 "), ("since", "2026-01-02T03:04"), ("state", "failed"), ("odd", "x")]
        {
            query.insert(name.to_owned(), value.to_owned());
        }
        query.insert("message", "msg_0197f3a0-5c1e-7d41-9a3b-6f0c2f7f3a11".to_owned());
        let search = Search::read(&query);
        let filter = search.filter();
        assert_eq!((filter.event_name.as_deref(), filter.status_code), (Some("job.created"), Some(500)));
        assert_eq!(filter.since.map(|at| at.to_rfc3339()).as_deref(), Some("2026-01-02T03:04:00+00:00"));
        assert!(filter.event.is_some() && search.is_narrowed() && search.unreadable().is_none());
        assert!(search.query(true).contains("state=failed") && !search.query(false).contains("state"));
        assert_eq!(Search::default().query(true), "");
        query.insert("job", "12".to_owned());
        assert_eq!(Search::read(&query).unreadable(), Some("job"));
    }
}
