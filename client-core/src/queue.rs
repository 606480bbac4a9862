//! A queue in one vector. Items that are taken leave a gap at its front, which is closed when it is the larger part.
//!
//! `VecDeque` would do, but its code is three times as large in wasm, once for each type that it holds.

use alloc::vec::Vec;

#[derive(Debug)]
pub(crate) struct Queue<T> {
    /// The gap, then the items, the oldest first.
    items: Vec<Option<T>>,
    /// The length of the gap.
    gap: usize,
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Queue {
            items: Vec::new(),
            gap: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len() - self.gap
    }

    pub(crate) fn push(&mut self, item: T) {
        self.items.push(Some(item));
    }

    /// Takes the oldest item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let item = self.items.get_mut(self.gap)?.take();
        self.gap += 1;
        if self.gap > self.len() {
            self.items.drain(..self.gap);
            self.gap = 0;
        }
        item
    }

    /// Gives back the memory of an empty queue, which otherwise keeps room for the most items it had. A little room stays,
    /// because the next item would need it again.
    pub(crate) fn shrink(&mut self) {
        const LITTLE: usize = 128;
        if self.len() == 0 && self.items.capacity() * size_of::<Option<T>>() > LITTLE {
            *self = Queue::new();
        }
    }

    /// Returns the item at position `at`; the oldest is at 0.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.items.get(self.gap + at)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.items.get_mut(self.gap + at)?.as_mut()
    }

    /// Takes the item at position `at`. Moves the older items, because the taken one usually is among the oldest.
    pub(crate) fn take(&mut self, at: usize) -> Option<T> {
        self.get(at)?;
        for place in (self.gap..self.gap + at).rev() {
            self.items.swap(place, place + 1);
        }
        self.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_item_is_taken_first() {
        let mut queue = Queue::new();
        (0..3).for_each(|item| queue.push(item));
        assert_eq!(queue.pop(), Some(0));
        (3..6).for_each(|item| queue.push(item));
        assert_eq!(queue.len(), 5);
        let places = [0, 1, 2, 3, 4, 5].map(|at| queue.get(at).copied());
        assert_eq!(places, [Some(1), Some(2), Some(3), Some(4), Some(5), None]);
        assert_eq!(queue.take(5), None);
        assert_eq!((queue.take(3), queue.take(1)), (Some(4), Some(2)));
        *queue.get_mut(1).unwrap() = 30;
        *queue.get_mut(2).unwrap() = 50;
        let rest = [queue.pop(), queue.pop(), queue.pop(), queue.pop()];
        assert_eq!(rest, [Some(1), Some(30), Some(50), None]);
    }

    #[test]
    fn only_an_empty_queue_gives_its_memory_back() {
        let mut queue = Queue::new();
        (0..100).for_each(|item| queue.push(item));
        (0..99).for_each(|item| assert_eq!(queue.pop(), Some(item)));
        queue.shrink();
        assert_eq!(queue.pop(), Some(99));
        assert!(queue.items.capacity() > 0);
        queue.shrink();
        assert_eq!(queue.items.capacity(), 0);
        queue.push(3);
        assert_eq!((queue.pop(), queue.pop()), (Some(3), None));
        queue.shrink();
        assert!(queue.items.capacity() > 0, "a little room stays");
    }
}
