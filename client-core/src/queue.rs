//! A queue as two stacks: what comes is put on one, what goes is taken off the other.
//!
//! `alloc`'s ring would do. In wasm its code is three times as large, once for each type that it holds.

use alloc::vec::Vec;
use core::mem;

#[derive(Debug)]
pub(crate) struct Queue<T> {
    /// The oldest items, the oldest of all last.
    front: Vec<T>,
    /// The others, the youngest last.
    back: Vec<T>,
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Queue {
            front: Vec::new(),
            back: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.front.len() + self.back.len()
    }

    pub(crate) fn push(&mut self, item: T) {
        self.back.push(item);
    }

    /// Takes the oldest item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.turn();
        self.front.pop()
    }

    /// The item that so many are older than.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        match self.front.len().checked_sub(at + 1) {
            Some(place) => self.front.get(place),
            None => self.back.get(at - self.front.len()),
        }
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        match self.front.len().checked_sub(at + 1) {
            Some(place) => self.front.get_mut(place),
            None => self.back.get_mut(at - self.front.len()),
        }
    }

    /// Takes an item from among the others. The older ones move, for what is taken is most often among the oldest.
    pub(crate) fn take(&mut self, at: usize) -> Option<T> {
        self.get(at)?;
        self.turn();
        Some(match self.front.len().checked_sub(at + 1) {
            Some(place) => self.front.remove(place),
            None => self.back.remove(at - self.front.len()),
        })
    }

    /// Makes the items that have come those that go next, when those are used up.
    fn turn(&mut self) {
        if self.front.is_empty() {
            mem::swap(&mut self.front, &mut self.back);
            self.front.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_first_goes_first() {
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
}
