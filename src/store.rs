//! The books over any database that runs a list of statements as one transaction.
//!
//! [`Database`] is all that D1 and the tests' SQLite differ in; which statements make a claim, a move
//! or a recorded event is decided here, once, for both.

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

use crate::{
    json::Array,
    order::{Cause, EventId, Order, OrderId, UnixMillis},
    ports::{
        Checkout, Claimed, Commit, Committed, EventRecord, Found, Incident, IncidentChange,
        IncidentKind, Lookup, Move, NewOrder, OpenSession, Review, Store, StoreFault, To,
    },
    sql::{self, Row, Statement, Value},
    token::TokenHash,
};

/// A database that speaks SQLite.
pub trait Database {
    /// Runs the statements in order as one transaction, and answers each one's rows.
    /// Where one of them fails, none has happened.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseFault>;
}

/// Why a batch failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DatabaseFault {
    /// One of our own conditions did not hold: somebody else was faster.
    Conflict,
    /// Anything else.
    Fault(StoreFault),
}

impl DatabaseFault {
    /// Tells them apart by the message: it names the trigger or the constraint of `migrations/`.
    #[must_use]
    pub fn from_message(message: &str) -> Self {
        const CONFLICTS: [&str; 4] = [
            "expectation failed",
            "UNIQUE constraint failed: stripe_events.id",
            "the charge has a live order",
            "orders are never replaced",
        ];
        if CONFLICTS.iter().any(|conflict| message.contains(conflict)) {
            Self::Conflict
        } else {
            Self::Fault(StoreFault(message.to_owned()))
        }
    }
}

impl From<DatabaseFault> for StoreFault {
    fn from(fault: DatabaseFault) -> Self {
        match fault {
            DatabaseFault::Conflict => Self("a conflict where none can be".to_owned()),
            DatabaseFault::Fault(fault) => fault,
        }
    }
}

impl<D: Database> Store for D {
    async fn checkout(&self, token: &TokenHash) -> Result<Option<Checkout>, StoreFault> {
        let read = statement(sql::CHECKOUT, [token.as_str().into()]);
        first(&self.batch(vec![read]).await?, 0)
            .map(sql::checkout)
            .transpose()
    }

    async fn claim(&self, new: &NewOrder) -> Result<Claimed, StoreFault> {
        let cancel = new.instead_of.map(|old| {
            cancel(
                old.order,
                old.version,
                old.reason.as_str(),
                new.at,
                new.cause,
            )
        });
        let insert = statement(
            sql::CLAIM,
            [
                new.charge.0.into(),
                new.club_name.as_str().into(),
                new.return_origin.as_str().into(),
                new.session_expires_at.0.into(),
                new.at.0.into(),
                new.next_check_at.0.into(),
                new.cause.as_str().into(),
            ],
        );
        let read = statement(sql::CHARGE, [new.charge.0.into()]);
        let statements: Vec<_> = cancel.into_iter().chain([insert, read]).collect();
        let results = self.batch(statements).await?;
        let [.., claimed, lost] = results.as_slice() else {
            return Err(StoreFault("a claim without its results".to_owned()));
        };
        if let Some(row) = claimed.first() {
            return Ok(Claimed::Won(sql::order(row)?));
        }
        let row = lost
            .first()
            .ok_or_else(|| StoreFault("the charge is not there".to_owned()))?;
        let (charge, order) = sql::charge_and_order(row)?;
        Ok(Claimed::Lost { charge, order })
    }

    async fn attach(
        &self,
        order: OrderId,
        session: &OpenSession,
        at: UnixMillis,
    ) -> Result<bool, StoreFault> {
        let parameters = [
            order.0.into(),
            session.id.0.as_str().into(),
            session.url.as_str().into(),
            at.0.into(),
        ];
        let results = self.batch(vec![statement(sql::ATTACH, parameters)]).await?;
        Ok(first(&results, 0).is_some())
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreFault> {
        let expect = commit
            .moves
            .iter()
            .map(|to| statement(sql::EXPECT_VERSION, [to.order.0.into(), to.version.into()]));
        let event = commit.event.iter().map(|event| record(event, commit.at));
        let moves = commit
            .moves
            .iter()
            .flat_map(|to| move_order(to, commit.at, commit.cause));
        let incidents = commit
            .incidents
            .iter()
            .map(|change| incident(change, commit.at));
        let statements = expect.chain(event).chain(moves).chain(incidents).collect();
        match self.batch(statements).await {
            Ok(_) => Ok(Committed::Done),
            Err(DatabaseFault::Conflict) => Ok(Committed::Conflict),
            Err(DatabaseFault::Fault(fault)) => Err(fault),
        }
    }

    async fn find(&self, lookup: &Lookup) -> Result<Found, StoreFault> {
        let results = self
            .batch(vec![statement(sql::FIND, of_event(lookup))])
            .await?;
        let row =
            first(&results, 0).ok_or_else(|| StoreFault("a search without its row".to_owned()))?;
        let (seen, order) = sql::found(row)?;
        Ok(Found { seen, order })
    }

    async fn rival(&self, order: &Order) -> Result<Option<Order>, StoreFault> {
        let read = statement(sql::RIVAL, [order.charge.0.into(), order.id.0.into()]);
        first(&self.batch(vec![read]).await?, 0)
            .map(sql::order)
            .transpose()
    }

    async fn due(
        &self,
        now: UnixMillis,
        created_before: UnixMillis,
        limit: u32,
    ) -> Result<Vec<Order>, StoreFault> {
        let parameters = [
            now.0.into(),
            created_before.0.into(),
            i64::from(limit).into(),
        ];
        let results = self.batch(vec![statement(sql::DUE, parameters)]).await?;
        results.iter().flatten().map(sql::order).collect()
    }

    async fn postpone(&self, order: &Order, until: UnixMillis) -> Result<(), StoreFault> {
        let parameters = [order.id.0.into(), order.version.into(), until.0.into()];
        self.batch(vec![statement(sql::POSTPONE, parameters)])
            .await?;
        Ok(())
    }

    async fn unseen(&self, events: &[EventId]) -> Result<Vec<EventId>, StoreFault> {
        let ids = events
            .iter()
            .fold(Array::new(), |ids, EventId(id)| ids.text(id));
        let results = self
            .batch(vec![statement(sql::UNSEEN, [ids.end().into()])])
            .await?;
        results
            .iter()
            .flatten()
            .map(|row| Ok(EventId(row.text(0)?.to_owned())))
            .collect()
    }

    async fn reviews(&self, limit: u32) -> Result<Vec<Review>, StoreFault> {
        let read = statement(sql::REVIEWS, [i64::from(limit).into()]);
        let rows = self.batch(vec![read]).await?;
        let mut reviews = Vec::new();
        for row in rows.iter().flatten() {
            let (kind, payment, order) = sql::review(row)?;
            let kind = match kind.as_str() {
                "paid_beside" => IncidentKind::PaidBeside,
                _ => IncidentKind::PaidTwice,
            };
            reviews.push(Review {
                kind,
                order,
                payment,
            });
        }
        Ok(reviews)
    }
}

fn of_event(lookup: &Lookup) -> [Value; 5] {
    let (order, charge) = lookup
        .named
        .map(|(order, charge)| (order.0, charge.0))
        .unzip();
    [
        lookup.event.as_ref().map(|id| id.0.as_str()).into(),
        lookup.session.as_ref().map(|id| id.0.as_str()).into(),
        order.into(),
        charge.into(),
        lookup
            .payment_intent
            .as_ref()
            .map(|id| id.0.as_str())
            .into(),
    ]
}

/// The statements that move an order: nothing else in the project writes a status.
fn move_order(to: &Move, at: UnixMillis, cause: Cause) -> Vec<Statement> {
    let (order, version) = (Value::from(to.order.0), Value::from(to.version));
    let (now, by) = (Value::from(at.0), Value::from(cause.as_str()));
    let refund = statement(
        sql::REFUND_IF_ALL_PAID_BACK,
        [order.clone(), now.clone(), by.clone()],
    );
    match &to.to {
        To::Canceled(reason) => vec![cancel(to.order, to.version, reason.as_str(), at, cause)],
        To::Paid {
            payment,
            is_paid_back,
        } => {
            let session = payment.session.0.as_str().into();
            let intent = payment
                .payment_intent
                .as_ref()
                .map(|id| id.0.as_str())
                .into();
            let receipt = payment.receipt_url.as_deref().into();
            let pay = [order, version, session, intent, receipt, now, by];
            let pay = statement(sql::PAY, pay);
            if *is_paid_back {
                vec![pay, refund]
            } else {
                vec![pay]
            }
        }
        To::PaidBack {
            minor,
            payment_intent,
        } => {
            let intent = payment_intent.0.as_str().into();
            let pay_back = [order, version, (*minor).into(), intent, now, by];
            vec![statement(sql::PAY_BACK, pay_back), refund]
        }
    }
}

fn cancel(order: OrderId, version: i64, reason: &str, at: UnixMillis, cause: Cause) -> Statement {
    statement(
        sql::CANCEL,
        [
            order.0.into(),
            version.into(),
            reason.into(),
            at.0.into(),
            cause.as_str().into(),
        ],
    )
}

fn record(event: &EventRecord, at: UnixMillis) -> Statement {
    statement(
        sql::RECORD_EVENT,
        [
            event.id.0.as_str().into(),
            event.kind.as_str().into(),
            event.order.map(|order| order.0).into(),
            event.outcome.into(),
            at.0.into(),
        ],
    )
}

fn incident(change: &IncidentChange, at: UnixMillis) -> Statement {
    match change {
        IncidentChange::Open(incident) => {
            statement(sql::OPEN_INCIDENT, incident_columns(incident, at))
        }
        IncidentChange::Settle {
            kind,
            about,
            resolution,
        } => {
            let subject = format!("{}:{about}", kind.as_str());
            statement(
                sql::SETTLE_INCIDENT,
                [subject.into(), at.0.into(), (*resolution).into()],
            )
        }
        IncidentChange::Close(incident, resolution) => Statement {
            sql: sql::CLOSE_INCIDENT,
            parameters: incident_columns(incident, at)
                .into_iter()
                .chain([resolution.as_str().into()])
                .collect(),
        },
    }
}

fn incident_columns(incident: &Incident, at: UnixMillis) -> [Value; 9] {
    let kind = incident.kind.as_str();
    [
        format!("{kind}:{}", incident.about).into(),
        kind.into(),
        incident.order.map(|order| order.0).into(),
        incident.charge.map(|charge| charge.0).into(),
        incident.session.as_ref().map(|id| id.0.as_str()).into(),
        incident
            .payment_intent
            .as_ref()
            .map(|id| id.0.as_str())
            .into(),
        incident.money.map(|money| money.minor).into(),
        incident
            .money
            .map(|money| String::from(money.currency))
            .into(),
        at.0.into(),
    ]
}

/// A statement with its parameters.
pub(crate) fn statement<const N: usize>(sql: &'static str, parameters: [Value; N]) -> Statement {
    Statement {
        sql,
        parameters: parameters.into(),
    }
}

fn first(results: &[Vec<Row>], statement: usize) -> Option<&Row> {
    results.get(statement).and_then(|rows| rows.first())
}
