/* The conformance handler in C: the kind of its intent says what to do. See ../README.md. */
#include "conformance.h"
#include <string.h>

static bool is(handler_string_t string, const char *literal) {
  return string.len == strlen(literal) && memcmp(string.ptr, literal, string.len) == 0;
}

static action_t termination(bool achieved, handler_string_t result) {
  return (action_t){.tag = TAG(ACTION_TERMINATION), .val.termination = {achieved, result}};
}

static action_t execution(sojourn_object_situation_operation_t operation, const char *into) {
  handler_option_string_t key = {into != NULL};
  if (into != NULL) key.val = copy(into);
  return (action_t){.tag = TAG(ACTION_EXECUTION), .val.execution = {copy("step"), operation, key, {false}, {false}}};
}

static action_t http(const intent_t *intent) {
  sojourn_object_http_header_t header = {copy("a"), copy("b")};
  handler_string_t body = copy_of(intent->goal);
  sojourn_object_http_request_t request = {
      .method = copy("PUT"),
      .url = copy("http://x.test/"),
      .headers = {owned(&header, sizeof header), 1},
      .body = {true, {body.ptr, body.len}},
      .repetition = SOJOURN_OBJECT_HTTP_REPETITION_KEYED,
  };
  return execution((sojourn_object_situation_operation_t){TAG(OPERATION_HTTP), {.http = request}}, "key");
}

static action_t tool(const intent_t *intent) {
  sojourn_object_situation_tool_call_t call = {copy("adder"), copy_of(intent->input)};
  return execution((sojourn_object_situation_operation_t){TAG(OPERATION_TOOL), {.tool = call}}, NULL);
}

static action_t commit(const intent_t *intent) {
  sojourn_object_situation_operation_t operation = {TAG(OPERATION_COMMIT), {.commit = copy_of(intent->input)}};
  return execution(operation, "key");
}

/* What is NULL stays as it is. */
static action_t mutation(uint8_t kind, const intent_t *intent, const char *task, const char *goal, const char *constraints) {
  sojourn_object_situation_mutation_t change = {
      kind,
      task != NULL ? copy(task) : copy_of(intent->kind),
      goal != NULL ? copy(goal) : copy_of(intent->goal),
      constraints != NULL ? copy(constraints) : copy_of(intent->constraints),
  };
  return (action_t){.tag = TAG(ACTION_MUTATION), .val.mutation = change};
}

static action_t delegation(const intent_t *intent) {
  handler_string_t capability = copy("kv.get");
  sojourn_object_situation_budget_t budget = {copy("fuel"), latest, 0};
  sojourn_object_situation_child_t child = {
      .name = copy("child"),
      .task = copy("part"),
      .goal = copy("a part of it"),
      .input = copy_of(intent->input),
      .capabilities = {owned(&capability, sizeof capability), 1},
      .budgets = {owned(&budget, sizeof budget), 1},
  };
  return (action_t){.tag = TAG(ACTION_DELEGATION), .val.delegation = {TAG(DELEGATION_SPAWN), {.spawn = child}}};
}

static action_t cancellation(void) {
  sojourn_object_situation_cancellation_t given_up = {copy("child"), copy("too late")};
  return (action_t){.tag = TAG(ACTION_DELEGATION), .val.delegation = {TAG(DELEGATION_CANCEL), {.cancel = given_up}}};
}

static action_t dormancy(void) {
  static const uint32_t first[] = {1, 2}, second[] = {3, 4};
  sojourn_object_situation_condition_t nodes[] = {
      {TAG(CONDITION_GROUP), {.group = {1, {owned(first, sizeof first), 2}}}},
      {TAG(CONDITION_SIGNAL), {.signal = copy("*")}},
      {TAG(CONDITION_GROUP), {.group = {2, {owned(second, sizeof second), 2}}}},
      {TAG(CONDITION_ELAPSED), {.elapsed = 0}},
      {TAG(CONDITION_INSTANT), {.instant = latest}},
  };
  return (action_t){.tag = TAG(ACTION_DORMANCY), .val.dormancy = {{owned(nodes, sizeof nodes), 5}}};
}

static bool propose_by_kind(const intent_t *intent, handler_proposal_t *proposal) {
  handler_string_t kind = intent->kind;
  proposal->rationale = copy("for the test");
  if (is(kind, "http")) {
    proposal->confidence = 0.1;
    proposal->action = http(intent);
  } else if (is(kind, "tool")) proposal->action = tool(intent);
  else if (is(kind, "commit")) proposal->action = commit(intent);
  else if (is(kind, "refine"))
    proposal->action = mutation(TAG(MUTATION_KIND_REFINE), intent, NULL, "a clearer goal", NULL);
  else if (is(kind, "constrain"))
    proposal->action = mutation(TAG(MUTATION_KIND_CONSTRAIN), intent, NULL, NULL, "{\"limit\":5}");
  else if (is(kind, "expand"))
    proposal->action = mutation(TAG(MUTATION_KIND_EXPAND), intent, NULL, "more", "{\"limit\":9}");
  else if (is(kind, "reclassify"))
    proposal->action = mutation(TAG(MUTATION_KIND_RECLASSIFY), intent, "other", NULL, NULL);
  else if (is(kind, "poll")) {
    proposal->action = tool(intent);
    add_poll(&proposal->action.val.execution);
  } else if (is(kind, "await")) proposal->action = wait_for_others();
  else if (is(kind, "cancel")) proposal->action = cancellation();
  else if (is(kind, "delegate")) proposal->action = delegation(intent);
  else if (is(kind, "sleep")) proposal->action = dormancy();
  else return false;
  return true;
}

static bool fail(handler_handler_error_t *error, const char *message, const char *detail) {
  struct text text = {0};
  add(&text, "%s%s", message, detail);
  *error = (handler_handler_error_t){finish(text), {NULL, 0}};
  return false;
}

bool exports_handler_handle(handler_situation_t *situation, handler_proposal_t *proposal, handler_handler_error_t *error) {
  intent_t *intent = &situation->intent;
  handler_string_t kind = intent->kind, result = {NULL, 0};
  sojourn_object_types_error_code_t code;
  *proposal = (handler_proposal_t){.confidence = 1};
  if (is(kind, "fail")) return fail(error, "it went wrong: ü", "");
  if (is(kind, "spin"))
    for (volatile uint32_t turn = 0;; turn++) continue;
  if (is(kind, "give-up")) {
    struct text reason = {0};
    add(&reason, "{\"reason\":\"no use\",\"details\":%.*s}", S(intent->constraints));
    proposal->action = termination(false, finish(reason));
    proposal->rationale = copy("no use");
    return true;
  }
  if (is(kind, "echo")) {
    proposal->action = termination(true, copy_of(intent->input));
    proposal->rationale = copy_of(intent->goal);
    proposal->confidence = 0.25;
    return true;
  }
  if (is(kind, "situation")) result = situation_json(situation);
  else if (is(kind, "refused")) result = call_refused();
  else if (is(kind, "calls")) {
    if (!call_all(intent, &result, &code)) return fail(error, "capability: ", code_name(code));
  } else if (is(kind, "denied")) {
    handler_string_t line = copy("a line");
    if (!sojourn_object_log_write(SOJOURN_OBJECT_LOG_LEVEL_INFO, &line, &code))
      return fail(error, "log.write: ", code_name(code));
    result = copy("null");
  } else if (propose_by_kind(intent, proposal)) return true;
  else return fail(error, "intent: expected a kind of the conformance cases, found another", "");
  proposal->action = termination(true, result);
  proposal->rationale = copy("the intent is fulfilled");
  return true;
}
