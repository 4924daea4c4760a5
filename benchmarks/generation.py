"""How fast a local model writes triplets, beside `generate` of transformers used plainly.

The same prompts, temperature and length for all, each batch in turn by each way, so that a busy
machine slows all: `ours` draws every answer from its own seed and ends it with its line, `batched`
is `generate` with sampling on the same batch, `single` asks one prompt after another. Compared is
answers a second; tokens behind an answer's end count for nobody.
Run from the project's root: `python -m benchmarks.generation [MODEL [PROMPTS]]`, with a hub id or
a folder where a GPU is.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from pipeline.parameters import GenerationParams
from pipeline.settings import test_data
from pipeline.statistics import bootstrap, ratio
from pipeline.synthesis.adapters.opening import open_causal
from pipeline.synthesis.generators.causal import CausalGenerator
from pipeline.synthesis.generators.opening import generator_folder
from pipeline.synthesis.generators.protocol import Request
from pipeline.synthesis.prompting import inference_prompt
from pipeline.synthesis_sections import GeneratorSource
from pipeline.text.lines import read_lines

MODEL, COUNT = "embedded:smollm2", 128
PARAMS = GenerationParams(batch_prompts=32, max_new_tokens=20)
SEED = 13

Way = Callable[[Sequence[Request]], int]
"""Answers requests, and counts the tokens that it wrote."""


def requests_of(count: int) -> list[Request]:
    """Short prompts about lines of Turkmen orders, in the order of the files."""
    folder = test_data() / "tds_gov_tm" / "text"
    lines = [line for path in sorted(folder.glob("1*.tm.txt")) for line in read_lines(path)]
    texts = [line for line in lines if 5 <= len(line.split()) <= 20][:count]  # noqa: PLR2004 - words
    return [
        Request(str(number), inference_prompt(text, "positive", "eng_Latn"), SEED + number)
        for number, text in enumerate(texts)
    ]


def ways_of(source: GeneratorSource) -> dict[str, Way]:
    """The pipeline's generator, and the library's own call in batches and one by one."""
    folder = generator_folder(source)
    if folder is None:
        raise SystemExit("a server answers at its own pace: name a model")
    ours = CausalGenerator(folder, PARAMS)
    model, tokenizer = open_causal(folder)

    def answered(requests: Sequence[Request]) -> int:
        return sum(one.completion_tokens for one in ours.complete(requests))

    def plainly(requests: Sequence[Request]) -> int:
        prompts = [request.prompt for request in requests]
        read = tokenizer(prompts, return_tensors="pt", padding=True).to(model.device)
        with torch.inference_mode():
            written = model.generate(
                **read,
                do_sample=True,
                temperature=PARAMS.temperature,
                top_p=PARAMS.top_p,
                top_k=0,  # the library would otherwise keep fifty tokens, which we do not
                max_new_tokens=PARAMS.max_new_tokens,
                pad_token_id=tokenizer.pad_token_id,
            )
        return _written(written[:, read["input_ids"].shape[1] :], tokenizer)

    def one_by_one(requests: Sequence[Request]) -> int:
        return sum(plainly([request]) for request in requests)

    return {"ours": answered, "batched": plainly, "single": one_by_one}


def _written(new: torch.Tensor, tokenizer: Any) -> int:  # noqa: ANN401 - of transformers
    is_end = (new == tokenizer.eos_token_id) | (new == tokenizer.pad_token_id)
    return int((is_end.cumsum(dim=1) == 0).sum())


def main(name: str, count: int) -> None:
    """Measure every batch by every way and print rates and ratios over batches."""
    ways, requests = ways_of(GeneratorSource(model=name)), requests_of(count)
    size = PARAMS.batch_prompts
    batches = [requests[start : start + size] for start in range(0, len(requests), size)]
    for way in ways.values():
        way(batches[0][:2])  # weights are read
        if torch.cuda.is_available():
            way(batches[0])  # kernels are chosen, and memory taken, for these shapes
    seconds: dict[str, list[float]] = {key: [] for key in ways}
    tokens: dict[str, list[int]] = {key: [] for key in ways}
    torch.manual_seed(SEED)
    for batch in batches:
        for key, way in ways.items():
            begin = time.perf_counter()
            tokens[key].append(way(batch))
            seconds[key].append(time.perf_counter() - begin)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    print(f"{name} on {device}, torch {torch.__version__}, {torch.get_num_threads()} threads;")
    print(f"{len(requests)} prompts in batches of {size}, seed {SEED}, intervals over batches\n")
    print("| way | tokens written | tokens/s | answers/s | ours is faster by |")
    print("| --- | --- | --- | --- | --- |")
    answers = np.array([len(batch) for batch in batches])
    pace = {key: answers / np.array(seconds[key]) for key in ways}
    for key in ways:
        faster = bootstrap(pace["ours"], pace[key], statistic=ratio, seed=SEED)
        told = f"{faster.value:.2f} [{faster.ci_low:.2f}, {faster.ci_high:.2f}]"
        written, spent = sum(tokens[key]), sum(seconds[key])
        rates = f"{written / spent:,.1f} | {len(requests) / spent:,.2f}"
        print(f"| {key} | {written:,} | {rates} | {told if key != 'ours' else ''} |")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0] if given else MODEL, int(given[1]) if len(given) > 1 else COUNT)
