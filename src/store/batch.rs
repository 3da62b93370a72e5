//! Statements over many rows, in few different lengths.
//!
//! A statement is prepared once per connection and kept. Were there one for every number of rows, each batch would be parsed anew and hundreds
//! of long statements would be held in memory.

/// The lengths, longest first.
const LENGTHS: [usize; 10] = [500, 256, 128, 64, 32, 16, 8, 4, 2, 1];

/// The rows in parts, each of one of the lengths.
pub(crate) fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = LENGTHS.into_iter().find(|length| *length <= rows.len())?;
        let (part, rest) = rows.split_at(length);
        rows = rest;
        Some(part)
    })
}

/// The values of a list after `IN`, the last one repeated until the list has one of the lengths. Give it at most 500 values.
pub(crate) fn padded<T: Copy>(values: &[T]) -> impl Iterator<Item = T> {
    let length = match values.len() {
        0 => 0,
        count => LENGTHS.into_iter().rev().find(|length| *length >= count).unwrap_or(count),
    };
    values.iter().chain(std::iter::repeat(values.last()).flatten()).take(length).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_every_row_once() {
        for count in [0, 1, 3, 37, 255, 499, 500, 501, 1237] {
            let rows: Vec<usize> = (0..count).collect();
            let parts: Vec<&[usize]> = parts(&rows).collect();
            assert!(parts.iter().all(|part| LENGTHS.contains(&part.len())));
            assert_eq!(parts.concat(), rows);
        }
    }

    #[test]
    fn lists_are_filled_up_with_their_last_value() {
        assert_eq!(padded(&[1, 2, 3]).collect::<Vec<_>>(), [1, 2, 3, 3]);
        assert_eq!(padded(&[7]).collect::<Vec<_>>(), [7]);
        assert_eq!(padded::<i32>(&[]).count(), 0);
        assert_eq!(padded(&[9; 300]).count(), 500);
    }
}
