//! One line of JSON for each answer. A line is made of codes, ids of our own books, and texts that
//! hold no token, no address and no secret by how they are made.

use std::cell::OnceCell;

use wasm_bindgen::JsValue;
use worker::web_sys::console;

use crate::{
    config::Misconfigured,
    error::Fault,
    http::{Note, reply::Constant},
    json::{Array, Object},
    sweep::Swept,
    visit::{Judgement, Reason},
};

const LINES: usize = Constant::COUNT * Reason::ALL.len();

thread_local! {
    /// The lines about constant answers: most visits are a machine's, and say nothing new.
    static CONSTANT: [OnceCell<JsValue>; LINES] = const { [const { OnceCell::new() }; LINES] };
}

/// A constant answer that went out.
pub fn constant(constant: Constant, judgement: Judgement) {
    CONSTANT.with(|lines| {
        let line = lines[constant as usize * Reason::ALL.len() + judgement.reason as usize]
            .get_or_init(|| {
                let note = Note {
                    judgement: Some(judgement),
                    code: constant.code(),
                    order: None,
                };
                line(constant.status(), &note, None).into()
            });
        console::log_1(line);
    });
}

/// An answer that went out.
pub fn answered(status: u16, note: &Note, fault: Option<&Fault>) {
    say(&line(status, note, fault), fault.is_some());
}

fn line(status: u16, note: &Note, fault: Option<&Fault>) -> String {
    let visit = note.judgement.map(|judgement| judgement.verdict.as_str());
    let reason = note.judgement.map(|judgement| judgement.reason.as_str());
    Object::new()
        .integer("status", status.into())
        .text("answer", note.code)
        .maybe_text("visit", visit)
        .maybe_text("reason", reason)
        .maybe_integer("order", note.order)
        .maybe_text("fault", fault.map(Fault::code))
        .maybe_text("detail", fault.map(Fault::log_text))
        .end()
}

/// A fault of something that went on after the answer.
pub fn fault(what: &str, fault: &Fault) {
    let line = Object::new()
        .text("after", what)
        .text("fault", fault.code())
        .text("detail", fault.log_text());
    say(&line.end(), true);
}

/// A run of the sweep.
pub fn swept(swept: &Swept) {
    let faults = swept.faults.iter().fold(Array::new(), |faults, fault| {
        let fault = Array::new().text(fault.code()).text(fault.log_text());
        faults.json(&fault.end())
    });
    let line = Object::new()
        .integer("sweep", i64::from(swept.orders))
        .integer("moved", i64::from(swept.moved))
        .integer("events", i64::from(swept.events))
        .integer("resolved", i64::from(swept.resolved))
        .json("faults", &faults.end());
    say(&line.end(), !swept.faults.is_empty());
}

/// What is missing before anything can be answered.
pub fn misconfigured(wrong: &Misconfigured) {
    let detail = wrong
        .0
        .iter()
        .fold(Array::new(), |lines, line| lines.text(line));
    let line = Object::new()
        .text("fault", "misconfigured")
        .json("detail", &detail.end());
    say(&line.end(), true);
}

fn say(line: &str, is_fault: bool) {
    let line = line.into();
    if is_fault {
        console::error_1(&line);
    } else {
        console::log_1(&line);
    }
}
