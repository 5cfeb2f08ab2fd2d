"""The `Segmenter` of SAM 2.1 and its kin: a batch is checked, run, and only then remembered.

A batch that fails leaves every memory as it was, but for the objects that it no longer named:
these are forgotten first, because that is how a session frees room.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from rtseg.errors import BackendError, UsageError
from rtseg.models.catalogue import Entry
from rtseg.models.protocol import Answer, ModelInfo, Request
from rtseg.models.sam2 import turns
from rtseg.models.sam2.memory import Sam2Memory
from rtseg.models.sam2.network import Network
from rtseg.models.sam2.options import Options
from rtseg.models.sam2.run import Run
from rtseg.models.sam2.turns import Turn
from rtseg.models.sam2.weights import load_layers
from rtseg.models.store import Store
from rtseg.types import Point, Prompt

_GPU_IMAGES, _GPU_OBJECTS = 16, 64
_CPU_IMAGES, _CPU_OBJECTS = 1, 4
"""Most in one pass. A GPU fills up with them; on a CPU a batch gains nothing but takes its room:
about 150 MB for an object at 1024 in float32, most of it for the masks' upscaling."""


class Sam2Segmenter:
    """Whatever is touched, followed through the video; see `Segmenter` for the methods.

    Parameters
    ----------
    entry : of the catalogue, with `Options` in its options.
    store : where its files are.
    device : `"cpu"`, `"cuda"`, `"cuda:1"`.

    Raises
    ------
    ModelMissingError, ModelCorruptError
        The files are not there, or not those of such a network.
    ConfigError
        An option of the entry is wrong.
    BackendError
        The network cannot be built here.
    """

    def __init__(self, entry: Entry, store: Store, device: str) -> None:
        self._options = Options.read(entry.options, entry.name)
        place = torch.device(device)
        is_cpu = place.type == "cpu"
        self._images_at_once = _CPU_IMAGES if is_cpu else _GPU_IMAGES
        self._objects_at_once = self._options.objects_at_once or (
            _CPU_OBJECTS if is_cpu else _GPU_OBJECTS
        )
        try:
            self._network: Network | None = Network(
                load_layers(store.folder(entry.name), self._options, place, model=entry.name),
                max_conditioning=self._options.max_conditioning,
                compile_encoder=self._options.compile,
            )
        except RuntimeError as error:
            raise BackendError(
                f"model {entry.name!r} cannot be put on {device!r}: {error}"
            ) from error
        self.info = ModelInfo(
            entry.name,
            entry.title,
            entry.licence,
            (),
            device,
            entry.note,
            max_batch=self._images_at_once,
            takes=frozenset({"point", "box", "mask"}),
            remembers=True,
        )

    def can_answer(self, prompt: Prompt) -> bool:
        return turns.can_answer(prompt)

    def new_memory(self) -> Sam2Memory:
        return Sam2Memory(self)

    def warm_up(self) -> None:
        blank = np.zeros((360, 640, 3), np.uint8)
        touch = Prompt(points=(Point(0.5, 0.5),))
        sizes = [1]
        while self._options.compile and sizes[-1] < self.info.max_batch:
            sizes.append(2 * sizes[-1])  # those for which the encoder is compiled
        for size in sizes:
            memories = [self.new_memory() for _ in range(size)]
            for prompt in (touch, Prompt()):
                self.segment([Request(blank, (prompt,), memory, (0,)) for memory in memories])
            for memory in memories:
                memory.close()

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        if self._network is None:
            raise UsageError("this segmenter is closed; load the model again")
        planned = turns.plan(batch, owner=self, model=self.info.name)
        for request in batch:
            if isinstance(request.memory, Sam2Memory):
                request.memory.keep_only({*request.names, *request.keeps})
        if not planned:
            return [Answer(()) for _ in batch]
        try:
            return self._run(self._network, batch, planned)
        except torch.OutOfMemoryError as error:
            failure = BackendError(
                f"model {self.info.name!r}: {self.info.device!r} is out of memory; follow fewer "
                f"objects or sessions, or set a smaller image_size or objects_at_once in the "
                f"model's options ({error})"
            )
        except RuntimeError as error:
            raise BackendError(
                f"model {self.info.name!r} failed on {self.info.device!r}: {error}"
            ) from error
        # Only here, past the error and its frames, are the tensors of the failed run free to go.
        self._release()
        raise failure

    def close(self) -> None:
        self._network = None
        self._release()

    @torch.inference_mode()
    def _run(
        self, network: Network, batch: Sequence[Request], planned: Sequence[Turn]
    ) -> list[Answer]:
        run = Run(
            network,
            batch,
            planned,
            images_at_once=self._images_at_once,
            objects_at_once=self._objects_at_once,
        )
        remembered = run.remembered()
        answers = run.answers()  # waits for the device: what fails there fails before the commit
        for new in remembered:
            new.memory.banks[new.name] = new.bank
            new.bank.write(new.features, new.pointer, is_prompted=new.is_prompted)
        return answers

    def _release(self) -> None:
        if self.info.device.startswith("cuda"):
            torch.cuda.empty_cache()
