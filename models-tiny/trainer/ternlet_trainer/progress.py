# How far a run has come: one line on standard error, over itself on a terminal, every half minute elsewhere.
import sys
import time


class Progress:
    """Says step, loss, tokens a second and the time that is left, as often as `interval_s` allows."""

    def __init__(self, steps, tokens_a_step, done=0, stream=sys.stderr, interval_s=None, clock=time.monotonic):
        self.steps, self.tokens_a_step, self.stream, self.clock = steps, tokens_a_step, stream, clock
        self.is_terminal = stream.isatty()
        self.interval_s = interval_s if interval_s is not None else (0.5 if self.is_terminal else 30.0)
        self.began, self.first, self.said = clock(), done, clock()
        self.shown = False

    def is_due(self):
        return self.clock() - self.said >= self.interval_s

    def tell(self, done, loss):
        """`loss` in nats per token, the mean of late; `done` steps of all."""
        self.said = self.clock()
        seconds = max(1e-9, self.said - self.began)
        rate = (done - self.first) / seconds
        left = (self.steps - done) / rate if rate > 0 else float("inf")
        line = (
            f"step {done}/{self.steps}  loss {loss:.4f}  {rate * self.tokens_a_step:,.0f} tokens/s  {duration(left)} left"
        )
        self.stream.write(f"\r\x1b[K{line}" if self.is_terminal else f"{line}\n")
        self.stream.flush()
        self.shown = self.is_terminal

    def say(self, line):
        """One line to a person, clear of the progress."""
        self.end()
        self.stream.write(f"{line}\n")
        self.stream.flush()

    def end(self):
        if self.shown:
            self.stream.write("\n")
            self.shown = False


def duration(seconds):
    """`1 h 05 min`, `12 min 30 s`, `8 s`."""
    if seconds == float("inf"):
        return "unknown time"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
