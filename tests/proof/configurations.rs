//! The configurations that are explored: who takes part, and how much may go wrong.
//!
//! Several small ones with their own mix reach further than one with everything: a state space grows
//! with the product of what may happen at once.

/// How often each thing may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Budgets {
    pub clicks: u8,
    pub sweeps: u8,
    pub deliveries: u8,
    pub returns: u8,
    pub payments: u8,
    pub debits: u8,
    pub refunds: u8,
    pub changes: u8,
    pub passes: u8,
    pub faults: u8,
    pub crashes: u8,
}

/// What an operator does to a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// So many minor units are owed from now on.
    Owes(i64),
    /// It is no longer to be paid.
    Closes,
}

/// A configuration.
#[derive(Clone, Copy, Debug)]
pub struct Configuration {
    pub name: &'static str,
    pub budgets: Budgets,
    /// The lengths of time that may pass, in minutes.
    pub passes: &'static [u32],
    /// What the operator may do to the charge.
    pub changes: &'static [Change],
    /// Create calls may meet 5xx of every sort.
    pub stripe_errors: bool,
    /// Sessions may stay open past their end.
    pub may_lag: bool,
    /// Somebody pays in any session that is open, also in one that no answer led to.
    pub pays_anywhere: bool,
    /// `AUTO_REFUND`.
    pub auto_refund: bool,
}

const NONE: Budgets = Budgets {
    clicks: 0,
    sweeps: 0,
    deliveries: 0,
    returns: 0,
    payments: 2,
    debits: 0,
    refunds: 0,
    changes: 0,
    passes: 0,
    faults: 0,
    crashes: 0,
};

const BASE: Configuration = Configuration {
    name: "",
    budgets: NONE,
    passes: &[30, 36],
    changes: &[Change::Owes(16_000)],
    stripe_errors: false,
    may_lag: false,
    pays_anywhere: false,
    auto_refund: false,
};

/// Explored by `make test`.
pub const QUICK: &[Configuration] = &[
    Configuration {
        name: "clicks",
        budgets: Budgets {
            clicks: 3,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "Stripe's errors",
        budgets: Budgets {
            clicks: 3,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        stripe_errors: true,
        ..BASE
    },
    Configuration {
        name: "slow clicks",
        budgets: Budgets {
            clicks: 2,
            passes: 2,
            faults: 1,
            ..NONE
        },
        passes: &[10, 30, 36],
        ..BASE
    },
    Configuration {
        name: "webhooks",
        budgets: Budgets {
            clicks: 1,
            deliveries: 2,
            returns: 1,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "bank debits",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            payments: 1,
            debits: 1,
            passes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "the sweep",
        budgets: Budgets {
            clicks: 1,
            sweeps: 1,
            deliveries: 1,
            passes: 2,
            faults: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "two sweeps",
        budgets: Budgets {
            clicks: 1,
            sweeps: 2,
            passes: 1,
            faults: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "the amount changes",
        budgets: Budgets {
            clicks: 3,
            changes: 1,
            crashes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "the amount changes and changes back",
        budgets: Budgets {
            clicks: 2,
            changes: 2,
            deliveries: 1,
            crashes: 1,
            ..NONE
        },
        changes: &[Change::Owes(15_000), Change::Owes(16_000)],
        ..BASE
    },
    Configuration {
        name: "the charge ends",
        budgets: Budgets {
            clicks: 3,
            changes: 1,
            deliveries: 1,
            ..NONE
        },
        changes: &[Change::Owes(0), Change::Closes],
        ..BASE
    },
    Configuration {
        name: "refunds",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            refunds: 1,
            faults: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "refunds, swept",
        budgets: Budgets {
            clicks: 1,
            sweeps: 1,
            deliveries: 1,
            refunds: 1,
            passes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "payers anywhere",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            passes: 1,
            faults: 1,
            ..NONE
        },
        stripe_errors: true,
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "payers anywhere, paid back at once",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            faults: 1,
            ..NONE
        },
        stripe_errors: true,
        pays_anywhere: true,
        auto_refund: true,
        ..BASE
    },
    Configuration {
        name: "payers anywhere, swept",
        budgets: Budgets {
            clicks: 2,
            sweeps: 1,
            deliveries: 1,
            faults: 1,
            ..NONE
        },
        stripe_errors: true,
        pays_anywhere: true,
        auto_refund: true,
        ..BASE
    },
    Configuration {
        name: "payers anywhere, by bank debit",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            debits: 1,
            payments: 1,
            faults: 1,
            ..NONE
        },
        stripe_errors: true,
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "sessions that outlive their end",
        budgets: Budgets {
            clicks: 2,
            passes: 2,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        may_lag: true,
        passes: &[36, 66],
        ..BASE
    },
    Configuration {
        name: "days without a sweep",
        budgets: Budgets {
            clicks: 2,
            deliveries: 1,
            passes: 2,
            crashes: 1,
            payments: 2,
            ..NONE
        },
        passes: &[30, 66, 1440],
        ..BASE
    },
    Configuration {
        name: "days without a sweep, by bank debit",
        budgets: Budgets {
            clicks: 2,
            deliveries: 1,
            passes: 1,
            crashes: 1,
            payments: 1,
            debits: 1,
            ..NONE
        },
        passes: &[1440],
        ..BASE
    },
];

/// Explored by `make prove`, after those.
pub const DEEP: &[Configuration] = &[
    Configuration {
        name: "clicks",
        budgets: Budgets {
            clicks: 4,
            passes: 2,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "Stripe's errors",
        budgets: Budgets {
            clicks: 3,
            passes: 1,
            faults: 2,
            crashes: 1,
            ..NONE
        },
        stripe_errors: true,
        ..BASE
    },
    Configuration {
        name: "slow clicks",
        budgets: Budgets {
            clicks: 3,
            passes: 2,
            faults: 2,
            ..NONE
        },
        passes: &[10, 30, 36],
        ..BASE
    },
    Configuration {
        name: "webhooks",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            returns: 1,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "bank debits",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            payments: 1,
            debits: 1,
            passes: 1,
            faults: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "the sweep",
        budgets: Budgets {
            clicks: 2,
            sweeps: 1,
            deliveries: 1,
            passes: 2,
            faults: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "two sweeps",
        budgets: Budgets {
            clicks: 1,
            sweeps: 2,
            deliveries: 1,
            passes: 2,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "the amount changes",
        budgets: Budgets {
            clicks: 3,
            changes: 2,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        changes: &[Change::Owes(15_000), Change::Owes(16_000)],
        ..BASE
    },
    Configuration {
        name: "refunds",
        budgets: Budgets {
            clicks: 2,
            deliveries: 3,
            refunds: 1,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "payers anywhere",
        budgets: Budgets {
            clicks: 3,
            deliveries: 2,
            faults: 2,
            ..NONE
        },
        stripe_errors: true,
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "payers anywhere, swept",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            sweeps: 1,
            faults: 1,
            ..NONE
        },
        stripe_errors: true,
        pays_anywhere: true,
        auto_refund: true,
        ..BASE
    },
    Configuration {
        name: "payers anywhere, by bank debit",
        budgets: Budgets {
            clicks: 2,
            deliveries: 3,
            debits: 2,
            payments: 1,
            faults: 1,
            ..NONE
        },
        stripe_errors: true,
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "sessions that outlive their end",
        budgets: Budgets {
            clicks: 3,
            passes: 2,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        may_lag: true,
        passes: &[36, 66],
        ..BASE
    },
    Configuration {
        name: "days without a sweep",
        budgets: Budgets {
            clicks: 3,
            deliveries: 2,
            passes: 2,
            faults: 1,
            crashes: 1,
            payments: 2,
            ..NONE
        },
        passes: &[30, 66, 1440],
        ..BASE
    },
];
