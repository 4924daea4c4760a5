"""One training run: what does not change, then model, optimiser and the steps so far."""

from dataclasses import asdict
from itertools import islice
from pathlib import Path

import torch
from sacrebleu.metrics import CHRF
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from pipeline.training.checkpoint import load_checkpoint, save_checkpoint
from pipeline.training.steps import TrainingStep, learning_rate, refuse_divergence
from pipeline.translation.devices import autocast, usual_device
from pipeline.translation.directed_tokenizer import DirectedTokenizer
from pipeline.translation.training.job import (
    DevScore,
    Sample,
    TranslationJob,
    TranslationLog,
    job_fingerprint,
)
from pipeline.translation.training.schedule import judged_after, plan_steps
from pipeline.translation.training.step_loss import TokenisedPairs, step_loss
from pipeline.translation.training.translator import TranslatorInTraining
from pipeline.translation.translating import Translator

_MAX_GRADIENT_NORM = 1.0
_SAMPLES = 8
_SEEDS_APART = 1_000_003  # no two steps of two trainings draw the same dropout


class Run:
    """A training from its start, or from where it was killed.

    Attributes:
        job: what is trained.
        steps: made so far.
        dev_scores: of the start, and of the times the model was judged so far.
    """

    def __init__(self, job: TranslationJob) -> None:
        self.job, params = job, job.params
        self._device = usual_device()
        self._tokenizer = DirectedTokenizer(job.start_folder, job.direction)
        self._pairs = TokenisedPairs(
            self._tokenizer.sources(job.pairs.sources, params.max_tokens),
            self._tokenizer.targets(job.pairs.targets, params.max_tokens),
            self._tokenizer.pad_id,
        )
        self._plan = plan_steps(
            [len(row) for row in self._pairs.sources],
            [len(row) for row in self._pairs.targets],
            params,
        )
        self._judged_after = judged_after(len(self._plan), params.dev_checks)
        self._translator = TranslatorInTraining(
            job.start_folder, params, self._device, job.added_ids
        )
        self._trained = self._translator.trained
        self._optimizer = torch.optim.AdamW(
            self._trained.values(), fused=self._device.type == "cuda"
        )
        self._best = self._copied()
        self._fingerprint = job_fingerprint(job)
        self.steps: list[TrainingStep] = []
        self.dev_scores: list[DevScore] = []
        self._samples: list[Sample] = []

    @property
    def step_count(self) -> int:
        """Steps of the whole run."""
        return len(self._plan)

    @property
    def is_to_be_judged(self) -> bool:
        """Whether development pairs are to be translated before another step is made."""
        made = len(self.steps)
        is_judged = bool(self.dev_scores) and self.dev_scores[-1].step == made
        return not is_judged and (made == 0 or made in self._judged_after)

    def judge(self) -> DevScore:
        """Translate development pairs, and keep the weights if they were never better."""
        dev = self.job.dev.evenly(self.job.params.dev_pairs)
        translator = Translator(self._translator.model, self._tokenizer, beams=1)
        said = translator.translate(dev.sources)
        value = CHRF(word_order=2).corpus_score(said, [list(dev.targets)]).score
        score = DevScore(len(self.steps), value)
        if all(earlier.chrf2pp < value for earlier in self.dev_scores):
            self._best = self._copied()
            rows = zip(dev.sources, dev.targets, said, strict=True)
            self._samples = [Sample(*row) for row in islice(rows, _SAMPLES)]
        self.dev_scores.append(score)
        return score

    def advance(self) -> int:
        """Make the next step; returns the tokens of its texts.

        Raises:
            InputError: training diverges.
        """
        params, number = self.job.params, len(self.steps)
        rows = self._plan[number].tolist()
        # dropout is a function of the step, so that a resumed run draws what it would have drawn
        torch.manual_seed(params.seed * _SEEDS_APART + number)
        self._translator.model.train()
        rate = learning_rate(
            number, self.step_count, self.job.learning_rate, params.warmup_fraction
        )
        start_id = self._translator.model.config.decoder_start_token_id
        batch = self._pairs.batch(rows, start_id)
        on_device = {name: tensor.to(self._device) for name, tensor in batch.items()}
        self._optimizer.zero_grad()
        with autocast(self._device):
            loss = step_loss(self._translator.model, on_device, params.label_smoothing)
        loss.backward()  # type: ignore[no-untyped-call] # torch states none
        is_skipped = not self._descend(rate)
        self.steps.append(TrainingStep(number, float(loss.detach()), rate, is_skipped, {}))
        refuse_divergence(self.steps, self.job.learning_rate)
        return self._pairs.token_count(rows)

    def _descend(self, rate: float) -> bool:
        """Take a step down; False, and nothing changed, if the gradient is not finite."""
        norm = clip_grad_norm_(self._trained.values(), _MAX_GRADIENT_NORM)
        if not torch.isfinite(norm):
            return False
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        return True

    def _copied(self) -> dict[str, Tensor]:
        return {name: weight.detach().cpu().clone() for name, weight in self._trained.items()}

    def _set(self, weights: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, weight in self._trained.items():
                weight.copy_(weights[name])

    def save(self, checkpoint: Path) -> None:
        """Keep everything that the next step depends on."""
        state = {
            "job_fingerprint": self._fingerprint,
            "weights": self._copied(),
            "best": self._best,
            "optimizer": self._optimizer.state_dict(),
            "steps": [asdict(step) for step in self.steps],
            "dev_scores": [asdict(score) for score in self.dev_scores],
            "samples": [asdict(sample) for sample in self._samples],
        }
        save_checkpoint(checkpoint, state)

    def resume(self, checkpoint: Path) -> None:
        """Take up the checkpoint of this job, if there is one."""
        state = load_checkpoint(checkpoint, self._fingerprint)
        if state is None:
            return
        self._set(state["weights"])
        self._best = state["best"]
        self._optimizer.load_state_dict(state["optimizer"])
        self.steps = [TrainingStep(**step) for step in state["steps"]]
        self.dev_scores = [DevScore(**score) for score in state["dev_scores"]]
        self._samples = [Sample(**sample) for sample in state["samples"]]

    def write_best(self, folder: Path) -> None:
        """Write the model as it translated best into an existing folder."""
        self._set(self._best)
        self._translator.save(folder, self._tokenizer)

    def log(self) -> TranslationLog:
        """What happened."""
        return TranslationLog(
            pair_count=len(self.job.pairs),
            trained_parameter_count=sum(weight.numel() for weight in self._trained.values()),
            steps=tuple(self.steps),
            dev_scores=tuple(self.dev_scores),
            samples=tuple(self._samples),
        )
