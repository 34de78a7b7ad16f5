# The one way in which training ends badly on purpose. Twin: host-tools/contracts/errors.ts has the exit codes and the form.

DONE, USER, USAGE, BUG, INTERRUPTED = 0, 1, 2, 70, 130


class UserError(Exception):
    """What was refused, what was found, what is allowed; the hint says what to do."""

    def __init__(self, message, hint=None):
        super().__init__(message)
        self.hint = hint


def reason_of(error):
    """What the machine says of a file, in its own words: `No space left on device`."""
    return error.strerror or str(error)


class Stopped(Exception):
    """The run was asked to end while it did something that the state of the run does not hold."""
