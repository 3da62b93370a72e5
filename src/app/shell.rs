//! The HTML document around every page.

use std::{
    hash::{DefaultHasher, Hasher},
    path::Path,
    sync::OnceLock,
};

use leptos::{config::LeptosOptions, prelude::*};

use super::{
    islands::comfort::Comfort,
    pages::ui::{Text, theme::Theme},
};

/// What a page tells its document.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The page's own name; the product's is put behind it.
    pub title: Text,
    /// The person's choice, from the cookie.
    pub theme: Theme,
    /// Whether the page holds islands and so needs the browser half.
    pub islands: bool,
}

impl Head {
    /// A page without islands.
    pub fn new(title: impl Into<Text>, theme: Theme) -> Self {
        Self { title: title.into(), theme, islands: false }
    }

    /// The same page with the browser half loaded.
    pub fn with_islands(self) -> Self {
        Self { islands: true, ..self }
    }
}

/// The document: head, stylesheet, scripts when asked for, and the page in the body.
///
/// Takes `LeptosOptions` from the context; without one (tests) the names of Cargo.toml stand.
#[component]
pub fn Document(
    /// What the page says about itself.
    head: Head,
    /// The body.
    children: Children,
) -> impl IntoView {
    // Nothing outside an island is ever hydrated, so no ids and no data need to be written for it.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    let options =
        use_context::<LeptosOptions>().unwrap_or_else(|| LeptosOptions::builder().output_name("hirewire").site_root("target/site").build());
    let stylesheet = stylesheet_href(&options);
    let islands = head.islands;
    // As inner HTML: a title would show the comments that mark where a text ends.
    let title = format!("{} · Hirewire", html_escape::encode_text(&head.title));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=head.theme.attribute()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title inner_html=title></title>
                <meta name="color-scheme" content=head.theme.color_scheme()/>
                <link rel="stylesheet" href=stylesheet/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                {islands.then(|| view! { <HydrationScripts options islands=true/> })}
            </head>
            <body>
                {children()}
                {islands.then(|| view! { <Comfort/> })}
            </body>
        </html>
    }
}

/// The stylesheet's address with a fingerprint of its content, so that it can be cached for good.
fn stylesheet_href(options: &LeptosOptions) -> &'static str {
    static HREF: OnceLock<String> = OnceLock::new();
    HREF.get_or_init(|| {
        let (package, name) = (&options.site_pkg_dir, &options.output_name);
        let file = Path::new(&*options.site_root).join(&**package).join(format!("{name}.css"));
        let version = std::fs::read(file).map(|bytes| {
            let mut hasher = DefaultHasher::new();
            hasher.write(&bytes);
            format!("{:x}", hasher.finish())
        });
        // Not built yet, or served from elsewhere: the program's version has to do.
        let version = version.unwrap_or_else(|_| env!("CARGO_PKG_VERSION").to_owned());
        format!("/{package}/{name}.css?v={version}")
    })
}
