/* A handler without a library, by hand against the canonical ABI: hashes and sorts the task's input, and answers with both in hex. */
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned char u8;

extern u8 __heap_base;
static u8 *next = &__heap_base;

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
  u8 *at = (u8 *)(((u32)next + align - 1) & -align);
  for (u32 i = 0; i < old_size && i < size; i++) at[i] = ((u8 *)old)[i];
  next = at + size;
  u32 pages = __builtin_wasm_memory_size(0);
  if ((u32)next > pages << 16) __builtin_wasm_memory_grow(0, (((u32)next - (pages << 16)) >> 16) + 1);
  return at;
}

struct text {
  u8 *at;
  u32 bytes;
};

struct situation {
  struct text kind, goal, input, constraints;
};

/* result<proposal, handler-error> with a termination in it */
static struct {
  u32 failed, pad, action, pad_of_action;
  u32 achieved;
  struct text result;
  u8 other[148];
  struct text rationale;
  double confidence;
} answer;
static u8 out[64];

static u32 put_hex(u32 at, u64 value) {
  for (int shift = 60; shift >= 0; shift -= 4) out[at++] = "0123456789abcdef"[(value >> shift) & 15];
  return at;
}

static void sort(u8 *items, int low, int high) {
  if (low >= high) return;
  u8 pivot = items[(low + high) / 2];
  int i = low, j = high;
  while (i <= j) {
    while (items[i] < pivot) i++;
    while (items[j] > pivot) j--;
    if (i <= j) {
      u8 other = items[i];
      items[i++] = items[j];
      items[j--] = other;
    }
  }
  sort(items, low, j);
  sort(items, i, high);
}

static u64 hash(const u8 *items, u32 count) {
  u64 value = 0xcbf29ce484222325ull;
  for (u32 i = 0; i < count; i++) value = (value ^ items[i]) * 0x100000001b3ull;
  return value;
}

__attribute__((export_name("handle"))) void *handle(struct situation *situation) {
  struct text *input = &situation->input;
  double roots = 0;
  for (u32 i = 0; i < 1000; i++) roots += __builtin_sqrt((double)i) / (i + 1);
  u32 at = 0;
  out[at++] = '"';
  at = put_hex(at, hash(input->at, input->bytes));
  sort(input->at, 0, (int)input->bytes - 1);
  at = put_hex(at, hash(input->at, input->bytes));
  out[at++] = '"';
  answer.action = 5;
  answer.achieved = 1;
  answer.result.at = out;
  answer.result.bytes = at;
  answer.rationale = situation->goal;
  answer.confidence = (double)(int)roots / 64;
  return &answer;
}
