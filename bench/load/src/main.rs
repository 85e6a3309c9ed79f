//! The load of the benchmark: prepared requests, over so many connections, each answer timed and held
//! against what it must be.
//!
//! Every connection is a thread that waits for its answer before it sends the next request. That costs
//! some microseconds a request, which is less than any server here needs for one, and nothing of it is
//! in the server's CPU time. Only the standard library is used.

mod answer;
mod options;
mod report;

use std::{
    io::Write,
    net::{Ipv4Addr, TcpStream},
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use answer::{Answer, Reader};
use options::Options;
use report::Report;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("load: {message}");
            return ExitCode::from(2);
        }
    };
    let report = run(&options);
    println!("{}", report.json());
    match report.wrong() {
        None => ExitCode::SUCCESS,
        Some(wrong) => {
            eprintln!("load: {wrong}");
            ExitCode::FAILURE
        }
    }
}

/// Sends until the count or the time is used up.
fn run(options: &Options) -> Report {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let mut report = thread::scope(|scope| {
        let connections: Vec<_> = (0..options.connections as u32)
            .map(|place| {
                let wait = options.spread * place / options.connections as u32;
                let next = &next;
                scope.spawn(move || {
                    thread::sleep(wait);
                    connection(options, next, begun)
                })
            })
            .collect();
        let mut all = Report::default();
        for connection in connections {
            match connection.join() {
                Ok(report) => all.add(report),
                Err(_) => all.note_wrong("a connection's thread died".to_owned()),
            }
        }
        all
    });
    report.seconds = begun.elapsed().as_secs_f64();
    report
}

/// One connection, from its first request to its last.
fn connection(options: &Options, next: &AtomicUsize, begun: Instant) -> Report {
    let mut report = Report::default();
    let mut stream = None;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= options.count || begun.elapsed() >= options.seconds {
            return report;
        }
        let request = &options.requests[number % options.requests.len()];
        let sent = Instant::now();
        match exchange(&mut stream, options.port, request) {
            Ok(answer) => {
                report.took(answer.status, sent.elapsed());
                if let Some(why) = options.wrong(&answer) {
                    report.note_wrong(why);
                }
            }
            Err(error) => {
                stream = None;
                report.note_wrong(format!("no answer: {error}"));
            }
        }
        if !options.pause.is_zero() {
            thread::sleep(options.pause);
        }
    }
}

/// Sends a request, over the connection that is open or a new one, and reads the answer.
fn exchange(
    stream: &mut Option<Reader<TcpStream>>,
    port: u16,
    request: &[u8],
) -> std::io::Result<Answer> {
    let mut open = match stream.take() {
        Some(open) => open,
        None => {
            let open = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            open.set_nodelay(true)?;
            open.set_read_timeout(Some(PATIENCE))?;
            Reader::new(open)
        }
    };
    open.inner().write_all(request)?;
    let answer = open.answer()?;
    if !answer.closes {
        *stream = Some(open);
    }
    Ok(answer)
}
