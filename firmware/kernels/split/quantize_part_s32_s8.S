// quantize_s32_s8 of one part: the core class's, by another name.
#define quantize_s32_s8 quantize_part_s32_s8
#include "../armv6m/quantize_s32_s8.S"
