# Corpus files to token streams: text or gzip, checked UTF-8, documents to ids, and the order in which windows are read.
import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import torch

from .bpe import TEXT_END, CharacterError, read_tokenizer, train_bpe
from .commands import command_texts, varied_texts
from .errors import UserError, reason_of

PRINTABLE = "\n" + "".join(map(chr, range(0x20, 0x7F)))


def read_text(path):
    """The text of a file, unpacked where it is gzip. Raises a UserError that names the file, and the byte where it is no UTF-8."""
    try:
        raw = Path(path).read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be unpacked: {error}", "Pack it again with gzip.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason_of(error)}", "--data names the folder that holds the corpus.") from error
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02x} at offset {error.start}"
        raise UserError(f"{path} is not valid UTF-8: {found}", "Save the text as UTF-8.") from error


def split_documents(text, form, name="the text"):
    """The documents of a text. Twin: splitStories in host-tools/engines/bits-per-byte.ts; `lines` are documents themselves."""
    if form == "commands":
        return command_texts(text, name)
    if form == "lines":
        return [line for line in text.split("\n") if line != ""]
    documents, lines = [], []
    for line in text.split("\n"):
        if line != TEXT_END:
            lines.append(line)
            continue
        if lines:
            documents.append("\n".join(lines))
        lines = []
    rest = "\n".join(lines)
    return documents + ([rest] if rest != "" else [])


@dataclass(frozen=True)
class Corpus:
    """What a recipe reads: documents by file, in its order, those of validation, and a digest of all their bytes."""

    train: tuple[tuple[str, ...], ...]
    valid: tuple[str, ...]
    digest: str


def read_corpus(data, folder):
    """Reads the files of [data] below `folder`."""
    digest = hashlib.sha256()

    def documents(name, variants=1):
        path = os.path.join(folder, name)
        text = read_text(path)
        if variants > 1:
            found = varied_texts(text, variants, name=path)
        else:
            found = split_documents(text, data.form, path)
        if not found:
            raise UserError(f"{path} holds no text", "Name a file with at least one document.")
        digest.update(f"{name}\0{len(text)}\0".encode() + hashlib.sha256(text.encode()).digest())
        return tuple(found)

    train = tuple(documents(source.file, data.variants) for source in data.train)
    valid = documents(data.valid)
    return Corpus(train, valid, digest.hexdigest())


def make_tokenizer(recipe, corpus, folder):
    """Reads the tokenizer that the recipe names (relative to `folder`, the recipe's), or trains one on the corpus."""
    wanted = recipe.tokenizer
    if wanted.file is not None:
        path = os.path.join(folder, wanted.file)
        try:
            tokenizer = read_tokenizer(read_text(path))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is no tokenizer that the trainer reads: {error}") from error
        source = path
    else:
        always = PRINTABLE if wanted.characters == "printable" else None
        try:
            tokenizer = train_bpe((text for part in corpus.train for text in part), wanted.vocab, wanted.kind, always)
        except CharacterError as error:
            raise UserError(
                f"the corpus holds {error.character!r} (U+{ord(error.character):04X}); a byte-level tokenizer is ASCII only",
                'Choose tokenizer.kind = "byte-fallback", or clean the corpus.',
            ) from error
        except ValueError as error:
            raise UserError(f"tokenizer.vocab is {wanted.vocab}: {error}", "Choose more tokens.") from error
        source = "the corpus"
    if len(tokenizer) != wanted.vocab:
        raise UserError(
            f"tokenizer.vocab is {wanted.vocab}, but {source} gives {len(tokenizer)} tokens",
            f"Set it to {len(tokenizer)}.",
        )
    return tokenizer


def encode_documents(tokenizer, documents, name):
    """One stream of ids: 0 before each document and after the last one."""
    ids = []
    for index, text in enumerate(documents):
        ids.append(0)
        try:
            ids += tokenizer.encode(text)
        except CharacterError as error:
            raise UserError(
                f"{name}: text {index + 1} holds {error.character!r} (U+{ord(error.character):04X}), which has no token",
                'Choose tokenizer.kind = "byte-fallback", or clean the text.',
            ) from error
    return torch.tensor([*ids, 0], dtype=torch.int32)


@dataclass(frozen=True)
class Stream:
    """All training tokens in a row (int32), and where each file's part begins and how often it is seen in one pass."""

    ids: torch.Tensor
    #: (first, count, weight) by file.
    parts: tuple[tuple[int, int, float], ...]

    def tokens_in_pass(self):
        return sum(count * weight for _, count, weight in self.parts)


def make_stream(recipe, corpus, tokenizer):
    """The stream of a recipe. Raises a UserError where a file is shorter than one window."""
    parts, streams, at = [], [], 0
    for source, documents in zip(recipe.data.train, corpus.train):
        ids = encode_documents(tokenizer, documents, source.file)
        if len(ids) < recipe.training.window + 1:
            raise UserError(
                f"{source.file} has {len(ids)} tokens; a window of {recipe.training.window} needs one more than its own",
                "Choose a smaller training.window, or a longer text.",
            )
        streams.append(ids)
        parts.append((at, len(ids), source.weight))
        at += len(ids)
    return Stream(torch.cat(streams), tuple(parts))


def window_offsets(stream, training):
    """
    Where each window of each step begins, int64 [steps, batch]: a pure function of the stream's length, the recipe and its seed.

    Pass after pass, each file is cut into windows from a new place on and the windows of all files are shuffled: every token is
    seen as often as any other of its file. Of a weight's fraction, so many windows are drawn.
    """
    generator = torch.Generator().manual_seed(training.seed)
    wanted, found, chunks = training.steps * training.batch, 0, []
    while found < wanted:
        one_pass = []
        for first, count, weight in stream.parts:
            share = weight
            while share > 0:
                one_pass.append(_cut(first, count, training.window, min(share, 1.0), generator))
                share -= 1
        windows = torch.cat(one_pass)
        if len(windows) == 0:  # Tiny weights: draw until there is one.
            continue
        chunks.append(windows[torch.randperm(len(windows), generator=generator)])
        found += len(windows)
    return torch.cat(chunks)[:wanted].view(training.steps, training.batch)


def _cut(first, count, window, share, generator):
    """Begins of windows side by side in one part, from a random place on; a random `share` of them."""
    room = count - window - 1  # A window needs one token more, its last target.
    start = int(torch.randint(0, min(window, room + 1), (1,), generator=generator))
    begins = first + torch.arange(start, room + 1, window)
    if share >= 1:
        return begins
    chosen = torch.rand(len(begins), generator=generator) < share
    return begins[chosen]
