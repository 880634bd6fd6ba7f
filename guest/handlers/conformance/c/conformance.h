/* The parts of the conformance handler. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H
#include "text.h"

typedef sojourn_object_situation_intent_t intent_t;
typedef sojourn_object_situation_action_t action_t;

#define TAG(name) SOJOURN_OBJECT_SITUATION_##name

static const uint64_t latest = (1ull << 53) - 1;

/* Ends a function with false where a call is refused. */
#define TRY(call) \
  if (!(call)) return false

/* The situation as JSON. Its texts are the test's own, plain enough to need no escapes. */
handler_string_t situation_json(const handler_situation_t *situation);

/* Calls every operation; false with the code of the first that was refused. */
bool call_all(intent_t *intent, handler_string_t *answers, sojourn_object_types_error_code_t *code);

/* What a refused call shows, for each code. */
handler_string_t call_refused(void);

/* Adds the calls of advice to the answers; false with the code of the first that was refused. */
bool ask_all(struct text *to, intent_t *intent, sojourn_object_types_error_code_t *code);

/* Lets the host make the call of an execution again, and says until when. */
void add_poll(sojourn_object_situation_execution_t *execution);

/* A sleep until others have come so far. */
action_t wait_for_others(void);

const char *code_name(sojourn_object_types_error_code_t code);

#endif
