//! The fake Stripe behind a socket.
//!
//! A call runs in a task of its own: a client that gives up does not stop Stripe from acting, and a
//! client must expect that. An answer that is to be dropped closes the connection.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use crate::api::Admission;
use crate::config::Config;
use crate::deliver::{self, Endpoint};
use crate::shared::{Shared, log, unix_ms};
use crate::stripe::Stripe;
use crate::version::Version;
use crate::wire::{Request, Response};

/// The largest body that is read, in bytes.
const LARGEST_BODY: usize = 1 << 20;

/// How the server is started.
#[derive(Debug)]
pub struct Options {
    /// The port on 127.0.0.1; 0 lets the system choose one.
    pub port: u16,
    /// The origin of session URLs; `http://localhost:PORT` if none is given.
    pub origin: Option<String>,
    /// Where webhooks go from the start.
    pub webhooks: Option<Endpoint>,
    /// The version of those webhooks.
    pub webhook_version: Version,
    /// The account's default version.
    pub account_version: Version,
    /// Whether the account is in live mode.
    pub livemode: bool,
    /// The keys of another account.
    pub other_account_keys: Vec<String>,
    /// The seed of ids and faults.
    pub seed: u64,
    /// The one secret key that is taken.
    pub api_key: Option<String>,
}

/// Serves until the process is stopped. Prints `fake-stripe listening on http://localhost:PORT`
/// once connections are taken.
pub async fn serve(options: Options) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let here = format!("http://localhost:{}", listener.local_addr()?.port());
    let shared = Arc::new(Shared::new(Stripe::new(config(options, &here))));
    // Also without an endpoint: a call can add one.
    tokio::spawn(deliver::run(Arc::clone(&shared)));
    log(&format!("fake-stripe listening on {here}"));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, Arc::clone(&shared)))),
            // Out of file descriptors, most likely; some will be closed.
            Err(error) => {
                log(&format!("accept: {error}"));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn config(options: Options, here: &str) -> Config {
    let mut config = Config {
        actions_origin: here.to_owned(),
        origin: options.origin.unwrap_or_else(|| here.to_owned()),
        seed: options.seed,
        webhooks: options.webhooks.is_some(),
        api_version: options.webhook_version,
        account_version: options.account_version,
        api_key: options.api_key,
        livemode: options.livemode,
        other_account_keys: options.other_account_keys,
        ..Config::default()
    };
    if let Some(endpoint) = options.webhooks {
        (config.webhook_url, config.webhook_secret) = endpoint.into_parts();
    }
    config
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move {
            let task = tokio::spawn(async move { exchange(request, &shared).await });
            // An error makes hyper close the connection without an answer.
            match task.await {
                Ok(Some(response)) => Ok(response),
                Ok(None) => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
                Err(error) => Err(io::Error::other(error)),
            }
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    // It fails if the client leaves or the answer is dropped. Neither is an error here.
    drop(http.serve_connection(TokioIo::new(stream), service).await);
}

/// `None` if the connection is closed without an answer.
async fn exchange(
    request: hyper::Request<Incoming>,
    shared: &Shared,
) -> Option<hyper::Response<Full<Bytes>>> {
    let Some(request) = read(request).await else {
        return Some(write(Response {
            status: 413,
            ..Response::default()
        }));
    };
    let response = if request.target().0.starts_with("/v1/") {
        api_call(&request, shared).await
    } else {
        let response = shared.stripe().control(&request, unix_ms());
        log(&format!(
            "{} {} {}",
            request.method,
            request.target().0,
            response.status
        ));
        response
    };
    shared.changed.notify_one();
    (!response.is_dropped()).then(|| write(response))
}

async fn api_call(request: &Request, shared: &Shared) -> Response {
    let begun = shared.stripe().begin(request, unix_ms());
    let ticket = match begun {
        Admission::Answered(response) => {
            log_last_call(&shared.stripe());
            return response;
        }
        Admission::Admitted(ticket) => ticket,
    };
    if ticket.delay_ms() > 0 {
        tokio::time::sleep(Duration::from_millis(ticket.delay_ms())).await;
    }
    let mut stripe = shared.stripe();
    let response = stripe.finish(ticket, unix_ms());
    log_last_call(&stripe);
    response
}

async fn read(request: hyper::Request<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await.ok()?;
    let text =
        |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Some(Request {
        method: head.method.to_string(),
        path: head
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        headers: head
            .headers
            .iter()
            .map(|(n, v)| (n.to_string(), text(v)))
            .collect(),
        body: body.to_bytes().to_vec(),
    })
}

fn write(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    let body = Full::new(Bytes::from(response.body));
    builder.body(body).unwrap_or_else(|_: hyper::http::Error| {
        // A header holds what HTTP does not allow, such as a line break in a success_url.
        let mut response = hyper::Response::new(Full::default());
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

fn log_last_call(stripe: &Stripe) {
    if let Some(call) = stripe.calls().last() {
        log(&call.log_line());
    }
}
