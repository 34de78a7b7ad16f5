# How well a model in training predicts held-out text, in float32: windows of the stream, or one text at a time.
import math

import torch
import torch.nn.functional as F

from .corpus import encode_documents


@torch.no_grad()
def _nats(model, ids, targets, mask):
    """Sum over the tokens where mask is 1 of -ln p; ids, targets, mask [B, T]."""
    logits = model(ids).flatten(0, 1)
    costs = F.cross_entropy(logits, targets.flatten(), reduction="none")
    return float((costs * mask.flatten()).double().sum())


def windows_loss(model, tokenizer, documents, window, batch, device):
    """Nats per token and bits per byte over windows side by side, the state at zero where each begins; each text's end is a byte."""
    stream = encode_documents(tokenizer, documents, "the validation text").long()
    count = (len(stream) - 1) // window
    if count == 0:
        window, count = len(stream) - 1, 1
    ids = stream[: count * window].view(count, window)
    targets = stream[1 : count * window + 1].view(count, window)
    nats = 0.0
    for at in range(0, count, batch):
        one, two = ids[at : at + batch].to(device), targets[at : at + batch].to(device)
        nats += _nats(model, one, two, torch.ones(two.shape, device=device))
    per_token = nats / (count * window)
    size = sum(len(text.encode()) + 1 for text in documents)
    return {"nats_per_token": per_token, "bits_per_byte": per_token * (len(stream) - 1) / size / math.log(2)}


def texts_loss(model, tokenizer, documents, characters, batch, device):
    """Bits per byte of texts one by one, of each its first `characters` (None: all); the end of a whole one is a token and a byte."""
    nats, size, rows = 0.0, 0, []
    for text in documents:
        ends = characters is None or len(text) <= characters
        rows.append([0, *tokenizer.encode(text[:characters]), *([0] if ends else [])])
        size += len(text[:characters].encode()) + ends
    rows.sort(key=len)
    for at in range(0, len(rows), batch):
        part = rows[at : at + batch]
        longest = max(map(len, part))
        ids, mask = torch.zeros(len(part), longest, dtype=torch.int64), torch.zeros(len(part), longest - 1)
        for row, one in enumerate(part):
            ids[row, : len(one)] = torch.tensor(one)
            mask[row, : len(one) - 1] = 1
        ids = ids.to(device)
        nats += _nats(model, ids[:, :-1], ids[:, 1:], mask.to(device))
    return nats / size / math.log(2)
