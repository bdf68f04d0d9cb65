"""Names of the published program, and what they are here."""

from typing import Any

#: `--model` of test.py: our name.
TEST_MODELS = {"geomcgt_ifw_test": "portrait_test"}
#: `--model` of train.py: our name, and the options that such a model sets.
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "geomgm_ifw_fore": ("portrait", {}),
    "geomgm_ifw_cartoon_fore": (
        "portrait",
        {"style": "cartoon", "coherent": 0, "coh_use_more": 0, "select_target12_thre": 0.0},
    ),
}
#: `--name` of its experiments: their generator; without their files they run on the weights trained here.
EXPERIMENTS = {"formal/drawing": "generator_drawing", "formal/cartoon": "generator_cartoon"}
