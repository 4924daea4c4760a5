"""How fast a translation model of NLLB's size learns by LoRA: tokens a second and share of a GEMM.

The architecture of NLLB-200-distilled-600M with random weights, and the steps that the trainer
makes: bfloat16, adapters beside all linear layers, AdamW on them. Counted are the products with the
weights that stay: forward, and back through the activations, so 4 operations per weight and token;
attention's own products and the adapters come for free. Beside each turn stands a square matrix
product of the same moment, so that a busy machine slows both. On a CPU a tiny model runs the same
program, which says nothing but that it runs:
`python -m benchmarks.translation_lora [PAIRS_OF_A_STEP [TOKENS_OF_A_SIDE]]`.
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import torch
from transformers import M2M100Config, M2M100ForConditionalGeneration

from pipeline.parameters import TranslationParams
from pipeline.translation.devices import autocast, usual_device
from pipeline.translation.training.step_loss import TokenisedPairs, step_loss
from pipeline.translation.training.translator import add_adapter

DEVICE = usual_device()
IS_GPU = DEVICE.type == "cuda"
DTYPE = torch.bfloat16 if IS_GPU else torch.float32
PAIRS, TOKENS = (128, 64) if IS_GPU else (4, 8)
GEMM_SIZE = 8192 if IS_GPU else 512
ROUNDS, STEPS, WARM_STEPS = 5, 10, 3
PASSES = 2  # forward, and back through the activations
PARAMS = TranslationParams()
WHOLE = {"vocab_size": 256_206, "d_model": 1024, "layers": 12, "heads": 16, "feed_forward": 4096}
TINY = {"vocab_size": 512, "d_model": 32, "layers": 1, "heads": 2, "feed_forward": 64}
SIZES = WHOLE if IS_GPU else TINY


def random_model() -> M2M100ForConditionalGeneration:
    """The model with its untrained adapter, ready for steps."""
    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=SIZES["vocab_size"],
        d_model=SIZES["d_model"],
        encoder_layers=SIZES["layers"],
        decoder_layers=SIZES["layers"],
        encoder_attention_heads=SIZES["heads"],
        decoder_attention_heads=SIZES["heads"],
        encoder_ffn_dim=SIZES["feed_forward"],
        decoder_ffn_dim=SIZES["feed_forward"],
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
    )
    model = M2M100ForConditionalGeneration(config).to(DEVICE, DTYPE)
    add_adapter(model, PARAMS)
    return model.train()


def step_of(model: M2M100ForConditionalGeneration, pairs: int, tokens: int) -> Callable[[], None]:
    """One step of the trainer on random texts, all of one length."""
    ids = torch.randint(4, SIZES["vocab_size"], (2, pairs, tokens)).tolist()
    batch = {
        name: tensor.to(DEVICE)
        for name, tensor in TokenisedPairs(ids[0], ids[1], 1).batch(range(pairs), 2).items()
    }
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, fused=IS_GPU)

    def step() -> None:
        optimizer.zero_grad()
        with autocast(DEVICE):
            loss = step_loss(model, batch, PARAMS.label_smoothing)
        loss.backward()  # type: ignore[no-untyped-call] # torch states none
        optimizer.step()

    return step


def seconds_of(work: Callable[[], object], count: int) -> float:
    """Seconds of one call, by the clock, the device's work done."""
    _wait()
    begin = time.perf_counter()
    for _ in range(count):
        work()
    _wait()
    return (time.perf_counter() - begin) / count


def step_flop(pairs: int, tokens: int) -> int:
    """Operations of a step with the weights that stay."""
    hidden, inner = SIZES["d_model"], SIZES["feed_forward"]
    encoder = SIZES["layers"] * (4 * hidden**2 + 2 * hidden * inner)
    decoder = SIZES["layers"] * (8 * hidden**2 + 2 * hidden * inner)
    head = SIZES["vocab_size"] * hidden
    return 2 * PASSES * pairs * tokens * (encoder + decoder + head)


def main(pairs: int, tokens: int) -> None:
    """Measure, in turns, and print the medians."""
    model = random_model()
    step = step_of(model, pairs, tokens)
    square = torch.randn(GEMM_SIZE, GEMM_SIZE, device=DEVICE, dtype=DTYPE)
    seconds_of(step, WARM_STEPS)
    turns = [
        (seconds_of(step, STEPS), seconds_of(lambda: square @ square, STEPS)) for _ in range(ROUNDS)
    ]
    shares = [
        (step_flop(pairs, tokens) / spent) / (2 * GEMM_SIZE**3 / product)
        for spent, product in turns
    ]
    spent, product = (median(column) for column in zip(*turns, strict=True))
    name = torch.cuda.get_device_name() if IS_GPU else "CPU, a tiny model: only that it runs"
    count = sum(weight.numel() for weight in model.parameters())
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    print(f"{name}; torch {torch.__version__}, {DTYPE}")
    print(f"{count:,} weights, {trained:,} trained; {pairs} pairs of {tokens} + {tokens} tokens")
    print(f"tokens/s, both sides   {2 * pairs * tokens / spent:,.0f}")
    print(f"step                   {step_flop(pairs, tokens) / spent / 1e12:.3f} TFLOP/s")
    print(f"GEMM of {GEMM_SIZE:<5}          {2 * GEMM_SIZE**3 / product / 1e12:.3f} TFLOP/s")
    print(f"share, median (range)  {median(shares):.1%} ({min(shares):.1%} to {max(shares):.1%})")
    if IS_GPU:
        print(f"memory, most           {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB")


def _wait() -> None:
    if IS_GPU:
        torch.cuda.synchronize()


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(*(given + [PAIRS, TOKENS][len(given) :]))
