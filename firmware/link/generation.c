// One generation: reads a prompt piece by piece, one step at a time, then writes tokens.
#include "link/generation.h"
#include "hal/hal.h"
#include "link/mark.h"
#include "text/sampler.h"
#include "text/tokenizer.h"

enum phase { IDLE, READING, WRITING };

// Tokens that the encoder found and the engine has not read yet: what one push may yield behind the one that
// waits already.
enum { QUEUE_TOKENS = TLM_ENCODER_TOKENS_MAX + 1 };

static struct {
    enum phase phase;
    struct tlm_engine *engine;
    const struct tlm_listener *listener;
    struct tlm_link_generate options;
    struct tlm_encoder encoder;
    struct tlm_sampler sampler;
    struct tlm_link_done tally;
    uint16_t queue[QUEUE_TOKENS];
    uint32_t n_queued;
    const uint8_t *piece;
    uint32_t piece_bytes;
    bool piece_holds_tokens;
    bool prompt_complete;
    bool flushed;    // whether the encoder has given its last token
    uint32_t index;  // of the next step
    uint16_t next;   // the token that goes in while writing
    bool has_unread; // whether `next` was written and never read: carrying on begins with it
} run;

static void queue_token(void *context, uint16_t id) {
    (void)context;
    if (run.n_queued < QUEUE_TOKENS) run.queue[run.n_queued++] = id;
}

static void report_checksum(void *context, uint32_t layer, uint32_t checksum) {
    (void)context;
    const struct tlm_link_checksum event = {run.index, layer, checksum};
    run.listener->checksum(&event);
}

static void finish(enum tlm_done_reason reason, enum tlm_status status, uint32_t offset) {
    if (run.phase == IDLE) return;
    run.phase = IDLE;
    run.engine->trace = NULL;
    tlm_mark_window(false, false);
    run.tally.reason = (uint8_t)reason;
    run.tally.status = (uint8_t)status;
    run.tally.offset = offset;
    run.listener->done(&run.tally);
}

enum tlm_status tlm_generation_start(struct tlm_engine *engine, const struct tlm_link_generate *options,
                                     const struct tlm_listener *listener) {
    if (options->temperature_milli > TLM_LINK_TEMPERATURE_MILLI_MAX) return TLM_STATUS_BAD_ARGUMENT;
    if (options->top_p_milli < 1 || options->top_p_milli > TLM_LINK_TOP_P_MILLI_MAX)
        return TLM_STATUS_BAD_ARGUMENT;
    if (options->max_tokens > TLM_LINK_MAX_TOKENS_MAX) return TLM_STATUS_BAD_ARGUMENT;
    const bool carry_on = (options->flags & TLM_GENERATE_FLAG_CARRY_ON) != 0 && run.engine == engine;
    run.phase = READING;
    run.engine = engine;
    run.listener = listener;
    run.options = *options;
    run.tally = (struct tlm_link_done){0};
    run.n_queued = 0;
    run.piece_bytes = 0;
    run.prompt_complete = false;
    run.flushed = false;
    run.index = 0;
    tlm_encoder_start(&run.encoder, engine);
    run.sampler.temperature_milli = options->temperature_milli;
    run.sampler.top_k = options->top_k;
    run.sampler.top_p_milli = options->top_p_milli;
    tlm_sampler_seed(&run.sampler, options->seed);
    if (!carry_on) {
        tlm_engine_reset(engine);
        queue_token(NULL, engine->header->bos);
    } else if (run.has_unread) {
        queue_token(NULL, run.next);
    }
    run.has_unread = false;
    engine->trace = (options->flags & TLM_GENERATE_FLAG_TRACE) != 0 ? report_checksum : NULL;
    tlm_mark_window(true, false);
    return TLM_STATUS_OK;
}

bool tlm_generation_runs(void) { return run.phase != IDLE; }
bool tlm_generation_reads(void) { return run.phase == READING && !run.prompt_complete; }
bool tlm_generation_fed(void) { return run.phase != READING || run.piece_bytes == 0; }
void tlm_generation_end_prompt(void) { run.prompt_complete = true; }
void tlm_generation_stop(void) { finish(TLM_DONE_REASON_STOPPED, TLM_STATUS_STOPPED, 0); }

void tlm_generation_forget(void) {
    run.phase = IDLE;
    run.engine = NULL;
    run.has_unread = false;
}

void tlm_generation_feed_bytes(const uint8_t *bytes, uint32_t n_bytes) {
    run.piece = bytes;
    run.piece_bytes = n_bytes;
    run.piece_holds_tokens = false;
}

void tlm_generation_feed_tokens(const uint8_t *bytes, uint32_t n_bytes) {
    tlm_generation_feed_bytes(bytes, n_bytes & ~1u);
    run.piece_holds_tokens = true;
}

// Turns bytes of the prompt into tokens until two wait: one alone may be the last, whose logits are wanted.
static void read_on(void) {
    while (run.phase == READING && run.n_queued < 2 && run.piece_bytes > 0) {
        if (run.piece_holds_tokens) {
            const uint16_t id = (uint16_t)(run.piece[0] | run.piece[1] << 8);
            run.piece += 2;
            run.piece_bytes -= 2;
            if (id >= run.engine->header->vocab) {
                finish(TLM_DONE_REASON_ERROR, TLM_STATUS_BAD_TOKEN, run.tally.prompt_tokens);
                return;
            }
            queue_token(NULL, id);
            continue;
        }
        run.piece_bytes--;
        const enum tlm_status status = tlm_encoder_push(&run.encoder, *run.piece++, queue_token, NULL);
        if (status != TLM_STATUS_OK) finish(TLM_DONE_REASON_ERROR, status, run.encoder.error_offset);
    }
}

// Reads one token; what is sampled becomes the next.
static void take_step(uint16_t input, bool sample) {
    const bool decode = run.phase == WRITING;
    struct tlm_step step = {
        .token = {.index = run.index, .input = input, .output = TLM_LINK_NO_TOKEN, .phase = decode}};
    const uint32_t started_us = tlm_hal_time_us();
    tlm_mark_token_in();
    tlm_engine_step(run.engine, input, sample);
    tlm_mark_logits_ready();
    step.token.time_us = tlm_hal_time_us();
    step.token.step_us = step.token.time_us - started_us;
    *(decode ? &run.tally.decode_us : &run.tally.prefill_us) += step.token.step_us;
    if (!decode) run.tally.prompt_tokens++;
    run.index++;

    bool ended = false;
    struct tlm_token_text text;
    if (sample) {
        run.next = tlm_sample(&run.sampler, run.engine);
        run.has_unread = true;
        ended = run.next == run.engine->header->eos;
        if (!ended) {
            step.token.output = run.next;
            tlm_token_text(&run.encoder.section, run.next, &text);
            step.text = text.bytes;
            step.text_bytes = text.n_bytes;
            run.tally.new_tokens++;
        }
    }
    run.listener->step(&step);
    if (!sample) return;
    if (ended) {
        finish(TLM_DONE_REASON_END, TLM_STATUS_OK, 0);
    } else if (run.tally.new_tokens == run.options.max_tokens) {
        finish(TLM_DONE_REASON_MAX_TOKENS, TLM_STATUS_OK, 0);
    } else if (!decode) {
        run.phase = WRITING;
        tlm_mark_window(true, true);
    }
}

static uint16_t take_queued(void) {
    const uint16_t id = run.queue[0];
    run.n_queued--;
    for (uint32_t i = 0; i < run.n_queued; i++) run.queue[i] = run.queue[i + 1];
    return id;
}

// One step of the prompt, or the end of reading where nothing is left to read; false while more of it must
// arrive.
static bool advance_prompt(void) {
    read_on();
    if (run.phase == READING && run.prompt_complete && run.piece_bytes == 0 && run.n_queued < 2 &&
        !run.flushed) {
        run.flushed = true;
        const enum tlm_status status = tlm_encoder_finish(&run.encoder, queue_token, NULL);
        if (status != TLM_STATUS_OK) finish(TLM_DONE_REASON_ERROR, status, run.encoder.error_offset);
    }
    if (run.phase != READING) return true;
    const bool last = run.flushed && run.n_queued <= 1;
    if (run.n_queued < 2 && !last) return false;
    if (run.n_queued == 0) { // Carried on without a word, and there is nothing to go on from.
        finish(TLM_DONE_REASON_ERROR, TLM_STATUS_BAD_ARGUMENT, 0);
        return true;
    }
    take_step(take_queued(), last && run.options.max_tokens > 0);
    if (last && run.options.max_tokens == 0) finish(TLM_DONE_REASON_MAX_TOKENS, TLM_STATUS_OK, 0);
    return true;
}

bool tlm_generation_advance(void) {
    if (run.phase == READING) return advance_prompt();
    if (run.phase != WRITING) return false;
    run.has_unread = false;
    take_step(run.next, true);
    return true;
}
