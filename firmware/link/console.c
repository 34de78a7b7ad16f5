// The console for people: editing of one line, echo, and the prompt. commands.c carries lines out.
#include "link/console.h"
#include "hal/hal.h"
#include "link/commands.h"
#include "link/print.h"

enum { BACKSPACE = 8, DELETE = 127, BREAK = 3, CLEAR = 21, ESCAPE = 27 };

static struct {
    uint8_t line[256];
    uint32_t n_bytes;
    bool too_long;
    bool after_return; // so that the line feed behind it is no second line
    uint8_t escape;    // 0, or how far into an escape sequence: 1 after ESC, 2 after ESC [
} console;

static void show_prompt(void) {
    console.n_bytes = 0;
    console.too_long = false;
    console.escape = 0;
    tlm_print(">");
}

void tlm_console_init(struct tlm_engine *engine, enum tlm_status image_status) {
    tlm_commands_init(engine, image_status);
    console.after_return = false;
    tlm_print("\n");
    tlm_commands_greet();
    show_prompt();
}

void tlm_console_leave(void) { console.n_bytes = 0; }

void tlm_console_resume(void) {
    tlm_print("\n");
    show_prompt();
}

void tlm_console_overrun(void) {
    tlm_print(
        "\nSome of what arrived was lost, since it came faster than it could be read. Nothing was done.\n");
    show_prompt();
}

static void echo(const char *text) {
    if (tlm_commands_echo()) tlm_print(text);
}

// Takes back the last character, which may be several bytes of UTF-8.
static void take_back(void) {
    if (console.n_bytes == 0) return;
    while (console.n_bytes > 1 && (console.line[console.n_bytes - 1] & 0xC0) == 0x80) console.n_bytes--;
    console.n_bytes--;
    echo("\b \b");
}

static void carry_out(void) {
    echo("\n");
    if (console.too_long) {
        tlm_print(
            "That line is longer than 256 bytes and was not read; ternlet generate takes longer prompts.\n");
        show_prompt();
        return;
    }
    const uint32_t n_bytes = console.n_bytes;
    console.n_bytes = 0; // The bytes stay: nothing is typed over them while a generation reads them.
    if (!tlm_commands_run(console.line, n_bytes)) show_prompt();
}

// Arrow keys and the like are swallowed: ESC, then [ or O and everything to a letter. What cannot be part of
// such a sequence ends it and means what it always means, so that Ctrl-C is heard behind a lone ESC as well.
static bool is_escape(uint8_t byte) {
    if (byte == ESCAPE) {
        console.escape = 1;
        return true;
    }
    const uint8_t far = console.escape;
    console.escape = 0;
    if (far == 1 && (byte == '[' || byte == 'O')) console.escape = 2;
    if (far == 2 && byte >= ' ' && byte < '@') console.escape = 2;
    return console.escape != 0 || (far == 2 && byte >= '@' && byte < DELETE);
}

static void take_text(uint8_t byte) {
    if (console.n_bytes == sizeof console.line) {
        console.too_long = true;
        echo("\a");
        return;
    }
    console.line[console.n_bytes++] = byte;
    if (tlm_commands_echo()) tlm_hal_write(&byte, 1);
}

void tlm_console_take(uint8_t byte) {
    const bool second = byte == '\n' && console.after_return;
    console.after_return = byte == '\r';
    if (second || is_escape(byte)) return;
    if (byte == '\r' || byte == '\n') {
        carry_out();
    } else if (byte == BREAK) {
        tlm_print("^C\n");
        show_prompt();
    } else if (byte == CLEAR) {
        while (console.n_bytes > 0) take_back();
        console.too_long = false;
    } else if (byte == BACKSPACE || byte == DELETE) {
        take_back();
    } else if (byte >= ' ') {
        take_text(byte);
    }
}
