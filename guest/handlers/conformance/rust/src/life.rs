//! What a long life is made of: a call that the host makes again, and a sleep until others have come so far.

use crate::LATEST;
use crate::sojourn::object::situation::{
    Action, ClassRule, Comparison, Condition, ContextFacet, Cursor, Dormancy, Envelope, Execution,
    Group, Intent, ObjectState, Operation, OutcomeClass, OutcomeClasses, OutcomeCount, Poll,
    Prerequisite, Response, Test, Threshold, ToolCall,
};

pub fn poll(intent: &Intent) -> Action {
    let rule = |class, response| ClassRule { class, response };
    let call = ToolCall {
        name: "adder".into(),
        input: intent.input.clone(),
    };
    Action::Execution(Execution {
        step: "step".into(),
        operation: Operation::Tool(call),
        into: None,
        retry: Some(Envelope {
            max_attempts: (1 << 31) - 1,
            max_elapsed: LATEST,
            min_delay: 0,
            max_delay: 60_000,
            latency: Some(250),
            rules: vec![
                rule(OutcomeClass::CapabilityMissing, Response::Wait),
                rule(OutcomeClass::Failure, Response::GiveUp),
            ],
        }),
        poll: Some(Poll {
            predicate: predicate(),
            cursor: Some(Cursor {
                pointer: "/next".into(),
                parameter: "after".into(),
            }),
        }),
    })
}

fn predicate() -> Vec<Test> {
    let compared = |pointer: &str, value: &str| Comparison {
        pointer: pointer.into(),
        value: value.into(),
    };
    let group = |need, members| Test::Group(Group { need, members });
    let share = Threshold {
        pointer: "/share".into(),
        value: 0.5,
    };
    vec![
        group(2, vec![1, 2, 3]),
        Test::Exists("/id".into()),
        Test::Equals(compared("/state", "\"done\"")),
        group(1, vec![4, 5]),
        Test::AtLeast(share),
        Test::NotEquals(compared("", "null")),
    ]
}

pub fn wait_for_others() -> Action {
    let object =
        |object: String, state, seq| Condition::Object(Prerequisite { object, state, seq });
    let condition = vec![
        Condition::Group(Group {
            need: 1,
            members: vec![1, 2, 3, 4],
        }),
        Condition::Outcomes(OutcomeCount {
            classes: OutcomeClasses::FAILURE | OutcomeClasses::NO_RESPONSE,
            count: 3,
        }),
        Condition::Context(ContextFacet::Capabilities),
        object("child:child".into(), ObjectState::Achieved, 0),
        object("f".repeat(64), ObjectState::Reached, LATEST),
    ];
    Action::Dormancy(Dormancy { condition })
}
