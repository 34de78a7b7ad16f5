// lookup_pair_u32 of Armv7E-M takes and leaves sums as words (lookup/lookup.h).
#ifndef TLM_PAIR_WORDS_H
#define TLM_PAIR_WORDS_H

enum { TLM_KNOWS_PAIR_WORDS = 1 };

#endif
