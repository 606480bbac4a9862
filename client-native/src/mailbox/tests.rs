//! The mailbox: limits, wakers, and a busy reader.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

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

fn take(mailbox: &Mailbox<Stone>) -> Poll<Vec<usize>> {
    let mut taken = VecDeque::new();
    mailbox
        .poll_take(&mut no_waker(), &mut taken)
        .map(|_| taken.into_iter().map(|stone| stone.0).collect())
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
fn a_writer_that_waits_gets_room_or_learns_that_the_mailbox_is_closed() {
    let mailbox = mailbox();
    mailbox.try_push(Stone(100)).unwrap();
    let mut first = pin!(mailbox.push(Stone(1)));
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
    let more = mailbox.poll_take(&mut no_waker(), &mut taken);
    assert_eq!(
        (more, taken.pop_front()),
        (Poll::Ready(true), Some(Stone(1)))
    );
    let more = mailbox.poll_take(&mut no_waker(), &mut taken);
    assert_eq!(more, Poll::Ready(false));
}

#[test]
fn a_busy_reader_is_ready_for_urgent_items_only() {
    let mailbox = mailbox();
    mailbox.try_push(Stone(1)).unwrap();
    assert!(mailbox.poll_urgent(&mut no_waker()).is_pending());
    assert!(mailbox.force(vec![URGENT]));
    assert!(mailbox.poll_urgent(&mut no_waker()).is_ready());
    assert_eq!(take(&mailbox), Poll::Ready(vec![1, URGENT.0]));
    assert!(mailbox.poll_urgent(&mut no_waker()).is_pending());
    mailbox.close();
    assert!(mailbox.poll_urgent(&mut no_waker()).is_ready());
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
