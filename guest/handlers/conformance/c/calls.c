/* Calls of every operation, and what a refused one shows. */
#include "conformance.h"

static const char *const codes[] = {"denied", "limit", "invalid", "not-found", "schema", "timeout", "unavailable", "unknown"};

const char *code_name(sojourn_object_types_error_code_t code) {
  return code < sizeof codes / sizeof *codes ? codes[code] : "?";
}

typedef sojourn_object_types_error_code_t code_t;

static bool add_value(struct text *to, const char *key, code_t *code) {
  handler_string_t name = copy(key);
  sojourn_object_kv_option_json_t value;
  TRY(sojourn_object_kv_get(&name, &value, code));
  if (value.is_some) add(to, "%.*s", S(value.val));
  else add(to, "null");
  return true;
}

static bool add_keys(struct text *to, code_t *code) {
  handler_string_t prefix = copy("k"), after;
  bool more = true, first = true;
  add(to, "[");
  while (more) {
    handler_list_string_t page;
    TRY(sojourn_object_kv_keys(&prefix, first ? NULL : &after, 2, &page, code));
    for (size_t i = 0; i < page.len; i++) {
      add(to, "%s\"%.*s\"", first ? "" : ",", S(page.ptr[i]));
      after = page.ptr[i];
      first = false;
    }
    more = page.len == 2;
  }
  add(to, "]");
  return true;
}

static bool add_posted(struct text *to, intent_t *intent, code_t *code) {
  sojourn_object_http_header_t header = {copy("content-type"), copy("text/plain")};
  sojourn_object_http_request_t request = {
      .method = copy("POST"),
      .url = copy("http://vendor.test/orders"),
      .headers = {&header, 1},
      .body = {true, {intent->goal.ptr, intent->goal.len}},
      .repetition = SOJOURN_OBJECT_HTTP_REPETITION_KEYED,
  };
  sojourn_object_http_response_t response;
  TRY(sojourn_object_http_send(&request, &response, code));
  add(to, "[%u,\"%.*s\",[", response.status, S(response.body));
  for (size_t i = 0; i < response.headers.len; i++)
    add(to, "%s\"%.*s\"", i == 0 ? "" : ",", S(response.headers.ptr[i].value));
  add(to, "]]");
  return true;
}

static bool add_found(struct text *to, code_t *code) {
  sojourn_object_http_request_t request = {
      .method = copy("GET"), .url = copy("http://vendor.test/"), .repetition = SOJOURN_OBJECT_HTTP_REPETITION_SAFE};
  sojourn_object_http_response_t response;
  TRY(sojourn_object_http_send(&request, &response, code));
  add(to, "[%u,\"%.*s\"]", response.status, S(response.body));
  return true;
}

static bool add_entries(struct text *to, code_t *code) {
  handler_string_t kind = copy("call");
  handler_option_u64_t next = {true, 3};
  bool first = true;
  add(to, "[");
  while (next.is_some) {
    sojourn_object_memory_page_t page;
    TRY(sojourn_object_memory_read(next.val, 1, &kind, &page, code));
    for (size_t i = 0; i < page.entries.len; i++, first = false)
      add(to, "%s[%llu,%.*s]", first ? "" : ",", page.entries.ptr[i].seq, S(page.entries.ptr[i].body));
    next = page.next;
  }
  add(to, "]");
  return true;
}

static bool add_signals(struct text *to, code_t *code) {
  handler_string_t name = copy("go");
  sojourn_object_signals_list_signal_t lists[2];
  TRY(sojourn_object_signals_read(NULL, 2, 5, &lists[0], code));
  TRY(sojourn_object_signals_read(&name, 0, 1, &lists[1], code));
  bool first = true;
  add(to, "[");
  for (size_t list = 0; list < 2; list++)
    for (size_t i = 0; i < lists[list].len; i++, first = false) {
      sojourn_object_signals_signal_t *signal = &lists[list].ptr[i];
      add(to, "%s[%llu,\"%.*s\",%.*s]", first ? "" : ",", signal->seq, S(signal->name), S(signal->payload));
    }
  add(to, "]");
  return true;
}

static bool add_children(struct text *to, code_t *code) {
  static const char *const statuses[] = {"running", "returned", "cancelled", "missing"};
  sojourn_object_children_list_child_t list;
  TRY(sojourn_object_children_list(&list, code));
  add(to, "[");
  for (size_t i = 0; i < list.len; i++) {
    sojourn_object_children_child_t *it = &list.ptr[i];
    const char *achieved = !it->achieved.is_some ? "null" : it->achieved.val ? "true" : "false";
    add(to, "%s[\"%.*s\",\"%s\",%s,", i == 0 ? "" : ",", S(it->name), statuses[it->status], achieved);
    if (it->result.is_some) add(to, "%.*s", S(it->result.val));
    else add(to, "null");
    add(to, ",%llu]", it->seq);
  }
  add(to, "]");
  return true;
}

bool call_all(intent_t *intent, handler_string_t *answers, code_t *code) {
  struct text text = {0};
  uint64_t now;
  TRY(sojourn_object_clock_now(&now, code));
  handler_list_u8_t bytes;
  TRY(sojourn_object_random_bytes(4, &bytes, code));
  add(&text, "[%llu,[%u,%u,%u,%u],", now, bytes.ptr[0], bytes.ptr[1], bytes.ptr[2], bytes.ptr[3]);
  handler_string_t line = copy("a line — with ü"), key = copy("key"), tool = copy("translate"), answer;
  TRY(sojourn_object_log_write(SOJOURN_OBJECT_LOG_LEVEL_WARN, &line, code));
  TRY(sojourn_object_kv_set(&key, &intent->input, code));
  TRY(add_value(&text, "key", code));
  add(&text, ",");
  TRY(add_value(&text, "absent", code));
  TRY(sojourn_object_kv_delete(&key, code));
  add(&text, ",");
  TRY(add_keys(&text, code));
  add(&text, ",");
  TRY(add_posted(&text, intent, code));
  add(&text, ",");
  TRY(add_found(&text, code));
  add(&text, ",");
  TRY(add_entries(&text, code));
  add(&text, ",");
  TRY(add_signals(&text, code));
  TRY(sojourn_object_tools_call(&tool, &intent->input, &answer, code));
  add(&text, ",%.*s,", S(answer));
  TRY(add_children(&text, code));
  TRY(ask_all(&text, intent, code));
  add(&text, "]");
  *answers = finish(text);
  return true;
}

handler_string_t call_refused(void) {
  struct text text = {0};
  add(&text, "[");
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    code_t code;
    add(&text, i == 0 ? "" : ",");
    if (!add_value(&text, codes[i], &code)) add(&text, "\"%s\"", code_name(code));
  }
  add(&text, "]");
  return finish(text);
}
