// The commands that a person types: one table, one function each.
#include "link/commands.h"
#include "gen/firmware.h"
#include "hal/hal.h"
#include "link/console.h"
#include "link/generation.h"
#include "link/print.h"

#include TLM_BOARD_H

extern const struct tlm_firmware_info tlm_firmware_info;

// A piece of the line.
struct words {
    const uint8_t *bytes;
    uint32_t n_bytes;
};

static struct {
    struct tlm_engine *engine;
    enum tlm_status image_status;
    struct tlm_link_generate options;
    bool echo;
} shell;

void tlm_commands_init(struct tlm_engine *engine, enum tlm_status image_status) {
    shell.engine = engine;
    shell.image_status = image_status;
    shell.options =
        (struct tlm_link_generate){.max_tokens = TLM_LINK_MAX_TOKENS_DEFAULT, .top_p_milli = 1000, .seed = 1};
    shell.echo = true;
}

bool tlm_commands_echo(void) { return shell.echo; }

static void print_model(void) {
    if (shell.image_status != TLM_STATUS_OK) {
        tlm_print("model: none, ");
        tlm_print_status(shell.image_status);
        tlm_print(" (ternlet flash writes one)\n");
        return;
    }
    const char *name = (const char *)shell.engine->header->name;
    uint32_t n_bytes = 0;
    while (n_bytes < sizeof shell.engine->header->name && name[n_bytes] != 0) n_bytes++;
    tlm_print("model: ");
    tlm_print_bytes((const uint8_t *)name, n_bytes);
    tlm_print("\n");
}

void tlm_commands_greet(void) {
    tlm_print("Ternlet on " TLM_BOARD_NAME ", type help\n");
    print_model();
}

static bool same(struct words words, const char *text) {
    uint32_t i = 0;
    while (i < words.n_bytes && text[i] != 0 && words.bytes[i] == (uint8_t)text[i]) i++;
    return i == words.n_bytes && text[i] == 0;
}

// Takes the first word off a line.
static struct words take_word(struct words *line) {
    while (line->n_bytes > 0 && line->bytes[0] == ' ') line->bytes++, line->n_bytes--;
    struct words word = {line->bytes, 0};
    while (word.n_bytes < line->n_bytes && word.bytes[word.n_bytes] != ' ') word.n_bytes++;
    line->bytes += word.n_bytes;
    line->n_bytes -= word.n_bytes;
    if (line->n_bytes > 0) line->bytes++, line->n_bytes--; // the one blank; more belong to what follows
    return word;
}

static void on_step(const struct tlm_step *step) { tlm_print_bytes(step->text, step->text_bytes); }

static void on_checksum(const struct tlm_link_checksum *checksum) { (void)checksum; }

static void on_done(const struct tlm_link_done *done) {
    tlm_print("\n");
    if (done->reason == TLM_DONE_REASON_ERROR) {
        tlm_print("Refused: ");
        tlm_print_status((enum tlm_status)done->status);
        tlm_print(", at byte ");
        tlm_print_number(done->offset);
        tlm_print(".\n");
    } else {
        const uint32_t steps = done->new_tokens + (done->reason == TLM_DONE_REASON_END);
        tlm_print_number(done->new_tokens);
        tlm_print(" tokens");
        if (steps > 1 && done->decode_us >= 1000) {
            tlm_print(", ");
            tlm_print_milli(done->decode_us / (steps - 1));
            tlm_print(" ms each");
        }
        tlm_print(done->reason == TLM_DONE_REASON_STOPPED ? ", stopped\n" : "\n");
    }
    tlm_print(">");
}

static const struct tlm_listener listener = {on_step, on_checksum, on_done};

static bool start(struct words text, uint32_t flags) {
    enum tlm_status status = shell.image_status;
    struct tlm_link_generate options = shell.options;
    options.flags = flags;
    if (status == TLM_STATUS_OK) status = tlm_generation_start(shell.engine, &options, &listener);
    if (status != TLM_STATUS_OK) {
        tlm_print("Refused: ");
        tlm_print_status(status);
        tlm_print(".\n");
        return false;
    }
    tlm_generation_feed_bytes(text.bytes, text.n_bytes);
    tlm_generation_end_prompt();
    return true;
}

static bool run_generate(struct words text) { return start(text, 0); }
static bool run_continue(struct words text) { return start(text, TLM_GENERATE_FLAG_CARRY_ON); }

// A number in thousandths, at most three decimals; false where it is none or too large.
static bool read_milli(struct words word, uint32_t *milli) {
    uint32_t value = 0, decimals = 0;
    bool after_point = false;
    if (word.n_bytes == 0 || word.n_bytes > 8) return false;
    for (uint32_t i = 0; i < word.n_bytes; i++) {
        const uint8_t byte = word.bytes[i];
        if (byte == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (byte < '0' || byte > '9' || decimals == 3 || value > 99999) return false;
        value = value * 10 + (uint32_t)(byte - '0');
        decimals += after_point;
    }
    for (; decimals < 3; decimals++) value *= 10;
    *milli = value;
    return true;
}

static bool read_number(struct words word, uint32_t *number) {
    uint32_t value = 0;
    if (word.n_bytes == 0 || word.n_bytes > 9) return false;
    for (uint32_t i = 0; i < word.n_bytes; i++) {
        if (word.bytes[i] < '0' || word.bytes[i] > '9') return false;
        value = value * 10 + (uint32_t)(word.bytes[i] - '0');
    }
    *number = value;
    return true;
}

// What can be set. Those in thousandths are typed as decimal fractions.
static const struct setting {
    const char *name;
    uint32_t *value;
    uint32_t min, max;
    bool milli;
} settings[] = {
    {"max-tokens", &shell.options.max_tokens, 0, TLM_LINK_MAX_TOKENS_MAX, false},
    {"temperature", &shell.options.temperature_milli, 0, TLM_LINK_TEMPERATURE_MILLI_MAX, true},
    {"top-k", &shell.options.top_k, 0, 65535, false},
    {"top-p", &shell.options.top_p_milli, 1, TLM_LINK_TOP_P_MILLI_MAX, true},
    {"seed", &shell.options.seed, 0, 999999999, false},
};
enum { N_SETTINGS = sizeof settings / sizeof settings[0] };

static void print_value(const struct setting *setting, uint32_t value) {
    if (setting->milli) {
        tlm_print_milli(value);
    } else {
        tlm_print_number(value);
    }
}

static void print_settings(void) {
    for (uint32_t i = 0; i < N_SETTINGS; i++) {
        tlm_print(settings[i].name);
        tlm_print(" ");
        print_value(&settings[i], *settings[i].value);
        tlm_print("\n");
    }
}

static bool run_set(struct words rest) {
    const struct words name = take_word(&rest);
    const struct words text = take_word(&rest);
    if (name.n_bytes == 0) {
        print_settings();
        return false;
    }
    for (uint32_t i = 0; i < N_SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        uint32_t value;
        if (!same(name, setting->name)) continue;
        const bool is_number = setting->milli ? read_milli(text, &value) : read_number(text, &value);
        if (is_number && value >= setting->min && value <= setting->max) {
            *setting->value = value;
            return false;
        }
        tlm_print(setting->name);
        tlm_print(" takes a number from ");
        print_value(setting, setting->min);
        tlm_print(" to ");
        print_value(setting, setting->max);
        tlm_print(".\n");
        return false;
    }
    tlm_print("There is no such setting; set alone lists them.\n");
    return false;
}

static void print_bytes_of(const char *what, uint32_t used, uint32_t of) {
    tlm_print(what);
    tlm_print_number(used);
    tlm_print(" of ");
    tlm_print_number(of);
    tlm_print(" bytes\n");
}

static bool run_info(struct words rest) {
    (void)rest;
    tlm_print("board: " TLM_BOARD_NAME "\nfirmware: ");
    tlm_print_word(tlm_firmware_info.build_high);
    tlm_print_word(tlm_firmware_info.build_low);
    tlm_print("\n");
    print_model();
    if (shell.image_status != TLM_STATUS_OK) return false;
    tlm_print("image: ");
    tlm_print_number(shell.engine->header->image_bytes);
    tlm_print(" bytes, checksum ");
    tlm_print_word(shell.engine->header->crc32);
    tlm_print("\nvocabulary: ");
    tlm_print_number(shell.engine->header->vocab);
    tlm_print(" tokens\n");
    return false;
}

static bool run_status(struct words rest) {
    (void)rest;
    struct tlm_memory memory;
    tlm_hal_memory(&memory);
    print_settings();
    print_bytes_of("working memory: ", shell.engine->arena_used, memory.arena_bytes);
    if (memory.stack_bytes > 0)
        print_bytes_of("stack, at its deepest: ", memory.stack_used, memory.stack_bytes);
    return false;
}

static bool run_reset(struct words rest) {
    (void)rest;
    tlm_hal_reset();
    return false;
}

static bool run_bootloader(struct words rest) {
    (void)rest;
    tlm_hal_bootloader();
    tlm_print("There is no boot loader in ROM here; an emulated board has a control socket for that.\n");
    return false;
}

static bool run_echo(struct words rest) {
    const struct words word = take_word(&rest);
    if (same(word, "on")) {
        shell.echo = true;
    } else if (same(word, "off")) {
        shell.echo = false;
    } else {
        tlm_print("echo takes on or off.\n");
    }
    return false;
}

static bool run_help(struct words rest);

static const struct command {
    const char *name;
    bool (*run)(struct words rest);
    const char *help;
} commands[] = {
    {"help", run_help, "this list"},
    {"generate", run_generate, "<text>: write on from a text; Ctrl-C stops"},
    {"continue", run_continue, "[text]: write on from where it stopped"},
    {"set", run_set, "[name value]: how tokens are chosen; alone: what is set"},
    {"info", run_info, "board, firmware and model"},
    {"status", run_status, "settings and memory"},
    {"echo", run_echo, "on|off: whether typed characters are shown"},
    {"reset", run_reset, "start over"},
    {"bootloader", run_bootloader, "enter the boot loader in ROM"},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static bool run_help(struct words rest) {
    (void)rest;
    for (uint32_t i = 0; i < N_COMMANDS; i++) {
        tlm_print(commands[i].name);
        tlm_print(" ");
        tlm_print(commands[i].help);
        tlm_print("\n");
    }
    return false;
}

bool tlm_commands_run(const uint8_t *line, uint32_t n_bytes) {
    struct words rest = {line, n_bytes};
    const struct words name = take_word(&rest);
    if (name.n_bytes == 0) return false;
    for (uint32_t i = 0; i < N_COMMANDS; i++) {
        if (same(name, commands[i].name)) return commands[i].run(rest);
    }
    tlm_print("There is no such command; help lists them.\n");
    return false;
}
