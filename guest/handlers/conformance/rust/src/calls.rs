//! Calls of every operation, and what a refused one shows.

use crate::advice::ask_all;
use crate::sojourn::object::children::{self, Status};
use crate::sojourn::object::http::{Header, Repetition, Request, Response, send};
use crate::sojourn::object::situation::Intent;
use crate::sojourn::object::types::ErrorCode;
use crate::sojourn::object::{clock, kv, log, memory, random, signals, tools};

pub fn name_of(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Denied => "denied",
        ErrorCode::Limit => "limit",
        ErrorCode::Invalid => "invalid",
        ErrorCode::NotFound => "not-found",
        ErrorCode::Schema => "schema",
        ErrorCode::Timeout => "timeout",
        ErrorCode::Unavailable => "unavailable",
        ErrorCode::Unknown => "unknown",
    }
}

/// One call of every operation at least; the answers in order, as JSON.
pub fn call_all(intent: &Intent) -> Result<String, ErrorCode> {
    let now = clock::now()?.to_string();
    let bytes = format!("{:?}", random::bytes(4)?);
    log::write(log::Level::Warn, "a line — with ü")?;
    kv::set("key", &intent.input)?;
    let stored = kv::get("key")?.unwrap_or("null".into());
    let absent = kv::get("absent")?.unwrap_or("null".into());
    kv::delete("key")?;
    let keys = format!("{:?}", all_keys()?);
    let posted = send(&Request {
        method: "POST".into(),
        url: "http://vendor.test/orders".into(),
        headers: vec![Header {
            name: "content-type".into(),
            value: "text/plain".into(),
        }],
        body: Some(intent.goal.clone().into_bytes()),
        repetition: Repetition::Keyed,
    })?;
    let found = send(&Request {
        method: "GET".into(),
        url: "http://vendor.test/".into(),
        headers: vec![],
        body: None,
        repetition: Repetition::Safe,
    })?;
    let values: Vec<&str> = posted
        .headers
        .iter()
        .map(|header| header.value.as_str())
        .collect();
    let posted = format!("[{},{:?},{:?}]", posted.status, text_of(&posted), values);
    let found = format!("[{},{:?}]", found.status, text_of(&found));
    let entries = all_entries()?;
    let mut given = signals::read(None, 2, 5)?;
    given.extend(signals::read(Some("go"), 0, 1)?);
    let given = list(
        given
            .iter()
            .map(|it| format!("[{},{:?},{}]", it.seq, it.name, it.payload)),
    );
    let tool = tools::call("translate", &intent.input)?;
    let answers = [
        now,
        bytes,
        stored,
        absent,
        keys,
        posted,
        found,
        entries,
        given,
        tool,
        all_children()?,
    ];
    Ok(list(answers.into_iter().chain(ask_all(intent)?)))
}

pub fn call_refused() -> String {
    const CODES: [&str; 8] = [
        "denied",
        "limit",
        "invalid",
        "not-found",
        "schema",
        "timeout",
        "unavailable",
        "unknown",
    ];
    list(CODES.iter().map(|code| match kv::get(code) {
        Ok(value) => value.unwrap_or("null".into()),
        Err(code) => format!("{:?}", name_of(code)),
    }))
}

fn all_children() -> Result<String, ErrorCode> {
    let found = children::list()?;
    Ok(list(found.into_iter().map(|it| {
        let status = match it.status {
            Status::Running => "running",
            Status::Returned => "returned",
            Status::Cancelled => "cancelled",
            Status::Missing => "missing",
        };
        let achieved = it.achieved.map_or("null".into(), |it| it.to_string());
        let result = it.result.unwrap_or("null".into());
        format!("[{:?},{status:?},{achieved},{result},{}]", it.name, it.seq)
    })))
}

fn all_keys() -> Result<Vec<String>, ErrorCode> {
    let mut keys: Vec<String> = vec![];
    loop {
        let page = kv::keys("k", keys.last().map(String::as_str), 2)?;
        let last = page.len() < 2;
        keys.extend(page);
        if last {
            return Ok(keys);
        }
    }
}

fn all_entries() -> Result<String, ErrorCode> {
    let mut entries = vec![];
    let mut next = Some(3);
    while let Some(start) = next {
        let page = memory::read(start, 1, Some("call"))?;
        entries.extend(page.entries);
        next = page.next;
    }
    Ok(list(
        entries
            .iter()
            .map(|entry| format!("[{},{}]", entry.seq, entry.body)),
    ))
}

fn text_of(response: &Response) -> String {
    String::from_utf8(response.body.clone()).expect("a text in UTF-8")
}

pub fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
