//! To await a promise of JavaScript's, and to be one.
//!
//! wasm-bindgen's futures make two closures for each promise, have the collector watch over both, and
//! wake a task through `queueMicrotask`, which in workerd costs more than the rest of a click. Here one
//! closure serves all promises, a ticket says which one it is about, and its task goes on at once.
//!
//! The runtime does not go on with a request whose client has left, and tells nobody. So what has waited
//! longer than any request may is dropped.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use wasm_bindgen::{JsValue, closure::Closure};
use worker::js_sys::Promise;

use super::{now, runtime};

/// What came of something that JavaScript was asked for.
pub type Outcome = Result<JsValue, JsValue>;

type Future = Pin<Box<dyn std::future::Future<Output = Outcome>>>;

/// No request takes so long, in milliseconds: its calls to Stripe end after 25 seconds in all.
const LONGEST: f64 = 15.0 * 60_000.0;
/// So many waiting tasks are looked through for those that have waited too long.
const MANY: usize = 64;

struct Task {
    id: u32,
    since: f64,
    future: Future,
}

/// What is known of a promise that somebody waits for.
enum State {
    Waiting(Option<Waiting>),
    Settled(Outcome),
}

/// Who goes on when a promise is settled.
enum Waiting {
    /// The task of that id.
    Task(u32),
    /// A task of somebody else's; a test's.
    Foreign(Waker),
}

type Settled = Closure<dyn Fn(u32, bool, JsValue)>;

thread_local! {
    static WAITING: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    static RUNNING: Cell<Option<u32>> = const { Cell::new(None) };
    /// By ticket.
    static AWAITED: RefCell<Vec<(u32, State)>> = const { RefCell::new(Vec::new()) };
    static LAST: Cell<u32> = const { Cell::new(0) };
    static SETTLED: JsValue = Settled::new(settled).into_js_value();
}

/// A number that nothing else has: of a task, or of a promise.
fn number() -> u32 {
    LAST.set(LAST.get().wrapping_add(1));
    LAST.get()
}

/// Carries a future out: what it comes to, or a Promise of it where it has to wait.
///
/// # Errors
/// What the future comes to at once.
pub fn spawn(future: impl std::future::Future<Output = Outcome> + 'static) -> Outcome {
    forget_the_lost();
    let task = Task {
        id: number(),
        since: now(),
        future: Box::pin(future),
    };
    let id = task.id;
    match go_on(task) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Ok(runtime::promise(id).into()),
    }
}

/// Waits for a promise.
#[must_use]
pub fn awaited(promise: &Promise) -> Awaited {
    let ticket = number();
    AWAITED.with_borrow_mut(|all| all.push((ticket, State::Waiting(None))));
    SETTLED.with(|settled| runtime::tell(promise, ticket, settled));
    Awaited { ticket }
}

/// What a promise will come to.
#[derive(Debug)]
pub struct Awaited {
    ticket: u32,
}

impl std::future::Future for Awaited {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let waiting = RUNNING
            .get()
            .map_or_else(|| Waiting::Foreign(context.waker().clone()), Waiting::Task);
        AWAITED.with_borrow_mut(|all| match place(all, self.ticket) {
            Some(at) if matches!(all[at].1, State::Waiting(_)) => {
                all[at].1 = State::Waiting(Some(waiting));
                Poll::Pending
            }
            Some(at) => match all.swap_remove(at).1 {
                State::Settled(outcome) => Poll::Ready(outcome),
                State::Waiting(_) => Poll::Pending,
            },
            None => Poll::Pending,
        })
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        AWAITED.with_borrow_mut(|all| {
            if let Some(at) = place(all, self.ticket) {
                all.swap_remove(at);
            }
        });
    }
}

fn place(all: &[(u32, State)], ticket: u32) -> Option<usize> {
    all.iter().position(|(of, _)| *of == ticket)
}

fn go_on(mut task: Task) -> Poll<Outcome> {
    // Everything that a task awaits is an `Awaited` in the end, and that knows its task.
    let outer = RUNNING.replace(Some(task.id));
    let polled = task
        .future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    RUNNING.set(outer);
    if polled.is_pending() {
        WAITING.with_borrow_mut(|waiting| waiting.push(task));
    }
    polled
}

/// Called by JavaScript when a promise is settled.
fn settled(ticket: u32, is_kept: bool, value: JsValue) {
    let outcome = if is_kept { Ok(value) } else { Err(value) };
    let before = AWAITED.with_borrow_mut(|all| {
        let at = place(all, ticket)?;
        match std::mem::replace(&mut all[at].1, State::Settled(outcome)) {
            State::Waiting(waiting) => waiting,
            State::Settled(_) => None,
        }
    });
    match before {
        Some(Waiting::Task(id)) => wake(id),
        Some(Waiting::Foreign(waker)) => waker.wake(),
        None => {}
    }
}

fn wake(id: u32) {
    let task = WAITING.with_borrow_mut(|waiting| {
        let at = waiting.iter().position(|task| task.id == id)?;
        Some(waiting.swap_remove(at))
    });
    if let Some(Poll::Ready(outcome)) = task.map(go_on) {
        let (is_kept, value) = match outcome {
            Ok(value) => (true, value),
            Err(error) => (false, error),
        };
        runtime::settle(id, is_kept, &value);
    }
}

fn forget_the_lost() {
    let lost = WAITING.with_borrow_mut(|waiting| {
        if waiting.len() < MANY {
            return Vec::new();
        }
        let since = now() - LONGEST;
        waiting.extract_if(.., |task| task.since < since).collect()
    });
    for Task { id, .. } in &lost {
        runtime::forget(*id);
    }
}
