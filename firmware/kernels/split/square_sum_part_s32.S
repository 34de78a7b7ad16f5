// square_sum_s32 of one part: the core class's, by another name.
#define square_sum_s32 square_sum_part_s32
#include "../armv6m/square_sum_s32.S"
