/* What a long life is made of: a call that the host makes again, and a sleep until others have come so far. */
#include "conformance.h"

typedef sojourn_object_situation_test_t test_t;
typedef sojourn_object_situation_condition_t condition_t;

static sojourn_object_situation_comparison_t compared(const char *pointer, const char *value) {
  return (sojourn_object_situation_comparison_t){copy(pointer), copy(value)};
}

static sojourn_object_situation_poll_t poll(void) {
  static const uint32_t first[] = {1, 2, 3}, second[] = {4, 5};
  test_t tests[] = {
      {TAG(TEST_GROUP), {.group = {2, {owned(first, sizeof first), 3}}}},
      {TAG(TEST_EXISTS), {.exists = copy("/id")}},
      {TAG(TEST_EQUALS), {.equals = compared("/state", "\"done\"")}},
      {TAG(TEST_GROUP), {.group = {1, {owned(second, sizeof second), 2}}}},
      {TAG(TEST_AT_LEAST), {.at_least = {copy("/share"), 0.5}}},
      {TAG(TEST_NOT_EQUALS), {.not_equals = compared("", "null")}},
  };
  return (sojourn_object_situation_poll_t){
      .predicate = {owned(tests, sizeof tests), 6},
      .cursor = {true, {copy("/next"), copy("after")}},
  };
}

void add_poll(sojourn_object_situation_execution_t *execution) {
  static const sojourn_object_situation_class_rule_t rules[] = {
      {TAG(OUTCOME_CLASS_CAPABILITY_MISSING), TAG(RESPONSE_WAIT)},
      {TAG(OUTCOME_CLASS_FAILURE), TAG(RESPONSE_GIVE_UP)},
  };
  execution->retry.is_some = true;
  execution->retry.val = (sojourn_object_situation_envelope_t){
      .max_attempts = INT32_MAX,
      .max_elapsed = latest,
      .max_delay = 60000,
      .latency = {true, 250},
      .rules = {owned(rules, sizeof rules), 2},
  };
  execution->poll.is_some = true;
  execution->poll.val = poll();
}

action_t wait_for_others(void) {
  static const uint32_t members[] = {1, 2, 3, 4};
  char id[65] = {0};
  for (size_t i = 0; i < 64; i++) id[i] = 'f';
  condition_t nodes[] = {
      {TAG(CONDITION_GROUP), {.group = {1, {owned(members, sizeof members), 4}}}},
      {TAG(CONDITION_OUTCOMES), {.outcomes = {TAG(OUTCOME_CLASSES_FAILURE) | TAG(OUTCOME_CLASSES_NO_RESPONSE), 3}}},
      {TAG(CONDITION_CONTEXT), {.context = TAG(CONTEXT_FACET_CAPABILITIES)}},
      {TAG(CONDITION_OBJECT), {.object = {copy("child:child"), TAG(OBJECT_STATE_ACHIEVED), 0}}},
      {TAG(CONDITION_OBJECT), {.object = {copy(id), TAG(OBJECT_STATE_REACHED), latest}}},
  };
  return (action_t){.tag = TAG(ACTION_DORMANCY), .val.dormancy = {{owned(nodes, sizeof nodes), 5}}};
}
