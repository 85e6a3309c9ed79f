//! The parts that sending alerts and sending emails share: the pause before another try, and the record of an outcome.

use crate::{
    domain::{error::StoreError, time::Millis},
    ports::Clock,
};

/// The longest pause between two tries.
const LONGEST_PAUSE: Millis = Millis::minutes(6 * 60);
/// How often it is tried to record an outcome.
const RECORDS: u32 = 4;
const BEFORE_RECORD: Millis = Millis(200);

/// How long after a try the next one is, if `tries` came before it: twice as long each time, up to six hours.
#[must_use]
pub fn pause(first: Millis, tries: u32) -> Millis {
    let longer = first.0.saturating_mul(1 << tries.min(20));
    Millis(longer).min(LONGEST_PAUSE)
}

/// Records an outcome, in several tries: what is not recorded is sent again, or nobody knows of it.
///
/// # Errors
/// The last [`StoreError`].
pub async fn record<P: Clock>(
    ports: &P,
    write: impl AsyncFn() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        match write().await {
            Ok(()) => return Ok(()),
            Err(error) if tries >= RECORDS => return Err(error),
            Err(_) => {
                tries += 1;
                ports.sleep(BEFORE_RECORD).await;
            }
        }
    }
}
