//! The breaker of one receiver: it stops sending to a receiver that does not answer, and asks again with one message now and then.
//!
//! Pure: times are passed in. Deliveries that wait because of it lose none of their tries.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Failures in a row that open it.
    pub failures_in_a_row: u32,
    /// The share of failures in the window, in percent, that opens it too.
    pub failure_percent: u32,
    /// How many results the window must hold before the share counts.
    pub min_results: u32,
    /// How long results are counted together.
    pub window: Duration,
    /// How long it stays open the first time; doubled at each failed probe.
    pub open_first: Duration,
    /// The longest it stays open.
    pub open_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            failures_in_a_row: 10,
            failure_percent: 50,
            min_results: 20,
            window: Duration::from_secs(60),
            open_first: Duration::from_secs(5),
            open_max: Duration::from_secs(60),
        }
    }
}

/// What may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Send freely.
    Go,
    /// Send this one; nothing else until its result is in.
    Probe,
    /// Send nothing before this time.
    Wait(DateTime<Utc>),
}

/// What a result changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// It opened, until this time.
    Opened(DateTime<Utc>),
    /// It closed: the receiver is back.
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Closed {
        in_a_row: u32,
        window_start: Option<DateTime<Utc>>,
        good: u32,
        bad: u32,
    },
    Open {
        until: DateTime<Utc>,
        stay: Duration,
    },
    /// One probe is under way. `give_up` ends the waiting for a result that got lost.
    HalfOpen {
        stay: Duration,
        give_up: DateTime<Utc>,
    },
}

/// The breaker of one receiver.
#[derive(Debug, Clone)]
pub struct Breaker {
    settings: Settings,
    state: State,
}

impl Breaker {
    /// A closed one.
    pub fn new(settings: Settings) -> Self {
        Self { settings, state: State::CLOSED }
    }

    /// Whether sending is free.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// Asks to send one message at `now`. A [`Permit::Probe`] must be followed by [`Breaker::record`]; `probe_timeout` is how long its result
    /// is waited for before another probe is let through.
    pub fn permit(&mut self, now: DateTime<Utc>, probe_timeout: Duration) -> Permit {
        match self.state {
            State::Closed { .. } => Permit::Go,
            State::Open { until, .. } if now < until => Permit::Wait(until),
            State::HalfOpen { give_up, .. } if now < give_up => Permit::Wait(give_up),
            State::Open { stay, .. } | State::HalfOpen { stay, .. } => {
                self.state = State::HalfOpen { stay, give_up: now + probe_timeout };
                Permit::Probe
            }
        }
    }

    /// When sending can next be asked for: `None` when at once.
    pub fn next_permit(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.state {
            State::Closed { .. } => None,
            State::Open { until, .. } => (until > now).then_some(until),
            State::HalfOpen { give_up, .. } => (give_up > now).then_some(give_up),
        }
    }

    /// Takes the result of a message. Results of messages that were sent before it opened are counted only while it is closed.
    pub fn record(&mut self, is_trouble: bool, was_probe: bool, now: DateTime<Utc>) -> Change {
        let settings = self.settings;
        match &mut self.state {
            State::HalfOpen { stay, .. } if was_probe => {
                if is_trouble {
                    let stay = stay.saturating_mul(2).min(settings.open_max);
                    self.open(now, stay)
                } else {
                    self.state = State::CLOSED;
                    Change::Closed
                }
            }
            // A late good answer of an earlier message also shows that the receiver is back.
            State::Open { .. } | State::HalfOpen { .. } if !is_trouble => {
                self.state = State::CLOSED;
                Change::Closed
            }
            State::Open { .. } | State::HalfOpen { .. } => Change::None,
            State::Closed { in_a_row, window_start, good, bad } => {
                if window_start.is_none_or(|start| now - start > chrono_duration(settings.window)) {
                    (*window_start, *good, *bad) = (Some(now), 0, 0);
                }
                if is_trouble {
                    *in_a_row += 1;
                    *bad += 1;
                } else {
                    *in_a_row = 0;
                    *good += 1;
                }
                let results = *good + *bad;
                let share_is_high = results >= settings.min_results && *bad * 100 >= results * settings.failure_percent;
                if is_trouble && (*in_a_row >= settings.failures_in_a_row || share_is_high) {
                    self.open(now, settings.open_first)
                } else {
                    Change::None
                }
            }
        }
    }

    fn open(&mut self, now: DateTime<Utc>, stay: Duration) -> Change {
        let until = now + stay;
        self.state = State::Open { until, stay };
        Change::Opened(until)
    }
}

impl State {
    const CLOSED: Self = Self::Closed { in_a_row: 0, window_start: None, good: 0, bad: 0 };
}

fn chrono_duration(duration: Duration) -> chrono::Duration {
    chrono::Duration::from_std(duration).unwrap_or(chrono::Duration::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    const PROBE: Duration = Duration::from_secs(30);

    fn at(seconds: i64) -> DateTime<Utc> {
        Utc.timestamp_opt(1_700_000_000 + seconds, 0).single().expect("valid")
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(Settings::default());
        for _ in 0..9 {
            assert_eq!(breaker.record(true, false, at(0)), Change::None);
        }
        assert_eq!(breaker.record(true, false, at(0)), Change::Opened(at(5)));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_success_in_between_does_not() {
        let breaker = &mut Breaker::new(Settings::default());
        for round in 0..3 {
            for _ in 0..9 {
                assert_eq!(breaker.record(true, false, at(round * 100)), Change::None);
            }
            assert_eq!(breaker.record(false, false, at(round * 100)), Change::None);
        }
        assert!(breaker.is_closed());
        assert!(!opened().is_closed());
    }

    #[test]
    fn a_high_share_of_failures_opens_it_within_the_window_only() {
        let mut breaker = Breaker::new(Settings::default());
        for second in 0..9 {
            breaker.record(false, false, at(second));
            breaker.record(true, false, at(second));
        }
        breaker.record(false, false, at(9));
        assert_eq!(breaker.record(true, false, at(9)), Change::Opened(at(14)));

        let mut slow = Breaker::new(Settings::default());
        for minute in 0..40 {
            slow.record(minute % 2 == 0, false, at(minute * 61));
        }
        assert!(slow.is_closed());
    }

    #[test]
    fn it_lets_one_probe_through_and_doubles_the_wait() {
        let mut breaker = opened();
        assert_eq!(breaker.permit(at(4), PROBE), Permit::Wait(at(5)));
        assert_eq!(breaker.next_permit(at(4)), Some(at(5)));
        assert_eq!(breaker.permit(at(5), PROBE), Permit::Probe);
        assert_eq!(breaker.permit(at(5), PROBE), Permit::Wait(at(35)));
        assert_eq!(breaker.record(true, true, at(6)), Change::Opened(at(16)));
        for (now, until) in [(16, 36), (36, 76), (76, 136), (136, 196)] {
            assert_eq!(breaker.permit(at(now), PROBE), Permit::Probe);
            assert_eq!(breaker.record(true, true, at(now)), Change::Opened(at(until)));
        }
        assert_eq!(breaker.permit(at(196), PROBE), Permit::Probe);
        assert_eq!(breaker.record(false, true, at(197)), Change::Closed);
        assert_eq!(breaker.permit(at(197), PROBE), Permit::Go);
        assert_eq!(breaker.next_permit(at(197)), None);
    }

    #[test]
    fn a_probe_whose_result_got_lost_does_not_block_for_ever() {
        let mut breaker = opened();
        assert_eq!(breaker.permit(at(5), PROBE), Permit::Probe);
        assert_eq!(breaker.permit(at(34), PROBE), Permit::Wait(at(35)));
        assert_eq!(breaker.permit(at(35), PROBE), Permit::Probe);
    }

    #[test]
    fn late_results_of_earlier_messages_close_but_never_prolong() {
        let mut breaker = opened();
        assert_eq!(breaker.record(true, false, at(3)), Change::None);
        assert_eq!(breaker.next_permit(at(3)), Some(at(5)));
        assert_eq!(breaker.record(false, false, at(4)), Change::Closed);
    }

    proptest! {
        #[test]
        fn it_never_lets_two_probes_out_and_never_waits_too_long(steps in prop::collection::vec((0i64..20, any::<bool>()), 1..200)) {
            let mut breaker = Breaker::new(Settings::default());
            let mut now = 0;
            for (pause, is_trouble) in steps {
                now += pause;
                match breaker.permit(at(now), PROBE) {
                    Permit::Go => { breaker.record(is_trouble, false, at(now)); }
                    Permit::Probe => {
                        prop_assert!(matches!(breaker.permit(at(now), PROBE), Permit::Wait(_)));
                        breaker.record(is_trouble, true, at(now));
                        prop_assert_eq!(breaker.is_closed(), !is_trouble);
                    }
                    Permit::Wait(until) => prop_assert!(until > at(now) && until <= at(now + 60)),
                }
            }
        }
    }
}
