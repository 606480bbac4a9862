//! A handler: a function of the application, called for the events of a name, and the future of one call.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll};

use futures_util::future::OptionFuture;

use crate::error::SocketError;
use crate::event::Message;
use crate::guard::{discard, poll_guarded};
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync, dyn_fn};

/// Starts a call with a context of type `C`. Fails if the arguments are not of the handler's type.
pub(crate) type Handler<C> =
    Arc<dyn_fn!((&Message, C, &mut TaskContext<'_>) -> Result<Started, SocketError>)>;

/// A pending call. Its output has no meaning.
pub(crate) type HandlerFuture = BoxFuture<'static, Option<()>>;

/// A call of a handler, after its first poll.
pub(crate) enum Started {
    Ended,
    Pending(HandlerFuture),
    Panicked,
}

/// Makes a handler of a function that makes the future of a call.
pub(super) fn handler<C, Fut>(
    call: impl Fn(&Message, C) -> Result<Fut, SocketError> + MaybeSend + MaybeSync + 'static,
) -> Handler<C>
where
    Fut: Future<Output = ()> + MaybeSend + 'static,
{
    let reusable = ReusableFuture::new();
    Arc::new(move |message, context, cx| Ok(reusable.start(call(message, context)?, cx)))
}

/// The memory of a call that has ended, which the next call takes: most handlers end at their first poll.
struct ReusableFuture<Fut>(Mutex<Option<Pin<Box<OptionFuture<Fut>>>>>);

/// The size of a future in bytes, up to which its memory is kept.
const KEPT: usize = 512;

impl<Fut: Future<Output = ()> + MaybeSend + 'static> ReusableFuture<Fut> {
    fn new() -> ReusableFuture<Fut> {
        ReusableFuture(Mutex::new(None))
    }

    fn start(&self, future: Fut, cx: &mut TaskContext<'_>) -> Started {
        // One dispatcher calls a handler, for one event at a time, so the lock is free.
        let mut kept = self.0.try_lock().ok();
        let future = OptionFuture::from(Some(future));
        let mut call = match kept.as_mut().and_then(|kept| kept.take()) {
            Some(mut ended) => {
                ended.set(future);
                ended
            }
            None => Box::pin(future),
        };
        match poll_guarded(call.as_mut(), cx) {
            Some(Poll::Ready(_)) => {
                call.set(None.into());
                if let Some(kept) = &mut kept
                    && size_of::<Fut>() <= KEPT
                {
                    **kept = Some(call);
                }
                Started::Ended
            }
            Some(Poll::Pending) => Started::Pending(call),
            None => {
                discard(call);
                Started::Panicked
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn start<Fut: Future<Output = ()> + Send + 'static>(
        reusable: &ReusableFuture<Fut>,
        call: Fut,
    ) -> Started {
        reusable.start(call, &mut TaskContext::from_waker(Waker::noop()))
    }

    fn address<Fut>(reusable: &ReusableFuture<Fut>) -> Option<*const OptionFuture<Fut>> {
        let kept = reusable.0.lock().unwrap();
        kept.as_ref().map(|kept| std::ptr::from_ref(&**kept))
    }

    #[test]
    fn a_call_that_ends_at_once_leaves_its_memory_to_the_next() {
        let reusable = ReusableFuture::<Call>::new();
        assert_eq!(address(&reusable), None);
        assert!(matches!(
            start(&reusable, Box::pin(async {})),
            Started::Ended
        ));
        let first = address(&reusable);
        assert!(first.is_some());
        assert!(matches!(
            start(&reusable, Box::pin(async {})),
            Started::Ended
        ));
        assert_eq!(address(&reusable), first);
    }

    #[test]
    fn a_call_that_waits_keeps_its_memory() {
        let reusable = ReusableFuture::<Call>::new();
        let end = || Box::pin(async {});
        let wait = || Box::pin(tokio::task::yield_now());
        assert!(matches!(start(&reusable, end()), Started::Ended));
        let Started::Pending(mut first) = start(&reusable, wait()) else {
            panic!("it does not wait");
        };
        assert_eq!(address(&reusable), None);
        let Started::Pending(second) = start(&reusable, wait()) else {
            panic!("it does not wait");
        };
        assert!(matches!(start(&reusable, end()), Started::Ended));
        let mut cx = TaskContext::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut cx).is_ready());
        drop(second);
    }

    #[test]
    fn a_panic_is_of_one_call() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("a test's own panic: of a dropped call");
            }
        }
        let reusable = ReusableFuture::<Call>::new();
        let panics = || Box::pin(async { panic!("a test's own panic: of a call") });
        assert!(matches!(start(&reusable, panics()), Started::Panicked));
        let held = Panics;
        let panics_twice = std::future::poll_fn(move |_| {
            let _held = &held;
            panic!("a test's own panic: of a call")
        });
        assert!(matches!(
            start(&reusable, Box::pin(panics_twice)),
            Started::Panicked
        ));
        assert!(matches!(
            start(&reusable, Box::pin(async {})),
            Started::Ended
        ));
    }

    #[test]
    fn the_memory_of_a_large_call_is_not_kept() {
        async fn large() {
            let bytes = [0_u8; KEPT + 1];
            tokio::task::yield_now().await;
            assert!(bytes.iter().all(|byte| *byte == 0));
        }
        fn reusable_of<Fut: Future<Output = ()> + Send + 'static>(_: &Fut) -> ReusableFuture<Fut> {
            ReusableFuture::new()
        }
        async fn either(is_large: bool) {
            if is_large {
                large().await;
            }
        }
        let call = either(false);
        let reusable = reusable_of(&call);
        assert!(matches!(start(&reusable, call), Started::Ended));
        assert_eq!(address(&reusable), None);
    }
}
