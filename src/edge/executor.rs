//! Runs futures, and lets them wait for JavaScript's promises.
//!
//! Why not wasm-bindgen-futures: it has one queue for the tasks of all requests, and one microtask polls them all. So
//! a task can go on in the context of another request, and workerd refuses the I/O that it does there ("Cannot perform
//! I/O on behalf of a different request"). See wasm-bindgen issue #2562 and workers-rs issue #653. Here a promise's
//! callback wakes the task, and the task is polled in that callback: in the context of its own request.
//!
//! It saves a microtask for each await and two closures for each promise: a fresh click against a D1 that
//! answers at once takes 74 µs of CPU instead of 86. Its price is this file, and one rule: no request may
//! wake another's task.
//!
//! workerd abandons a request whose client has left, and calls nothing back. So a task that has waited longer than
//! any request may take is dropped.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use wasm_bindgen::{JsValue, closure::Closure};
use worker::js_sys::Promise;

use super::{clock, runtime};

/// How a promise is settled: `Ok` if it is fulfilled, `Err` if it is rejected.
pub type Outcome = Result<JsValue, JsValue>;

/// In milliseconds. No request takes so long: its calls to Stripe end after 25 seconds in all.
const LONGEST: f64 = 15.0 * 60_000.0;
/// If at least so many tasks wait, those that have waited too long are dropped.
const MANY: usize = 64;

struct Task {
    id: u32,
    started: f64,
    waker: Waker,
    future: Pin<Box<dyn Future<Output = Outcome>>>,
}

/// Wakes the task of that id; does nothing if the task is done or dropped.
struct TaskWaker {
    id: u32,
}

/// A promise that somebody waits for.
enum State {
    /// With the waker of whoever polled for it last.
    Pending(Option<Waker>),
    Settled(Outcome),
}

type OnSettled = Closure<dyn Fn(u32, bool, JsValue)>;

thread_local! {
    /// The tasks that wait.
    static TASKS: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    /// The tasks that were woken and not polled since.
    static READY: RefCell<VecDeque<u32>> = const { RefCell::new(VecDeque::new()) };
    static IS_POLLING: Cell<bool> = const { Cell::new(false) };
    /// The promises, by ticket.
    static PROMISES: RefCell<Vec<(u32, State)>> = const { RefCell::new(Vec::new()) };
    static LAST_ID: Cell<u32> = const { Cell::new(0) };
    /// One closure for all promises: the ticket says which one is meant.
    static ON_SETTLED: JsValue = OnSettled::new(on_settled).into_js_value();
}

/// An id for a task, or a ticket for a promise.
fn next_id() -> u32 {
    LAST_ID.set(LAST_ID.get().wrapping_add(1));
    LAST_ID.get()
}

/// Runs a future: returns its output if it need not wait, and a Promise of it if it must.
///
/// # Errors
/// The future's error, if it need not wait.
pub fn spawn(future: impl Future<Output = Outcome> + 'static) -> Outcome {
    drop_expired();
    let id = next_id();
    let polled = poll(Task {
        id,
        started: clock::now(),
        waker: Arc::new(TaskWaker { id }).into(),
        future: Box::pin(future),
    });
    let outcome = match polled {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Ok(runtime::promise(id).into()),
    };
    run_ready();
    outcome
}

fn poll(mut task: Task) -> Poll<Outcome> {
    // A task that spawns another one polls it in its own poll.
    let was_polling = IS_POLLING.replace(true);
    let polled = task
        .future
        .as_mut()
        .poll(&mut Context::from_waker(&task.waker));
    IS_POLLING.set(was_polling);
    if polled.is_pending() {
        TASKS.with_borrow_mut(|tasks| tasks.push(task));
    }
    polled
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        READY.with_borrow_mut(|ready| {
            if !ready.contains(&self.id) {
                ready.push_back(self.id);
            }
        });
        run_ready();
    }
}

/// Polls the tasks that were woken. If a task is being polled now, its caller polls them afterwards.
fn run_ready() {
    if IS_POLLING.get() {
        return;
    }
    while let Some(id) = READY.with_borrow_mut(VecDeque::pop_front) {
        let task = TASKS.with_borrow_mut(|tasks| {
            let at = tasks.iter().position(|task| task.id == id)?;
            Some(tasks.swap_remove(at))
        });
        match task.map(poll) {
            Some(Poll::Ready(Ok(value))) => runtime::resolve(id, &value),
            Some(Poll::Ready(Err(error))) => runtime::reject(id, &error),
            Some(Poll::Pending) | None => {}
        }
    }
}

/// Drops the tasks of requests that were abandoned.
fn drop_expired() {
    let expired = TASKS.with_borrow_mut(|tasks| {
        if tasks.len() < MANY {
            return Vec::new();
        }
        let oldest = clock::now() - LONGEST;
        tasks
            .extract_if(.., |task| task.started < oldest)
            .collect::<Vec<_>>()
    });
    for Task { id, .. } in &expired {
        runtime::discard(*id);
    }
}

/// Waits for a promise.
#[must_use]
pub fn wait(promise: &Promise) -> PromiseFuture {
    let ticket = next_id();
    PROMISES.with_borrow_mut(|promises| promises.push((ticket, State::Pending(None))));
    ON_SETTLED.with(|on_settled| runtime::on_settled(promise, ticket, on_settled));
    PromiseFuture { ticket }
}

/// The future of a promise.
#[derive(Debug)]
pub struct PromiseFuture {
    ticket: u32,
}

impl Future for PromiseFuture {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut waker = Some(context.waker().clone());
        PROMISES.with_borrow_mut(|promises| {
            let Some(at) = position(promises, self.ticket) else {
                // It was polled after it was ready.
                return Poll::Pending;
            };
            if let State::Pending(old) = &mut promises[at].1 {
                // The old waker is dropped after the borrow: that may drop its task, and futures with tickets.
                std::mem::swap(old, &mut waker);
                return Poll::Pending;
            }
            match promises.swap_remove(at).1 {
                State::Settled(outcome) => Poll::Ready(outcome),
                State::Pending(_) => Poll::Pending,
            }
        })
    }
}

impl Drop for PromiseFuture {
    fn drop(&mut self) {
        let removed = PROMISES.with_borrow_mut(|promises| {
            position(promises, self.ticket).map(|at| promises.swap_remove(at))
        });
        // The waker is dropped after the borrow: that may drop its task, and futures with tickets.
        drop(removed);
    }
}

fn position(promises: &[(u32, State)], ticket: u32) -> Option<usize> {
    promises.iter().position(|(known, _)| *known == ticket)
}

/// JavaScript calls it when a promise is settled.
fn on_settled(ticket: u32, is_fulfilled: bool, value: JsValue) {
    let outcome = if is_fulfilled { Ok(value) } else { Err(value) };
    let before = PROMISES.with_borrow_mut(|promises| {
        let at = position(promises, ticket)?;
        Some(std::mem::replace(
            &mut promises[at].1,
            State::Settled(outcome),
        ))
    });
    if let Some(State::Pending(Some(waker))) = before {
        waker.wake();
    }
}
