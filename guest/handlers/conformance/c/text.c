#include "text.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void append(struct text *text, const char *from, size_t bytes) {
  if (text->bytes + bytes > text->room) {
    text->room = (text->bytes + bytes) * 2;
    text->at = realloc(text->at, text->room);
    if (text->at == NULL) __builtin_trap();
  }
  memcpy(text->at + text->bytes, from, bytes);
  text->bytes += bytes;
}

static void append_number(struct text *text, unsigned long long number) {
  char digits[20];
  size_t first = sizeof digits;
  do digits[--first] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  append(text, digits + first, sizeof digits - first);
}

void add(struct text *text, const char *format, ...) {
  va_list args;
  va_start(args, format);
  for (const char *mark; (mark = strchr(format, '%')) != NULL;) {
    append(text, format, (size_t)(mark - format));
    format = mark + 2;
    if (mark[1] == 'u') append_number(text, va_arg(args, unsigned));
    else if (mark[1] == 's') {
      const char *string = va_arg(args, const char *);
      append(text, string, strlen(string));
    } else if (strncmp(mark, "%llu", 4) == 0) {
      append_number(text, va_arg(args, unsigned long long));
      format = mark + 4;
    } else if (strncmp(mark, "%.*s", 4) == 0) {
      size_t bytes = (size_t)va_arg(args, int);
      append(text, va_arg(args, const char *), bytes);
      format = mark + 4;
    } else __builtin_trap();
  }
  append(text, format, strlen(format));
  va_end(args);
}

void *owned(const void *from, size_t bytes) {
  void *at = malloc(bytes);
  if (at == NULL) __builtin_trap();
  return memcpy(at, from, bytes);
}

handler_string_t finish(struct text text) {
  return (handler_string_t){(uint8_t *)text.at, text.bytes};
}

handler_string_t copy(const char *literal) {
  handler_string_t string;
  handler_string_dup(&string, literal);
  return string;
}

handler_string_t copy_of(handler_string_t string) {
  handler_string_t copied;
  handler_string_dup_n(&copied, (const char *)string.ptr, string.len);
  return copied;
}
