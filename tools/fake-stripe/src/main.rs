//! The fake Stripe as a process. `fake-stripe --help` lists its options.

use std::process::ExitCode;

use fake_stripe::deliver::Endpoint;
use fake_stripe::server::{Options, serve};
use fake_stripe::{UnknownVersion, Version};
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = "\
A local fake of Stripe Checkout, for development and tests. It listens on 127.0.0.1 only.

fake-stripe [--port 12111] [--origin http://localhost:PORT]
            [--webhook-url http://localhost:8787/webhooks/stripe --webhook-secret whsec_...]
            [--webhook-version 2026-10-28.endive] [--account-version 2026-10-28.endive]
            [--api-key sk_test_...] [--other-account-key sk_test_...] [--livemode false] [--seed 1]

  --port              0 lets the system choose; the first line of output says which
  --origin            the origin of session URLs
  --webhook-url       where events go, signed with --webhook-secret; without it, nowhere until a
                      call creates an endpoint
  --webhook-version   the API version of those webhooks
  --account-version   the API version of listed events, and of calls that name none
  --api-key           the one secret key that is taken; without it, any test key
  --other-account-key a key of another account, which sees nothing of this one; can be repeated
  --livemode          true: live objects and live keys. Never send it a real one
  --seed              the seed of ids and random faults
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("fake-stripe: {message}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fake-stripe: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until SIGINT or SIGTERM, then stops at once: nothing here is worth waiting for.
async fn run(options: Options) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = serve(options) => result,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

/// `None` if help is asked for.
fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options {
        port: 12111,
        origin: None,
        webhooks: None,
        webhook_version: Version::NEWEST,
        account_version: Version::NEWEST,
        livemode: false,
        other_account_keys: Vec::new(),
        seed: 1,
        api_key: None,
    };
    let (mut url, mut secret) = (None, None);
    while let Some(arg) = args.next() {
        if arg == "--help" || arg == "-h" {
            return Ok(None);
        }
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (arg, args.next()),
        };
        let value = value.ok_or_else(|| format!("{name} needs a value"))?;
        let not_a_number = |_| format!("{name} is no number in range: {value}");
        let version = || value.parse().map_err(|why: UnknownVersion| why.to_string());
        match name.as_str() {
            "--port" => options.port = value.parse().map_err(not_a_number)?,
            "--seed" => options.seed = value.parse().map_err(not_a_number)?,
            "--origin" => options.origin = Some(value.trim_end_matches('/').to_owned()),
            "--api-key" => options.api_key = Some(value),
            "--other-account-key" => options.other_account_keys.push(value),
            "--livemode" => {
                options.livemode = value
                    .parse()
                    .map_err(|_| format!("{name} is true or false, not {value}"))?;
            }
            "--webhook-version" => options.webhook_version = version()?,
            "--account-version" => options.account_version = version()?,
            "--webhook-url" => url = Some(value),
            "--webhook-secret" => secret = Some(value),
            _ => return Err(format!("there is no option {name}")),
        }
    }
    options.webhooks = match (url, secret) {
        (Some(url), Some(secret)) => Some(Endpoint::new(&url, &secret)?),
        (None, None) => None,
        (Some(_), None) => return Err("--webhook-url needs --webhook-secret".into()),
        (None, Some(_)) => return Err("--webhook-secret needs --webhook-url".into()),
    };
    Ok(Some(options))
}
