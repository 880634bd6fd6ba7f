//! Questions for advice, and what came of them.

use crate::calls::list;
use crate::sojourn::object::advice::{
    Answer, Content, Message, Question, RequestedCall, Role, ToolDescription, ask,
};
use crate::sojourn::object::situation::Intent;
use crate::sojourn::object::types::ErrorCode;

/// A question with everything in it, one with nothing but a message, and what came of both and of a third.
pub fn ask_all(intent: &Intent) -> Result<Vec<String>, ErrorCode> {
    let message = |role, content: &str| Message {
        role,
        content: content.into(),
        tool_call: None,
        requested: vec![],
    };
    let called = RequestedCall {
        id: "1".into(),
        name: "add".into(),
        arguments: r#"{"a":1}"#.into(),
    };
    let asked = Question {
        advisor: "local".into(),
        system: "Be brief.".into(),
        messages: vec![
            message(Role::User, &intent.goal),
            Message {
                requested: vec![called],
                ..message(Role::Assistant, "")
            },
            Message {
                tool_call: Some("1".into()),
                ..message(Role::Tool, "3")
            },
        ],
        tools: vec![ToolDescription {
            name: "add".into(),
            description: "adds".into(),
            parameters: r#"{"type":"object"}"#.into(),
        }],
        schema: Some(r#"{"type":"array"}"#.into()),
        max_tokens: 100,
    };
    let plain = Question {
        advisor: "none".into(),
        system: String::new(),
        messages: vec![message(Role::User, "go")],
        tools: vec![],
        schema: None,
        max_tokens: 1,
    };
    [&asked, &plain, &plain]
        .into_iter()
        .map(|question| ask(question).map(answer_json))
        .collect()
}

fn answer_json(answer: Answer) -> String {
    let content = match answer.content {
        Content::Text(text) => format!("{text:?}"),
        Content::Structured(value) => value,
        Content::ToolCalls(calls) => list(
            calls
                .iter()
                .map(|call| format!("[{:?},{:?},{}]", call.id, call.name, call.arguments)),
        ),
    };
    format!(
        "[{:?},{},{content},{:?},{}]",
        answer.source, answer.confidence, answer.prompt, answer.seq
    )
}
