/* Texts that grow: JSON is put together in them, and they become the contract's strings. */
#ifndef TEXT_H
#define TEXT_H
#include "handler.h"

struct text {
  char *at;
  size_t bytes, room;
};

/* Like printf with `%s`, `%u`, `%llu` and `%.*s`, the last for `S(string)` of the contract. printf itself would need WASI. */
__attribute__((format(printf, 2, 3))) void add(struct text *text, const char *format, ...);

#define S(string) (int)(string).len, (const char *)(string).ptr

/* The contract's string with the text in it, which owns the memory from now on. */
handler_string_t finish(struct text text);

/* A copy that the caller owns. What a handler returns is freed after it was read, so literals must not be in it. */
handler_string_t copy(const char *literal);
handler_string_t copy_of(handler_string_t string);

/* The same for anything else. */
void *owned(const void *from, size_t bytes);

#endif
