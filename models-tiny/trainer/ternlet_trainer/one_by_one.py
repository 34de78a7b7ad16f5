# Bits per byte of a transformer on stories one at a time, those longer than its window read in overlapping pieces.
#
# Twin: predictStory in host-tools/engines/bits-per-byte.ts, which counts the same bytes and the same ends.
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

#: Stories side by side, and tokens of them all.
BATCH, BATCH_TOKENS = 8, 2048


@dataclass(frozen=True)
class Story:
    text: str
    #: Whether its end is predicted too.
    ended: bool

    @staticmethod
    def cut(text, characters):
        """The first so many characters, all of them for None."""
        if characters is None or len(text) <= characters:
            return Story(text, True)
        return Story(text[:characters], False)

    def bytes(self):
        return len(self.text.encode()) + self.ended


def with_ends(encode, story, start):
    """The ids of a story between the start that is fed and, where it is whole, the end that is predicted."""
    return [start, *encode(story.text), *([start] if story.ended else [])]


def pieces(count, window):
    """
    How `count` predictions are read in pieces of at most `window` inputs: (first input, first prediction that counts, end).

    Each piece but the first begins half a window before what it adds, so that every token has at least so much before it.
    """
    if count <= window:
        return [(0, 0, count)]
    found, done, begin = [(0, 0, window)], window, 0
    while done < count:
        begin = min(begin + window // 2, count - window)
        found.append((begin, done, begin + window))
        done = begin + window
    return found


def measure(logits_of, rows, stories, window, device="cpu"):
    """Bits per byte of ids [n] between ends, as `with_ends` gives them; logits_of takes ids [B, T] and gives [B, T, V]."""
    parts = [(row, *piece) for row in rows for piece in pieces(len(row) - 1, window)]
    parts.sort(key=lambda part: part[3] - part[1])
    nats, at = 0.0, 0
    while at < len(parts):
        longest, size = 0, 0
        while at + size < len(parts) and size < BATCH:
            width = parts[at + size][3] - parts[at + size][1]
            if size > 0 and max(longest, width) * (size + 1) > BATCH_TOKENS:
                break
            longest, size = max(longest, width), size + 1
        nats += _nats(logits_of, parts[at : at + size], longest, device)
        at += size
    tokens = sum(len(row) - 1 for row in rows)
    return {"bits_per_byte": nats / math.log(2) / sum(story.bytes() for story in stories), "tokens": tokens}


@torch.no_grad()
def _nats(logits_of, parts, longest, device):
    """Sum of -ln p over what counts in the parts (ids, first input, first that counts, end)."""
    ids, targets = torch.zeros(2, len(parts), longest, dtype=torch.int64)
    counted = torch.zeros(len(parts), longest, dtype=torch.bool)
    for row, (story, begin, first, end) in enumerate(parts):
        ids[row, : end - begin] = torch.tensor(story[begin:end])
        targets[row, : end - begin] = torch.tensor(story[begin + 1 : end + 1])
        counted[row, first - begin : end - begin] = True
    costs = F.cross_entropy(logits_of(ids.to(device)).flatten(0, 1).float(), targets.flatten().to(device), reduction="none")
    return float(costs.cpu()[counted.flatten()].double().sum())
