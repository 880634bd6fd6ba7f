//! The situation as JSON. Its texts are the test's own, plain enough to need no escapes; the input and the constraints are JSON already.

use crate::Situation;
use crate::sojourn::object::situation::{Context, Outcome, OutcomeClass, Trigger};

pub fn to_json(situation: &Situation) -> String {
    let Situation {
        intent,
        context,
        trigger,
        last,
        cycle,
        now,
        limits,
    } = situation;
    let intent = format!(
        r#"{{"kind":{:?},"goal":{:?},"input":{},"constraints":{}}}"#,
        intent.kind, intent.goal, intent.input, intent.constraints
    );
    let limits = format!(
        r#"{{"fuel":{},"memoryPages":{},"calls":{},"bytes":{},"proposalBytes":{}}}"#,
        limits.fuel, limits.memory_pages, limits.calls, limits.bytes, limits.proposal_bytes
    );
    format!(
        r#"{{"intent":{intent},"context":{},"trigger":{},"last":{},"cycle":{cycle},"now":{now},"limits":{limits}}}"#,
        context_json(context),
        trigger_json(trigger),
        last.as_ref().map_or("null".into(), outcome_json),
    )
}

fn context_json(context: &Context) -> String {
    let budgets: Vec<String> = context
        .budgets
        .iter()
        .map(|it| {
            format!(
                r#"{{"name":{:?},"limit":{},"spent":{}}}"#,
                it.name, it.limit, it.spent
            )
        })
        .collect();
    format!(
        r#"{{"id":{:?},"creator":{:?},"capabilities":{:?},"zones":{:?},"budgets":[{}],"trust":{},"continuousOver":{},"parent":{}}}"#,
        context.id,
        context.creator,
        context.capabilities,
        context.zones,
        budgets.join(","),
        context.trust,
        context.continuous_over,
        optional(&context.parent),
    )
}

fn trigger_json(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Created => r#"{"tag":"created"}"#.into(),
        Trigger::Continued => r#"{"tag":"continued"}"#.into(),
        Trigger::Woken(wake) => {
            let (dormancy, signals, witnesses) = (wake.dormancy, &wake.signals, &wake.witnesses);
            format!(
                r#"{{"tag":"woken","dormancy":{dormancy},"signals":{signals:?},"witnesses":{witnesses:?}}}"#
            )
        }
    }
}

fn outcome_json(outcome: &Outcome) -> String {
    let class = match outcome.class {
        OutcomeClass::Success => "success",
        OutcomeClass::Partial => "partial",
        OutcomeClass::Failure => "failure",
        OutcomeClass::Deferral => "deferral",
        OutcomeClass::Refusal => "refusal",
        OutcomeClass::Timeout => "timeout",
        OutcomeClass::Latency => "latency",
        OutcomeClass::NoResponse => "no-response",
        OutcomeClass::NodeLoss => "node-loss",
        OutcomeClass::CapabilityMissing => "capability-missing",
    };
    let (action, reason) = (optional(&outcome.action), optional(&outcome.reason));
    format!(
        r#"{{"seq":{},"class":"{class}","action":{action},"reason":{reason},"value":{}}}"#,
        outcome.seq, outcome.value
    )
}

fn optional(text: &Option<String>) -> String {
    text.as_ref()
        .map_or("null".into(), |text| format!("{text:?}"))
}
