# What people say to a home assistant as texts to learn: `turn the lights green => light change: green`.
#
# A line of the data is `sentence <TAB> intent <TAB> slot=value; slot=value`. intents.json says which device and action an intent
# is; the values stand as they do in the sentence, in its order. Twin: host-tools/engines/spoken-command.ts.
import json
import os
import random
import re
from collections import defaultdict
from dataclasses import dataclass

import torch

from .errors import UserError

SEPARATOR = " =>"

with open(os.path.join(os.path.dirname(__file__), "intents.json"), encoding="utf-8") as _file:
    #: intent -> "device action"
    PAIRS = json.load(_file)

#: Words that people put before and after what they want, and that change nothing of it.
BEFORE = ("please ", "can you ", "could you ", "could you please ", "hey ", "olly ", "would you ", "i want you to ")
AFTER = (" please", " for me", " now please", " thanks", " olly")


@dataclass(frozen=True)
class Command:
    """slots: (name, begin, end) of the values in the sentence, from left to right."""

    sentence: str
    intent: str
    slots: tuple[tuple[str, int, int], ...] = ()

    def text(self):
        values = ", ".join(self.sentence[begin:end] for _, begin, end in self.slots)
        return f"{self.sentence}{SEPARATOR} {PAIRS[self.intent]}{': ' if values else ''}{values}"


def read_commands(text, name="the data"):
    """The commands of a file's text, in lower case. Raises a UserError that names the file and the line."""
    commands = []
    for number, line in enumerate(text.split("\n"), 1):
        if line != "":
            try:
                commands.append(_read_line(line.lower()))
            except ValueError as error:
                hint = "A line is: sentence <TAB> intent <TAB> slot=value; slot=value (the third may be empty)."
                raise UserError(f"{name}, line {number}: {error}", hint) from error
    return commands


def _read_line(line):
    parts = line.split("\t")
    if len(parts) != 3:
        raise ValueError(f"{len(parts)} fields; 3 are needed")
    sentence, intent, slots = parts
    if sentence.strip() == "":
        raise ValueError("the sentence is empty")
    if SEPARATOR in sentence:
        raise ValueError(f"the sentence holds {SEPARATOR.strip()}, which begins the answer")
    if intent not in PAIRS:
        raise ValueError(f"the intent {intent} is not in intents.json")
    found, at = [], 0
    for slot in slots.split("; ") if slots else []:
        slot_name, equals, value = slot.partition("=")
        begin = _find_words(sentence, value, at)
        if equals == "" or value == "":
            raise ValueError(f"{slot} is no slot=value")
        if begin < 0:
            raise ValueError(f"the value {value} is not in the sentence, or not after the value before it")
        at = begin + len(value)
        found.append((slot_name, begin, at))
    return Command(sentence, intent, tuple(found))


def _find_words(sentence, value, at):
    """Where a value stands from `at` on: as whole words where it can, else anywhere; -1 where it does not."""
    words = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)").search(sentence, at)
    return words.start() if words else sentence.find(value, at)


def command_texts(text, name="the data"):
    """The texts of a file as they are said."""
    return [command.text() for command in read_commands(text, name)]


def varied_texts(text, variants, seed=1, name="the data"):
    """
    `variants` passes over a file's texts: the first as they are said, in the others values are those of other sentences with the
    same slot, and words of politeness come and go. A pure function of its arguments.
    """
    commands = read_commands(text, name)
    values = defaultdict(list)
    for command in commands:
        for slot_name, begin, end in command.slots:
            values[slot_name].append(command.sentence[begin:end])
    drawn, texts = random.Random(seed), [command.text() for command in commands]
    for _ in range(variants - 1):
        one_pass = [_vary(command, values, drawn).text() for command in commands]
        drawn.shuffle(one_pass)
        texts += one_pass
    return texts


def _vary(command, values, drawn):
    sentence, slots, at = "", [], 0
    for slot_name, begin, end in command.slots:
        value = command.sentence[begin:end]
        if drawn.random() < 0.5:
            value = drawn.choice(values[slot_name])
        sentence += command.sentence[at:begin]
        slots.append((slot_name, len(sentence), len(sentence) + len(value)))
        sentence, at = sentence + value, end
    return _be_polite(Command(sentence + command.sentence[at:], command.intent, tuple(slots)), drawn)


def _be_polite(command, drawn):
    """Takes a polite word away, or where there is none adds one now and then; never from inside a value, nor all there is."""
    sentence, slots = command.sentence, command.slots
    fate = drawn.random()
    if fate < 0.4:
        first = min((begin for _, begin, _ in slots), default=len(sentence))
        for word in BEFORE:
            if sentence.startswith(word) and first >= len(word) < len(sentence):
                moved = tuple((name, begin - len(word), end - len(word)) for name, begin, end in slots)
                return Command(sentence[len(word) :], command.intent, moved)
        last = max((end for _, _, end in slots), default=0)
        for word in AFTER:
            if sentence.endswith(word) and last <= len(sentence) - len(word):
                return Command(sentence[: -len(word)], command.intent, slots)
    elif fate < 0.5 and not sentence.startswith(BEFORE):
        word = drawn.choice(BEFORE)
        moved = tuple((name, begin + len(word), end + len(word)) for name, begin, end in slots)
        return Command(word + sentence, command.intent, moved)
    elif fate < 0.6 and not sentence.endswith((*AFTER, ".", "?")):
        return Command(sentence + drawn.choice(AFTER), command.intent, slots)
    return command


def is_answer(ids, separator):
    """1.0 where the token after one of ids [B, T] belongs to an answer or is its end, else 0.0: from the separator to id 0."""
    places = torch.arange(1, ids.shape[1] + 1, device=ids.device).expand(ids.shape)
    begun = torch.where(ids == separator, places, torch.zeros_like(places)).cummax(dim=1).values
    ended = torch.where(ids == 0, places, torch.zeros_like(places)).cummax(dim=1).values
    return (begun > ended).to(torch.float32)
