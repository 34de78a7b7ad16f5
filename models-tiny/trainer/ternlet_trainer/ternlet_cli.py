# Asks the `ternlet` that started the training: what the exported integer model predicts, writes and weighs.
import json
import os
import subprocess
import tempfile
import time

from .bpe import TEXT_END
from .corpus import read_text, split_documents
from .errors import Stopped, UserError

#: The words of the command line, as a JSON list. Twin: host-tools/toolchain/python.ts.
VARIABLE = "TERNLET_CLI"
LIMIT_S = 3600


class Ternlet:
    """The command line by its verbs; what it is asked ends when `stop()` says so."""

    def __init__(self, stop):
        self.stop = stop
        self.words = json.loads(os.environ.get(VARIABLE, "null"))

    def is_at_hand(self):
        return self.words is not None

    def _ask(self, *words):
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
            process = subprocess.Popen([*self.words, *words], stdin=subprocess.DEVNULL, stdout=said, stderr=complained)
            try:
                code = self._wait(process, words[0])
            finally:
                process.kill()
                process.wait()
            said.seek(0)
            complained.seek(0)
            if code == 0:
                return said.read().decode()
            reason = complained.read().decode(errors="replace").strip().split("\n")[0].removeprefix("error: ")
            raise UserError(f"ternlet {words[0]} failed with exit code {code}: {reason}")

    def _wait(self, process, verb):
        began = time.monotonic()
        while True:
            try:
                return process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                if self.stop():
                    raise Stopped from None
                if time.monotonic() - began > LIMIT_S:
                    raise UserError(f"ternlet {verb} did not end within {LIMIT_S} s and was stopped") from None

    def evaluate(self, model_folder, text_path, form, texts):
        """What `ternlet eval --engine integer --json` says of the first `texts` texts of a file."""
        if form == "stories":
            return self._evaluate(model_folder, text_path, texts)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "valid.txt")
            with open(path, "w", encoding="utf-8") as file:
                for text in split_documents(read_text(text_path), form)[:texts]:
                    file.write(f"{text}\n{TEXT_END}\n")
            return self._evaluate(model_folder, path, texts)

    def _evaluate(self, model_folder, path, texts):
        words = ["eval", model_folder, "--text", path, "--engine", "integer", "--stories", str(texts), "--json"]
        return json.loads(self._ask(*words))

    def accuracy(self, model_folder, data_path):
        """What `ternlet eval --commands --json` says of a file of spoken commands."""
        return json.loads(self._ask("eval", model_folder, "--commands", data_path, "--engine", "integer", "--json"))

    def image_bytes(self, model_folder):
        """The size of the model's image, all that goes into flash beside the firmware."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.tern")
            return json.loads(self._ask("compile", model_folder, "--output", path, "--json"))["bytes"]

    def write_text(self, model_folder, prompt, *options):
        """The prompt and its continuation by the integer program on this machine."""
        words = ["generate", prompt, "--model", model_folder, "--board", "host", *options]
        return prompt + self._ask(*words).rstrip("\n")
