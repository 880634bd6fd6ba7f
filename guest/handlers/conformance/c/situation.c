/* The situation as JSON. */
#include "conformance.h"

static const char *const classes[] = {"success", "partial", "failure",     "deferral",  "refusal",
                                      "timeout", "latency", "no-response", "node-loss", "capability-missing"};

static void add_texts(struct text *to, const char *name, handler_list_string_t list) {
  add(to, ",\"%s\":[", name);
  for (size_t i = 0; i < list.len; i++) add(to, "%s\"%.*s\"", i == 0 ? "" : ",", S(list.ptr[i]));
  add(to, "]");
}

static void add_optional(struct text *to, const char *name, handler_option_string_t text) {
  if (text.is_some) add(to, ",\"%s\":\"%.*s\"", name, S(text.val));
  else add(to, ",\"%s\":null", name);
}

static void add_context(struct text *to, const sojourn_object_situation_context_t *context) {
  add(to, "\"context\":{\"id\":\"%.*s\",\"creator\":\"%.*s\"", S(context->id), S(context->creator));
  add_texts(to, "capabilities", context->capabilities);
  add_texts(to, "zones", context->zones);
  add(to, ",\"budgets\":[");
  for (size_t i = 0; i < context->budgets.len; i++) {
    sojourn_object_situation_budget_t it = context->budgets.ptr[i];
    const char *comma = i == 0 ? "" : ",";
    add(to, "%s{\"name\":\"%.*s\",\"limit\":%llu,\"spent\":%llu}", comma, S(it.name), it.limit, it.spent);
  }
  add(to, "],\"trust\":%u,\"continuousOver\":%u", context->trust, context->continuous_over);
  add_optional(to, "parent", context->parent);
  add(to, "}");
}

static void add_positions(struct text *to, const char *name, handler_list_u64_t list) {
  add(to, ",\"%s\":[", name);
  for (size_t i = 0; i < list.len; i++) add(to, "%s%llu", i == 0 ? "" : ",", list.ptr[i]);
  add(to, "]");
}

static void add_trigger(struct text *to, const sojourn_object_situation_trigger_t *trigger) {
  static const char *const tags[] = {"created", "continued", "woken"};
  add(to, ",\"trigger\":{\"tag\":\"%s\"", tags[trigger->tag]);
  if (trigger->tag == SOJOURN_OBJECT_SITUATION_TRIGGER_WOKEN) {
    add(to, ",\"dormancy\":%llu", trigger->val.woken.dormancy);
    add_positions(to, "signals", trigger->val.woken.signals);
    add_positions(to, "witnesses", trigger->val.woken.witnesses);
  }
  add(to, "}");
}

static void add_last(struct text *to, const sojourn_object_situation_option_outcome_t *last) {
  if (!last->is_some) {
    add(to, ",\"last\":null");
    return;
  }
  add(to, ",\"last\":{\"seq\":%llu,\"class\":\"%s\"", last->val.seq, classes[last->val.class_]);
  add_optional(to, "action", last->val.action);
  add_optional(to, "reason", last->val.reason);
  add(to, ",\"value\":%.*s}", S(last->val.value));
}

handler_string_t situation_json(const handler_situation_t *situation) {
  struct text text = {0};
  const intent_t *intent = &situation->intent;
  const sojourn_object_situation_limits_t *limits = &situation->limits;
  add(&text, "{\"intent\":{\"kind\":\"%.*s\",\"goal\":\"%.*s\",", S(intent->kind), S(intent->goal));
  add(&text, "\"input\":%.*s,\"constraints\":%.*s},", S(intent->input), S(intent->constraints));
  add_context(&text, &situation->context);
  add_trigger(&text, &situation->trigger);
  add_last(&text, &situation->last);
  add(&text, ",\"cycle\":%llu,\"now\":%llu", situation->cycle, situation->now);
  add(&text, ",\"limits\":{\"fuel\":%llu,\"memoryPages\":%u,\"calls\":%u", limits->fuel, limits->memory_pages, limits->calls);
  add(&text, ",\"bytes\":%llu,\"proposalBytes\":%u}}", limits->bytes, limits->proposal_bytes);
  return finish(text);
}
