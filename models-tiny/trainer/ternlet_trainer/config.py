# The recipe of a model: one TOML file, every field checked with one sentence, as dataclasses.
import hashlib
import json
import tomllib
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path

from .errors import UserError, reason_of

#: What a field may hold: a type, then either a range (low, high) or a list of words.
_SIZE = (1, 1 << 20)


def _field(kind, allowed=None, default=MISSING):
    return field(default=default, metadata={"kind": kind, "allowed": allowed})


@dataclass(frozen=True)
class Model:
    """[model]: the shape. `heads` and `tied` belong to kind = "transformer", the six after them to "mlgru"."""

    hidden: int = _field(int, _SIZE)
    layers: int = _field(int, (1, 1024))
    intermediate: int = _field(int, _SIZE)
    kind: str = _field(str, ["mlgru", "transformer"], "mlgru")
    heads: int = _field(int, (1, 1024), 1)
    tied: bool = _field(bool, None, False)
    lower_bound: bool = _field(bool, None, True)
    tied_norms: bool = _field(bool, None, True)
    embedding_digits: int = _field(int, (0, 3), 0)
    row_scales: bool = _field(bool, None, False)
    weight_digits: int = _field(int, (1, 3), 1)


@dataclass(frozen=True)
class TokenizerRecipe:
    """[tokenizer]: trained on the corpus, or read from `file` (a tokenizer.json beside the recipe)."""

    vocab: int = _field(int, (2, 65536))
    kind: str = _field(str, ["byte-level", "byte-fallback"], "byte-level")
    #: The characters with a token of their own: those of the corpus, or all of printable ASCII and newline besides.
    characters: str = _field(str, ["occurring", "printable"], "occurring")
    file: str | None = _field(str, None, None)


@dataclass(frozen=True)
class Source:
    """A corpus file, and how often its text is seen for once that a text of weight 1 is."""

    file: str = _field(str)
    weight: float = _field(float, (0.0, 1000.0), 1.0)


@dataclass(frozen=True)
class Data:
    """
    [data]: files below the folder --data; `stories` end with a line <|endoftext|>, of `lines` each is a text, `commands` are
    lines of commands.py, of which training reads so many `variants` and whose sentences' tokens weigh `sentence_weight` in the
    loss, those of the answer 1.
    """

    train: tuple[Source, ...] = _field(tuple)
    valid: str = _field(str)
    form: str = _field(str, ["stories", "lines", "commands"], "stories")
    variants: int = _field(int, (1, 1000), 1)
    sentence_weight: float = _field(float, (0.0, 1.0), 1.0)


@dataclass(frozen=True)
class Averaging:
    """Weights averaged over time: `ema` with `decay` a step, or `tail`, the mean of the last `steps`."""

    kind: str = _field(str, ["ema", "tail"])
    decay: float = _field(float, (0.0, 0.999999), 0.999)
    steps: int = _field(int, (1, 10**8), 1000)


@dataclass(frozen=True)
class Distillation:
    """Part `weight` of the loss is the distance to a bigger model's logits at `temperature`; `teacher` is the folder of its run."""

    teacher: str = _field(str)
    weight: float = _field(float, (0.0, 1.0), 0.5)
    temperature: float = _field(float, (0.01, 100.0), 1.0)


@dataclass(frozen=True)
class Training:
    """[training]: `rate` is the peak of the schedule, `floor` its end as a share of it, `decay_share` the last part of wsd."""

    steps: int = _field(int, (1, 10**8))
    batch: int = _field(int, (1, 1 << 16))
    window: int = _field(int, (2, 1 << 16))
    rate: float = _field(float, (0.0, 10.0))
    schedule: str = _field(str, ["cosine", "wsd", "two-stage", "linear"], "cosine")
    floor: float = _field(float, (0.0, 1.0), 0.1)
    decay_share: float = _field(float, (0.0, 1.0), 0.2)
    warm_up: int = _field(int, (0, 10**8), 100)
    weight_decay: float = _field(float, (0.0, 10.0), 0.01)
    dropout: float = _field(float, (0.0, 0.99), 0.0)
    clip: float = _field(float, (1e-6, 1e6), 1.0)
    seed: int = _field(int, (0, 2**31 - 1), 1)
    #: The folder of a finished run of the same model, relative to the recipe: training begins with its weights.
    start: str | None = _field(str, None, None)
    averaging: Averaging | None = _field(Averaging, None, None)
    distillation: Distillation | None = _field(Distillation, None, None)


@dataclass(frozen=True)
class Card:
    """[card]: what the model's README.md and model.json say that no figure says."""

    title: str = _field(str)
    about: str = _field(str)
    data: str = _field(str)
    licence: str = _field(str, None, "Apache-2.0")
    prompts: tuple[str, ...] = _field(tuple, None, ("Once upon a time",))


@dataclass(frozen=True)
class Recipe:
    name: str
    model: Model
    tokenizer: TokenizerRecipe
    data: Data
    training: Training
    card: Card

    def fingerprint(self):
        """What decides the result of a run, as JSON: two runs of one fingerprint on one device are equal."""
        facts = asdict(self)
        del facts["card"], facts["name"]
        return json.dumps(facts, sort_keys=True)

    def digest(self):
        return hashlib.sha256(self.fingerprint().encode()).hexdigest()


_SECTIONS = {"model": Model, "tokenizer": TokenizerRecipe, "data": Data, "training": Training, "card": Card}


def read_recipe(path, steps=None):
    """Reads and checks a recipe; `steps` takes the place of training.steps. Raises a UserError that names the field."""
    path = Path(path)
    try:
        text = path.read_bytes().decode()
        table = tomllib.loads(text)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason_of(error)}", "Name a recipe (.toml) or a model that has one.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}") from error
    try:
        return make_recipe(path.stem, table, steps)
    except UserError as error:
        raise UserError(f"{path}: {error}", error.hint) from error


def make_recipe(name, table, steps=None):
    """A recipe from what a TOML file holds."""
    for section in table:
        if section not in _SECTIONS:
            raise UserError(f"there is no section [{section}]; the sections are {', '.join(_SECTIONS)}")
    if steps is not None and isinstance(table.get("training"), dict):
        table = {**table, "training": {**table["training"], "steps": steps}}
    parts = {}
    for section, kind in _SECTIONS.items():
        if section not in table:
            raise UserError(f"section [{section}] is missing")
        parts[section] = _read_table(section, kind, table[section])
    recipe = Recipe(name, **parts)
    _check_together(recipe)
    return recipe


def _read_table(where, kind, table):
    if not isinstance(table, dict):
        raise UserError(f"{where} is {_shown(table)}; a table is needed")
    known = {one.name: one for one in fields(kind)}
    for name in table:
        if name not in known:
            raise UserError(f"{where} has no field {name}; it has {', '.join(known)}")
    values = {}
    for name, one in known.items():
        if name in table:
            values[name] = _read_value(f"{where}.{name}", one, table[name])
        elif one.default is MISSING:
            raise UserError(f"{where}.{name} is missing")
    return kind(**values)


def _read_value(where, one, value):
    kind, allowed = one.metadata["kind"], one.metadata["allowed"]
    if kind is tuple:
        return _read_list(where, value)
    if kind in (Averaging, Distillation):
        return _read_table(where, kind, value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise UserError(f"{where} is {_shown(value)}; {_NEEDED[kind]} is needed")
    if isinstance(allowed, list) and value not in allowed:
        raise UserError(f"{where} is {_shown(value)}; {', '.join(allowed)} are known")
    if isinstance(allowed, tuple) and not allowed[0] <= value <= allowed[1]:  # A NaN is in no range.
        raise UserError(f"{where} is {value}; a number from {allowed[0]} to {allowed[1]} is needed")
    if kind is str and value == "":
        raise UserError(f"{where} is empty")
    return value


def _read_list(where, value):
    """data.train: a list of file names or { file, weight }; card.prompts: a list of texts."""
    if not isinstance(value, list) or not value:
        raise UserError(f"{where} is {_shown(value)}; a list of one or more is needed")
    if where != "data.train":
        for one in value:
            if not isinstance(one, str) or one == "":
                raise UserError(f"{where} holds {_shown(one)}; a text is needed")
        return tuple(value)
    sources = tuple(_read_table(where, Source, {"file": one} if isinstance(one, str) else one) for one in value)
    for one in sources:
        if one.weight == 0:
            raise UserError(f"{where}: the weight of {one.file} is 0; leave the file out instead")
    return sources


_NEEDED = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _shown(value):
    return json.dumps(value, default=str)


def _check_together(recipe):
    """What fields mean only together."""
    model, training = recipe.model, recipe.training
    if recipe.data.form != "commands" and (recipe.data.variants, recipe.data.sentence_weight) != (1, 1.0):
        raise UserError("data.variants and data.sentence_weight are for form = \"commands\"")
    if training.distillation is not None and recipe.data.sentence_weight < 1:
        raise UserError("data.sentence_weight and training.distillation do not go together")
    if model.kind == "transformer":
        if model.hidden % (2 * model.heads) != 0:
            raise UserError(f"model.heads is {model.heads}; a head of {model.hidden} channels must have an even number of them")
        if (model.embedding_digits, model.row_scales, model.weight_digits) != (0, False, 1):
            raise UserError("model.embedding_digits, row_scales and weight_digits are for kind = \"mlgru\"")
    elif (model.heads, model.tied) != (1, False):
        raise UserError("model.heads and model.tied are for kind = \"transformer\"; embedding_digits ties an mlgru's head")
    elif training.dropout != 0:
        raise UserError("training.dropout is for kind = \"transformer\"; an mlgru has none")
    if model.weight_digits > 1 and not model.row_scales:
        raise UserError(f"model.weight_digits is {model.weight_digits}; more than 1 needs row_scales = true")
    if training.warm_up >= training.steps and training.warm_up > 0:
        raise UserError(
            f"training.warm_up is {training.warm_up}, training.steps {training.steps}; the warm-up must end before the training"
        )
    if training.rate == 0:
        raise UserError("training.rate is 0; nothing would be learnt")
