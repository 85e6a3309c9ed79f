//! The executor: tasks that wait for promises, combinators, wakers, and tasks that are abandoned.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
};

use checkout_guard::edge::executor::{Outcome, spawn, wait};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;
use worker::{
    js_sys::{self, Function, Promise},
    wasm_bindgen_futures::JsFuture,
    web_sys,
};

#[wasm_bindgen]
extern "C" {
    fn fetch(url: &str) -> Promise;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: f64) -> JsValue;
}

/// A promise that resolves after so many milliseconds.
fn sleep(milliseconds: f64) -> Promise {
    Promise::new(&mut |resolve, _| {
        set_timeout(resolve.unchecked_ref(), milliseconds);
    })
}

/// A promise, and the function that fulfils it.
fn deferred() -> (Promise, Function) {
    let mut function = None;
    let promise = Promise::new(&mut |resolve, _| function = Some(resolve.unchecked_into()));
    (promise, function.expect("called at once"))
}

fn fulfil(function: &Function, value: &str) {
    function
        .call1(&JsValue::NULL, &value.into())
        .expect("resolves");
}

/// The promise of a task that has to wait.
fn promise_of(task: Outcome) -> Promise {
    task.expect("no error").dyn_into().expect("a promise")
}

async fn output(task: Outcome) -> Outcome {
    JsFuture::from(promise_of(task)).await
}

fn text(value: &str) -> Outcome {
    Ok(value.into())
}

/// The output of whichever promise is settled first.
async fn select(one: Promise, other: Promise) -> Outcome {
    let (mut one, mut other) = (pin!(wait(&one)), pin!(wait(&other)));
    poll_fn(|context| match one.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(outcome),
        Poll::Pending => other.as_mut().poll(context),
    })
    .await
}

/// The texts of both promises, one after the other.
async fn join(one: Promise, other: Promise) -> Outcome {
    let (mut one, mut other) = (pin!(wait(&one)), pin!(wait(&other)));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        if first.is_none()
            && let Poll::Ready(outcome) = one.as_mut().poll(context)
        {
            first = Some(outcome);
        }
        if second.is_none()
            && let Poll::Ready(outcome) = other.as_mut().poll(context)
        {
            second = Some(outcome);
        }
        if first.is_some() && second.is_some() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    let texts = [first, second].map(|outcome| outcome.and_then(Result::ok)?.as_string());
    Ok(texts.map(Option::unwrap_or_default).concat().into())
}

/// Lets all promises that are settled call back.
async fn turn() {
    JsFuture::from(sleep(0.0)).await.expect("a timer");
}

#[wasm_bindgen_test]
async fn a_task_goes_on_when_its_promise_is_settled() {
    assert_eq!(spawn(async { Ok(1.into()) }), Ok(JsValue::from(1)));
    assert_eq!(spawn(async { Err(2.into()) }), Err(JsValue::from(2)));
    // Nobody waits for this promise when it is settled.
    drop(wait(&Promise::resolve(&JsValue::NULL)));
    let sum = |one: Promise, other: Promise| {
        let task = spawn(async move {
            let one = wait(&one).await?.as_f64();
            let other = wait(&other).await?.as_f64();
            let both = one.zip(other);
            Ok(both.map_or(JsValue::NULL, |(one, other)| (one + other).into()))
        });
        output(task)
    };
    let fulfilled = |value: i32| Promise::resolve(&JsValue::from(value));
    let rejected = || Promise::reject(&JsValue::from("no"));
    // All wait at once, so their tickets are mixed.
    let tasks = [
        sum(fulfilled(1), fulfilled(2)),
        sum(rejected(), fulfilled(3)),
        sum(fulfilled(3), rejected()),
        sum(fulfilled(4), fulfilled(5)),
    ];
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await);
    }
    let no = || Err(JsValue::from("no"));
    assert_eq!(outcomes, [Ok(3.into()), no(), no(), Ok(9.into())]);
}

#[wasm_bindgen_test]
async fn two_tasks_that_wait_at_once_get_their_own_outcomes() {
    let (one, resolve_one) = deferred();
    let (other, resolve_other) = deferred();
    let first = spawn(async move { wait(&one).await });
    let second = spawn(async move { wait(&other).await });
    // The later task is done first.
    fulfil(&resolve_other, "second");
    assert_eq!(output(second).await, text("second"));
    fulfil(&resolve_one, "first");
    assert_eq!(output(first).await, text("first"));
}

#[wasm_bindgen_test]
async fn a_select_is_ready_with_whichever_promise_is_first() {
    for is_first in [true, false] {
        let (one, resolve_one) = deferred();
        let (other, resolve_other) = deferred();
        let task = promise_of(spawn(select(one, other)));
        let (winner, loser) = if is_first {
            (resolve_one, resolve_other)
        } else {
            (resolve_other, resolve_one)
        };
        fulfil(&winner, "winner");
        assert_eq!(JsFuture::from(task).await, text("winner"));
        // The other promise calls back to a task that is done.
        fulfil(&loser, "loser");
        turn().await;
    }
}

#[wasm_bindgen_test]
async fn a_select_of_a_fetch_and_a_timer() {
    let status = |response: JsValue| response.unchecked_into::<web_sys::Response>().status();
    let fetched = output(spawn(select(fetch("data:,here"), sleep(2_000.0)))).await;
    assert_eq!(fetched.map(status), Ok(200));
    let late = sleep(200.0);
    let slow = spawn(async move {
        wait(&late).await?;
        wait(&fetch("data:,late")).await
    });
    let timed_out = output(spawn(select(promise_of(slow), sleep(10.0)))).await;
    assert_eq!(timed_out, Ok(JsValue::UNDEFINED));
    // The fetch ends after the select.
    JsFuture::from(sleep(300.0)).await.expect("a timer");
}

#[wasm_bindgen_test]
async fn a_join_is_ready_when_both_promises_are_settled() {
    for is_first in [true, false] {
        let (one, resolve_one) = deferred();
        let (other, resolve_other) = deferred();
        let task = promise_of(spawn(join(one, other)));
        let mut settle = [(resolve_one, "a"), (resolve_other, "b")];
        if !is_first {
            settle.reverse();
        }
        for (resolve, value) in &settle {
            fulfil(resolve, value);
            turn().await;
        }
        assert_eq!(JsFuture::from(task).await, text("ab"));
    }
    // Both are settled before either calls back.
    let resolved = |value: &str| Promise::resolve(&JsValue::from(value));
    let both = join(resolved("a"), resolved("b"));
    assert_eq!(output(spawn(both)).await, text("ab"));
}

#[wasm_bindgen_test]
async fn a_task_that_wakes_itself_is_polled_again() {
    let mut polls = 0;
    let task = spawn(poll_fn(move |context| {
        polls += 1;
        if polls == 3 {
            return Poll::Ready(Ok(polls.into()));
        }
        context.waker().wake_by_ref();
        context.waker().wake_by_ref();
        Poll::Pending
    }));
    assert_eq!(output(task).await, Ok(3.into()));
}

#[wasm_bindgen_test]
async fn a_task_can_wake_another_one() {
    type Channel = Rc<RefCell<(Option<&'static str>, Option<Waker>)>>;
    let channel = Channel::default();
    let receiver = Rc::clone(&channel);
    let received = spawn(poll_fn(move |context| {
        let mut channel = receiver.borrow_mut();
        channel.1 = Some(context.waker().clone());
        channel
            .0
            .map_or(Poll::Pending, |value| Poll::Ready(text(value)))
    }));
    let sent = spawn(async move {
        wait(&Promise::resolve(&JsValue::NULL)).await?;
        let mut channel = channel.borrow_mut();
        channel.0 = Some("sent");
        // The receiver must not be polled in here: the channel is borrowed.
        channel.1.as_ref().expect("a waker").wake_by_ref();
        text("done")
    });
    assert_eq!(output(sent).await, text("done"));
    assert_eq!(output(received).await, text("sent"));
}

#[wasm_bindgen_test]
async fn a_waker_outlives_its_task() {
    let waker = Rc::new(RefCell::new(None));
    let (promise, resolve) = deferred();
    let saved = Rc::clone(&waker);
    let task = spawn(async move {
        poll_fn(|context| {
            *saved.borrow_mut() = Some(context.waker().clone());
            Poll::Ready(())
        })
        .await;
        wait(&promise).await
    });
    fulfil(&resolve, "done");
    assert_eq!(output(task).await, text("done"));
    waker.take().expect("a waker").wake();
}

/// Counts the tasks that were dropped.
struct Dropped(Rc<Cell<usize>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[wasm_bindgen_test]
async fn tasks_of_clients_that_left_are_dropped() {
    const ABANDONED: usize = 100;
    let dropped = Rc::new(Cell::new(0));
    let never = Promise::new(&mut |_, _| {});
    for _ in 0..ABANDONED {
        let (guard, never) = (Dropped(Rc::clone(&dropped)), never.clone());
        let task = spawn(async move {
            let outcome = wait(&never).await;
            drop(guard);
            outcome
        });
        drop(promise_of(task));
    }
    assert_eq!(dropped.get(), 0);
    // A request comes 16 minutes later.
    let date = js_sys::Reflect::get(&js_sys::global(), &"Date".into()).expect("Date");
    let now = js_sys::Reflect::get(&date, &"now".into()).expect("Date.now");
    let later = js_sys::Date::now() + 16.0 * 60_000.0;
    let clock = Closure::<dyn Fn() -> f64>::new(move || later);
    js_sys::Reflect::set(&date, &"now".into(), clock.as_ref()).expect("set");
    let (promise, resolve) = deferred();
    let task = spawn(async move { wait(&promise).await });
    js_sys::Reflect::set(&date, &"now".into(), &now).expect("set");
    assert_eq!(dropped.get(), ABANDONED);
    fulfil(&resolve, "answered");
    assert_eq!(output(task).await, text("answered"));
}
