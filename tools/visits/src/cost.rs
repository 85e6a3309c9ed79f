//! The cost of a call.

use std::hint::black_box;
use std::time::Instant;

use checkout_guard::classifier::classify;

use crate::report::Classified;

/// Calls in a row that one reading of the clock covers: the clock alone costs 20 to 50 ns.
const CALLS: u32 = 32;
/// Passes over all rows. Each row keeps its fastest, because the slower ones measured the machine's other
/// work. A row's passes are apart in time, so that a busy moment does not spoil them all.
const PASSES: usize = 12;

/// Nanoseconds a call, over the rows.
pub struct Cost {
    /// Half of the rows cost less.
    pub median: f64,
    /// 99 of 100 rows cost less.
    pub p99: f64,
    /// The dearest row.
    pub worst: f64,
}

/// Measures each row's call.
pub fn measure(classified: &[Classified<'_>]) -> Cost {
    let mut nanoseconds = vec![f64::INFINITY; classified.len()];
    for _ in 0..PASSES {
        for (fastest, one) in nanoseconds.iter_mut().zip(classified) {
            *fastest = fastest.min(once(one));
        }
    }
    nanoseconds.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = nanoseconds.len().saturating_sub(1);
        nanoseconds
            .get((last as f64 * share) as usize)
            .copied()
            .unwrap_or(0.0)
    };
    Cost {
        median: at(0.5),
        p99: at(0.99),
        worst: at(1.0),
    }
}

fn once(one: &Classified<'_>) -> f64 {
    let visit = one.row.visit();
    let start = Instant::now();
    for _ in 0..CALLS {
        black_box(classify(black_box(&visit)));
    }
    start.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

impl Cost {
    /// Prints the figures.
    pub fn print(&self) {
        println!(
            "\nns a call: median {:.0}, p99 {:.0}, worst {:.0}",
            self.median, self.p99, self.worst
        );
    }
}
