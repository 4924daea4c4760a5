"""How fast a translation model of NLLB's size learns by LoRA: tokens a second and share of a GEMM.

The architecture of NLLB-200-distilled-600M with random weights, and the steps that the trainer
makes: bfloat16, AdamW on the adapters alone, gradients clipped. Both presets stand beside each
other, `lora` (beside all linear layers) and `published_lora` (queries and values), with as many
pairs a step, and the published one with its own 8 as well. Counted are the products with the
weights that stay: forward, and back through the activations, so 4 operations per weight and token;
attention's own products and the adapters come for free. In each turn all take their steps, and
beside them stands a square matrix product, so that a busy machine slows all. On a CPU a tiny model
runs the same program, which says nothing but that it runs:
`python -m benchmarks.translation_lora [PAIRS_OF_A_STEP [TOKENS_OF_A_SIDE]]`.
"""

import sys
import time
from collections.abc import Callable, Sequence
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
GRADIENT_NORM = 1.0  # clipping costs as much whatever the norm
PRESETS = {name: TranslationParams(preset=name) for name in ("lora", "published_lora")}
WHOLE = {"vocab_size": 256_206, "d_model": 1024, "layers": 12, "heads": 16, "feed_forward": 4096}
TINY = {"vocab_size": 512, "d_model": 32, "layers": 1, "heads": 2, "feed_forward": 64}
SIZES = WHOLE if IS_GPU else TINY


def random_model(params: TranslationParams) -> M2M100ForConditionalGeneration:
    """The model with a preset's untrained adapter, ready for steps."""
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
    add_adapter(model, params)
    return model.train()


def trained_weights(model: M2M100ForConditionalGeneration) -> list[torch.nn.Parameter]:
    """What the optimiser changes: the adapter."""
    return [weight for weight in model.parameters() if weight.requires_grad]


def step_of(
    model: M2M100ForConditionalGeneration, params: TranslationParams, pairs: int, tokens: int
) -> Callable[[], None]:
    """One step of the trainer on random texts, all of one length."""
    ids = torch.randint(4, SIZES["vocab_size"], (2, pairs, tokens)).tolist()
    batch = {
        name: tensor.to(DEVICE)
        for name, tensor in TokenisedPairs(ids[0], ids[1], 1).batch(range(pairs), 2).items()
    }
    trained = trained_weights(model)
    optimizer = torch.optim.AdamW(trained, fused=IS_GPU)

    def step() -> None:
        optimizer.zero_grad()
        with autocast(DEVICE):
            loss = step_loss(model, batch, params.label_smoothing)
        loss.backward()  # type: ignore[no-untyped-call] # torch states none
        norm = torch.nn.utils.clip_grad_norm_(trained, GRADIENT_NORM)
        if torch.isfinite(norm):  # the trainer waits for it too
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
    models = {name: random_model(params) for name, params in PRESETS.items()}
    own = PRESETS["published_lora"].batch_pairs
    sizes = [*((name, pairs) for name in PRESETS), ("published_lora", own)]
    steps = {
        (name, count): step_of(models[name], PRESETS[name], count, tokens) for name, count in sizes
    }
    square = torch.randn(GEMM_SIZE, GEMM_SIZE, device=DEVICE, dtype=DTYPE)

    def product() -> torch.Tensor:
        return square @ square

    for work in (*steps.values(), product):
        seconds_of(work, WARM_STEPS)
    turns = [
        ({key: seconds_of(step, STEPS) for key, step in steps.items()}, seconds_of(product, STEPS))
        for _ in range(ROUNDS)
    ]
    gemm = median(2 * GEMM_SIZE**3 / spent for _, spent in turns)
    name = torch.cuda.get_device_name() if IS_GPU else "CPU, a tiny model: only that it runs"
    print(f"{name}; torch {torch.__version__}, {DTYPE}; {ROUNDS} turns of {STEPS} steps, medians")
    print(f"{SIZES}; GEMM of {GEMM_SIZE}: {gemm / 1e12:.3f} TFLOP/s\n")
    print(
        "| preset | weights trained | step | tokens/s, both sides | TFLOP/s | share of the GEMM |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for key in steps:
        print(_line(*key, tokens, models[key[0]], [(all_[key], spent) for all_, spent in turns]))
    if IS_GPU:
        print(
            f"\nmemory, most, of all together {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB"
        )


def _line(
    name: str,
    pairs: int,
    tokens: int,
    model: M2M100ForConditionalGeneration,
    turns: Sequence[tuple[float, float]],
) -> str:
    rates = [step_flop(pairs, tokens) / spent for spent, _ in turns]
    shares = [
        rate / (2 * GEMM_SIZE**3 / product) for rate, (_, product) in zip(rates, turns, strict=True)
    ]
    trained = sum(weight.numel() for weight in trained_weights(model))
    speed = 2 * pairs * tokens / median(spent for spent, _ in turns)
    told = f"{median(shares):.1%} ({min(shares):.1%} to {max(shares):.1%})"
    size = f"{pairs} pairs of {tokens} + {tokens}"
    flops = median(rates) / 1e12
    return f"| {name} | {trained:,} | {size} | {speed:,.0f} | {flops:.3f} | {told} |"


def _wait() -> None:
    if IS_GPU:
        torch.cuda.synchronize()


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(*(given + [PAIRS, TOKENS][len(given) :]))
