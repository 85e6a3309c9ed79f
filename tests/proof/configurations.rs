//! The configurations that are explored: who takes part, and how much may go wrong.
//!
//! Several small ones with their own mix reach further than one with everything: a state space grows
//! with the product of what may happen at once.

use crate::{
    model::{ANY_MISHAPS, CREATE_MISHAPS},
    stripe::Mishap,
};

/// How often each thing may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Budgets {
    pub clicks: u8,
    /// Of the cron.
    pub runs: u8,
    pub deliveries: u8,
    pub returns: u8,
    pub payments: u8,
    pub debits: u8,
    pub refunds: u8,
    pub disputes: u8,
    /// Payments to another database on the same account.
    pub strangers: u8,
    /// Times that Stripe forgets its idempotency keys before it may.
    pub forgets: u8,
    pub changes: u8,
    /// Of an operator, at the desk.
    pub acts: u8,
    pub passes: u8,
    pub faults: u8,
    pub crashes: u8,
    /// No budget: a refund by hand has crossed one of this Worker's.
    pub is_crossed: bool,
}

/// A change that an operator makes to a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// So many minor units are owed from now on.
    Owes(i64),
    /// It is no longer to be paid.
    Closes,
}

/// An act of an operator on the first charge, at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// So many minor units are owed from now on.
    Owes(i64),
    /// It is no longer to be paid.
    Closes,
    /// It is to be paid again.
    Reopens,
    /// It was paid in cash: what was owed at the beginning.
    TakesCash,
    /// It was paid in cash: less than that, and the rest is waived.
    TakesLess,
    /// It was paid in cash: more than that, and the club keeps it.
    TakesMore,
    /// Its pending order is canceled.
    CancelsPending,
    /// The rest of the payment of the first order is refunded.
    Refunds,
    /// A part of it is, by a page that showed how much had gone back by then, in minor units.
    RefundsPart { seen: i64 },
    /// The payment page of its pending order is given up, which Stripe does not know.
    GivesUpSession,
}

impl Act {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owes(_) => "amount",
            Self::Closes => "close",
            Self::Reopens => "reopen",
            Self::TakesCash => "cash",
            Self::TakesLess => "less in cash",
            Self::TakesMore => "more in cash",
            Self::CancelsPending => "cancel pending",
            Self::Refunds => "refund",
            Self::RefundsPart { .. } => "refund a part",
            Self::GivesUpSession => "give up the session",
        }
    }
}

/// How a click names its charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    Link,
    Player,
    /// By the attempt of the charge's first order. There is no such click before it has one.
    Attempt,
}

impl Way {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "by link",
            Self::Player => "by player",
            Self::Attempt => "by attempt",
        }
    }
}

/// The state that the database and Stripe begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beginning {
    /// Two charges, and no order.
    Fresh,
    /// The first so many charges were clicked on, and their sessions are open.
    Clicked(i64),
    /// And a pending order of an old system, whose open session Stripe knows.
    Imported,
    /// And one whose session Stripe does not know.
    ImportedUnknown,
    /// And one of the second charge, whose session is of the other mode than the key.
    ImportedOtherMode,
    /// The first so many charges are paid, each twice.
    TwicePaid(i64),
    /// The first charge was paid in a session of an old system.
    Paid,
    /// The same, and the treasurer has refunded it.
    Refunded,
    /// The same, and the payer's bank has taken it back.
    DisputeLost,
}

/// A configuration.
#[derive(Clone, Copy, Debug)]
pub struct Configuration {
    pub name: &'static str,
    pub budgets: Budgets,
    pub beginning: Beginning,
    /// How many charges are clicked on.
    pub charges: i64,
    /// How, in turn: the first click comes by the first of them.
    pub ways: &'static [Way],
    /// The lengths of time that may pass, in minutes.
    pub passes: &'static [u32],
    /// The changes that the operator may make to the first charge.
    pub changes: &'static [Change],
    /// The acts that the operator may do at the desk.
    pub acts: &'static [Act],
    /// The mishaps that may happen on Stripe's side.
    pub mishaps: &'static [Mishap],
    /// Stripe checks the parameters of a create call before it looks its key up.
    pub validates_first: bool,
    /// Sessions may stay open past their end.
    pub may_lag: bool,
    /// Somebody pays in any session that is open, also in one that no answer led to.
    pub pays_anywhere: bool,
    /// The database may be restored to an earlier point, once.
    pub restores: bool,
    /// That point is before its import, and the file that is imported again is sorted another way.
    pub imports_anew: bool,
    /// A click waits for another one's session before it asks for it itself.
    pub waits: bool,
    /// `AUTO_REFUND`.
    pub auto_refund: bool,
    /// `RECONCILE_BUDGET`.
    pub reconcile_budget: u32,
}

const NONE: Budgets = Budgets {
    clicks: 0,
    runs: 0,
    deliveries: 0,
    returns: 0,
    payments: 2,
    debits: 0,
    refunds: 0,
    disputes: 0,
    strangers: 0,
    forgets: 0,
    changes: 0,
    acts: 0,
    passes: 0,
    faults: 0,
    crashes: 0,
    is_crossed: false,
};

const BASE: Configuration = Configuration {
    name: "",
    budgets: NONE,
    beginning: Beginning::Fresh,
    charges: 1,
    ways: &[Way::Link],
    passes: &[30, 36],
    changes: &[Change::Owes(16_000)],
    acts: &[
        Act::Owes(16_000),
        Act::Closes,
        Act::TakesCash,
        Act::CancelsPending,
    ],
    mishaps: &[],
    validates_first: false,
    may_lag: false,
    pays_anywhere: false,
    restores: false,
    imports_anew: false,
    waits: false,
    auto_refund: false,
    reconcile_budget: 1_000,
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
        name: "clicks that wait",
        budgets: Budgets {
            clicks: 2,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        waits: true,
        ..BASE
    },
    Configuration {
        name: "clicks by link, by player, by attempt",
        budgets: Budgets {
            clicks: 3,
            passes: 1,
            crashes: 1,
            ..NONE
        },
        ways: &[Way::Link, Way::Player, Way::Attempt],
        passes: &[36],
        ..BASE
    },
    Configuration {
        name: "an operator acts",
        budgets: Budgets {
            clicks: 2,
            acts: 1,
            passes: 1,
            faults: 1,
            ..NONE
        },
        passes: &[36],
        ..BASE
    },
    Configuration {
        name: "an operator acts, and dies",
        budgets: Budgets {
            clicks: 2,
            runs: 1,
            acts: 1,
            crashes: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "two operators act",
        budgets: Budgets {
            clicks: 1,
            acts: 2,
            faults: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "an operator takes less or more than is owed, while the amount changes",
        budgets: Budgets {
            clicks: 1,
            acts: 2,
            faults: 1,
            ..NONE
        },
        acts: &[
            // Of less than this, and of more, somebody takes just now what was right before.
            Act::Owes(13_000),
            Act::TakesCash,
            Act::TakesLess,
            Act::TakesMore,
        ],
        ..BASE
    },
    Configuration {
        name: "an operator acts while a bank is at work",
        budgets: Budgets {
            clicks: 1,
            deliveries: 1,
            payments: 0,
            debits: 1,
            acts: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "an operator refunds and reopens",
        budgets: Budgets {
            clicks: 2,
            deliveries: 1,
            acts: 2,
            ..NONE
        },
        acts: &[Act::Refunds, Act::Reopens, Act::TakesCash],
        ..BASE
    },
    Configuration {
        name: "an operator refunds a part, twice by one page",
        budgets: Budgets {
            runs: 1,
            acts: 2,
            faults: 1,
            payments: 0,
            ..NONE
        },
        beginning: Beginning::Paid,
        acts: &[Act::RefundsPart { seen: 0 }],
        mishaps: CREATE_MISHAPS,
        ..BASE
    },
    Configuration {
        name: "an operator refunds a part, and dies",
        budgets: Budgets {
            runs: 1,
            acts: 2,
            passes: 1,
            crashes: 1,
            payments: 0,
            ..NONE
        },
        beginning: Beginning::Paid,
        acts: &[Act::RefundsPart { seen: 0 }],
        passes: &[36, 1440],
        ..BASE
    },
    Configuration {
        name: "an operator refunds what is refunded in the dashboard",
        budgets: Budgets {
            deliveries: 1,
            acts: 1,
            refunds: 2,
            faults: 1,
            payments: 0,
            ..NONE
        },
        beginning: Beginning::TwicePaid(1),
        acts: &[Act::RefundsPart { seen: 0 }, Act::Refunds],
        validates_first: true,
        ..BASE
    },
    Configuration {
        name: "an operator refunds one of two payments, and the cron the other",
        budgets: Budgets {
            runs: 1,
            acts: 1,
            faults: 1,
            payments: 0,
            ..NONE
        },
        beginning: Beginning::TwicePaid(1),
        acts: &[Act::Refunds],
        auto_refund: true,
        ..BASE
    },
    Configuration {
        name: "a refund that ends late, between reopen and the next payment",
        budgets: Budgets {
            clicks: 1,
            deliveries: 2,
            payments: 1,
            refunds: 1,
            acts: 1,
            crashes: 1,
            ..NONE
        },
        beginning: Beginning::Refunded,
        acts: &[Act::Reopens, Act::TakesCash],
        ..BASE
    },
    Configuration {
        name: "a refund that ends late, refunded at once",
        budgets: Budgets {
            clicks: 1,
            runs: 1,
            payments: 1,
            refunds: 1,
            acts: 1,
            ..NONE
        },
        beginning: Beginning::Refunded,
        acts: &[Act::Reopens],
        auto_refund: true,
        ..BASE
    },
    Configuration {
        name: "a dispute that is won after it was lost",
        budgets: Budgets {
            clicks: 1,
            deliveries: 2,
            payments: 1,
            disputes: 1,
            acts: 1,
            faults: 1,
            ..NONE
        },
        beginning: Beginning::DisputeLost,
        acts: &[Act::Reopens],
        ..BASE
    },
    Configuration {
        name: "disputes, in any order of their events",
        budgets: Budgets {
            clicks: 1,
            deliveries: 3,
            payments: 1,
            disputes: 3,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "an operator gives up a page that Stripe does not know",
        budgets: Budgets {
            clicks: 1,
            deliveries: 1,
            payments: 1,
            acts: 1,
            passes: 1,
            faults: 2,
            ..NONE
        },
        acts: &[Act::GivesUpSession],
        passes: &[66],
        mishaps: &[Mishap::NotFound],
        ..BASE
    },
    Configuration {
        name: "an operator acts, payers anywhere",
        budgets: Budgets {
            clicks: 1,
            deliveries: 1,
            acts: 1,
            faults: 1,
            ..NONE
        },
        mishaps: CREATE_MISHAPS,
        pays_anywhere: true,
        auto_refund: true,
        ..BASE
    },
    Configuration {
        name: "two charges",
        budgets: Budgets {
            clicks: 2,
            runs: 1,
            payments: 1,
            passes: 1,
            ..NONE
        },
        charges: 2,
        passes: &[36],
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
        mishaps: CREATE_MISHAPS,
        ..BASE
    },
    Configuration {
        name: "a key of another account, refusals, invalid responses",
        budgets: Budgets {
            clicks: 2,
            runs: 1,
            payments: 1,
            passes: 1,
            faults: 1,
            ..NONE
        },
        passes: &[36],
        mishaps: ANY_MISHAPS,
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
        name: "slow clicks, refused",
        budgets: Budgets {
            clicks: 2,
            passes: 1,
            faults: 1,
            ..NONE
        },
        passes: &[10],
        mishaps: &[Mishap::Refuses],
        ..BASE
    },
    Configuration {
        name: "slow clicks, parameters checked before the key",
        budgets: Budgets {
            clicks: 2,
            passes: 2,
            faults: 1,
            ..NONE
        },
        passes: &[10, 30, 36],
        validates_first: true,
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
            deliveries: 1,
            payments: 1,
            debits: 1,
            passes: 1,
            ..NONE
        },
        passes: &[36],
        ..BASE
    },
    Configuration {
        name: "the cron",
        budgets: Budgets {
            clicks: 1,
            runs: 1,
            deliveries: 1,
            payments: 1,
            passes: 1,
            faults: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "two runs of the cron",
        budgets: Budgets {
            clicks: 1,
            runs: 2,
            payments: 1,
            faults: 1,
            ..NONE
        },
        passes: &[36],
        ..BASE
    },
    // Longer ago than the windows of two runs overlap, and not so long that the cron looks at the orders themselves.
    Configuration {
        name: "a page of events, while a webhook comes",
        budgets: Budgets {
            runs: 1,
            deliveries: 1,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        beginning: Beginning::Clicked(2),
        charges: 2,
        passes: &[15],
        ..BASE
    },
    Configuration {
        name: "the cron with little to spend",
        budgets: Budgets {
            clicks: 2,
            runs: 2,
            payments: 1,
            passes: 1,
            ..NONE
        },
        charges: 2,
        passes: &[36],
        reconcile_budget: 16,
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
        name: "the amount changes during a cron run",
        budgets: Budgets {
            clicks: 1,
            changes: 1,
            runs: 1,
            passes: 1,
            ..NONE
        },
        changes: &[Change::Owes(16_000), Change::Closes],
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
            clicks: 1,
            deliveries: 3,
            payments: 1,
            refunds: 2,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "a payer comes back while the treasurer refunds",
        budgets: Budgets {
            clicks: 1,
            deliveries: 2,
            returns: 1,
            payments: 1,
            refunds: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "refunds, read by the cron",
        budgets: Budgets {
            clicks: 1,
            runs: 1,
            payments: 1,
            refunds: 2,
            passes: 1,
            ..NONE
        },
        passes: &[36],
        ..BASE
    },
    Configuration {
        name: "payers anywhere",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            faults: 1,
            ..NONE
        },
        mishaps: CREATE_MISHAPS,
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "payers anywhere, refunded at once",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            faults: 1,
            ..NONE
        },
        mishaps: CREATE_MISHAPS,
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
        mishaps: &[Mishap::Gateway],
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "two payments, of which the treasurer refunds some",
        budgets: Budgets {
            deliveries: 2,
            refunds: 2,
            ..NONE
        },
        beginning: Beginning::TwicePaid(2),
        pays_anywhere: true,
        charges: 2,
        ..BASE
    },
    Configuration {
        name: "two payments, refunded by the cron",
        budgets: Budgets {
            runs: 1,
            refunds: 1,
            disputes: 1,
            ..NONE
        },
        beginning: Beginning::TwicePaid(2),
        pays_anywhere: true,
        auto_refund: true,
        charges: 2,
        ..BASE
    },
    Configuration {
        name: "two payments, refunded by two runs of the cron",
        budgets: Budgets {
            runs: 2,
            refunds: 1,
            ..NONE
        },
        beginning: Beginning::TwicePaid(1),
        pays_anywhere: true,
        auto_refund: true,
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
        name: "days without the cron",
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
        name: "days without the cron, by bank debit",
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
    Configuration {
        name: "an imported order",
        budgets: Budgets {
            clicks: 2,
            deliveries: 1,
            refunds: 1,
            passes: 1,
            ..NONE
        },
        beginning: Beginning::Imported,
        passes: &[30],
        ..BASE
    },
    Configuration {
        name: "an imported order that Stripe does not know",
        budgets: Budgets {
            clicks: 2,
            runs: 1,
            passes: 1,
            faults: 1,
            ..NONE
        },
        beginning: Beginning::ImportedUnknown,
        passes: &[30],
        ..BASE
    },
    Configuration {
        name: "an imported order of the other mode",
        budgets: Budgets {
            clicks: 2,
            runs: 1,
            crashes: 1,
            passes: 1,
            ..NONE
        },
        beginning: Beginning::ImportedOtherMode,
        charges: 2,
        passes: &[36],
        ..BASE
    },
    Configuration {
        name: "another database on the account",
        budgets: Budgets {
            clicks: 1,
            deliveries: 2,
            runs: 1,
            strangers: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "a Stripe that forgets its keys",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            forgets: 1,
            ..NONE
        },
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "a restored database",
        budgets: Budgets {
            clicks: 2,
            deliveries: 1,
            ..NONE
        },
        restores: true,
        ..BASE
    },
    Configuration {
        name: "a restored database, by bank debit",
        budgets: Budgets {
            clicks: 2,
            deliveries: 1,
            payments: 1,
            debits: 1,
            ..NONE
        },
        restores: true,
        ..BASE
    },
    Configuration {
        name: "a database restored to before its import",
        budgets: Budgets {
            clicks: 1,
            deliveries: 1,
            payments: 1,
            debits: 1,
            ..NONE
        },
        charges: 2,
        restores: true,
        imports_anew: true,
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
        name: "clicks by player, by attempt, by link",
        budgets: Budgets {
            clicks: 4,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        ways: &[Way::Player, Way::Attempt, Way::Link],
        mishaps: CREATE_MISHAPS,
        ..BASE
    },
    Configuration {
        name: "clicks that wait",
        budgets: Budgets {
            clicks: 3,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        waits: true,
        ..BASE
    },
    Configuration {
        name: "two charges",
        budgets: Budgets {
            clicks: 3,
            deliveries: 1,
            runs: 1,
            passes: 1,
            faults: 1,
            ..NONE
        },
        charges: 2,
        passes: &[36],
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
        mishaps: CREATE_MISHAPS,
        ..BASE
    },
    Configuration {
        name: "a key of another account, refusals, invalid responses",
        budgets: Budgets {
            clicks: 3,
            runs: 1,
            deliveries: 1,
            passes: 1,
            faults: 2,
            ..NONE
        },
        passes: &[36],
        mishaps: ANY_MISHAPS,
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
        name: "slow clicks, parameters checked before the key",
        budgets: Budgets {
            clicks: 3,
            passes: 2,
            faults: 2,
            ..NONE
        },
        passes: &[10, 30, 36],
        validates_first: true,
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
        name: "the cron",
        budgets: Budgets {
            clicks: 2,
            runs: 1,
            deliveries: 1,
            passes: 2,
            faults: 1,
            ..NONE
        },
        ..BASE
    },
    Configuration {
        name: "two runs of the cron",
        budgets: Budgets {
            clicks: 1,
            runs: 2,
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
        name: "an operator acts",
        budgets: Budgets {
            clicks: 2,
            runs: 1,
            deliveries: 2,
            acts: 2,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        passes: &[36],
        acts: &[
            Act::Owes(16_000),
            Act::Closes,
            Act::Reopens,
            Act::TakesCash,
            Act::CancelsPending,
        ],
        ..BASE
    },
    Configuration {
        name: "refunds",
        budgets: Budgets {
            clicks: 2,
            deliveries: 3,
            refunds: 3,
            passes: 1,
            faults: 1,
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
        mishaps: CREATE_MISHAPS,
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "payers anywhere, read by the cron",
        budgets: Budgets {
            clicks: 2,
            runs: 1,
            deliveries: 1,
            faults: 1,
            ..NONE
        },
        mishaps: CREATE_MISHAPS,
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
        mishaps: CREATE_MISHAPS,
        pays_anywhere: true,
        ..BASE
    },
    Configuration {
        name: "two payments, refunded by the cron",
        budgets: Budgets {
            runs: 1,
            deliveries: 1,
            refunds: 2,
            disputes: 1,
            faults: 1,
            ..NONE
        },
        beginning: Beginning::TwicePaid(2),
        pays_anywhere: true,
        auto_refund: true,
        charges: 2,
        ..BASE
    },
    Configuration {
        name: "two payments, refunded by two runs of the cron",
        budgets: Budgets {
            runs: 2,
            deliveries: 1,
            refunds: 2,
            ..NONE
        },
        beginning: Beginning::TwicePaid(1),
        pays_anywhere: true,
        auto_refund: true,
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
        name: "days without the cron",
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
    Configuration {
        name: "an imported order",
        budgets: Budgets {
            clicks: 2,
            deliveries: 2,
            runs: 1,
            refunds: 1,
            passes: 1,
            faults: 1,
            ..NONE
        },
        beginning: Beginning::Imported,
        passes: &[30],
        ..BASE
    },
    Configuration {
        name: "a restored database",
        budgets: Budgets {
            clicks: 3,
            deliveries: 2,
            refunds: 1,
            passes: 1,
            faults: 1,
            crashes: 1,
            ..NONE
        },
        restores: true,
        passes: &[36],
        ..BASE
    },
    Configuration {
        name: "a restored database, by bank debit",
        budgets: Budgets {
            clicks: 3,
            deliveries: 2,
            payments: 1,
            debits: 1,
            passes: 1,
            ..NONE
        },
        restores: true,
        passes: &[36],
        ..BASE
    },
];
