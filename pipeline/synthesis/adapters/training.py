"""Teaching a causal language model through a low-rank adapter: completions after prompts.

Only what is to be written is learnt, not the prompt; the learning rate stays where it is after the
warm-up (as in Basoz, Horne and Opper 2026, "Bootstrapping Embeddings for Low Resource Languages").
A function of its arguments on one kind of CPU with one number of threads. Imports torch.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from pipeline.encoders.folders import appearing_whole
from pipeline.errors import InputError
from pipeline.parameters import AdapterParams
from pipeline.progress import Progress, silent
from pipeline.synthesis.adapters.opening import open_causal

_LOG = "training.json"
_MAX_GRADIENT_NORM = 0.3
_NOT_LEARNT = -100  # what torch's cross-entropy passes over
_EXAMPLES_AT_ONCE = 8


class Lesson(NamedTuple):
    """A prompt and how to go on with it."""

    prompt: str
    completion: str


@dataclass(frozen=True)
class AdapterLog:
    """What became of an adapter's training.

    Attributes:
        losses: of every step, mean negative log-likelihood of a token to be written (nats).
        learnt_count: lessons that were learnt.
        too_long_count: lessons left out, for they do not fit whole.
    """

    losses: list[float]
    learnt_count: int
    too_long_count: int


def read_log(adapter: Path) -> AdapterLog:
    """What `train_adapter` returned when it wrote this folder."""
    return AdapterLog(**json.loads((adapter / _LOG).read_text(encoding="utf-8")))


def train_adapter(
    base: Path,
    lessons: Sequence[Lesson],
    out: Path,
    params: AdapterParams,
    progress: Progress = silent,
) -> AdapterLog:
    """Train an adapter beside every linear layer and write it, its log beside it.

    A completion that the prompt leaves no room for would teach the prompt, or never to end: such
    lessons are left out. What has no prompt is running text and is cut.

    Args:
        base: folder of a causal language model.
        lessons: to learn, in any order.
        out: folder of the adapter; appears whole.
        params: of the adapter and its training.
        progress: hears of every step.

    Raises:
        InputError: there are no lessons, none fits, or the loss is not finite.
    """
    if not lessons:
        raise InputError("an adapter has no examples to learn from: add `synthesis.inferences`")
    torch.manual_seed(params.seed)
    plain, tokenizer = open_causal(base)
    encoded = [one for lesson in lessons if (one := _encode(tokenizer, lesson, params.max_tokens))]
    if not encoded:
        raise InputError(
            f"all {len(lessons)} examples of an adapter are longer than generators.max_tokens"
            f" ({params.max_tokens}): raise it"
        )
    model = get_peft_model(plain.float(), _lora(params)).train()
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=params.learning_rate)
    batches = list(_batches(encoded, params))
    warmup = max(1, math.ceil(len(batches) * params.warmup_fraction))
    losses = []
    for number, batch in enumerate(batches):
        optimizer.param_groups[0]["lr"] = params.learning_rate * min(1, (number + 1) / warmup)
        optimizer.zero_grad()
        losses.append(_accumulate(model, batch, tokenizer.pad_token_id))
        if not math.isfinite(losses[-1]):
            raise InputError("an adapter's training diverged: lower generators.learning_rate")
        clip_grad_norm_(weights, _MAX_GRADIENT_NORM)
        optimizer.step()
        progress(number + 1, len(batches), f"{out.name}: training, loss {losses[-1]:.3f}")
    model.peft_config["default"].base_model_name_or_path = None  # it is wherever the reader has it
    log = AdapterLog(losses, len(encoded), len(lessons) - len(encoded))
    with appearing_whole(out) as unfinished:
        model.save_pretrained(str(unfinished))
        (unfinished / "README.md").unlink(missing_ok=True)
        (unfinished / _LOG).write_text(json.dumps(asdict(log)), encoding="utf-8")
    return log


def _lora(params: AdapterParams) -> LoraConfig:
    return LoraConfig(
        r=params.rank,
        lora_alpha=params.alpha,
        lora_dropout=params.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


class _Encoded(NamedTuple):
    token_ids: list[int]
    learnt_from: int  # place of the first token that is learnt


def _encode(tokenizer: Any, lesson: Lesson, max_tokens: int) -> _Encoded | None:  # noqa: ANN401 - of transformers
    prompt = tokenizer(lesson.prompt)["input_ids"] if lesson.prompt else []
    completion = tokenizer(lesson.completion, add_special_tokens=False)["input_ids"]
    token_ids = [*prompt, *completion, tokenizer.eos_token_id]
    if prompt and len(token_ids) > max_tokens:
        return None
    return _Encoded(token_ids[:max_tokens], len(prompt))


def _batches(encoded: Sequence[_Encoded], params: AdapterParams) -> Iterator[list[_Encoded]]:
    generator = torch.Generator().manual_seed(params.seed)
    for _ in range(params.epochs):
        order = torch.randperm(len(encoded), generator=generator).tolist()
        for start in range(0, len(order), params.batch_examples):
            yield [encoded[row] for row in order[start : start + params.batch_examples]]


def _accumulate(model: Any, batch: Sequence[_Encoded], padding: int) -> float:  # noqa: ANN401 - of peft
    """Add a batch's gradients, a few examples at a time; its mean loss a token."""
    counts = [max(1, len(one.token_ids) - max(1, one.learnt_from)) for one in batch]
    ordered = sorted(batch, key=lambda one: len(one.token_ids))
    total = 0.0
    for start in range(0, len(ordered), _EXAMPLES_AT_ONCE):
        part = ordered[start : start + _EXAMPLES_AT_ONCE]
        token_ids, labels = _padded(part, padding)
        mask = torch.arange(token_ids.shape[1]) < torch.tensor([[len(o.token_ids)] for o in part])
        device = model.device
        logits = model(input_ids=token_ids.to(device), attention_mask=mask.to(device)).logits
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1).float(),
            labels[:, 1:].flatten().to(device),
            reduction="sum",
        ) / sum(counts)
        torch.autograd.backward(loss)
        total += float(loss.detach())
    return total


def _padded(part: Sequence[_Encoded], padding: int) -> tuple[Tensor, Tensor]:
    width = max(len(one.token_ids) for one in part)
    token_ids = torch.full((len(part), width), padding)
    labels = torch.full((len(part), width), _NOT_LEARNT)
    for row, one in enumerate(part):
        ids = torch.tensor(one.token_ids)
        token_ids[row, : len(ids)] = ids
        labels[row, one.learnt_from : len(ids)] = ids[one.learnt_from :]
    return token_ids, labels
