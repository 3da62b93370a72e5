//! Components shared by the pages, one per file. Server only: they are plain markup, know no service
//! and take what they show as properties.

pub mod avatar;
pub mod badge;
pub mod bars;
pub mod button;
pub mod callout;
pub mod card;
pub mod code;
pub mod confirm;
#[cfg(test)]
mod contrast;
pub mod donut;
pub mod empty;
pub mod facts;
pub mod field;
pub mod flash;
pub mod frame;
pub mod icons;
pub mod latency;
pub mod menu;
pub mod page_head;
pub mod pagination;
pub mod plain;
pub mod progress;
pub mod sparkline;
pub mod stat;
pub mod steps;
pub mod table;
pub mod tabs;
pub mod theme;
pub mod time;
pub mod timeline;
pub mod toolbar;
pub mod uptime;

/// A text of a component: static where it can be, owned where it must.
pub type Text = std::borrow::Cow<'static, str>;

/// What a colour means. The name is also the class that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// No meaning of its own.
    #[default]
    Neutral,
    /// Something chosen or at work.
    Accent,
    /// As it should be.
    Good,
    /// Needs a look.
    Warning,
    /// Broken or refused.
    Bad,
    /// Worth knowing.
    Info,
}

impl Tone {
    /// The class that sets the tone's colours.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Accent => "accent",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Info => "info",
        }
    }
}

/// A number with a comma between thousands: "25,920".
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Everything a page usually needs.
pub mod prelude {
    pub use super::{
        Text, Tone,
        avatar::{Avatar, Monogram, Size},
        badge::{Badge, Count, Status, StatusBadge, Tag},
        bars::{Day, DayBars, Series},
        button::{Button, IconButton, IconLink, Kind, LinkButton},
        callout::Callout,
        card::{Card, Tile, Tiles},
        code::{CodeBlock, CopyButton, Copyable},
        confirm::{ConfirmDialog, ConfirmPage, Question},
        donut::{Donut, Meter, Part, RatioBar},
        empty::Empty,
        facts::{Fact, Facts},
        field::{Checkbox, Choice, Field, Select, TextArea},
        flash::{Flash, FlashRegion},
        frame::{Crumb, Frame, FrameData, NavItem},
        icons::Icon,
        latency::{LatencyBands, LatencyPoint},
        menu::{Menu, MenuLink},
        number,
        page_head::PageHead,
        pagination::Pagination,
        plain::{CandidateFrame, PlainFrame},
        progress::Progress,
        sparkline::Sparkline,
        stat::{Stat, Stats},
        steps::{Outcome, Step, StepState, Steps},
        table::{Column, Direction, EmptyRow, Table},
        tabs::{Tab, Tabs},
        theme::{Theme, ThemeChoice, ThemeToggle},
        time::{RelativeTime, exact, relative},
        timeline::{Event, Source, Timeline},
        toolbar::{Chip, Chips, SearchField, Toolbar},
        uptime::{Cell, UptimeStrip},
    };
}
