// One generation: reads a prompt piece by piece, one step at a time, then writes tokens.
#include "link/generation.h"
#include "hal/hal.h"
#include "link/mark.h"
#include "text/sampler.h"
#include "text/tokenizer.h"

enum phase { IDLE, READING, WRITING };

// Tokens that the encoder found and the engine has not read yet: what one push may yield behind the pair that
// waits already.
enum { QUEUE_TOKENS = TLM_ENCODER_TOKENS_MAX + TLM_ENGINE_TOKENS_MAX };

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

// Turns bytes of the prompt into tokens until one more waits than a step reads: its last may be the prompt's
// last, whose logits are wanted. So tokens are read by the same steps however the prompt arrives.
static void read_on(void) {
    while (run.phase == READING && run.n_queued <= TLM_ENGINE_TOKENS_MAX && run.piece_bytes > 0) {
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

// Tells of a step that read a token of the prompt and wrote none: the first of a pair, or any but the last.
static void report_read(struct tlm_step *step, uint16_t input) {
    step->token.input = input;
    step->token.output = TLM_LINK_NO_TOKEN;
    step->token.index = run.index++;
    run.listener->step(step);
}

// Runs the model between the marks; each token gets its share of the time.
static void run_model(struct tlm_step *step, const uint16_t *inputs, uint32_t n_inputs, bool sample) {
    const uint32_t started_us = tlm_hal_time_us();
    tlm_mark_token_in();
    if (n_inputs == 1)
        tlm_engine_step(run.engine, inputs[0], sample);
    else
        tlm_engine_step_pair(run.engine, inputs, sample);
    tlm_mark_logits_ready();
    const uint32_t now_us = tlm_hal_time_us(), step_us = now_us - started_us;
    step->token.time_us = now_us;
    step->token.step_us = step_us / n_inputs;
    step->token.shared = (uint16_t)n_inputs;
    *(run.phase == WRITING ? &run.tally.decode_us : &run.tally.prefill_us) += step_us;
}

// Samples the token behind the last that was read; whether it is the end.
static bool sample_next(struct tlm_step *step) {
    struct tlm_token_text text;
    run.next = tlm_sample(&run.sampler, run.engine);
    run.has_unread = true;
    if (run.next == run.engine->header->eos) return true;
    step->token.output = run.next;
    tlm_token_text(&run.encoder.section, run.next, &text);
    step->text = text.bytes;
    step->text_bytes = text.n_bytes;
    run.tally.new_tokens++;
    return false;
}

// Reads one token, or two of the prompt; what is sampled becomes the next.
static void take_step(const uint16_t *inputs, uint32_t n_inputs, bool sample) {
    const bool decode = run.phase == WRITING;
    struct tlm_step step = {.token = {.output = TLM_LINK_NO_TOKEN, .phase = decode}};
    run_model(&step, inputs, n_inputs, sample);
    if (!decode) run.tally.prompt_tokens += n_inputs;
    for (uint32_t i = 0; i + 1 < n_inputs; i++) report_read(&step, inputs[i]);
    step.token.input = inputs[n_inputs - 1];
    step.token.index = run.index++;
    const bool ended = sample && sample_next(&step);
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

// Takes the first tokens of the queue.
static void take_queued(uint16_t *ids, uint32_t n) {
    run.n_queued -= n;
    for (uint32_t i = 0; i < n; i++) ids[i] = run.queue[i];
    for (uint32_t i = 0; i < run.n_queued; i++) run.queue[i] = run.queue[i + n];
}

// The encoder's last tokens, when all of the prompt is there.
static void flush(void) {
    if (run.phase != READING || run.flushed || !run.prompt_complete || run.piece_bytes > 0) return;
    if (run.n_queued > TLM_ENGINE_TOKENS_MAX) return;
    run.flushed = true;
    const enum tlm_status status = tlm_encoder_finish(&run.encoder, queue_token, NULL);
    if (status != TLM_STATUS_OK) finish(TLM_DONE_REASON_ERROR, status, run.encoder.error_offset);
}

// One step of the prompt, or the end of reading where nothing is left to read; false while more of it must
// arrive. Checksums are traced token by token.
static bool advance_prompt(void) {
    read_on();
    flush();
    if (run.phase != READING) return true;
    const uint32_t most = run.engine->trace == NULL ? TLM_ENGINE_TOKENS_MAX : 1;
    if (!run.flushed && run.n_queued <= TLM_ENGINE_TOKENS_MAX) return false;
    if (run.n_queued == 0) { // Carried on without a word, and there is nothing to go on from.
        finish(TLM_DONE_REASON_ERROR, TLM_STATUS_BAD_ARGUMENT, 0);
        return true;
    }
    const uint32_t n = run.n_queued < most ? run.n_queued : most;
    const bool last = run.flushed && run.n_queued == n;
    uint16_t ids[TLM_ENGINE_TOKENS_MAX];
    take_queued(ids, n);
    take_step(ids, n, last && run.options.max_tokens > 0);
    if (last && run.options.max_tokens == 0) finish(TLM_DONE_REASON_MAX_TOKENS, TLM_STATUS_OK, 0);
    return true;
}

bool tlm_generation_advance(void) {
    if (run.phase == READING) return advance_prompt();
    if (run.phase != WRITING) return false;
    run.has_unread = false;
    const uint16_t input = run.next;
    take_step(&input, 1, true);
    return true;
}
