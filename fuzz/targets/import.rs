//! Whatever file an operator sends: lines, or the numbers and reasons of the bad ones.
#![no_main]

use checkout_guard::{
    billing::import::{line, options::Options},
    domain::time::UnixMillis,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|csv: &[u8]| {
    let options = Options {
        allow_short_tokens: true,
        carry_orders: true,
        ..Options::default()
    };
    if let Ok(lines) = line::read(csv, UnixMillis(1_795_000_000_000), options) {
        for line in lines {
            let owed = line.owed.map(|owed| owed.money);
            for money in owed.into_iter().chain(line.monthly_fee) {
                let most = money.currency.maximum();
                assert!((0..=most).contains(&money.minor));
            }
            assert!(!line.player_id.is_empty() && !line.player.is_empty());
        }
    }
});
