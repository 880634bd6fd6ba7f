//! The conformance handler as a command of WASI: the situation comes on standard input, the proposal goes to standard output, and
//! nothing here knows of the contract. See ../../README.md and docs/wasi.md.

use serde_json::{Value, from_reader, json};
use std::io::{stdin, stdout};
use std::process::ExitCode;

const LATEST: u64 = (1 << 53) - 1;

fn main() -> ExitCode {
    let proposal = from_reader(stdin().lock())
        .map_err(|error| error.to_string())
        .and_then(decide);
    let written = proposal.and_then(|proposal| {
        serde_json::to_writer(stdout().lock(), &proposal).map_err(|error| error.to_string())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn decide(situation: Value) -> Result<Value, String> {
    let intent = &situation["intent"];
    let (input, goal) = (&intent["input"], &intent["goal"]);
    let kind = intent["kind"].as_str().unwrap_or("");
    let proposal = match kind {
        "echo" => propose(finish(input.clone()), goal.clone(), 0.25),
        "give-up" => {
            let result = json!({ "reason": "no use", "details": intent["constraints"] });
            let action = json!({ "tag": "termination", "achieved": false, "result": result });
            propose(action, json!("no use"), 1.0)
        }
        "situation" => propose(finish(situation), json!("the intent is fulfilled"), 1.0),
        "fail" => return Err("it went wrong: ü".into()),
        "spin" => {
            let mut turn = 0u64;
            loop {
                turn = std::hint::black_box(turn.wrapping_add(1));
            }
        }
        "http" => propose(http(goal), json!("for the test"), 0.1),
        _ => {
            let action = action_by_kind(kind, input).ok_or_else(|| {
                format!("intent: expected a kind of the conformance cases, found {kind}")
            })?;
            propose(action, json!("for the test"), 1.0)
        }
    };
    Ok(proposal)
}

fn http(goal: &Value) -> Value {
    let request =
        json!({ "method": "PUT", "url": "http://x.test/", "headers": { "a": "b" }, "body": goal });
    step(json!({ "http": request }), json!("key"))
}

fn action_by_kind(kind: &str, input: &Value) -> Option<Value> {
    let mutate = |change: Value| json!({ "tag": "mutation", "mutation": kind, "change": change });
    Some(match kind {
        "tool" => step(
            json!({ "tool": { "name": "adder", "input": input } }),
            Value::Null,
        ),
        "commit" => step(json!({ "commit": input }), json!("key")),
        "refine" => mutate(json!({ "goal": "a clearer goal" })),
        "constrain" => mutate(json!({ "constraints": { "limit": 5 } })),
        "expand" => mutate(json!({ "goal": "more", "constraints": { "limit": 9 } })),
        "reclassify" => mutate(json!({ "kind": "other" })),
        "delegate" => {
            let child = json!({
                "name": "child", "kind": "part", "goal": "a part of it", "input": input,
                "capabilities": ["kv.get"], "budgets": [{ "name": "fuel", "limit": LATEST }],
            });
            json!({ "tag": "delegation", "child": child })
        }
        "poll" => poll(input),
        "await" => {
            let members = json!([
                { "tag": "outcomes", "classes": ["failure", "no-response"], "count": 3 },
                { "tag": "context", "facet": "capabilities" },
                { "tag": "object", "object": "child:child", "state": "achieved" },
                { "tag": "object", "object": "f".repeat(64), "state": "reached", "seq": LATEST },
            ]);
            json!({ "tag": "dormancy", "until": { "tag": "group", "need": 1, "members": members } })
        }
        "cancel" => {
            json!({ "tag": "delegation", "cancel": { "name": "child", "reason": "too late" } })
        }
        "sleep" => {
            let times = json!([{ "tag": "elapsed", "ms": 0 }, { "tag": "instant", "at": LATEST }]);
            let both = json!({ "tag": "group", "need": 2, "members": times });
            let members = json!([{ "tag": "signal", "name": "*" }, both]);
            json!({ "tag": "dormancy", "until": { "tag": "group", "need": 1, "members": members } })
        }
        _ => return None,
    })
}

fn poll(input: &Value) -> Value {
    let mut action = step(
        json!({ "tool": { "name": "adder", "input": input } }),
        Value::Null,
    );
    action["retry"] = json!({
        "maxAttempts": i32::MAX, "maxElapsed": LATEST, "minDelay": 0, "maxDelay": 60_000, "latency": 250,
        "rules": { "capability-missing": "wait", "failure": "give-up" },
    });
    let either = json!([
        { "tag": "at-least", "pointer": "/share", "value": 0.5 },
        { "tag": "not-equals", "pointer": "", "value": null },
    ]);
    let tests = json!([
        { "tag": "exists", "pointer": "/id" },
        { "tag": "equals", "pointer": "/state", "value": "done" },
        { "tag": "group", "need": 1, "members": either },
    ]);
    action["poll"] = json!({
        "predicate": { "tag": "group", "need": 2, "members": tests },
        "cursor": { "pointer": "/next", "parameter": "after" },
    });
    action
}

fn step(operation: Value, into: Value) -> Value {
    let mut action = json!({ "tag": "execution", "step": "step", "operation": operation });
    if !into.is_null() {
        action["into"] = into;
    }
    action
}

fn finish(result: Value) -> Value {
    json!({ "tag": "termination", "achieved": true, "result": result })
}

fn propose(action: Value, rationale: Value, confidence: f64) -> Value {
    json!({ "action": action, "rationale": rationale, "confidence": confidence })
}
