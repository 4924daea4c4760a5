"""Any causal language model that transformers opens, with an adapter inside it or without."""

from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.parameters import GenerationParams
from pipeline.synthesis.generators.protocol import Completion, Request

if TYPE_CHECKING:
    from pipeline.synthesis.generators.sampling import Silence

_END = "\n"  # an answer is one line


class CausalGenerator:
    """A model in a folder.

    Attributes:
        is_chat: whether prompts are wrapped in the model's own form of a conversation.
    """

    def __init__(
        self,
        folder: Path,
        params: GenerationParams,
        adapter: Path | None = None,
        *,
        is_chat: bool = False,
    ) -> None:
        """Name the model; nothing is read yet.

        Args:
            folder: with weights as safetensors and a tokenizer.
            params: of drawing.
            adapter: folder of a low-rank adapter that is merged into the weights.
            is_chat: wrap prompts as the tokenizer's chat template says.
        """
        self._folder, self._params, self._adapter = folder, params, adapter
        self.is_chat = is_chat

    @property
    def batch_prompts(self) -> int:
        """As the parameters say."""
        return self._params.batch_prompts

    @cached_property
    def _opened(self) -> tuple[Any, Any]:
        from pipeline.synthesis.adapters.opening import open_causal  # noqa: PLC0415 - torch

        return open_causal(self._folder, self._adapter)

    @cached_property
    def _silence(self) -> "Silence":
        from pipeline.synthesis.generators.sampling import silence_of  # noqa: PLC0415 - torch

        model, tokenizer = self._opened
        own = model.generation_config.eos_token_id  # one, several or none
        ends = {*(own if isinstance(own, list) else [own]), *_row_ends(tokenizer)}
        return silence_of(tokenizer, ends - {None}, model.device)

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer each request up to the end of its first line; raises as the protocol says."""
        import torch  # noqa: PLC0415 - slow to import

        from pipeline.synthesis.generators.sampling import seeded_sampling  # noqa: PLC0415

        model, tokenizer = self._opened
        prompts = [self._wrapped(tokenizer, request.prompt) for request in requests]
        read = tokenizer(
            prompts,
            return_tensors="pt",
            padding=True,
            add_special_tokens=not self.is_chat,  # a chat template writes them itself
        ).to(model.device)
        params = self._params
        with torch.inference_mode():
            written = model.generate(
                **read,
                do_sample=False,
                max_new_tokens=params.max_new_tokens,
                logits_processor=seeded_sampling(
                    [request.seed for request in requests],
                    params.temperature,
                    params.top_p,
                    self._silence,
                ),
                stop_strings=[_END],
                tokenizer=tokenizer,
                pad_token_id=tokenizer.pad_token_id,
            )
        new = written[:, read["input_ids"].shape[1] :].tolist()
        lengths = read["attention_mask"].sum(dim=1).tolist()
        return [_completion(tokenizer, *pair) for pair in zip(new, lengths, strict=True)]

    def _wrapped(self, tokenizer: Any, prompt: str) -> str:  # noqa: ANN401 - of transformers
        if not self.is_chat:
            return prompt
        if tokenizer.chat_template is None:
            raise InputError(
                f"synthesis.generator.is_chat: {self._folder.name} has no chat template, so its"
                " prompts cannot be wrapped; leave it false"
            )
        turns = [{"role": "user", "content": prompt}]
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))


def _completion(tokenizer: Any, token_ids: list[int], prompt_tokens: int) -> Completion:  # noqa: ANN401 - of transformers
    """Of a row, which goes on with padding behind its end."""
    ends = _row_ends(tokenizer)
    own = list(takewhile(lambda token: token not in ends, token_ids))
    text = tokenizer.decode(own, skip_special_tokens=True)
    return Completion(text, prompt_tokens, len(own))


def _row_ends(tokenizer: Any) -> set[int | None]:  # noqa: ANN401 - of transformers
    return {tokenizer.pad_token_id, tokenizer.eos_token_id}
