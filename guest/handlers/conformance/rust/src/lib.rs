//! The conformance handler in Rust: the kind of its intent says what to do. See ../README.md.

wit_bindgen::generate!({ path: "../../../../wit", world: "handler" });

mod advice;
mod calls;
mod life;
mod situation;

use sojourn::object::http::{Header, Repetition, Request};
use sojourn::object::log;
use sojourn::object::situation::{
    Action, Budget, Cancellation, Child, Condition, Delegation, Dormancy, Execution, Group, Intent,
    Mutation, MutationKind, Operation, Termination, ToolCall,
};

const LATEST: u64 = (1 << 53) - 1;

struct Handler;
export!(Handler);

impl Guest for Handler {
    fn handle(situation: Situation) -> Result<Proposal, HandlerError> {
        let intent = &situation.intent;
        match intent.kind.as_str() {
            "echo" => Ok(Proposal {
                confidence: 0.25,
                ..finish(intent.input.clone(), &intent.goal)
            }),
            "give-up" => {
                let result = format!(r#"{{"reason":"no use","details":{}}}"#, intent.constraints);
                let ended = Termination {
                    achieved: false,
                    result,
                };
                Ok(propose(Action::Termination(ended), "no use"))
            }
            "situation" => Ok(done(situation::to_json(&situation))),
            "calls" => calls::call_all(intent).map(done).map_err(refused),
            "refused" => Ok(done(calls::call_refused())),
            "denied" => log::write(log::Level::Info, "a line")
                .map(|()| done("null".into()))
                .map_err(|code| failure(format!("log.write: {}", calls::name_of(code)))),
            "fail" => Err(failure("it went wrong: ü".into())),
            "spin" => {
                let mut turn = 0u64;
                loop {
                    turn = std::hint::black_box(turn.wrapping_add(1));
                }
            }
            _ => propose_by_kind(intent),
        }
    }
}

fn propose_by_kind(intent: &Intent) -> Result<Proposal, HandlerError> {
    let change = |kind, task: &str, goal: &str, constraints: &str| {
        Action::Mutation(Mutation {
            kind,
            task: task.into(),
            goal: goal.into(),
            constraints: constraints.into(),
        })
    };
    let step = |operation, into: Option<&str>| {
        Action::Execution(Execution {
            step: "step".into(),
            operation,
            into: into.map(String::from),
            retry: None,
            poll: None,
        })
    };
    let (task, goal, constraints) = (&intent.kind, &intent.goal, &intent.constraints);
    let mut confidence = 1.0;
    let action = match task.as_str() {
        "http" => {
            confidence = 0.1;
            let request = Request {
                method: "PUT".into(),
                url: "http://x.test/".into(),
                headers: vec![Header {
                    name: "a".into(),
                    value: "b".into(),
                }],
                body: Some(goal.clone().into_bytes()),
                repetition: Repetition::Keyed,
            };
            step(Operation::Http(request), Some("key"))
        }
        "tool" => {
            let call = ToolCall {
                name: "adder".into(),
                input: intent.input.clone(),
            };
            step(Operation::Tool(call), None)
        }
        "commit" => step(Operation::Commit(intent.input.clone()), Some("key")),
        "refine" => change(MutationKind::Refine, task, "a clearer goal", constraints),
        "constrain" => change(MutationKind::Constrain, task, goal, r#"{"limit":5}"#),
        "expand" => change(MutationKind::Expand, task, "more", r#"{"limit":9}"#),
        "reclassify" => change(MutationKind::Reclassify, "other", goal, constraints),
        "poll" => life::poll(intent),
        "await" => life::wait_for_others(),
        "cancel" => Action::Delegation(Delegation::Cancel(Cancellation {
            name: "child".into(),
            reason: "too late".into(),
        })),
        "delegate" => Action::Delegation(Delegation::Spawn(Child {
            name: "child".into(),
            handler: None,
            task: "part".into(),
            goal: "a part of it".into(),
            input: intent.input.clone(),
            capabilities: vec!["kv.get".into()],
            zones: vec![],
            budgets: vec![Budget {
                name: "fuel".into(),
                limit: LATEST,
                spent: 0,
            }],
        })),
        "sleep" => Action::Dormancy(Dormancy {
            condition: vec![
                Condition::Group(Group {
                    need: 1,
                    members: vec![1, 2],
                }),
                Condition::Signal("*".into()),
                Condition::Group(Group {
                    need: 2,
                    members: vec![3, 4],
                }),
                Condition::Elapsed(0),
                Condition::Instant(LATEST),
            ],
        }),
        other => {
            let expected = "intent: expected a kind of the conformance cases";
            return Err(failure(format!("{expected}, found {other}")));
        }
    };
    Ok(Proposal {
        confidence,
        ..propose(action, "for the test")
    })
}

fn propose(action: Action, rationale: &str) -> Proposal {
    Proposal {
        action,
        rationale: rationale.into(),
        confidence: 1.0,
    }
}

fn finish(result: String, rationale: &str) -> Proposal {
    propose(
        Action::Termination(Termination {
            achieved: true,
            result,
        }),
        rationale,
    )
}

fn done(result: String) -> Proposal {
    finish(result, "the intent is fulfilled")
}

fn failure(message: String) -> HandlerError {
    HandlerError {
        message,
        stack: String::new(),
    }
}

fn refused(code: sojourn::object::types::ErrorCode) -> HandlerError {
    failure(format!("capability: {}", calls::name_of(code)))
}
