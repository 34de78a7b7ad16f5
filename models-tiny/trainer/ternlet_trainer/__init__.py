# Trains ternary MatMul-free language models and writes checkpoints that `ternlet compile` and the official code read.
