// recur_s32 of one part: the core class's, by another name.
#define recur_s32 recur_part_s32
#include "../armv6m/recur_s32.S"
