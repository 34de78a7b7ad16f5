# Byte-pair tokenizers (BPE): trains one on a corpus, encodes as the device does, writes and reads tokenizer.json.
#
# Twin: host-tools/compiler/tokenizer.ts and tokenizer-json.ts; models-tiny/trainer/tests/test_bpe.py holds the ids equal.
import heapq
import json
import re
from collections import Counter, defaultdict

KINDS = ("byte-level", "byte-fallback")
TEXT_END = "<|endoftext|>"
METASPACE = "▁"

#: The words of a byte-level text, as tokenizer.json spells them. Twin: asciiWordsPattern in tokenizer-json.ts.
ASCII_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+"
_ascii_words = re.compile(ASCII_WORDS, re.ASCII)
#: The words that byte-fallback merges are learned in: the same for every script, so that no merge joins a letter and a full stop.
_letter_words = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[^\W\d_]+| ?\d+| ?(?:_|[^\s\w])+|\s+(?!\S)|\s+")
#: The words that byte-fallback text is encoded in: spaces, and all up to the next space.
_space_words = re.compile(r" *[^ ]+| +")


class CharacterError(ValueError):
    """A character that the tokenizer has no token for."""

    def __init__(self, character):
        super().__init__(f"the tokenizer has no token for {character!r} (U+{ord(character):04X})")
        self.character = character


class Tokenizer:
    """tokens: the spelling by id, spaces as spaces; id 0 is the text's end. merges: (left id, right id, result id) by rank."""

    def __init__(self, kind, tokens, merges):
        self.kind, self.tokens, self.merges = kind, tokens, merges
        self._ranks = {(left, right): (rank, result) for rank, (left, right, result) in enumerate(merges)}
        first = 1 + (256 if kind == "byte-fallback" else 0)
        self._symbols = {token: i for i, token in enumerate(tokens) if i >= first and len(token) == 1}
        if kind == "byte-fallback":
            self._symbols[METASPACE] = self._symbols[" "]
        self._words = {}

    def __len__(self):
        return len(self.tokens)

    def encode(self, text):
        """The ids of a text, without a start. Raises CharacterError on a character that has no token."""
        words, known, ids = _ascii_words if self.kind == "byte-level" else _space_words, self._words, []
        for word in words.findall(text):
            found = known.get(word)
            if found is None:
                found = known[word] = self._encode_word(word)
            ids += found
        return ids

    def _encode_word(self, word):
        symbols = []
        for character in word:
            i = self._symbols.get(character)
            if i is not None:
                symbols.append(i)
            elif self.kind == "byte-fallback":
                symbols += [1 + byte for byte in character.encode()]
            else:
                raise CharacterError(character)
        ranks = self._ranks
        while len(symbols) > 1:
            none = (len(self.merges), 0)
            (rank, result), place = min((ranks.get(pair, none), i) for i, pair in enumerate(zip(symbols, symbols[1:])))
            if rank == none[0]:
                break
            symbols[place : place + 2] = [result]
        return symbols

    def bytes_of(self, i):
        """What token `i` writes: nothing for the text's end."""
        if i == 0:
            return b""
        if self.kind == "byte-fallback" and i <= 256:
            return bytes([i - 1])
        return self.tokens[i].encode()

    def decode(self, ids):
        return b"".join(self.bytes_of(i) for i in ids)

    def to_json(self):
        """The text of tokenizer.json, in the form of huggingface/tokenizers."""
        spell = _spell_bytes if self.kind == "byte-level" else lambda token: token.replace(" ", METASPACE)
        spelt = [token if i == 0 else spell(token) for i, token in enumerate(self.tokens)]
        model = {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": self.kind == "byte-fallback",
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(spelt)},
            "merges": [[spelt[left], spelt[right]] for left, right, _ in self.merges],
        }
        end = {"id": 0, "content": TEXT_END, "single_word": False, "lstrip": False, "rstrip": False}
        file = {"version": "1.0", "truncation": None, "padding": None}
        file["added_tokens"] = [{**end, "normalized": False, "special": True}]
        file |= _BYTE_LEVEL_PARTS if self.kind == "byte-level" else _BYTE_FALLBACK_PARTS
        return json.dumps({**file, "model": model}, ensure_ascii=False)


def read_tokenizer(text):
    """A tokenizer from the text of a tokenizer.json that `to_json` (or the makers of the first models) wrote."""
    file = json.loads(text)
    model = file["model"]
    kind = "byte-fallback" if model["byte_fallback"] else "byte-level"
    vocab = model["vocab"]
    if vocab.get(TEXT_END) != 0 or sorted(vocab.values()) != list(range(len(vocab))):
        raise ValueError(f"the ids of the tokenizer are not 0 ({TEXT_END}) and all those after it")
    spelt = sorted(vocab, key=vocab.get)
    plain = _plain_bytes if kind == "byte-level" else lambda token: token.replace(METASPACE, " ")
    tokens = [token if i == 0 else plain(token) for i, token in enumerate(spelt)]
    if kind == "byte-fallback" and tokens[1:257] != [byte_token(byte) for byte in range(256)]:
        raise ValueError("the byte tokens are not the ids 1 to 256")
    pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]
    return Tokenizer(kind, tokens, [(vocab[a], vocab[b], vocab[a + b]) for a, b in pairs])


def train_bpe(documents, size, kind="byte-level", characters=None):
    """
    A tokenizer of `size` tokens for texts (one string, or several); fewer where the corpus has no more pairs that occur twice.

    `characters` have a token whether they occur or not. The most frequent pair is merged first, of equals that of the last
    spelling, so that the result depends on the corpus alone.
    """
    words = _count_words([documents] if isinstance(documents, str) else documents, kind)
    counts = Counter()
    for word, count in words.items():
        for character in word:
            counts[character] += count
    tokens = [TEXT_END] + ([byte_token(byte) for byte in range(256)] if kind == "byte-fallback" else [])
    tokens += _choose_characters(counts, characters or "", kind, size - len(tokens))
    merges = _learn_merges(words, tokens, size, kind)
    return Tokenizer(kind, tokens, merges)


def _count_words(documents, kind):
    pattern = _ascii_words if kind == "byte-level" else _letter_words
    counts = Counter()
    for document in documents:
        if kind == "byte-fallback":
            document = document.replace(METASPACE, " ")
        counts.update(pattern.findall(document))
    return counts


def _choose_characters(counts, always, kind, room):
    """In order of their code. Byte-level: all of them, ASCII; byte-fallback: bytes serve the rare ones, so three quarters of the room."""
    if kind == "byte-level":
        chosen = set(counts) | set(always)
        for character in sorted(chosen):
            if ord(character) >= 0x80:
                raise CharacterError(character)
        if len(chosen) > room:
            raise ValueError(f"{len(chosen)} different characters need more than the {room} tokens that are left for them")
        return sorted(chosen)
    if room < 2:
        raise ValueError("a byte-fallback vocabulary needs at least 259 tokens: the text's end, 256 bytes, a space and one more")
    by_count = sorted(counts, key=lambda character: (-counts[character], character))
    fixed = dict.fromkeys(" " + always)
    return sorted(list(fixed) + [c for c in by_count if c not in fixed][: max(0, room * 3 // 4 - len(fixed))])


def _learn_merges(words, tokens, size, kind):
    """Appends to `tokens`. Only the words that hold the merged pair are looked at again."""
    ids = {token: i for i, token in enumerate(tokens)}
    bodies, weights = [], []
    for word, count in words.items():
        if all(character in ids for character in word):
            bodies.append([ids[character] for character in word])
            weights.append(count)
    pairs, places = Counter(), defaultdict(set)
    for at, (body, weight) in enumerate(zip(bodies, weights)):
        for pair in zip(body, body[1:]):
            pairs[pair] += weight
            places[pair].add(at)
    orders = [_last_first(token, kind) for token in tokens]
    queue = [(-count, orders[pair[0]], orders[pair[1]], pair) for pair, count in pairs.items()]
    heapq.heapify(queue)
    merges = []
    while len(tokens) < size and queue:
        count, _, _, pair = heapq.heappop(queue)
        if -count != pairs[pair]:
            continue  # An older count; the newer one is in the queue too.
        if -count < 2:
            break
        if kind == "byte-fallback" and tokens[pair[1]].startswith(" "):
            continue  # A merge must not reach over the start of a word.
        merged = tokens[pair[0]] + tokens[pair[1]]
        if merged in ids:
            result = ids[merged]  # Another pair has made this token before.
        else:
            result = ids[merged] = len(tokens)
            tokens.append(merged)
            orders.append(_last_first(merged, kind))
        merges.append((*pair, result))
        for other in _merge_in_words(pair, result, bodies, weights, pairs, places):
            if pairs[other] > 0:
                heapq.heappush(queue, (-pairs[other], orders[other[0]], orders[other[1]], other))
    return merges


def _last_first(token, kind):
    """A key that sorts spellings backwards; 1 ends each, so that a longer one comes before what it begins with."""
    spelt = _spell_bytes(token) if kind == "byte-level" else token.replace(" ", METASPACE)
    return (*(-ord(character) for character in spelt), 1)


def _merge_in_words(pair, result, bodies, weights, pairs, places):
    """Replaces the pair in all words; returns the pairs whose count is another now."""
    changed = set()
    for at in places.pop(pair):
        old, weight, new, i = bodies[at], weights[at], [], 0
        while i < len(old):
            if i + 1 < len(old) and (old[i], old[i + 1]) == pair:
                new.append(result)
                i += 2
            else:
                new.append(old[i])
                i += 1
        for other in zip(old, old[1:]):
            pairs[other] -= weight
            changed.add(other)
        for other in zip(new, new[1:]):
            pairs[other] += weight
            places[other].add(at)
            changed.add(other)
        bodies[at] = new
    del pairs[pair]
    changed.discard(pair)
    return changed


def byte_token(byte):
    return f"<0x{byte:02X}>"


def _byte_alphabet():
    """GPT-2's character of each byte: printable Latin-1 is itself, the others follow from U+0100 on."""
    alphabet, following = [], 0x100
    for byte in range(256):
        if 0x20 < byte < 0x7F or 0xA0 < byte != 0xAD:
            alphabet.append(chr(byte))
        else:
            alphabet.append(chr(following))
            following += 1
    return alphabet


_ALPHABET = _byte_alphabet()
_BYTE_OF = {character: byte for byte, character in enumerate(_ALPHABET)}


def _spell_bytes(token):
    return "".join(_ALPHABET[byte] for byte in token.encode())


def _plain_bytes(token):
    return bytes(_BYTE_OF[character] for character in token).decode()


_BYTE_LEVEL_PARTS = {
    "normalizer": None,
    "pre_tokenizer": {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": ASCII_WORDS}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        ],
    },
    "post_processor": None,
    "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
}

_BYTE_FALLBACK_PARTS = {
    "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": METASPACE},
    "pre_tokenizer": None,
    "post_processor": None,
    "decoder": {
        "type": "Sequence",
        "decoders": [
            {"type": "Replace", "pattern": {"String": METASPACE}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
        ],
    },
}
