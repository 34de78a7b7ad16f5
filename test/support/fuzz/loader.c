// Mutates images, loads each from a block of exactly its size and runs what loads. Built with sanitizers by
// loader.test.ts.
//
//   loader <first case> <cases> <dump> <images>
//
// dump 0 prints how many cases gave each status, and to standard error how many had tables of a pair over
// copies. dump 1 writes each case to standard output for the host to judge:
//   u32 size, status, digest; then the bytes
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "text/sampler.h"
#include "text/tokenizer.h"

enum { ARENA_BYTES = 1 << 16, STEPS = 3, STATUSES = 128, BASES_MAX = 10 };
enum { HEADER_BYTES = sizeof(struct tlm_image_header), ENTRY_BYTES = sizeof(struct tlm_image_entry) };

struct bytes {
    uint8_t *at;
    uint32_t n;
};

static struct bytes bases[BASES_MAX];
static uint32_t n_bases;
static uint64_t random_state;
static uint32_t n_over_copies;

// splitmix64.
static uint32_t next(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(z ^ z >> 31);
}

static uint32_t below(uint32_t n) { return n == 0 ? 0 : next() % n; }

static struct bytes read_file(const char *path) {
    struct bytes file = {malloc(1 << 20), 0};
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) exit(2);
    file.n = (uint32_t)fread(file.at, 1, 1 << 20, stream);
    fclose(stream);
    return file;
}

static uint32_t crc32(uint32_t crc, const uint8_t *bytes, uint32_t n) {
    static uint32_t table[256];
    if (table[1] == 0) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (0xedb88320u & (0u - (value & 1)));
            table[i] = value;
        }
    }
    for (uint32_t i = 0; i < n; i++) crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
    return crc;
}

static uint32_t read_u32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static void write_u32(uint8_t *at, uint32_t value) { memcpy(at, &value, 4); }

static void seal(struct bytes image) {
    if (image.n < HEADER_BYTES) return;
    const uint32_t said = read_u32(image.at + 8), n = said >= 16 && said <= image.n ? said : image.n;
    write_u32(image.at + 12, ~crc32(crc32(0xffffffffu, image.at, 12), image.at + 16, n - 16));
}

// A value that a check may have forgotten, or one near what is there.
static uint16_t telling(uint16_t old) {
    static const uint16_t values[] = {0,   1,   2,      4,      31,     32,     33,     127,
                                      128, 255, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff, 65440};
    switch (below(4)) {
    case 0:
        return (uint16_t)(old + 1);
    case 1:
        return (uint16_t)(old - 1);
    case 2:
        return (uint16_t)next();
    default:
        return values[below(sizeof values / sizeof *values)];
    }
}

static void edit_u16(struct bytes image, uint32_t at) {
    if (at + 2 > image.n) return;
    uint16_t value;
    memcpy(&value, image.at + at, 2);
    value = telling(value);
    memcpy(image.at + at, &value, 2);
}

// Fills an aligned span with one value: weights and scales at the ends of their ranges.
static void fill(struct bytes image) {
    const uint32_t at = below(image.n) & ~1u, n = below(64) * 2;
    uint16_t value = telling(0);
    for (uint32_t i = at; i < at + n && i + 2 <= image.n; i += 2) memcpy(image.at + i, &value, 2);
}

// A scale anywhere in its range, so that arithmetic meets its bounds.
static void edit_scale(struct bytes image) {
    const uint32_t n_entries = (image.n - HEADER_BYTES) / ENTRY_BYTES;
    const uint32_t of_entry = (uint32_t)offsetof(struct tlm_image_entry, scale_m),
                   of_header = (uint32_t)offsetof(struct tlm_image_header, norm_eps_m);
    const uint32_t at = below(4) == 0
                            ? of_header + 4 * below(5)
                            : HEADER_BYTES + ENTRY_BYTES * below(n_entries < 40 ? n_entries : 40) + of_entry;
    if (at + 4 > image.n) return;
    const uint32_t m = 0x8000u + below(0x8000), e = (uint32_t)((int32_t)below(129) - 96) & 0xffffu;
    write_u32(image.at + at, m | e << 16);
}

static void mutate_once(struct bytes *image, struct bytes other) {
    if (image->n < HEADER_BYTES) return;
    const uint32_t tokenizer = read_u32(image->at + offsetof(struct tlm_image_header, tokenizer_offset));
    switch (below(10)) {
    case 0: // bits
        for (uint32_t i = 1 + below(8); i > 0; i--) image->at[below(image->n)] ^= (uint8_t)(1u << below(8));
        break;
    case 1: // cut short
        image->n = below(image->n + 1);
        break;
    case 2: // cut short, and says so
        image->n = HEADER_BYTES + below(image->n - HEADER_BYTES + 1);
        write_u32(image->at + 8, below(4) == 0 ? image->n : image->n & ~3u);
        break;
    case 3: { // a piece of another image
        const uint32_t at = below(image->n), from = below(other.n), n = below(256);
        for (uint32_t i = 0; i < n && at + i < image->n && from + i < other.n; i++)
            image->at[at + i] = other.at[from + i];
        break;
    }
    case 4: // header
        edit_u16(*image, 2 * below(HEADER_BYTES / 2));
        break;
    case 5: // directory
        edit_u16(*image, HEADER_BYTES + 2 * below(ENTRY_BYTES / 2 * 40));
        break;
    case 6: // tokenizer
        if (tokenizer < image->n)
            edit_u16(*image, (tokenizer & ~1u) + 2 * below((image->n - tokenizer) / 2 + 1));
        break;
    case 7:
        fill(*image);
        break;
    default:
        edit_scale(*image);
    }
}

// A case in a block of its own, which ends where the image does.
static struct bytes make_case(uint64_t id) {
    random_state = id * 0xd1342543de82ef95u;
    const uint32_t which = below(n_bases), other = below(n_bases);
    static uint8_t scratch[1 << 20];
    struct bytes image = {scratch, bases[which].n};
    memcpy(scratch, bases[which].at, image.n);
    for (uint32_t i = 1 + below(3); i > 0; i--) mutate_once(&image, bases[other]);
    if (below(2) == 0) seal(image);
    struct bytes block = {malloc(image.n == 0 ? 1 : image.n), image.n};
    memcpy(block.at, scratch, image.n);
    return block;
}

static uint32_t digest;

static void add(uint32_t value) { digest = (digest << 7 | digest >> 25) + value; }

static void add_layer(void *context, uint32_t layer, uint32_t checksum) {
    (void)context;
    (void)layer;
    add(checksum);
}

static void see_token(void *context, uint16_t token) {
    if (token >= ((const struct tlm_engine *)context)->header->vocab) abort();
}

// Encodes text of characters that the images know, and of others.
static void encode(const struct tlm_engine *engine) {
    static struct tlm_encoder encoder;
    static const uint8_t known[] = "ab cd abcd ab";
    tlm_encoder_start(&encoder, engine);
    enum tlm_status status = TLM_STATUS_OK;
    for (uint32_t i = below(40), at = below(13); i > 0 && status == TLM_STATUS_OK; i--, at = (at + 1) % 13) {
        const uint8_t byte = below(64) == 0 ? (uint8_t)next() : known[at];
        status = tlm_encoder_push(&encoder, byte, see_token, (void *)engine);
        if (status == TLM_STATUS_OK && below(32) == 0) { // a character of two bytes
            status = tlm_encoder_push(&encoder, 0xc3, see_token, (void *)engine);
            if (status == TLM_STATUS_OK) status = tlm_encoder_push(&encoder, 0xa9, see_token, (void *)engine);
        }
    }
    if (status == TLM_STATUS_OK) tlm_encoder_finish(&encoder, see_token, (void *)engine);
}

static void add_texts(const struct tlm_engine *engine) {
    const struct tlm_tokenizer_section section = tlm_tokenizer_section(engine->header);
    for (uint32_t token = 0; token < section.head->n_tokens; token++) {
        struct tlm_token_text text;
        if (!tlm_token_text(&section, (uint16_t)token, &text)) abort();
        for (uint32_t i = 0; i < text.n_bytes; i++) add(text.bytes[i]);
        add(text.n_bytes);
    }
}

static void run(struct tlm_engine *engine) {
    struct tlm_sampler sampler = {700, 5, 900, {0}};
    tlm_sampler_seed(&sampler, 1);
    engine->trace = add_layer;
    add(engine->arena_used);
    add_texts(engine);
    uint16_t token = engine->header->bos;
    for (uint32_t step = 0; step < STEPS; step++) {
        tlm_engine_step(engine, token, true);
        for (uint32_t i = 0; i < engine->header->vocab; i++) add((uint32_t)engine->logits[i]);
        add(engine->logit_scale.m);
        add((uint32_t)engine->logit_scale.e);
        token = tlm_sample(&sampler, engine);
        add(token);
    }
    encode(engine);
}

// The same image with copies of some tensors and any room for the tables of a pair, where that loads.
static void copy_more(struct bytes image) {
    struct tlm_image_header header;
    memcpy(&header, image.at, sizeof header);
    struct tlm_image_entry ends[2];
    for (int i = 0; i < 2; i++)
        memcpy(ends + i, image.at + HEADER_BYTES + ENTRY_BYTES * below(header.n_tensors), ENTRY_BYTES);
    header.table_groups = (uint16_t)(1 + below(64));
    header.copied_offset = ends[0].offset;
    header.copied_bytes = (ends[1].offset + ends[1].bytes - ends[0].offset + 3) / 4 * 4;
    memcpy(image.at, &header, sizeof header);
    seal(image);
}

// Two tokens at once, and one now and then, leave the state and give the logits that one after the other do,
// whatever is copied and however much room tables have.
static void compare_pair(struct tlm_engine *pair, struct bytes image) {
    struct bytes copying = {malloc(image.n), image.n};
    memcpy(copying.at, image.at, image.n);
    copy_more(copying);
    struct tlm_engine single;
    uint8_t *arenas[2] = {malloc(ARENA_BYTES), malloc(ARENA_BYTES)};
    if (tlm_engine_load(&single, image.at, image.n, arenas[0], ARENA_BYTES) != TLM_STATUS_OK) abort();
    if (tlm_engine_load(pair, copying.at, copying.n, arenas[1], ARENA_BYTES) != TLM_STATUS_OK) {
        memcpy(copying.at, image.at, image.n);
        if (tlm_engine_load(pair, copying.at, copying.n, arenas[1], ARENA_BYTES) != TLM_STATUS_OK) abort();
    }
    // What is left of an arena takes tables that would else lie over copies.
    const uint32_t room = pair->arena_used + below(3) * 512;
    arenas[1] = realloc(arenas[1], room);
    if (tlm_engine_load(pair, copying.at, copying.n, arenas[1], room) != TLM_STATUS_OK) abort();
    if (pair->work.lent_bytes > 0) n_over_copies++;
    const uint32_t vocab = pair->header->vocab;
    const size_t state_bytes = (size_t)pair->header->n_layers * pair->header->inner * sizeof(int32_t);
    for (uint32_t step = 0; step < 2 * STEPS; step++) {
        const uint16_t tokens[2] = {(uint16_t)below(vocab), (uint16_t)below(vocab)};
        const bool is_pair = below(3) > 0, want = below(2) == 0;
        if (is_pair)
            tlm_engine_step_pair(pair, tokens, want);
        else
            tlm_engine_step(pair, tokens[1], want);
        if (is_pair) tlm_engine_step(&single, tokens[0], false);
        tlm_engine_step(&single, tokens[1], want);
        if (memcmp(pair->work.state, single.work.state, state_bytes) != 0) abort();
        if (want &&
            (memcmp(pair->logits, single.logits, vocab * sizeof(int32_t)) != 0 ||
             pair->logit_scale.m != single.logit_scale.m || pair->logit_scale.e != single.logit_scale.e))
            abort();
    }
    free(copying.at);
    for (int i = 0; i < 2; i++) free(arenas[i]);
}

// Loads a case and runs it where it loads; now and then in an arena of exactly its size, and by pairs.
static enum tlm_status judge(struct bytes image, uint8_t *arena) {
    struct tlm_engine engine;
    digest = 0;
    const enum tlm_status status = tlm_engine_load(&engine, image.at, image.n, arena, ARENA_BYTES);
    if (status != TLM_STATUS_OK) return status;
    run(&engine);
    if (below(4) != 0) return status;
    const uint32_t before = digest;
    uint8_t *own = malloc(engine.arena_used);
    digest = 0;
    if (tlm_engine_load(&engine, image.at, image.n, own, engine.arena_used) != TLM_STATUS_OK) abort();
    run(&engine);
    if (digest != before) abort();
    engine.trace = NULL;
    compare_pair(&engine, image);
    free(own);
    return status;
}

int main(int argc, char **argv) {
    if (argc < 5 || argc > 4 + BASES_MAX) return 2;
    const uint64_t first = strtoull(argv[1], NULL, 10), n = strtoull(argv[2], NULL, 10);
    const int dump = argv[3][0] == '1';
    uint32_t tally[STATUSES] = {0};
    uint8_t *arena = malloc(ARENA_BYTES);
    for (; argv[4 + n_bases] != NULL; n_bases++) bases[n_bases] = read_file(argv[4 + n_bases]);
    for (uint64_t id = first; id < first + n; id++) {
        const struct bytes image = make_case(id);
        const enum tlm_status status = judge(image, arena);
        tally[status]++;
        const uint32_t head[3] = {image.n, status, digest};
        if (dump) {
            fwrite(head, 4, 3, stdout);
            fwrite(image.at, 1, image.n, stdout);
        }
        free(image.at);
    }
    for (int i = 0; i < STATUSES && !dump; i++) {
        if (tally[i] > 0) printf("%d %u\n", i, (unsigned)tally[i]);
    }
    if (!dump) fprintf(stderr, "%u\n", (unsigned)n_over_copies);
    return 0;
}
