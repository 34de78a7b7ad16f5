// Text for people on the console.
#include "link/print.h"
#include "gen/status_words.h"
#include "hal/hal.h"

void tlm_print(const char *text) {
    uint32_t n_bytes = 0;
    while (text[n_bytes] != 0) n_bytes++;
    tlm_print_bytes((const uint8_t *)text, n_bytes);
}

void tlm_print_bytes(const uint8_t *bytes, uint32_t n_bytes) {
    uint32_t start = 0;
    for (uint32_t i = 0; i < n_bytes; i++) {
        if (bytes[i] != '\n') continue;
        tlm_hal_write(bytes + start, i - start);
        tlm_hal_write((const uint8_t *)"\r\n", 2);
        start = i + 1;
    }
    tlm_hal_write(bytes + start, n_bytes - start);
}

void tlm_print_number(uint32_t number) {
    uint8_t digits[10];
    uint32_t i = sizeof digits;
    do {
        digits[--i] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    tlm_hal_write(digits + i, sizeof digits - i);
}

void tlm_print_word(uint32_t word) {
    uint8_t digits[8];
    for (uint32_t i = 0; i < 8; i++) digits[i] = (uint8_t) "0123456789abcdef"[word >> (28 - 4 * i) & 15];
    tlm_hal_write(digits, sizeof digits);
}

void tlm_print_milli(uint32_t milli) {
    tlm_print_number(milli / 1000);
    uint32_t rest = milli % 1000;
    if (rest == 0) return;
    uint8_t digits[4] = {'.'};
    uint32_t n_digits = 1;
    for (; rest > 0; rest = rest % 100 * 10 % 1000) {
        digits[n_digits++] = (uint8_t)('0' + rest / 100);
    }
    tlm_hal_write(digits, n_digits);
}

void tlm_print_status(enum tlm_status status) {
    for (uint32_t i = 0; i < sizeof tlm_status_words / sizeof tlm_status_words[0]; i++) {
        if (tlm_status_words[i].code == status) tlm_print(tlm_status_words[i].words);
    }
}
