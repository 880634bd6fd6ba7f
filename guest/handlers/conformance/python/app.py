"""The conformance handler in Python: the kind of its intent says what to do. See ../README.md."""

import json

import wit_world
from componentize_py_types import Err
from wit_world.imports import advice, children, clock, http, kv, log, memory, random, signals, tools
from wit_world.imports import situation as contract

LATEST = 2**53 - 1
CODES = ["denied", "limit", "invalid", "not-found", "schema", "timeout", "unavailable", "unknown"]


RETRY = contract.Envelope(
    2**31 - 1,
    LATEST,
    0,
    60_000,
    250,
    [
        contract.ClassRule(contract.OutcomeClass.CAPABILITY_MISSING, contract.Response.WAIT),
        contract.ClassRule(contract.OutcomeClass.FAILURE, contract.Response.GIVE_UP),
    ],
)
POLL = contract.Poll(
    [
        contract.Test_Group(contract.Group(2, [1, 2, 3])),
        contract.Test_Exists("/id"),
        contract.Test_Equals(contract.Comparison("/state", '"done"')),
        contract.Test_Group(contract.Group(1, [4, 5])),
        contract.Test_AtLeast(contract.Threshold("/share", 0.5)),
        contract.Test_NotEquals(contract.Comparison("", "null")),
    ],
    contract.Cursor("/next", "after"),
)


class HandlerFailure(Exception):
    """What the handler tells in its own words."""


class WitWorld(wit_world.WitWorld):
    def handle(self, situation: contract.Situation) -> contract.Proposal:
        try:
            return decide(situation)
        except HandlerFailure as failure:
            raise Err(contract.HandlerError(str(failure), stack_of(failure))) from failure
        except Err as refusal:
            message = f"capability: {name_of(refusal.value)}"
            raise Err(contract.HandlerError(message, stack_of(refusal))) from refusal


def decide(situation: contract.Situation) -> contract.Proposal:
    intent = situation.intent
    match intent.kind:
        case "echo":
            return finish(intent.input, intent.goal, 0.25)
        case "give-up":
            result = {"reason": "no use", "details": json.loads(intent.constraints)}
            return propose(contract.Action_Termination(contract.Termination(False, json.dumps(result))), "no use")
        case "situation":
            return finish(json.dumps(plain_situation(situation)))
        case "calls":
            return finish(json.dumps(call_all(intent)))
        case "refused":
            return finish(json.dumps([call_refused(code) for code in CODES]))
        case "denied":
            try:
                log.write(log.Level.INFO, "a line")
            except Err as refusal:
                raise HandlerFailure(f"log.write: {name_of(refusal.value)}") from refusal
            return finish("null")
        case "fail":
            raise HandlerFailure("it went wrong: ü")
        case "spin":
            while True:
                pass
    return propose_by_kind(intent)


def propose_by_kind(intent: contract.Intent) -> contract.Proposal:
    match intent.kind:
        case "http":
            request = http.Request("PUT", "http://x.test/", [http.Header("a", "b")], intent.goal.encode(), http.Repetition.KEYED)
            return propose(step(contract.Operation_Http(request), "key"), confidence=0.1)
        case "tool":
            return propose(step(contract.Operation_Tool(contract.ToolCall("adder", intent.input)), None))
        case "commit":
            return propose(step(contract.Operation_Commit(intent.input), "key"))
        case "refine":
            return mutate(contract.MutationKind.REFINE, intent, goal="a clearer goal")
        case "constrain":
            return mutate(contract.MutationKind.CONSTRAIN, intent, constraints='{"limit":5}')
        case "expand":
            return mutate(contract.MutationKind.EXPAND, intent, goal="more", constraints='{"limit":9}')
        case "reclassify":
            return mutate(contract.MutationKind.RECLASSIFY, intent, task="other")
        case "delegate":
            budgets = [contract.Budget("fuel", LATEST, 0)]
            child = contract.Child("child", None, "part", "a part of it", intent.input, ["kv.get"], [], budgets)
            return propose(contract.Action_Delegation(contract.Delegation_Spawn(child)))
        case "cancel":
            given_up = contract.Cancellation("child", "too late")
            return propose(contract.Action_Delegation(contract.Delegation_Cancel(given_up)))
        case "poll":
            return propose(step(contract.Operation_Tool(contract.ToolCall("adder", intent.input)), None, RETRY, POLL))
        case "await":
            classes = contract.OutcomeClasses.FAILURE | contract.OutcomeClasses.NO_RESPONSE
            reached = contract.Prerequisite("f" * 64, contract.ObjectState.REACHED, LATEST)
            condition = [
                contract.Condition_Group(contract.Group(1, [1, 2, 3, 4])),
                contract.Condition_Outcomes(contract.OutcomeCount(classes, 3)),
                contract.Condition_Context(contract.ContextFacet.CAPABILITIES),
                contract.Condition_Object(contract.Prerequisite("child:child", contract.ObjectState.ACHIEVED, 0)),
                contract.Condition_Object(reached),
            ]
            return propose(contract.Action_Dormancy(contract.Dormancy(condition)))
        case "sleep":
            condition = [
                contract.Condition_Group(contract.Group(1, [1, 2])),
                contract.Condition_Signal("*"),
                contract.Condition_Group(contract.Group(2, [3, 4])),
                contract.Condition_Elapsed(0),
                contract.Condition_Instant(LATEST),
            ]
            return propose(contract.Action_Dormancy(contract.Dormancy(condition)))
    raise HandlerFailure(f"intent: expected a kind of the conformance cases, found {intent.kind}")


def call_all(intent: contract.Intent) -> list:
    """One call of every operation at least; the answers in order."""
    answers = [clock.now(), list(random.bytes(4))]
    log.write(log.Level.WARN, "a line — with ü")
    kv.set("key", intent.input)
    answers += [parse(kv.get("key")), parse(kv.get("absent"))]
    kv.delete("key")
    answers.append(all_keys())
    headers = [http.Header("content-type", "text/plain")]
    posted = http.send(
        http.Request("POST", "http://vendor.test/orders", headers, intent.goal.encode(), http.Repetition.KEYED)
    )
    found = http.send(http.Request("GET", "http://vendor.test/", [], None, http.Repetition.SAFE))
    answers.append([posted.status, posted.body.decode(), [header.value for header in posted.headers]])
    answers.append([found.status, found.body.decode()])
    answers.append([[entry.seq, json.loads(entry.body)] for entry in all_entries()])
    given = signals.read(None, 2, 5) + signals.read("go", 0, 1)
    answers.append([[signal.seq, signal.name, json.loads(signal.payload)] for signal in given])
    answers.append(json.loads(tools.call("translate", intent.input)))
    answers.append([[it.name, name_of(it.status), it.achieved, parse(it.result), it.seq] for it in children.list()])
    return answers + ask_all(intent)


def ask_all(intent: contract.Intent) -> list:
    """A question with everything in it, one with nothing but a message, and what came of both and of a third."""
    called = advice.RequestedCall("1", "add", '{"a":1}')
    messages = [
        advice.Message(advice.Role.USER, intent.goal, None, []),
        advice.Message(advice.Role.ASSISTANT, "", None, [called]),
        advice.Message(advice.Role.TOOL, "3", "1", []),
    ]
    tool = advice.ToolDescription("add", "adds", '{"type":"object"}')
    asked = advice.Question("local", "Be brief.", messages, [tool], '{"type":"array"}', 100)
    plain = advice.Question("none", "", [advice.Message(advice.Role.USER, "go", None, [])], [], None, 1)
    return [plain_answer(advice.ask(question)) for question in (asked, plain, plain)]


def plain_answer(answer: advice.Answer) -> list:
    return [answer.source, answer.confidence, plain_content(answer.content), answer.prompt, answer.seq]


def plain_content(content: advice.Content):
    match content:
        case advice.Content_Text(text):
            return text
        case advice.Content_Structured(value):
            return json.loads(value)
        case advice.Content_ToolCalls(calls):
            return [[call.id, call.name, json.loads(call.arguments)] for call in calls]


def call_refused(code: str):
    try:
        return parse(kv.get(code))
    except Err as refusal:
        return name_of(refusal.value)


def all_keys() -> list:
    keys = []
    while True:
        page = kv.keys("k", keys[-1] if keys else None, 2)
        keys += page
        if len(page) < 2:
            return keys


def all_entries() -> list:
    entries = []
    start = 3
    while start is not None:
        page = memory.read(start, 1, "call")
        entries += page.entries
        start = page.next
    return entries


def plain_situation(situation: contract.Situation) -> dict:
    intent, context, last, limits = situation.intent, situation.context, situation.last, situation.limits
    return {
        "intent": {**vars(intent), "input": json.loads(intent.input), "constraints": json.loads(intent.constraints)},
        "context": plain_context(context),
        "trigger": plain_trigger(situation.trigger),
        "last": last and {
            "seq": last.seq,
            "class": name_of(last.class_),
            "action": last.action,
            "reason": last.reason,
            "value": json.loads(last.value),
        },
        "cycle": situation.cycle,
        "now": situation.now,
        "limits": {
            "fuel": limits.fuel,
            "memoryPages": limits.memory_pages,
            "calls": limits.calls,
            "bytes": limits.bytes,
            "proposalBytes": limits.proposal_bytes,
        },
    }


def plain_context(context: contract.Context) -> dict:
    fields = {**vars(context), "budgets": [vars(budget) for budget in context.budgets]}
    return {"continuousOver" if name == "continuous_over" else name: value for name, value in fields.items()}


def plain_trigger(trigger: contract.Trigger) -> dict:
    match trigger:
        case contract.Trigger_Woken(wake):
            return {"tag": "woken", "dormancy": wake.dormancy, "signals": wake.signals, "witnesses": wake.witnesses}
        case contract.Trigger_Continued():
            return {"tag": "continued"}
    return {"tag": "created"}


def stack_of(error: BaseException) -> str:
    """Innermost first. The module `traceback` would open the source files, and there are none."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.insert(0, f"    at {code.co_name} ({code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno})")
        trace = trace.tb_next
    return "\n".join(frames)


def name_of(member) -> str:
    """A case of an enum as the contract writes it."""
    return member.name.lower().replace("_", "-")


def parse(text):
    return None if text is None else json.loads(text)


def step(operation: contract.Operation, into, retry=None, poll=None) -> contract.Action:
    return contract.Action_Execution(contract.Execution("step", operation, into, retry, poll))


def mutate(kind, intent: contract.Intent, **change) -> contract.Proposal:
    fields = {"task": intent.kind, "goal": intent.goal, "constraints": intent.constraints, **change}
    return propose(contract.Action_Mutation(contract.Mutation(kind, **fields)))


def propose(action: contract.Action, rationale="for the test", confidence=1.0) -> contract.Proposal:
    return contract.Proposal(action, rationale, confidence)


def finish(result: str, rationale="the intent is fulfilled", confidence=1.0) -> contract.Proposal:
    return propose(contract.Action_Termination(contract.Termination(True, result)), rationale, confidence)
