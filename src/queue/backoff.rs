//! How long to wait before the next try.

use std::time::Duration;

/// Exponential back-off: 2, 4, 8, 16, 32 s for tries 1 to 5, doubling on, at most an hour, plus up to 20 % jitter so that many
/// failures of one moment do not come back in one moment. `jitter` is a random number in `0.0..1.0`.
pub fn exponential(attempt: i64, jitter: f64) -> Duration {
    let seconds = 1_u64 << attempt.clamp(1, 12);
    let base = Duration::from_secs(seconds.min(3600));
    base + base.mul_f64(0.2 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_from_two_seconds_and_stops_at_an_hour() {
        let seconds: Vec<u64> = (1..=5).map(|attempt| exponential(attempt, 0.0).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32]);
        assert_eq!(exponential(60, 0.0), Duration::from_secs(3600));
        assert_eq!(exponential(-3, 0.0), Duration::from_secs(2));
    }

    #[test]
    fn jitter_only_lengthens_and_by_a_fifth_at_most() {
        for attempt in 1..=12 {
            let (low, high) = (exponential(attempt, 0.0), exponential(attempt, 1.0));
            assert!(high >= low && high <= low.mul_f64(1.2001));
        }
    }
}
