/* The parts of the conformance handler. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H
#include "text.h"

typedef sojourn_object_situation_intent_t intent_t;
typedef sojourn_object_situation_action_t action_t;

/* The situation as JSON. Its texts are the test's own, plain enough to need no escapes. */
handler_string_t situation_json(const handler_situation_t *situation);

/* Calls every operation; false with the code of the first that was refused. */
bool call_all(intent_t *intent, handler_string_t *answers, sojourn_object_types_error_code_t *code);

/* What a refused call shows, for each code. */
handler_string_t call_refused(void);

const char *code_name(sojourn_object_types_error_code_t code);

#endif
