// The words for each status. Generated from host-tools/contracts/status.ts by npm run gen; do not edit.
#ifndef TLM_GEN_STATUS_WORDS_H
#define TLM_GEN_STATUS_WORDS_H

#include <stddef.h>
#include <stdint.h>

static const struct {
    uint8_t code;
    const char *words;
} tlm_status_words[] = {
    {0, "all is well"},
    {1, "there is no model in flash"},
    {2, "what is in flash is not a Ternlet image"},
    {3, "the image is of a newer version than this firmware reads"},
    {4, "the image is cut short, or larger than the region that holds it"},
    {5, "the image is damaged: its checksum is wrong"},
    {6, "the directory of the image points outside of it or contradicts itself"},
    {7, "the image has a size that no model can have"},
    {8, "the image has a matrix in a layout that this firmware does not read"},
    {9, "the image has bytes that encode no weights"},
    {10, "the image has a scale outside its range"},
    {11, "the tokenizer of the image contradicts itself"},
    {12, "the model needs more working memory than this board has"},
    {13, "the image is of an older version than this firmware reads"},
    {32, "the prompt has a character that the model cannot encode"},
    {33, "the prompt has a word that is too long"},
    {34, "the prompt is not valid UTF-8"},
    {35, "a token id is outside the vocabulary"},
    {64, "a frame has the wrong length for its type"},
    {65, "the device is still at work on the frame before"},
    {66, "this firmware does not know the command"},
    {67, "an argument is outside its range"},
    {68, "no prompt is being read"},
    {69, "the generation was stopped"},
};

#endif
