"""Models laid out as the hub has them, see `hub_layouts`, as encoders and as students."""

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from pipeline.distillation.students.student import Student
from pipeline.distillation.students.vocabulary import prune_vocabulary
from pipeline.encoders import load_encoder
from tests.stages.hub_layouts import LAYOUTS, write_hub_model

TEXTS = ["salam kitap", "kitap", "salam salam salam kitap kitaplar", "привет"]


@pytest.fixture(scope="module", params=LAYOUTS)
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / request.param
    return write_hub_model(folder, LAYOUTS[request.param])


def by_hand(folder, text):
    """The vector of one text, from the transformer's states and the files beside it."""
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer

    layout = LAYOUTS[folder.name]
    model = AutoModel.from_pretrained(folder).eval()
    inputs = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.inference_mode():
        states = model(inputs["input_ids"]).last_hidden_state[0]
        vector = states[0] if layout.pooling == "cls" else states.mean(dim=0)
        if layout.dense_width:
            dense = load_file(folder / "2_Dense" / "model.safetensors")
            vector = torch.tanh(dense["linear.weight"] @ vector + dense["linear.bias"])
    return (vector / vector.norm()).numpy()


def test_the_aligner_and_the_teacher_read_it_as_its_files_say(folder):
    vectors = load_encoder(str(folder)).encode(TEXTS, language="tuk_Latn")
    assert vectors.shape == (len(TEXTS), LAYOUTS[folder.name].dimension)
    assert np.allclose(vectors, [by_hand(folder, text) for text in TEXTS], atol=1e-5)


def test_a_student_starts_from_what_the_model_gave(folder, tmp_path):
    student = Student(folder)
    expected = load_encoder(str(folder)).encode(TEXTS, language="tuk_Latn")
    with torch.no_grad():
        vectors = student.embed(student.tokenise(TEXTS, 24)).cpu().numpy()
    assert np.allclose(vectors, expected, atol=1e-5)
    student.save(tmp_path / "student")
    saved = SentenceTransformer(str(tmp_path / "student")).encode(TEXTS)
    assert np.allclose(saved, expected, atol=1e-5)


def test_its_vocabulary_can_be_cut_to_the_texts(folder, tmp_path):
    report = prune_vocabulary(folder, TEXTS, tmp_path / "pruned")
    assert report.kept_piece_count < report.original_piece_count
    expected = load_encoder(str(folder)).encode(TEXTS, language="tuk_Latn")
    pruned = load_encoder(str(tmp_path / "pruned")).encode(TEXTS, language="tuk_Latn")
    assert np.allclose(pruned, expected, atol=1e-5)
