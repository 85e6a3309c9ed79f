//! The results of a run.

use std::{collections::BTreeMap, time::Duration};

/// The results of a run, or of one connection of it.
#[derive(Debug, Default)]
pub struct Report {
    /// How long it took.
    pub seconds: f64,
    /// Of each answer, in microseconds.
    times: Vec<u32>,
    statuses: BTreeMap<u16, usize>,
    wrong: usize,
    first_wrong: Option<String>,
}

impl Report {
    /// Counts an answer.
    pub fn took(&mut self, status: u16, time: Duration) {
        self.times
            .push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
        *self.statuses.entry(status).or_default() += 1;
    }

    /// Counts an answer that is not what it must be, or that did not come.
    pub fn note_wrong(&mut self, why: String) {
        self.wrong += 1;
        self.first_wrong.get_or_insert(why);
    }

    /// Adds another connection's.
    pub fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.wrong += other.wrong;
        self.first_wrong = self.first_wrong.take().or(other.first_wrong);
    }

    /// The wrong answers, if there are any: how many, and the first.
    pub fn wrong(&self) -> Option<String> {
        let first = self.first_wrong.as_ref()?;
        Some(format!(
            "{} answers were wrong; the first: {first}",
            self.wrong
        ))
    }

    /// One line.
    pub fn json(&self) -> String {
        let mut times = self.times.clone();
        times.sort_unstable();
        let statuses: Vec<_> = self
            .statuses
            .iter()
            .map(|(status, count)| format!("\"{status}\":{count}"))
            .collect();
        format!(
            "{{\"answers\":{},\"seconds\":{:.6},\"p50_ms\":{:.3},\"p99_ms\":{:.3},\"max_ms\":{:.3},\"wrong\":{},\"statuses\":{{{}}}}}",
            times.len(),
            self.seconds,
            percentile(&times, 50),
            percentile(&times, 99),
            percentile(&times, 100),
            self.wrong,
            statuses.join(","),
        )
    }
}

/// The least time that so many percent of the sorted times do not exceed, in milliseconds.
fn percentile(times: &[u32], percent: usize) -> f64 {
    let rank = (times.len() * percent).div_ceil(100).max(1);
    times
        .get(rank - 1)
        .map_or(0.0, |time| f64::from(*time) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_add_up() {
        let mut all = Report::default();
        for times in [1..=50_u64, 51..=100] {
            let mut one = Report::default();
            times.for_each(|ms| one.took(200, Duration::from_millis(ms)));
            all.add(one);
        }
        all.note_wrong("odd".to_owned());
        let expected = "{\"answers\":100,\"seconds\":0.000000,\"p50_ms\":50.000,\"p99_ms\":99.000,\"max_ms\":100.000,\"wrong\":1,\"statuses\":{\"200\":100}}";
        assert_eq!(all.json(), expected);
        assert_eq!(
            all.wrong().as_deref(),
            Some("1 answers were wrong; the first: odd")
        );
        assert_eq!(percentile(&[], 99), 0.0);
    }
}
