//! The delivery of webhooks: signed, in the background, until the endpoint answers 2xx.

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::events::Webhook;
use crate::shared::{Shared, log, unix_ms};

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the clock is read, for retries and for sessions that expire.
const PERIOD: Duration = Duration::from_millis(100);

/// Where webhooks go, and the secret that signs them.
#[derive(Clone)]
pub struct Endpoint {
    url: String,
    secret: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Endpoint({})", self.url)
    }
}

impl Endpoint {
    /// An endpoint at an `http` URL. The error is for people.
    pub fn new(url: &str, secret: &str) -> Result<Self, String> {
        Target::parse(url)?;
        if secret.is_empty() {
            return Err("webhooks need a secret".into());
        }
        Ok(Self {
            url: url.to_owned(),
            secret: secret.to_owned(),
        })
    }

    pub(crate) fn into_parts(self) -> (String, String) {
        (self.url, self.secret)
    }
}

/// A webhook endpoint's URL, taken apart.
struct Target {
    host: String,
    port: u16,
    uri: Uri,
}

impl Target {
    fn parse(url: &str) -> Result<Self, String> {
        let uri = Uri::from_str(url).map_err(|error| format!("{url}: {error}"))?;
        if uri.scheme_str() != Some("http") {
            return Err(format!("{url}: webhooks go to http URLs only"));
        }
        let host = uri
            .host()
            .ok_or_else(|| format!("{url}: it names no host"))?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(80),
            uri,
        })
    }
}

/// Delivers the webhooks that are due to all endpoints, until the process ends.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        let due = shared.stripe().take_webhooks(unix_ms());
        if due.is_empty() {
            tokio::select! {
                () = shared.changed.notified() => {}
                () = sleep(PERIOD) => {}
            }
        }
        for batch in by_endpoint(due) {
            // One after the other, so that their order is what was drawn; beside the next batch and
            // other endpoints, so that a slow endpoint holds up nothing else.
            tokio::spawn(deliver(Arc::clone(&shared), batch));
        }
    }
}

/// The webhooks of each endpoint, in their order.
fn by_endpoint(due: Vec<Webhook>) -> Vec<Vec<Webhook>> {
    let mut batches: Vec<Vec<Webhook>> = Vec::new();
    for webhook in due {
        let mut known = batches.iter_mut();
        match known.find(|batch| batch[0].endpoint == webhook.endpoint) {
            Some(batch) => batch.push(webhook),
            None => batches.push(vec![webhook]),
        }
    }
    batches
}

async fn deliver(shared: Arc<Shared>, batch: Vec<Webhook>) {
    for webhook in batch {
        // The real time, not the fake's: the receiver compares it with its own clock.
        let signature = shared.stripe().sign_webhook(&webhook, unix_ms() / 1000);
        let Some(signature) = signature else {
            // The endpoint was deleted in the meantime.
            continue;
        };
        let answer = timeout(PATIENCE, post(&webhook, signature)).await;
        let status = match answer {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => format!("failed: {error}"),
            Err(_) => "failed: no answer in time".into(),
        };
        log(&format!("webhook {} {status}", webhook.event_id));
        let delivered = status.len() == 3 && status.starts_with('2');
        shared
            .stripe()
            .webhook_answered_by(&webhook, delivered, unix_ms());
    }
}

async fn post(webhook: &Webhook, signature: String) -> io::Result<u16> {
    let target = Target::parse(&webhook.url).map_err(io::Error::other)?;
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let authority = target.uri.authority().map_or("", |a| a.as_str());
    let path = target.uri.path_and_query().map_or("/", |p| p.as_str());
    let request = hyper::Request::post(path)
        .header("Host", authority)
        .header("Content-Type", "application/json; charset=utf-8")
        .header(
            "User-Agent",
            "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        )
        .header("Stripe-Signature", signature)
        .body(Full::new(Bytes::from(webhook.payload.clone())))
        .map_err(io::Error::other)?;
    let response = sender.send_request(request).await.map_err(io::Error::other);
    connection.abort();
    Ok(response?.status().as_u16())
}
