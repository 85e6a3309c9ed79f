// Is imported before the Worker: a clock that the test moves on.

const real = Date.now.bind(Date);
export const clock = { ahead: 0 };

Date.now = () => real() + clock.ahead;
