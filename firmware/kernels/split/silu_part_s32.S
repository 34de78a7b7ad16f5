// silu_s32 of one part: the core class's, by another name.
#define silu_s32 silu_part_s32
#include "../armv6m/silu_s32.S"
