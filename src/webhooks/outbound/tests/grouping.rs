//! Publishers that share a commit.

use futures::future::join_all;

use super::*;
use crate::domain::event::EventKind;
use crate::events::{NewEvent, Origin};
use crate::store::event::{EventFilter, list_events};
use crate::webhooks::outbound::group::record;

#[tokio::test]
async fn events_published_at_once_all_get_their_own_answer() {
    on_databases!(|db| {
        let world = World::new(db, Clock::system()).await;
        world.subscribe(json!({"url": "https://example.com/", "events": ["candidate.created"]})).await;
        let kinds = ["candidate.created", "job.created"];
        let all = (0..400).map(|number| {
            let (world, event) = (&world, kinds[number % 2]);
            async move { (event, world.publish(event, json!({"n": number})).await) }
        });
        let accepted = join_all(all).await;
        let mut ids: Vec<_> = accepted.iter().map(|(_, accepted)| accepted.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 400);
        for (event, accepted) in &accepted {
            assert_eq!(accepted.deliveries, usize::from(*event == "candidate.created"));
        }
        let page = list_events(db, world.caller.organization, EventFilter::default(), PageQuery { limit: 200, before: None }).await;
        assert_eq!(page.expect("readable").rows.len(), 200);
    });
}

#[tokio::test]
async fn one_that_cannot_be_written_does_not_spoil_the_others() {
    on_databases!(|db| {
        let world = World::new(db, Clock::system()).await;
        let other = organization(&world.ctx).await;
        let nowhere: OrgId = world.ctx.clock.new();
        let event = || NewEvent::new(EventKind::JobCreated, "A job came", json!({}));
        let origin = |organization| Origin { organization, ..Origin::from(&world.caller) };
        let places = [world.caller.organization, nowhere, other];
        let results = join_all(places.map(|place| record(&world.ctx, origin(place), event()))).await;
        // There is no organization for the second one to belong to.
        assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert!(record(&world.ctx, origin(other), event()).await.is_ok(), "whoever comes later is served");
    });
}
