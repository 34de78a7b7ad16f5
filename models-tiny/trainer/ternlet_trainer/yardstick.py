# The yardstick: ternary models beside Transformer++ of equal parameters, data and steps, by parameters and by bytes of flash.
#
#   python3 -m ternlet_trainer.yardstick collect <folder of runs> --text <valid> --rival <folder>   into results.json
#   python3 -m ternlet_trainer.yardstick draw                                                        docs/yardstick.svg, and the tables
import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

from .errors import DONE, UserError, reason_of
from .yardstick_chart import Point, Series, between, chart, crossing, fit_power

TRAINER = Path(__file__).resolve().parents[1]
RESULTS = TRAINER / "results.json"
PICTURE = TRAINER.parents[1] / "docs" / "yardstick.svg"
#: What every figure was measured on, beside those of `windows`. Twin: TEXTS and CHARACTERS in finish.py.
STORIES, CHARACTERS = 200, 1000
MEASURED_ON = f"TinyStories valid: the first {CHARACTERS:,} characters of each of the first {STORIES} stories, one at a time"
#: Kinds of runs, with the title of their curve.
TERNARY, OFFICIAL, TRANSFORMER, RIVAL = "ternary", "official", "transformer", "rival"


def read_json(path, hint=None):
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason_of(error)}", hint) from error
    except ValueError as error:
        raise UserError(f"{path} is no JSON: {error}", hint) from error


def int8_bytes(model):
    """Flash of a Transformer's int8 form without its tokenizer: a byte a weight, a float32 scale a row, float32 norms."""
    sizes = (p.numel() + 4 * p.shape[0] if p.dim() == 2 else 4 * p.numel() for p in model.parameters())
    return sum(sizes)


def _entry(name, kind, parameters, result):
    """What a run's result.json says, in the form of results.json; what is not known yet is null."""
    valid, rounded = result["valid"], result.get("valid_int8") or {}
    return {
        "name": name,
        "kind": kind,
        "parameters": parameters,
        "flash_bytes": None,
        "steps": result["steps"],
        "tokens": result["tokens"],
        "train_nats_per_token": round(result["train_loss"], 4),
        "windows": {"float": round(valid["bits_per_byte"], 4)},
        "bits_per_byte": {
            "float": round(valid["bits_per_byte_texts"], 4),
            "int8": round(rounded["bits_per_byte_texts"], 4) if rounded else None,
            "integer": None,
        },
    }


def checkpoint_of(folder, name):
    """The shipped model of that name, else what the run exported."""
    shipped = TRAINER.parent / name
    return str(shipped) if (shipped / "model.safetensors").exists() else os.path.join(folder, name)


def collect_run(folder, text, before):
    """
    The entry of one run. An integer figure that was measured on the same weights, in the entry `before`, is not measured again;
    it stays null where there is no text to measure it on.
    """
    from . import one_by_one, rival
    from .config import read_recipe
    from .corpus import read_text, split_documents
    from .models import build_model

    name = os.path.basename(os.path.normpath(folder))
    recipe = read_recipe(TRAINER / "recipes" / f"{name}.toml")
    result = read_json(os.path.join(folder, "result.json"), "Name the folder of a finished run.")
    model = build_model(recipe.model, recipe.tokenizer.vocab)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if recipe.model.kind == "transformer":
        entry = _entry(name, TRANSFORMER, parameters, result)
        return {**entry, "vocabulary": recipe.tokenizer.vocab, "int8_bytes": int8_bytes(model)}
    kind = TERNARY if recipe.model.embedding_digits or recipe.model.row_scales else OFFICIAL
    entry = _entry(name, kind, parameters, result)
    checkpoint = checkpoint_of(folder, name)
    weights = hashlib.sha256(Path(checkpoint, "model.safetensors").read_bytes()).hexdigest()[:16]
    integer = before["bits_per_byte"]["integer"] if before is not None and before.get("weights") == weights else None
    if integer is not None or text is None:
        compiled = rival.compile_facts(checkpoint)
    else:
        texts = split_documents(read_text(text), "stories")[:STORIES]
        stories = [one_by_one.Story.cut(one, CHARACTERS) for one in texts]
        compiled = rival.our_facts(checkpoint, text, STORIES, CHARACTERS, stories)
        integer = round(compiled["bits_per_byte"], 4)
    entry["bits_per_byte"]["integer"] = integer
    entry["flash_bytes"] = compiled["flash_bytes"]
    return {**entry, "vocabulary": recipe.tokenizer.vocab, "tokenizer_bytes": compiled["sizes"]["tokenizer"], "weights": weights}


def collect_rival(folder, text):
    """stories260K as float and as int8 with a scale a row."""
    from . import one_by_one, rival
    from .corpus import read_text, split_documents

    texts = split_documents(read_text(text), "stories")[:STORIES]
    whole, rounded, _ = rival.rival_rows(folder, [one_by_one.Story.cut(one, CHARACTERS) for one in texts])
    figures = {"float": round(whole["bits_per_byte"], 4), "int8": round(rounded["bits_per_byte"], 4), "integer": None}
    facts = {"parameters": whole["parameters"], "flash_bytes": rounded["flash_bytes"]}
    return {"name": whole["model"], "kind": RIVAL, **facts, "bits_per_byte": figures}


def with_tokenizers(runs):
    """A Transformer needs the tokenizer of the ternary models of its vocabulary, in the same form."""
    sizes = {run["vocabulary"]: run["tokenizer_bytes"] for run in runs if "tokenizer_bytes" in run}
    done = []
    for run in runs:
        if run["kind"] == TRANSFORMER:
            if run["vocabulary"] not in sizes:
                raise UserError(f"no ternary model has the {run['vocabulary']} tokens of {run['name']}", "Collect that one too.")
            run = {**run, "flash_bytes": run["int8_bytes"] + sizes[run["vocabulary"]]}
        done.append(run)
    return done


def collect(options):
    import torch

    from .processor import prepare, threads

    prepare()
    torch.set_num_threads(threads())
    known = {run["name"]: run for run in read_json(RESULTS)["runs"]} if RESULTS.exists() else {}
    for folder in options.runs:
        folders = [folder] if os.path.exists(os.path.join(folder, "result.json")) else sorted(Path(folder).iterdir())
        for one in folders:
            if not os.path.exists(os.path.join(one, "result.json")):
                continue
            name = os.path.basename(os.path.normpath(one))
            if not name.startswith(("stories-", "yardstick-")):
                continue
            print(f"{name} …", file=sys.stderr, flush=True)
            known[name] = collect_run(str(one), options.text, known.get(name))
    if options.rival:
        rival = collect_rival(options.rival, options.text)
        known[rival["name"]] = rival
    runs = with_tokenizers(sorted(known.values(), key=lambda run: (run["kind"], run["parameters"])))
    text = json.dumps({"measured_on": MEASURED_ON, "runs": runs}, indent=2)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")
    return DONE


#: Kind, title, and which figure is taken by parameters and by flash; None: no curve there.
_CURVES = (
    (TERNARY, "ternary, extensions", "integer", "integer"),
    (OFFICIAL, "ternary, official architecture", "integer", "integer"),
    (TRANSFORMER, "Transformer++ (left float, right int8)", "float", "int8"),
    (RIVAL, "stories260K (left float, right int8)", "float", "int8"),
)


def figure_of(run, figure):
    """The figure, or the float one where that was not measured (`integer_word` says so)."""
    figures = run["bits_per_byte"]
    return figures["float"] if figures[figure] is None else figures[figure]


def integer_word(runs):
    """What the ternary figures of the tables are."""
    ternary = [run for run in runs if run["kind"] in (TERNARY, OFFICIAL)]
    return "float" if any(run["bits_per_byte"]["integer"] is None for run in ternary) else "integer"


def curves(runs, by):
    """Series by `parameters` or `flash_bytes`, each with its fit."""
    found = []
    for kind, title, *figures in _CURVES:
        figure = figures[by == "flash_bytes"]
        of_kind = [run for run in runs if run["kind"] == kind]
        points = tuple(Point(run["name"], run[by], figure_of(run, figure)) for run in of_kind)
        if points:
            found.append(Series(title, kind, points, fit_power(points)))
    return found


def crossings(right):
    """
    From how many bytes of flash on ternary is better than the int8 Transformer, by the fits and by lines between the points; and
    the bytes from low to high where there are both.
    """
    by_kind = {series.style: series for series in right}
    ours, theirs = by_kind[TERNARY], by_kind[TRANSFORMER]
    low, high = (pick(edge(p.x for p in one.points) for one in (ours, theirs)) for pick, edge in ((max, min), (min, max)))
    fits = crossing(ours.fit, theirs.fit, low, high)
    lines = crossing(lambda x: between(ours.points, x) or 9, lambda x: between(theirs.points, x) or 0, low * 1.0001, high * 0.9999)
    return fits, lines, low, high


def pairs(runs):
    """(ternary, official or None, Transformer) of one size, smallest first."""
    by_name = {run["name"]: run for run in runs}
    found = []
    for run in runs:
        other = by_name.get(run["name"].replace("stories-", "yardstick-"))
        if run["kind"] == TERNARY and other is not None:
            found.append((run, by_name.get(f"{run['name']}-official"), other))
    return sorted(found, key=lambda pair: pair[0]["parameters"])


def gap_table(runs):
    """At each size what ternary costs against the float Transformer++, on stories and on windows of the training's length."""
    lines = [
        f"| size | parameters: ternary / Transformer++ | ternary, {integer_word(runs)} | Transformer++, float | gap | gap on windows, both float |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for ours, _, theirs in pairs(runs):
        size = ours["name"].removeprefix("stories-")
        mine, other = figure_of(ours, "integer"), theirs["bits_per_byte"]["float"]
        windows = ours["windows"]["float"] - theirs["windows"]["float"]
        counts = f"{ours['parameters']:,} / {theirs['parameters']:,}"
        lines.append(f"| {size} | {counts} | {mine:.4f} | {other:.4f} | {mine - other:.4f} | {windows:.4f} |")
    return "\n".join(lines)


def flash_table(runs):
    """Every model by what it takes in flash, tokenizer included."""
    lines = [f"| model | form | parameters | bytes of flash | bits per byte (ternary: {integer_word(runs)}) |", "| --- | --- | --- | --- | --- |"]
    forms = {TERNARY: "image", OFFICIAL: "image, no extensions", TRANSFORMER: "int8", RIVAL: "int8"}
    for run in sorted(runs, key=lambda run: run["flash_bytes"]):
        figure = figure_of(run, "integer" if run["kind"] in (TERNARY, OFFICIAL) else "int8")
        lines.append(f"| {run['name']} | {forms[run['kind']]} | {run['parameters']:,} | {run['flash_bytes']:,} | {figure:.4f} |")
    return "\n".join(lines)


def fit_table(left, right):
    lines = ["| curve | by | bits per byte | off by (rms) |", "| --- | --- | --- | --- |"]
    for series, by, unit in ((left, "parameters", "N"), (right, "bytes of flash", "B")):
        for one in series:
            if one.fit is not None:
                fit = one.fit
                name = one.title.split(" (")[0] + ("" if one.style != TRANSFORMER else ", float" if unit == "N" else ", int8")
                scale = fit.b / 1e5**fit.c
                lines.append(f"| {name} | {by} | {fit.a:.3f} + {scale:.3f} ({unit} / 100,000)^-{fit.c:.3f} | {fit.error:.4f} |")
    return "\n".join(lines)


#: Gaps on windows that there were before, by parameters. Source: the first measurements of the issue, 12,000, 9,000 and 7,000 steps.
FIRST_GAPS = ((322_000, 0.296), (1_510_000, 0.139), (3_160_000, 0.081))


def goal_table(runs):
    """The gaps of the first models and of the nearest of these, on windows of 512 tokens, both float."""
    lines = ["| first model's parameters | gap then | half of it | nearest model now | gap now |", "| --- | --- | --- | --- | --- |"]
    for parameters, gap in FIRST_GAPS:
        ours, _, theirs = min(pairs(runs), key=lambda pair: abs(pair[0]["parameters"] / parameters - 1))
        now = ours["windows"]["float"] - theirs["windows"]["float"]
        lines.append(f"| {parameters:,} | {gap:.3f} | {gap / 2:.3f} | {ours['name']} | {now:.3f} |")
    return "\n".join(lines)


def crossing_text(right):
    fits, lines, low, high = crossings(right)

    def said(found):
        if found is None:
            return "nowhere"
        return "everywhere" if found < low * 1.001 else f"from {found / 1000:,.0f} kB on"

    reach = f"Between {low / 1000:,.0f} and {high / 1000:,.0f} kB of flash, where there are both"
    return f"{reach}, ternary is below the int8 Transformer++ {said(fits)} by the fits, {said(lines)} by straight lines between models."


def report(runs):
    """The tables that `draw` prints and docs/models.md holds."""
    left, right = curves(runs, "parameters"), curves(runs, "flash_bytes")
    return "\n\n".join([goal_table(runs), gap_table(runs), flash_table(runs), fit_table(left, right), crossing_text(right)])


def picture(results):
    runs = results["runs"]
    left, right = curves(runs, "parameters"), curves(runs, "flash_bytes")
    fits, _, low, _ = crossings(right)
    return chart(left, right, right, (fits, low), f"{results['measured_on']}. Curves: a + b x^-c.")


def draw(_options):
    results = read_json(RESULTS, "Collect runs first.")
    PICTURE.write_text(picture(results), encoding="utf-8")
    print(report(results["runs"]))
    return DONE


def main(words):
    parser = argparse.ArgumentParser(prog="ternlet_trainer.yardstick", description="Compares runs of ternary models and Transformers.")
    verbs = parser.add_subparsers(required=True)
    one = verbs.add_parser("collect", help="read finished runs into results.json")
    one.add_argument("runs", nargs="+", help="folders of runs, or folders that hold such")
    one.add_argument("--text", help="the validation stories; without them no integer figure is made")
    one.add_argument("--rival", help="the folder of stories260K, to measure it too (needs --text)")
    one.set_defaults(do=collect)
    verbs.add_parser("draw", help="write docs/yardstick.svg and print the tables").set_defaults(do=draw)
    options = parser.parse_args(words)
    return options.do(options)


if __name__ == "__main__":
    from .rival import run as run_program

    sys.exit(run_program(main, sys.argv[1:]))
