// lookup_pair_u32 of RV32 takes and leaves no words (lookup/lookup.h).
#ifndef TLM_PAIR_WORDS_H
#define TLM_PAIR_WORDS_H

enum { TLM_KNOWS_PAIR_WORDS = 0 };

#endif
