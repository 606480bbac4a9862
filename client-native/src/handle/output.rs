//! Values that a handler may return: nothing, an ack, or an error.

use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;

use futures_util::FutureExt;
use serde::Serialize;

use super::{Context, Namespace, Socket};
use crate::error::{SocketError, error_text};
use crate::event::{Message, ReplyToken};
use crate::maybe_send::MaybeSend;

/// The output of a handler's future.
///
/// | output | effect |
/// |---|---|
/// | `()` | none |
/// | [`Ack(args)`](Ack) | sends the ack, if the server expects one |
/// | `Option<O>` | `None`: none |
/// | `Result<O, E>` | `Err`: [`Socket::on_error`] gets a [`SocketError::HandlerFailed`] |
///
/// The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    note = "it returns `()`, `Ack(args)`, an `Option` of these, or a `Result` of these with an error that implements `Display`"
)]
pub trait HandlerOutput: MaybeSend + Finish {}

/// The arguments of an ack, returned by a handler. A tuple is several arguments, `()` none, any other value one.
///
/// ```no_run
/// # fn example(socket: tidewire::Socket) {
/// use tidewire::Ack;
/// socket.on("sum", |(a, b): (i64, i64), _| async move { Ack(a + b) });
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack<T>(pub T);

mod sealed {
    use super::{Context, Future, FutureExt, MaybeSend, Message};

    /// Names the return type of a function: `!` has no name on stable Rust.
    pub trait Returns {
        type Output;
    }

    impl<R> Returns for fn() -> R {
        type Output = R;
    }

    #[diagnostic::on_unimplemented(
        message = "a handler cannot return `{Self}`",
        note = "it returns `()`, `Ack(args)`, an `Option` of these, or a `Result` of these with an error that implements `Display`"
    )]
    pub trait Finish: Sized {
        /// Data from before the call, which the output needs after it.
        type Origin: MaybeSend + 'static;

        fn origin(context: &Context, message: &Message) -> Self::Origin;

        fn finish(self, origin: Self::Origin) -> impl Future<Output = ()> + MaybeSend;

        /// Makes one future of a handler and the effect of its output. `then` keeps the handler's future once, where an `async`
        /// block would have room for it twice.
        fn complete<F>(
            handler: F,
            origin: Self::Origin,
        ) -> impl Future<Output = ()> + MaybeSend + 'static
        where
            F: Future<Output = Self> + MaybeSend + 'static,
            Self: 'static,
        {
            handler.then(|output| output.finish(origin))
        }
    }
}
pub(super) use sealed::Finish;

impl<O: MaybeSend + Finish> HandlerOutput for O {}

impl Finish for () {
    type Origin = ();

    fn origin(_: &Context, _: &Message) {}

    fn finish(self, (): ()) -> impl Future<Output = ()> + MaybeSend {
        ready(())
    }

    /// Most handlers are of this type, and need nothing beside their own future.
    fn complete<F>(handler: F, (): ()) -> impl Future<Output = ()> + MaybeSend + 'static
    where
        F: Future<Output = ()> + MaybeSend + 'static,
    {
        handler
    }
}

/// The output `!` of a handler that always panics, such as `todo!()`.
impl Finish for <fn() -> ! as sealed::Returns>::Output {
    type Origin = ();

    fn origin(_: &Context, _: &Message) {}

    fn finish(self, (): ()) -> impl Future<Output = ()> + MaybeSend {
        ready(())
    }
}

/// The socket and the permission to send an ack, if the server expects one.
pub struct AckOrigin {
    namespace: Arc<Namespace>,
    reply: Option<(Arc<Socket>, Arc<ReplyToken>)>,
    message: Message,
}

impl<T: Serialize + MaybeSend> Finish for Ack<T> {
    type Origin = AckOrigin;

    fn origin(context: &Context, message: &Message) -> AckOrigin {
        AckOrigin {
            namespace: context.socket.namespace.clone(),
            reply: context
                .reply
                .clone()
                .map(|token| (context.socket.clone(), token)),
            message: message.clone(),
        }
    }

    async fn finish(self, origin: AckOrigin) {
        if let Some((_socket, token)) = &origin.reply
            && let Err(error) = token.send(self.0).await
        {
            report(&origin.namespace, &origin.message, error_text(&error));
        }
    }
}

impl<O: Finish + MaybeSend> Finish for Option<O> {
    type Origin = O::Origin;

    fn origin(context: &Context, message: &Message) -> O::Origin {
        O::origin(context, message)
    }

    async fn finish(self, origin: O::Origin) {
        if let Some(output) = self {
            output.finish(origin).await;
        }
    }
}

/// The namespace, whose error handler gets an error. Not the socket: a pending handler must not keep the client alive.
pub struct ResultOrigin<O> {
    namespace: Arc<Namespace>,
    message: Message,
    origin: O,
}

impl<O: Finish + MaybeSend, E: fmt::Display + MaybeSend> Finish for Result<O, E> {
    type Origin = ResultOrigin<O::Origin>;

    fn origin(context: &Context, message: &Message) -> Self::Origin {
        let origin = O::origin(context, message);
        ResultOrigin {
            namespace: context.socket.namespace.clone(),
            message: message.clone(),
            origin,
        }
    }

    async fn finish(self, origin: Self::Origin) {
        let ResultOrigin {
            namespace,
            message,
            origin,
        } = origin;
        match self {
            Ok(output) => output.finish(origin).await,
            // `#` prints the sources of an `anyhow::Error`, too.
            Err(error) => report(&namespace, &message, format!("{error:#}")),
        }
    }
}

fn report(namespace: &Namespace, message: &Message, error: String) {
    namespace.handlers.report(SocketError::HandlerFailed {
        event: message.name().into_owned(),
        error,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A handler that holds so many bytes while it is pending.
    async fn holding<T>(output: T) -> T {
        let bytes = [0_u8; BYTES];
        tokio::task::yield_now().await;
        assert!(bytes.iter().all(|byte| *byte == 0));
        output
    }

    const BYTES: usize = 1_000;

    #[test]
    fn the_future_of_a_handler_is_kept_once() {
        let (plain, optional) = (holding(()), holding(None::<()>));
        let (size, optional_size) = (size_of_val(&plain), size_of_val(&optional));
        assert!(size > BYTES);
        assert_eq!(size_of_val(&Finish::complete(plain, ())), size);
        assert!(size_of_val(&Finish::complete(optional, ())) < optional_size + BYTES / 2);
    }
}
