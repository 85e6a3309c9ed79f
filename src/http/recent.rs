//! The newest answer to a question that one isolate asks: whoever asks again within some seconds gets the same answer
//! from memory.

use std::cell::{Cell, RefCell};

use crate::domain::time::{Millis, UnixMillis};

/// How long an answer is good.
pub const GOOD_FOR: Millis = Millis::seconds(5);

/// The newest answer, and when it was asked for.
pub struct Recent<T> {
    asked: Cell<Option<UnixMillis>>,
    answer: RefCell<Option<T>>,
}

/// The step to take now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn<T> {
    /// Ask, and [`Recent::keep`] what comes.
    Ask,
    /// It is known: for some seconds, or since before somebody else began to ask.
    Known(T),
    /// Somebody else is asking for the first time.
    Wait,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            asked: Cell::default(),
            answer: RefCell::default(),
        }
    }
}

impl<T: Clone> Recent<T> {
    /// Whose turn it is. Of all that come within [`GOOD_FOR`] the first is to ask, whether or not it comes back: its request
    /// may be gone.
    #[must_use]
    pub fn turn(&self, now: UnixMillis) -> Turn<T> {
        let is_recent = |asked: UnixMillis| asked <= now && now < asked.plus(GOOD_FOR);
        if !self.asked.get().is_some_and(is_recent) {
            self.asked.set(Some(now));
            return Turn::Ask;
        }
        let answer = self.answer.borrow();
        answer.clone().map_or(Turn::Wait, Turn::Known)
    }

    /// Remembers an answer.
    pub fn keep(&self, answer: T) {
        self.answer.replace(Some(answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn after(millis: i64) -> UnixMillis {
        NOW.plus(Millis(millis))
    }

    #[test]
    fn one_asks_and_the_others_are_told() {
        let recent = Recent::default();
        assert_eq!(recent.turn(NOW), Turn::Ask);
        // At the same time, with nothing known yet.
        assert_eq!(recent.turn(NOW), Turn::Wait);
        recent.keep("ok");
        assert_eq!(recent.turn(NOW), Turn::Known("ok"));
        assert_eq!(recent.turn(after(4_999)), Turn::Known("ok"));
        assert_eq!(recent.turn(after(5_000)), Turn::Ask);
        // While that is asked, what was known before is good enough.
        assert_eq!(recent.turn(after(5_001)), Turn::Known("ok"));
        recent.keep("down");
        assert_eq!(recent.turn(after(9_999)), Turn::Known("down"));
    }

    #[test]
    fn who_asked_and_never_came_back_holds_nobody_up() {
        let recent: Recent<()> = Recent::default();
        assert_eq!(recent.turn(NOW), Turn::Ask);
        assert_eq!(recent.turn(after(4_999)), Turn::Wait);
        assert_eq!(recent.turn(after(5_000)), Turn::Ask);
        // Nor does a clock that was set back.
        assert_eq!(recent.turn(after(-1)), Turn::Ask);
    }
}
