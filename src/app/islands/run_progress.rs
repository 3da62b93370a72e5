//! The live progress of a sync run. Without a script the page shows how far it was when it was loaded.

use leptos::prelude::*;

use crate::app::actions::integrations::RunProgress;
use crate::domain::id::RunId;

/// Follows a run, and loads the page anew when it has ended.
#[island]
pub fn RunWatch(
    /// Which run.
    id: RunId,
    /// How far it is.
    first: RunProgress,
) -> impl IntoView {
    let (progress, set_progress) = signal(first);
    #[cfg(feature = "hydrate")]
    leptos::task::spawn_local(async move {
        let mut misses = 0_u32;
        loop {
            gloo_timers::future::TimeoutFuture::new(if misses == 0 { 700 } else { 3_000 }).await;
            match crate::app::actions::integrations::watch_run(id).await {
                Ok(news) => {
                    misses = 0;
                    let is_final = news.is_final;
                    set_progress.set(news);
                    if is_final {
                        if let Some(window) = web_sys::window() {
                            let _ = window.location().reload();
                        }
                        break;
                    }
                }
                Err(_) if misses > 20 => break,
                Err(_) => misses += 1,
            }
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (id, set_progress);
    view! {
        <div class="progress" role="status">
            <div class="progress-head">
                <span class="strong">{move || progress.get().label}</span>
                <span>{move || progress.get().detail}</span>
            </div>
            <progress aria-label="Sync"></progress>
        </div>
    }
}
