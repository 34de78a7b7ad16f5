// The memory functions that compilers call on their own; a freestanding build has no others.
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n_bytes);
void *memmove(void *to, const void *from, size_t n_bytes);
void *memset(void *to, int value, size_t n_bytes);
int memcmp(const void *a, const void *b, size_t n_bytes);

// Words where both sides are aligned, then bytes. The build keeps the compiler from turning the loops into
// calls.
void *memcpy(void *restrict to, const void *restrict from, size_t n_bytes) {
    uint8_t *out = to;
    const uint8_t *in = from;
    if ((((uintptr_t)out | (uintptr_t)in) & 3) == 0) {
        for (; n_bytes >= 4; n_bytes -= 4, out += 4, in += 4)
            *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
    }
    while (n_bytes-- > 0) *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t n_bytes) {
    uint8_t *out = to;
    const uint8_t *in = from;
    if ((uintptr_t)out - (uintptr_t)in >= n_bytes) return memcpy(to, from, n_bytes);
    while (n_bytes-- > 0) out[n_bytes] = in[n_bytes];
    return to;
}

void *memset(void *to, int value, size_t n_bytes) {
    uint8_t *out = to;
    const uint8_t byte = (uint8_t)value;
    while (n_bytes > 0 && ((uintptr_t)out & 3) != 0) *out++ = byte, n_bytes--;
    const uint32_t word = byte * 0x01010101u;
    for (; n_bytes >= 4; n_bytes -= 4, out += 4) *(uint32_t *)(void *)out = word;
    while (n_bytes-- > 0) *out++ = byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t n_bytes) {
    const uint8_t *left = a;
    const uint8_t *right = b;
    for (; n_bytes > 0; n_bytes--, left++, right++) {
        if (*left != *right) return *left - *right;
    }
    return 0;
}
