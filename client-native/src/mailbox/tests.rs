//! The mailbox: limits, wakers, and a busy reader.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use super::*;

/// An item of this weight. The heaviest is urgent.
#[derive(Debug, PartialEq, Eq)]
struct Stone(usize);

const URGENT: Stone = Stone(usize::MAX);

impl Weigh for Stone {
    fn weight(&self) -> usize {
        self.0
    }

    fn is_urgent(&self) -> bool {
        *self == URGENT
    }
}

fn mailbox() -> Mailbox<Stone> {
    Mailbox::new(Limits {
        items: 3,
        bytes: 100,
    })
}

fn no_waker() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Takes all items, and holds none of them.
fn take(mailbox: &Mailbox<Stone>) -> Poll<Vec<usize>> {
    let mut taken = VecDeque::new();
    let polled = mailbox.poll_take(0, &mut taken, &mut no_waker());
    mailbox.hold(0);
    polled.map(|_| taken.into_iter().map(|stone| stone.0).collect())
}

#[test]
fn a_mailbox_is_full_by_number_or_weight_and_one_item_always_fits() {
    let mailbox = mailbox();
    mailbox.try_push(Stone(1_000)).unwrap();
    assert!(matches!(
        mailbox.try_push(Stone(0)),
        Err(Refused::Full(Stone(0)))
    ));
    assert_eq!(take(&mailbox), Poll::Ready(vec![1_000]));
    for weight in 1..=3 {
        mailbox.try_push(Stone(weight)).unwrap();
    }
    assert!(mailbox.try_push(Stone(4)).is_err());
    assert!(mailbox.force(vec![Stone(5), Stone(6)]));
    assert_eq!(take(&mailbox), Poll::Ready(vec![1, 2, 3, 5, 6]));
    assert!(take(&mailbox).is_pending());
    mailbox.try_push(Stone(7)).unwrap();
}

#[test]
fn items_that_the_reader_holds_count_against_the_bytes() {
    let mailbox = mailbox();
    let take = |held| {
        let mut taken = VecDeque::new();
        let _ = mailbox.poll_take(held, &mut taken, &mut no_waker());
        taken.len()
    };
    mailbox.try_push(Stone(60)).unwrap();
    assert_eq!(take(0), 1);
    mailbox.try_push(Stone(40)).unwrap();
    assert!(mailbox.try_push(Stone(1)).is_err());
    mailbox.hold(59);
    mailbox.try_push(Stone(1)).unwrap();
    assert!(mailbox.try_push(Stone(1)).is_err());
    assert!(mailbox.poll_room(1, &mut no_waker()).is_pending());
    assert!(mailbox.poll_room(2, &mut no_waker()).is_ready());
    assert_eq!(take(0), 2);
    assert_eq!(take(0), 0);
    mailbox.try_push(Stone(99)).unwrap();
    mailbox.try_push(Stone(1)).unwrap();
    assert!(mailbox.try_push(Stone(1)).is_err());
}

#[test]
fn a_reader_that_handles_items_one_by_one_makes_room_by_each() {
    let mailbox = mailbox();
    let mut taken = Taken::new();
    let mut next = || match taken.poll_next(&mailbox, &mut no_waker()) {
        Poll::Ready(item) => item.map(|stone| stone.0),
        Poll::Pending => None,
    };
    for weight in [20, 30, 50] {
        mailbox.try_push(Stone(weight)).unwrap();
    }
    assert_eq!(next(), Some(20));
    assert!(mailbox.try_push(Stone(19)).is_ok());
    assert!(mailbox.try_push(Stone(1)).is_ok());
    assert!(mailbox.try_push(Stone(1)).is_err());
    assert_eq!([next(), next(), next()], [Some(30), Some(50), Some(19)]);
    assert_eq!([next(), next()], [Some(1), None]);
    mailbox.close();
    assert!(matches!(
        taken.poll_next(&mailbox, &mut no_waker()),
        Poll::Ready(None)
    ));
}

#[test]
fn writers_are_served_in_their_order_and_each_is_woken_once() {
    const WRITERS: usize = 100;
    let mailbox = mailbox();
    mailbox.force((0..3).map(Stone).collect());
    let wakes: Vec<_> = (0..WRITERS).map(|_| Arc::new(Wakes::default())).collect();
    let mut writers: Vec<_> = (0..WRITERS)
        .map(|weight| Box::pin(mailbox.push(Stone(weight))))
        .collect();
    for (writer, wakes) in writers.iter_mut().zip(&wakes) {
        let waker = Waker::from(wakes.clone());
        let polled = writer.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    // A writer in front that gives up does not hold the others up.
    drop(writers.remove(1));
    let woken = |upto: usize| {
        let count = |wakes: &Arc<Wakes>| wakes.0.load(Ordering::Relaxed);
        let expected = |at| usize::from(at < upto && at != 1);
        assert!((0..WRITERS).all(|at| count(&wakes[at]) == expected(at)));
    };
    woken(0);
    assert_eq!(take(&mailbox), Poll::Ready(vec![0, 1, 2]));
    woken(4);
    // They are not polled, and the reader gets their items.
    assert_eq!(take(&mailbox), Poll::Ready(vec![0, 2, 3]));
    woken(7);
    // A late one does not overtake.
    assert!(mailbox.try_push(Stone(0)).is_err());
    let mut order = Vec::new();
    while let Poll::Ready(taken) = take(&mailbox) {
        order.extend(taken);
    }
    assert_eq!(order, (4..WRITERS).collect::<Vec<_>>());
    for writer in &mut writers {
        let polled = writer.as_mut().poll(&mut no_waker());
        assert_eq!(polled, Poll::Ready(Ok(())));
    }
    woken(WRITERS);
}

#[test]
fn a_writer_that_is_dropped_after_its_turn_leaves_its_item_in() {
    let mailbox = mailbox();
    mailbox.force(vec![Stone(100)]);
    let mut first = Box::pin(mailbox.push(Stone(1)));
    let mut second = Box::pin(mailbox.push(Stone(2)));
    assert!(first.as_mut().poll(&mut no_waker()).is_pending());
    assert!(second.as_mut().poll(&mut no_waker()).is_pending());
    assert_eq!(take(&mailbox), Poll::Ready(vec![100]));
    drop(first);
    assert_eq!(take(&mailbox), Poll::Ready(vec![1, 2]));
    assert_eq!(second.as_mut().poll(&mut no_waker()), Poll::Ready(Ok(())));
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_writer_that_waits_gets_room_or_learns_that_the_mailbox_is_closed() {
    let mailbox = mailbox();
    mailbox.try_push(Stone(100)).unwrap();
    let mut first = pin!(mailbox.push(Stone(100)));
    let mut second = pin!(mailbox.push(Stone(2)));
    assert!(first.as_mut().poll(&mut no_waker()).is_pending());
    assert!(second.as_mut().poll(&mut no_waker()).is_pending());
    assert_eq!(take(&mailbox), Poll::Ready(vec![100]));
    assert_eq!(first.poll(&mut no_waker()), Poll::Ready(Ok(())));
    mailbox.close();
    assert_eq!(second.poll(&mut no_waker()), Poll::Ready(Err(Closed)));
    assert!(!mailbox.force(vec![Stone(3)]));
    // The reader can take the items that are in, and then gets the end.
    let mut taken = VecDeque::new();
    let more = mailbox.poll_take(0, &mut taken, &mut no_waker());
    assert_eq!(
        (more, taken.pop_front()),
        (Poll::Ready(Some(100)), Some(Stone(100)))
    );
    let more = mailbox.poll_take(0, &mut taken, &mut no_waker());
    assert_eq!(more, Poll::Ready(None));
}

#[test]
fn a_busy_reader_is_ready_for_urgent_items_only() {
    let mailbox = mailbox();
    mailbox.try_push(Stone(1)).unwrap();
    assert!(mailbox.poll_urgent(0, &mut no_waker()).is_pending());
    assert!(mailbox.force(vec![URGENT]));
    assert!(mailbox.poll_urgent(0, &mut no_waker()).is_ready());
    assert_eq!(take(&mailbox), Poll::Ready(vec![1, URGENT.0]));
    assert!(mailbox.poll_urgent(0, &mut no_waker()).is_pending());
    mailbox.close();
    assert!(mailbox.poll_urgent(0, &mut no_waker()).is_ready());
}

#[test]
fn items_that_no_reader_takes_are_dropped() {
    #[derive(Debug)]
    struct Counted(#[allow(dead_code, reason = "it is the count that matters")] Arc<()>);
    impl Weigh for Counted {
        fn weight(&self) -> usize {
            1
        }
    }
    let count = Arc::new(());
    let mailbox = Mailbox::new(Limits { items: 1, bytes: 1 });
    mailbox.try_push(Counted(count.clone())).unwrap();
    assert_eq!(Arc::strong_count(&count), 2);
    mailbox.abandon();
    assert!(mailbox.is_closed());
    assert!(matches!(
        mailbox.try_push(Counted(count.clone())),
        Err(Refused::Closed)
    ));
    assert_eq!(Arc::strong_count(&count), 1);
}

#[test]
fn a_merged_item_counts_as_one() {
    let mailbox = mailbox();
    let merge = |weight| {
        mailbox.try_merge(weight, |newest| match newest {
            Some(stone) => {
                stone.0 += weight;
                None
            }
            None => Some(Stone(weight)),
        })
    };
    for weight in [1, 2, 3] {
        merge(weight).unwrap();
    }
    assert!(matches!(merge(4), Err(Refused::Full(()))));
    assert_eq!(take(&mailbox), Poll::Ready(vec![6]));
    // By weight, too.
    for weight in [50, 50] {
        merge(weight).unwrap();
    }
    assert!(matches!(merge(0), Err(Refused::Full(()))));
    assert_eq!(take(&mailbox), Poll::Ready(vec![100]));
    mailbox.close();
    assert!(matches!(merge(1), Err(Refused::Closed)));
}
