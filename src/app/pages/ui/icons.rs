//! Our own icons: a 20 px grid, one stroke width, round ends.

use leptos::tachys::html::InertElement;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $shape:literal,)+) => {
        /// An icon. It says nothing to a screen reader: a word stands beside it, or the control has a label.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon {
            $($(#[$doc])* $name,)+
        }

        impl Icon {
            /// Every icon, for the gallery.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The icon's name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// The whole element, ready to be copied into a page.
            pub const fn markup(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("<svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\">", $shape, "</svg>"),)+
                }
            }
        }
    };
}

icons! {
    /// The start page.
    Overview = r#"<rect x="3" y="3" width="6" height="7" rx="1.5"/><rect x="11.5" y="3" width="5.5" height="4" rx="1.5"/><rect x="3" y="13" width="6" height="4" rx="1.5"/><rect x="11.5" y="10" width="5.5" height="7" rx="1.5"/>"#,
    /// Jobs.
    Briefcase = r#"<rect x="2.5" y="6" width="15" height="10.5" rx="2"/><path d="M7 6V4.5A1.5 1.5 0 0 1 8.5 3h3A1.5 1.5 0 0 1 13 4.5V6M2.5 10.5h15M10 9.75v1.5"/>"#,
    /// Candidates, members.
    People = r#"<circle cx="7.5" cy="6.75" r="2.75"/><path d="M2.5 16.5c.4-3 2.4-4.75 5-4.75s4.6 1.75 5 4.75M13 4.2a2.75 2.75 0 0 1 0 5.1M14.9 12.4c1.4.7 2.3 2.1 2.6 4.1"/>"#,
    /// Applications.
    Inbox = r#"<path d="m3 11.5 2.2-6.9a1.5 1.5 0 0 1 1.4-1.1h6.8a1.5 1.5 0 0 1 1.4 1.1l2.2 6.9V15a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15ZM3 11.5h3.6l1.2 2h4.4l1.2-2H17"/>"#,
    /// Interviews, calendars.
    Calendar = r#"<rect x="3" y="4" width="14" height="13" rx="2"/><path d="M3 8h14M6.75 2.5v3M13.25 2.5v3"/>"#,
    /// Integrations.
    Plug = r#"<path d="M7 2.5v4M13 2.5v4M5 6.5h10v3a5 5 0 0 1-10 0ZM10 14.5v3"/>"#,
    /// Webhooks.
    Webhook = r#"<circle cx="10" cy="5" r="2.25"/><circle cx="4.75" cy="14.25" r="2.25"/><circle cx="15.25" cy="14.25" r="2.25"/><path d="m8.9 7-3 5.2M11.1 7l3 5.2M7 14.25h6"/>"#,
    /// Dead letters.
    DeadLetter = r#"<path d="M17 9V6a1.5 1.5 0 0 0-1.5-1.5h-11A1.5 1.5 0 0 0 3 6v8a1.5 1.5 0 0 0 1.5 1.5H10M3.3 5.5 10 10.5l6.7-5M13.5 13l3.5 3.5M17 13l-3.5 3.5"/>"#,
    /// The activity log.
    Activity = r#"<path d="M2.5 10.5H6l2-6 4 11 2.2-5h3.3"/>"#,
    /// Settings.
    Settings = r#"<path d="M3 6h7M14.5 6H17M3 14h2.5M10 14h7"/><circle cx="12.25" cy="6" r="2.1"/><circle cx="7.75" cy="14" r="2.1"/>"#,
    /// Search.
    Search = r#"<circle cx="8.75" cy="8.75" r="5.25"/><path d="m12.75 12.75 4 4"/>"#,
    /// Alerts.
    Bell = r#"<path d="M5 8.5a5 5 0 0 1 10 0c0 3.6 1.5 5 1.5 5h-13S5 12.1 5 8.5ZM8.4 16.5a1.75 1.75 0 0 0 3.2 0"/>"#,
    /// The light theme.
    Sun = r#"<circle cx="10" cy="10" r="3.25"/><path d="M10 2.25v1.5M10 16.25v1.5M2.25 10h1.5M16.25 10h1.5M4.5 4.5l1.1 1.1M14.4 14.4l1.1 1.1M4.5 15.5l1.1-1.1M14.4 5.6l1.1-1.1"/>"#,
    /// The dark theme.
    Moon = r#"<path d="M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3Z"/>"#,
    /// The system's own setting.
    Monitor = r#"<rect x="3" y="3.5" width="14" height="9.5" rx="1.5"/><path d="M7 16.5h6M10 13v3.5"/>"#,
    /// Done.
    Check = r#"<path d="m4 10.5 4 4 8-9"/>"#,
    /// Close, remove.
    Cross = r#"<path d="m5 5 10 10M15 5 5 15"/>"#,
    /// Worked.
    CheckCircle = r#"<circle cx="10" cy="10" r="7.25"/><path d="m6.75 10.25 2.25 2.25 4.25-4.75"/>"#,
    /// Failed.
    CrossCircle = r#"<circle cx="10" cy="10" r="7.25"/><path d="m7.5 7.5 5 5M12.5 7.5l-5 5"/>"#,
    /// Needs a look.
    Warning = r#"<path d="M8.7 3.7 2.4 14.6a1.5 1.5 0 0 0 1.3 2.25h12.6a1.5 1.5 0 0 0 1.3-2.25L11.3 3.7a1.5 1.5 0 0 0-2.6 0ZM10 8v3.5M10 14v.1"/>"#,
    /// Worth knowing.
    Info = r#"<circle cx="10" cy="10" r="7.25"/><path d="M10 9.25v4M10 6.6v.1"/>"#,
    /// Not in use.
    MinusCircle = r#"<circle cx="10" cy="10" r="7.25"/><path d="M7 10h6"/>"#,
    /// A draft.
    Dashed = r#"<circle cx="10" cy="10" r="7.25" stroke-dasharray="2.6 3.1"/>"#,
    /// Time, waiting.
    Clock = r#"<circle cx="10" cy="10" r="7.25"/><path d="M10 6v4.25l2.75 1.5"/>"#,
    /// Sync, try again.
    Refresh = r#"<path d="M16.5 9A6.6 6.6 0 0 0 4.6 6.2L3 8M3 4v4h4M3.5 11a6.6 6.6 0 0 0 11.9 2.8L17 12M17 16v-4h-4"/>"#,
    /// Start.
    Play = r#"<path d="M6 4.2v11.6a.75.75 0 0 0 1.15.63l9-5.8a.75.75 0 0 0 0-1.26l-9-5.8A.75.75 0 0 0 6 4.2Z"/>"#,
    /// Stop for now.
    Pause = r#"<path d="M7 4.5v11M13 4.5v11"/>"#,
    /// Delete, discard.
    Trash = r#"<path d="M3.5 5.5h13M8 5.5V4a1 1 0 0 1 1-1h2a1 1 0 0 1 1 1v1.5M5 5.5l.8 10a1.5 1.5 0 0 0 1.5 1.4h5.4a1.5 1.5 0 0 0 1.5-1.4l.8-10M8.4 9v4.5M11.6 9v4.5"/>"#,
    /// Edit.
    Pencil = r#"<path d="m12 5.4 2.6 2.6M4 16l.7-3.3 8.6-8.6a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2l-8.6 8.6Z"/>"#,
    /// Copy.
    Copy = r#"<rect x="7" y="7" width="9.5" height="9.5" rx="1.75"/><path d="M4.6 13a1.5 1.5 0 0 1-1.1-1.5V5A1.5 1.5 0 0 1 5 3.5h6.5A1.5 1.5 0 0 1 13 4.6"/>"#,
    /// Leads to another site.
    External = r#"<path d="M8 4.5H5A1.5 1.5 0 0 0 3.5 6v9A1.5 1.5 0 0 0 5 16.5h9a1.5 1.5 0 0 0 1.5-1.5v-3M11.5 3.5h5v5M16 4l-7 7"/>"#,
    /// Deeper, next.
    ChevronRight = r#"<path d="m7.5 5 5 5-5 5"/>"#,
    /// Back, previous.
    ChevronLeft = r#"<path d="m12.5 5-5 5 5 5"/>"#,
    /// Opens below; largest first.
    ChevronDown = r#"<path d="m5 7.5 5 5 5-5"/>"#,
    /// Closes; smallest first.
    ChevronUp = r#"<path d="m5 12.5 5-5 5 5"/>"#,
    /// The menu on narrow screens.
    Menu = r#"<path d="M3.5 6h13M3.5 10h13M3.5 14h13"/>"#,
    /// More actions.
    More = r#"<g class="filled"><circle cx="4.5" cy="10" r="1.4"/><circle cx="10" cy="10" r="1.4"/><circle cx="15.5" cy="10" r="1.4"/></g>"#,
    /// Filters.
    Filter = r#"<path d="M3 5.5h14M5.75 10h8.5M8.5 14.5h3"/>"#,
    /// Download, records in.
    Download = r#"<path d="M10 3v9.5M6 9l4 3.75L14 9M3.5 16.5h13"/>"#,
    /// Upload, records out.
    Upload = r#"<path d="M10 13V3.5M6 7l4-3.75L14 7M3.5 16.5h13"/>"#,
    /// Keys.
    Key = r#"<circle cx="7" cy="13" r="3.5"/><path d="m9.6 10.4 6.9-6.9M13 7l2.25 2.25M15.25 4.75 16.75 6.25"/>"#,
    /// Safety.
    Shield = r#"<path d="M10 2.75 4 5v4.5c0 3.8 2.5 6.4 6 7.75 3.5-1.35 6-3.95 6-7.75V5Z"/><path d="m7.5 10 1.8 1.8 3.2-3.6"/>"#,
    /// Mail.
    Mail = r#"<rect x="2.75" y="4.5" width="14.5" height="11" rx="1.75"/><path d="m3.25 6 6.75 5 6.75-5"/>"#,
    /// Messages and notes.
    Chat = r#"<path d="M4.5 4h11A1.5 1.5 0 0 1 17 5.5V12a1.5 1.5 0 0 1-1.5 1.5H9l-4 3v-3h-.5A1.5 1.5 0 0 1 3 12V5.5A1.5 1.5 0 0 1 4.5 4Z"/>"#,
    /// An organization.
    Building = r#"<path d="M4.5 17V4.5A1.5 1.5 0 0 1 6 3h5a1.5 1.5 0 0 1 1.5 1.5V17M12.5 8H14a1.5 1.5 0 0 1 1.5 1.5V17M2.75 17h14.5M7.25 6.5h2.5M7.25 9.75h2.5M7.25 13h2.5"/>"#,
    /// A person.
    User = r#"<circle cx="10" cy="6.75" r="3.25"/><path d="M3.75 17c.5-3.4 3-5.25 6.25-5.25s5.75 1.85 6.25 5.25"/>"#,
    /// Sign out.
    SignOut = r#"<path d="M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3M13 6.5l3.5 3.5-3.5 3.5M16.5 10H8"/>"#,
    /// New.
    Plus = r#"<path d="M10 4v12M4 10h12"/>"#,
    /// Becomes, continues.
    ArrowRight = r#"<path d="M4 10h12M11.5 5.5 16 10l-4.5 4.5"/>"#,
    /// Both ways, mapping.
    Swap = r#"<path d="M4 7h12M12.75 3.75 16 7l-3.25 3.25M16 13.5H4M7.25 10.25 4 13.5l3.25 3.25"/>"#,
    /// A link between records.
    Link = r#"<path d="M8.5 11.5a3 3 0 0 0 4.25 0l2.6-2.6a3 3 0 0 0-4.25-4.25L10 5.75M11.5 8.5a3 3 0 0 0-4.25 0l-2.6 2.6a3 3 0 0 0 4.25 4.25L10 14.25"/>"#,
    /// An event, automation.
    Bolt = r#"<path d="M11 2.75 4.5 11.5h4.75l-.75 5.75 7-8.75h-5Z"/>"#,
    /// A document, an offer.
    Document = r#"<path d="M6 3h5.5L15.5 7v8.5A1.5 1.5 0 0 1 14 17H6a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 6 3ZM11.25 3.25V7.5h4M7.5 10.75h5M7.5 13.5h3.5"/>"#,
    /// Code, the API.
    Code = r#"<path d="m7 6-4 4 4 4M13 6l4 4-4 4"/>"#,
    /// A place, a zone.
    Globe = r#"<circle cx="10" cy="10" r="7.25"/><path d="M2.75 10h14.5M10 2.75c2.2 2 3.2 4.5 3.2 7.25s-1 5.25-3.2 7.25c-2.2-2-3.2-4.5-3.2-7.25s1-5.25 3.2-7.25Z"/>"#,
    /// Help.
    Help = r#"<circle cx="10" cy="10" r="7.25"/><path d="M8 8.25a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.45M10 13.6v.1"/>"#,
}

impl Icon {
    /// The icon as a node. It is copied as it stands, so thirty of them cost next to nothing.
    pub fn view(self) -> InertElement {
        InertElement::new(self.markup())
    }
}

/// The product's mark: two posts and the wire between them.
pub const BRAND_MARK: &str = r#"<svg viewBox="0 0 24 24" aria-hidden="true"><g fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round"><path d="M6 4v16M18 4v16M6 14.5c6 0 6-5 12-5"/></g><g fill="currentColor"><circle cx="6" cy="14.5" r="2.4"/><circle cx="18" cy="9.5" r="2.4"/></g></svg>"#;
