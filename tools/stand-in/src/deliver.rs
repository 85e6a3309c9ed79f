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

use crate::server::{Shared, log, unix_ms};
use crate::{Webhook, sign};

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the clock is looked at: for retries, and for sessions that expire by themselves.
const PERIOD: Duration = Duration::from_millis(100);

/// Where webhooks go, and the secret that signs them.
#[derive(Clone)]
pub struct Endpoint {
    host: String,
    port: u16,
    uri: Uri,
    secret: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Endpoint({})", self.uri)
    }
}

impl Endpoint {
    /// An endpoint at an `http` URL. The error is for people.
    pub fn new(url: &str, secret: &str) -> Result<Self, String> {
        let uri = Uri::from_str(url).map_err(|error| format!("{url}: {error}"))?;
        if uri.scheme_str() != Some("http") {
            return Err(format!("{url}: webhooks go to http URLs only"));
        }
        let host = uri
            .host()
            .ok_or_else(|| format!("{url}: it names no host"))?;
        if secret.is_empty() {
            return Err("webhooks need a secret".into());
        }
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(80),
            secret: secret.to_owned(),
            uri,
        })
    }
}

/// Delivers what is due, for ever.
pub(crate) async fn run(shared: Arc<Shared>, endpoint: Endpoint) {
    loop {
        let due = shared.stripe().take_webhooks(unix_ms());
        if due.is_empty() {
            tokio::select! {
                () = shared.changed.notified() => {}
                () = sleep(PERIOD) => {}
            }
        } else {
            // One after the other, so that their order is what was drawn; beside the next batch,
            // so that a slow endpoint holds up nothing else.
            tokio::spawn(deliver(Arc::clone(&shared), endpoint.clone(), due));
        }
    }
}

async fn deliver(shared: Arc<Shared>, endpoint: Endpoint, due: Vec<Webhook>) {
    for webhook in due {
        let answer = timeout(PATIENCE, post(&endpoint, webhook.payload)).await;
        let status = match answer {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => format!("failed: {error}"),
            Err(_) => "failed: no answer in time".into(),
        };
        log(&format!("webhook {} {status}", webhook.event_id));
        let delivered = status.len() == 3 && status.starts_with('2');
        shared
            .stripe()
            .webhook_answered(&webhook.event_id, delivered, unix_ms());
    }
}

async fn post(endpoint: &Endpoint, payload: Vec<u8>) -> io::Result<u16> {
    // The true time, not Stripe's: the receiver holds it against its own clock.
    let signature = sign(&endpoint.secret, &payload, unix_ms() / 1000);
    let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let authority = endpoint.uri.authority().map_or("", |a| a.as_str());
    let path = endpoint.uri.path_and_query().map_or("/", |p| p.as_str());
    let request = hyper::Request::post(path)
        .header("Host", authority)
        .header("Content-Type", "application/json; charset=utf-8")
        .header(
            "User-Agent",
            "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        )
        .header("Stripe-Signature", signature)
        .body(Full::new(Bytes::from(payload)))
        .map_err(io::Error::other)?;
    let response = sender.send_request(request).await.map_err(io::Error::other);
    connection.abort();
    Ok(response?.status().as_u16())
}
