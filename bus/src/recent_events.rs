//! The newest events in memory, so that all readers of a process share one read of the bus.

use std::{collections::VecDeque, sync::Arc};

use domain::RawEvent;

/// The most events kept in memory…
pub(crate) const MAX_EVENTS: usize = 4096;

/// …and the most bytes of their data (a single event may exceed it).
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Consecutive events of the log.
#[derive(Debug, Default)]
pub(crate) struct RecentEvents {
    events: VecDeque<Arc<RawEvent>>,
    bytes: usize,
}

impl RecentEvents {
    /// The position of the newest event in it.
    pub(crate) fn last_position(&self) -> Option<i64> {
        self.events.back().map(|event| event.position)
    }

    /// Adds events; if they do not follow those that are there, they replace them.
    pub(crate) fn push(&mut self, events: Vec<RawEvent>) {
        let first = events.first().map(|event| event.position - 1);
        if self.last_position() != first {
            *self = Self::default();
        }
        self.bytes += events.iter().map(byte_size).sum::<usize>();
        self.events.extend(events.into_iter().map(Arc::new));
        while self.events.len() > MAX_EVENTS || (self.bytes > MAX_BYTES && self.events.len() > 1) {
            self.bytes -= self.events.pop_front().map_or(0, |event| byte_size(&event));
        }
    }

    /// The events after a position, at most `limit`; `None` if there are none, or the next one is not in
    /// memory any more.
    pub(crate) fn after(&self, position: i64, limit: usize) -> Option<Vec<Arc<RawEvent>>> {
        let first = self.events.front()?.position;
        let skip = usize::try_from(position + 1 - first).ok()?;
        let events: Vec<_> = self.events.iter().skip(skip).take(limit).cloned().collect();
        (!events.is_empty()).then_some(events)
    }
}

fn byte_size(event: &RawEvent) -> usize {
    event.data.get().len()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::Meta;
    use serde_json::value::RawValue;
    use uuid::Uuid;

    use super::*;

    fn events(positions: std::ops::RangeInclusive<i64>, size: usize) -> Vec<RawEvent> {
        let event = |position| RawEvent {
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

    fn positions(events: Option<Vec<Arc<RawEvent>>>) -> Option<Vec<i64>> {
        events.map(|events| events.iter().map(|event| event.position).collect())
    }

    #[test]
    fn it_answers_exactly_what_it_holds() {
        let mut recent = RecentEvents::default();
        assert!(recent.after(0, 9).is_none());
        recent.push(events(5..=7, 1));
        recent.push(events(8..=9, 1));
        assert_eq!(positions(recent.after(4, 3)), Some(vec![5, 6, 7]));
        assert_eq!(positions(recent.after(7, 9)), Some(vec![8, 9]));
        assert!(recent.after(3, 9).is_none(), "4 would be skipped");
        assert!(recent.after(9, 9).is_none());
    }

    #[test]
    fn what_does_not_follow_replaces_all() {
        let mut recent = RecentEvents::default();
        recent.push(events(5..=7, 1));
        recent.push(events(9..=9, 1));
        assert!(recent.after(4, 9).is_none());
        assert_eq!(positions(recent.after(8, 9)), Some(vec![9]));
        recent.push(events(3..=3, 1));
        assert_eq!(recent.last_position(), Some(3));
    }

    #[test]
    fn it_never_grows_beyond_its_bounds() {
        let mut recent = RecentEvents::default();
        recent.push(events(1..=10_000, 1));
        assert_eq!(recent.events.len(), MAX_EVENTS);
        assert_eq!(recent.last_position(), Some(10_000));
        recent.push(events(10_001..=10_100, MAX_BYTES / 10));
        assert!(recent.events.len() <= 10 && recent.bytes <= MAX_BYTES, "{}", recent.bytes);
    }
}
