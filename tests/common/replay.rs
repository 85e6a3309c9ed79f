//! A task by replay: a shipped `async fn` awaits nothing but ports, so what it will do next is a function of the replies
//! that it has seen.
//!
//! To take a step, the future is built anew, the task's log is replayed to it, and it stops at the first call that the log
//! does not answer. A replay that makes other calls than the log holds is an error of the core's: it would have depended on
//! something besides its ports.

use std::{
    cell::{Cell, RefCell},
    fmt::Debug,
    future::{Future, poll_fn},
    hash::{Hash, Hasher},
    pin::pin,
    task::{Context, Poll, Waker},
};

use checkout_guard::domain::time::UnixMillis;

/// An entry of a task's log, which has in order what the task has been through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry<C, R> {
    /// A call, and the reply to it.
    Replied(C, R),
    /// The time when it asked for it.
    Time(UnixMillis),
}

/// A call follows from what stands before it, and is long: it is not hashed.
impl<C, R: Hash> Hash for Entry<C, R> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        match self {
            Self::Replied(_, reply) => reply.hash(hasher),
            Self::Time(time) => time.hash(hasher),
        }
    }
}

/// Where a task stops.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Next<C, E> {
    /// It makes a call.
    Call(C),
    /// It has ended.
    End(E),
}

impl<C, E> Next<C, E> {
    /// The call that the task makes; `None` if it has ended.
    pub const fn call(&self) -> Option<&C> {
        match self {
            Self::Call(call) => Some(call),
            Self::End(_) => None,
        }
    }
}

/// A log under replay. The ports of the task ask it.
pub struct Replay<'a, C, R> {
    log: &'a [Entry<C, R>],
    at: Cell<usize>,
    now: UnixMillis,
    times: Cell<usize>,
    call: RefCell<Option<C>>,
}

impl<C: Debug + PartialEq, R: Clone> Replay<'_, C, R> {
    /// The reply to a call. The first one that the log does not answer stays pending.
    pub async fn call(&self, call: C) -> R {
        let mut call = Some(call);
        poll_fn(|_| {
            let made = call.take();
            match self.log.get(self.at.get()) {
                Some(Entry::Replied(before, reply)) => {
                    assert_eq!(made.as_ref(), Some(before), "a replay makes the same calls");
                    self.at.set(self.at.get() + 1);
                    Poll::Ready(reply.clone())
                }
                Some(Entry::Time(_)) => panic!("a replay asks for the time where it did"),
                None => {
                    *self.call.borrow_mut() = made;
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// The time that the log has, or the time now.
    pub fn now(&self) -> UnixMillis {
        match self.log.get(self.at.get()) {
            Some(Entry::Time(then)) => {
                self.at.set(self.at.get() + 1);
                *then
            }
            Some(Entry::Replied(..)) => panic!("a replay makes the same calls"),
            None => {
                self.times.set(self.times.get() + 1);
                self.now
            }
        }
    }
}

/// Replays a log at a time: the log with the times that were asked for since, and where the task stops.
pub fn replay<C, R, E>(
    mut log: Vec<Entry<C, R>>,
    now: UnixMillis,
    run: impl AsyncFnOnce(&Replay<'_, C, R>) -> E,
) -> (Vec<Entry<C, R>>, Next<C, E>) {
    let replay = Replay {
        log: &log,
        at: Cell::new(0),
        now,
        times: Cell::new(0),
        call: RefCell::new(None),
    };
    let polled = pin!(run(&replay)).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(
        replay.at.get(),
        log.len(),
        "a replay ends where its log does"
    );
    let (times, call) = (replay.times.get(), replay.call.take());
    log.extend((0..times).map(|_| Entry::Time(now)));
    let next = match (polled, call) {
        (Poll::Ready(end), None) => Next::End(end),
        (Poll::Pending, Some(call)) => Next::Call(call),
        (Poll::Ready(_), Some(_)) | (Poll::Pending, None) => panic!("it awaits ports alone"),
    };
    (log, next)
}
