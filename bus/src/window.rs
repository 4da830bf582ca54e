//! The newest events, in memory: read from the bus once, however many follow.

use std::{collections::VecDeque, sync::Arc};

use domain::Raw;

/// At most so many events…
pub(crate) const EVENTS: usize = 4096;

/// …and at most so many bytes of data (the newest page may exceed it alone).
const BYTES: usize = 16 * 1024 * 1024;

/// An unbroken piece of the log.
#[derive(Debug, Default)]
pub(crate) struct Window {
    events: VecDeque<Arc<Raw>>,
    bytes: usize,
}

impl Window {
    /// The position of the newest event in it.
    pub(crate) fn end(&self) -> Option<i64> {
        self.events.back().map(|event| event.position)
    }

    /// Adds what follows; what does not follow replaces all.
    pub(crate) fn push(&mut self, events: Vec<Raw>) {
        let first = events.first().map(|event| event.position - 1);
        if self.end() != first {
            *self = Self::default();
        }
        self.bytes += events.iter().map(weight).sum::<usize>();
        self.events.extend(events.into_iter().map(Arc::new));
        while self.events.len() > EVENTS || (self.bytes > BYTES && self.events.len() > 1) {
            self.bytes -= self.events.pop_front().map_or(0, |event| weight(&event));
        }
    }

    /// What follows a position, at most `limit` events; nothing if it does not reach back so far.
    pub(crate) fn after(&self, position: i64, limit: usize) -> Option<Vec<Arc<Raw>>> {
        let first = self.events.front()?.position;
        let skip = usize::try_from(position + 1 - first).ok()?;
        let events: Vec<_> = self.events.iter().skip(skip).take(limit).cloned().collect();
        (!events.is_empty()).then_some(events)
    }
}

fn weight(event: &Raw) -> usize {
    event.data.get().len()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::Meta;
    use serde_json::value::RawValue;
    use uuid::Uuid;

    use super::*;

    fn events(positions: std::ops::RangeInclusive<i64>, size: usize) -> Vec<Raw> {
        let event = |position| Raw {
            position,
            stream: "crm.customer".into(),
            id: Uuid::nil(),
            version: 1,
            kind: "CustomerRenamed".into(),
            schema: 1,
            data: RawValue::from_string(format!("\"{}\"", "x".repeat(size))).unwrap(),
            meta: Meta::default(),
            recorded_at: DateTime::UNIX_EPOCH,
        };
        positions.map(event).collect()
    }

    fn positions(events: Option<Vec<Arc<Raw>>>) -> Option<Vec<i64>> {
        events.map(|events| events.iter().map(|event| event.position).collect())
    }

    #[test]
    fn it_answers_exactly_what_it_holds() {
        let mut window = Window::default();
        assert!(window.after(0, 9).is_none());
        window.push(events(5..=7, 1));
        window.push(events(8..=9, 1));
        assert_eq!(positions(window.after(4, 3)), Some(vec![5, 6, 7]));
        assert_eq!(positions(window.after(7, 9)), Some(vec![8, 9]));
        assert!(window.after(3, 9).is_none(), "4 would be skipped");
        assert!(window.after(9, 9).is_none());
    }

    #[test]
    fn what_does_not_follow_replaces_all() {
        let mut window = Window::default();
        window.push(events(5..=7, 1));
        window.push(events(9..=9, 1));
        assert!(window.after(4, 9).is_none());
        assert_eq!(positions(window.after(8, 9)), Some(vec![9]));
        window.push(events(3..=3, 1));
        assert_eq!(window.end(), Some(3));
    }

    #[test]
    fn it_never_grows_beyond_its_bounds() {
        let mut window = Window::default();
        window.push(events(1..=10_000, 1));
        assert_eq!(window.events.len(), EVENTS);
        assert_eq!(window.end(), Some(10_000));
        window.push(events(10_001..=10_100, BYTES / 10));
        assert!(window.events.len() <= 10 && window.bytes <= BYTES, "{}", window.bytes);
    }
}
