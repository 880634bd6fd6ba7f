/* Questions for advice, and what came of them. */
#include "conformance.h"

#define ADVICE(name) SOJOURN_OBJECT_ADVICE_##name

typedef sojourn_object_advice_question_t question_t;
typedef sojourn_object_advice_message_t message_t;

/* As JSON. A confidence of the cases is a number of quarters. */
static void add_answer(struct text *to, const sojourn_object_advice_answer_t *answer) {
  static const char *const quarters[] = {"0", "0.25", "0.5", "0.75", "1"};
  const char *confidence = quarters[(size_t)(answer->confidence * 4)];
  add(to, ",[\"%.*s\",%s,", S(answer->source), confidence);
  switch (answer->content.tag) {
    case ADVICE(CONTENT_TEXT):
      add(to, "\"%.*s\"", S(answer->content.val.text));
      break;
    case ADVICE(CONTENT_STRUCTURED):
      add(to, "%.*s", S(answer->content.val.structured));
      break;
    default:
      add(to, "[");
      for (size_t i = 0; i < answer->content.val.tool_calls.len; i++) {
        sojourn_object_advice_requested_call_t *call = &answer->content.val.tool_calls.ptr[i];
        const char *comma = i == 0 ? "" : ",";
        add(to, "%s[\"%.*s\",\"%.*s\",%.*s]", comma, S(call->id), S(call->name), S(call->arguments));
      }
      add(to, "]");
  }
  add(to, ",\"%.*s\",%llu]", S(answer->prompt), answer->seq);
}

bool ask_all(struct text *to, intent_t *intent, sojourn_object_types_error_code_t *code) {
  sojourn_object_advice_requested_call_t called = {copy("1"), copy("add"), copy("{\"a\":1}")};
  message_t messages[] = {
      {.role = ADVICE(ROLE_USER), .content = intent->goal},
      {.role = ADVICE(ROLE_ASSISTANT), .content = copy(""), .requested = {&called, 1}},
      {.role = ADVICE(ROLE_TOOL), .content = copy("3"), .tool_call = {true, copy("1")}},
  };
  message_t go = {.role = ADVICE(ROLE_USER), .content = copy("go")};
  sojourn_object_advice_tool_description_t tool = {copy("add"), copy("adds"), copy("{\"type\":\"object\"}")};
  question_t asked = {copy("local"), copy("Be brief."), {messages, 3}, {&tool, 1}, {true, copy("{\"type\":\"array\"}")}, 100};
  question_t plain = {.advisor = copy("none"), .system = copy(""), .messages = {&go, 1}, .max_tokens = 1};
  question_t *const questions[] = {&asked, &plain, &plain};
  for (size_t i = 0; i < 3; i++) {
    sojourn_object_advice_answer_t answer;
    TRY(sojourn_object_advice_ask(questions[i], &answer, code));
    add_answer(to, &answer);
  }
  return true;
}
