//! Cards that group, and tiles that lead somewhere.

use leptos::prelude::*;

use super::Text;

/// A group with a title.
#[component]
pub fn Card(
    /// The group's name.
    #[prop(optional, into)]
    title: Option<Text>,
    /// One line below it.
    #[prop(optional, into)]
    note: Option<Text>,
    /// Buttons beside the title.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// The content reaches the edges: tables and lists.
    #[prop(optional)]
    flush: bool,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card">
            {title.map(|title| view! {
                <header class="card-head">
                    <div>
                        <h2>{title}</h2>
                        {note.map(|note| view! { <p>{note}</p> })}
                    </div>
                    {actions.run()}
                </header>
            })}
            <div class=if flush { "card-body flush" } else { "card-body" }>{children()}</div>
        </section>
    }
}

/// A grid of tiles.
#[component]
pub fn Tiles(
    /// Smaller ones: there are many, and little is said of each.
    #[prop(optional)]
    compact: bool,
    /// The tiles, each an `<li>` by itself.
    children: Children,
) -> impl IntoView {
    view! { <ul class=if compact { "tiles compact" } else { "tiles" }>{children()}</ul> }
}

/// A thing that can be opened: the whole tile is the link, buttons in its foot stay buttons.
///
/// Generic over its parts, without boxing: a page shows thirty.
#[component]
pub fn Tile<Mark, Badge, Foot>(
    /// Where it leads; nowhere for what is only planned.
    #[prop(default = None)]
    href: Option<Text>,
    /// Monogram or icon.
    mark: Mark,
    /// Its name.
    #[prop(into)]
    name: Text,
    /// Its badge, or `()`.
    badge: Badge,
    /// One sentence.
    #[prop(into)]
    text: Text,
    /// State and button below, or `()`.
    foot: Foot,
) -> impl IntoView
where
    Mark: IntoView + 'static,
    Badge: IntoView + 'static,
    Foot: IntoView + 'static,
{
    let class = if href.is_some() { "tile" } else { "tile planned" };
    view! {
        <li class=class>
            {mark}
            <h3 class="tile-name"><a class="tile-link" href=href>{name}</a></h3>
            {badge}
            <p class="tile-text">{text}</p>
            <div class="tile-foot">{foot}</div>
        </li>
    }
}
